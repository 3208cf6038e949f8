"""What breaks of a contract's windows are worth, before and after the course of the day is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from aright.core.model.contracts import ContractBreak, Suspicion
from aright.core.model.times import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.contract import Break, Contract
    from aright.core.model.times import Micros

ALPHA: Final = 0.001
"""Of one window; see ``core.contract.check``."""

FEW_WINDOWS: Final = 8
"""With fewer, only what always was, or never, can be said to have changed."""

DOUBTFUL: Final = 0.05
"""Level at which a window still speaks against what broke."""

_HELD: Final = 2
_HITS: Final = 20
_MOST_KEPT: Final = 4_000

_STRUCTURE: Final = frozenset({"missing", "type", "null", "format", "decimals", "unit", "structure"})
_LEVELS: Final = frozenset({"numbers", "length"})
_SHARES: Final = frozenset({*_STRUCTURE, "new values", "shares", "array", "relation"})
_NEVER: Final = 0.002
_SEEN: Final = 0.02
_FAR: Final = 0.25
_GROSS: Final = math.log(2)
_MONTH: Final = 30 * DAY
_PART: Final = 0.6
"""Of the evidence that is needed, the most that one window brings, unless what it shows was never so."""


def is_certain(found: Break) -> bool:
    """Return whether documents are now as they never were, or no longer as they always were."""
    always = found.before <= _NEVER or found.before >= 1 - _NEVER
    return always and found.kind in _STRUCTURE and abs(found.now - found.before) >= _SEEN


def is_telling(found: Break, contract: Contract) -> bool:
    """Return whether a break says something, given how much of the day the contract knows.

    Shares and levels follow the hours; before a whole day has been seen, only what is far beyond any usual
    course is told: shares that moved by a quarter of all, and numbers that doubled.
    """
    if found.grade == "harmless":
        return False
    if is_certain(found) or not contract.windows:
        return True
    if contract.windows < FEW_WINDOWS:
        return False
    if contract.clock.harmonics:
        return True
    if found.kind in _LEVELS:
        return abs(found.effect) >= _GROSS
    return found.kind in _SHARES and abs(found.effect) >= _FAR


def needed(*, span: Micros, endpoints: int, allowed: float, harm: bool) -> float:
    """Return the evidence (nats) that an alert takes.

    As many windows as a month (of harm) or a day (of notices) has, of all endpoints of the service, are
    looked at; by Bonferroni's bound the false alarms among them are as many as allowed.

    Args:
        span: of a window (µs).
        endpoints: of the service.
        allowed: false pages a month, or false notices a day.
        harm: whether it pages.

    >>> round(needed(span=120_000_000, endpoints=10, allowed=1.0, harm=True), 1)
    12.3
    """
    looks = (_MONTH if harm else DAY) / max(span, 1) * max(endpoints, 1)
    return max(math.log(looks / allowed), -math.log(ALPHA))


def weigh(
    suspicions: Mapping[str, Suspicion],
    found: Sequence[Break],
    *,
    start: Micros,
    most: float,
    declared: bool,
) -> dict[str, Suspicion]:
    """Return what windows in a row say; a path that is as it was is cleared.

    Each window's evidence is -ln of its p-value, which is adjusted for all figures of the window already. One
    window brings a part of what is needed at most, so that a single odd batch does not page.

    Args:
        suspicions: before this window.
        found: the window's telling breaks.
        start: of the window (µs, UTC).
        most: evidence needed.
        declared: whether a schema said what holds, so that a break of it is certain.
    """
    after: dict[str, Suspicion] = {}
    for each in found:
        before = suspicions.get(each.path, Suspicion(0.0, start, 0))
        says = -math.log(max(each.p_value, 1e-30))
        says = says if declared or is_certain(each) else min(says, _PART * most)
        after[each.path] = Suspicion(before.log_e + says, before.since, before.windows + 1)
    return after


def is_over(broken: ContractBreak) -> bool:
    """Return whether enough windows in a row kept a contract, so that a break that goes on would have shown.

    Two windows, and so many documents that twenty of them would have broken it.

    >>> from msgspec.structs import replace
    >>> once = ContractBreak(since=0, at=0, grade="breaking", text="", paths=(), share=0.05, held=2, kept=300)
    >>> is_over(once), is_over(replace(once, kept=400))
    (False, True)
    """
    return broken.held >= _HELD and broken.kept >= min(_HITS / max(broken.share, 0.001), _MOST_KEPT)


def share_of(found: Sequence[Break]) -> float:
    """Return the share of documents that break: the largest move of any share, or of any logarithm."""
    return max((min(abs(each.effect), 1.0) for each in found), default=0.0)
