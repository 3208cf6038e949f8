"""What telemetry says of each change, for the ranking of all causes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.diagnose.mechanism.reading import fault_of
from aright.core.diagnose.mechanism.weighing import weigh

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.diagnose.mechanism.reason import Reason
    from aright.core.diagnose.mechanism.weighing import Weighed
    from aright.core.model.change import Change
    from aright.core.model.evidence import Suspect

TOLD: Final = 0.3
"""Nats from which on a reason is told."""

MOST_TOLD: Final = 3

LONGEST: Final = 200
"""Characters of a reason that are told: names in it are foreign."""

_LINE: Final = re.compile(r"\s+")


class WeighedChange(msgspec.Struct, frozen=True, kw_only=True):
    """What telemetry says of one change.

    Attributes:
        key: the change's.
        odds: log-odds (nats) that it did this, rather than something outside; 0 where it came too late.
        late: what had begun before it came, where something had; empty otherwise.
        remedy: ``roll_back_change`` | ``roll_forward``.
        known: whether enough is known of it to judge: a diff, or words that meet the fault's.
        pro: what speaks for it, the weightiest first.
        contra: what speaks against it.
    """

    key: str
    odds: float
    late: str = ""
    remedy: str = ""
    known: bool = True
    pro: tuple[str, ...] = ()
    contra: tuple[str, ...] = ()


def weighed_changes(telemetry: Telemetry, suspects: Sequence[Suspect] = ()) -> tuple[WeighedChange, ...]:
    """Return what telemetry says of each of its changes; nothing where it shows no fault.

    Args:
        telemetry: with the changes to be judged.
        suspects: where the fault may have begun, by metrics and traces.
    """
    if not telemetry.changes:
        return ()
    fault = fault_of(telemetry, suspects)
    if not fault.signs and not fault.movements:
        return ()
    found = weigh(telemetry.changes, fault)
    ground = next(each.score for each in found.ranked if each.change is None)
    begun = f"{found.begun.ramp.name} had begun to grow" if found.begun.ramp else ""
    judged = [_judged(each.change, each, ground) for each in found.ranked if each.change is not None]
    late = [WeighedChange(key=each.key, odds=0.0, late=begun or "it had begun") for each in found.late]
    return (*judged, *late)


def _judged(change: Change, each: Weighed, ground: float) -> WeighedChange:
    pro = _told(reason for reason in each.reasons if reason.nats >= TOLD)
    return WeighedChange(
        key=change.key,
        odds=each.score - ground,
        remedy=each.remedy,
        known=bool(change.detail or pro),
        pro=pro,
        contra=_told(reason for reason in each.reasons if reason.nats <= -TOLD),
    )


def _told(reasons: Iterable[Reason]) -> tuple[str, ...]:
    texts = (_LINE.sub(" ", each.text)[:LONGEST] for each in reasons)
    return tuple("".join(sign if sign.isprintable() else "?" for sign in text) for text in texts)[:MOST_TOLD]
