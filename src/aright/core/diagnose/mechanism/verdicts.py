"""What telemetry says of each change, for the ranking of all causes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

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
        nats: what all reasons come to, the likelihood of changes as such left out.
    """

    key: str
    odds: float
    late: str = ""
    remedy: str = ""
    known: bool = True
    pro: tuple[str, ...] = ()
    contra: tuple[str, ...] = ()
    nats: float = 0.0

    @property
    def side(self) -> int:
        """1 where the reasons told speak for it all in all, -1 where they speak against it, else 0."""
        if self.late:
            return -1
        return int(self.nats > 0.0 and bool(self.pro)) - int(self.nats < 0.0 and bool(self.contra))


class WeighedOutside(msgspec.Struct, frozen=True, kw_only=True):
    """What telemetry says of a cause that is no change of ours.

    Attributes:
        remedy: ``escalate`` | ``set_aside_data``.
        pro: what speaks for it, the weightiest first.
        contra: what speaks against it.
    """

    remedy: str = ""
    pro: tuple[str, ...] = ()
    contra: tuple[str, ...] = ()


class Verdicts(msgspec.Struct, frozen=True, kw_only=True):
    """What telemetry says of changes, and of a cause outside; ``None`` where it shows no fault."""

    changes: tuple[WeighedChange, ...] = ()
    outside: WeighedOutside | None = None


def weighed_changes(telemetry: Telemetry, suspects: Sequence[Suspect] = ()) -> tuple[WeighedChange, ...]:
    """Return what telemetry says of each of its changes; nothing where it shows no fault."""
    return verdicts(telemetry, suspects).changes


def verdicts(telemetry: Telemetry, suspects: Sequence[Suspect] = ()) -> Verdicts:
    """Return what telemetry says of each of its changes and of a cause outside.

    Args:
        telemetry: with the changes to be judged; without any it is not looked at.
        suspects: where the fault may have begun, by metrics and traces.
    """
    if not telemetry.changes:
        return Verdicts()
    fault = fault_of(telemetry, suspects)
    if not fault.signs and not fault.movements:
        return Verdicts()
    found = weigh(telemetry.changes, fault)
    beside = next(each for each in found.ranked if each.change is None)
    begun = f"{found.begun.ramp.name} had begun to grow" if found.begun.ramp else "the failures had begun"
    said = [_judged(each.change, each, beside.score) for each in found.ranked if each.change is not None]
    late = [WeighedChange(key=each.key, odds=0.0, late=begun) for each in found.late]
    return Verdicts(changes=(*said, *late), outside=_outside(beside))


def _outside(beside: Weighed) -> WeighedOutside:
    return WeighedOutside(
        remedy=beside.remedy,
        pro=_told(each for each in beside.reasons if each.nats >= TOLD),
        contra=_told(each for each in beside.reasons if each.nats <= -TOLD),
    )


def _judged(change: Change, each: Weighed, ground: float) -> WeighedChange:
    nats = sum(reason.nats for reason in each.reasons)
    told = judged(change, each.reasons, prior=each.score - nats - ground)
    return replace(told, remedy=each.remedy, known=bool(change.detail) or each.met >= TOLD)


def judged(change: Change, reasons: Sequence[Reason], *, prior: float) -> WeighedChange:
    """Return reasons for and against a change as what is said of it; by itself not enough to be ``known``.

    Args:
        change: the change.
        reasons: in any order.
        prior: log-odds before them that it did this, rather than something outside.
    """
    ordered = sorted(reasons, key=lambda each: -abs(each.nats))
    nats = sum(each.nats for each in ordered)
    return WeighedChange(
        key=change.key,
        odds=prior + nats,
        nats=nats,
        known=False,
        pro=_told(each for each in ordered if each.nats >= TOLD),
        contra=_told(each for each in ordered if each.nats <= -TOLD),
    )


def _told(reasons: Iterable[Reason]) -> tuple[str, ...]:
    texts = (_LINE.sub(" ", each.text)[:LONGEST] for each in reasons)
    return tuple("".join(sign if sign.isprintable() else "?" for sign in text) for text in texts)[:MOST_TOLD]
