"""What breaks of a contract's windows are worth, before and after the course of the day is known."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from aright.core.model.contracts import ContractBreak, Suspicion
from aright.core.model.times import DAY

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.contract import Break, Contract, Summary
    from aright.core.contract.summary import Channel, PathSummary
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

_STRUCTURE: Final = frozenset({"missing", "type", "null", "format", "unit", "structure", "relation"})
_LEVELS: Final = frozenset({"numbers", "length"})
_SHARES: Final = frozenset({*_STRUCTURE, "decimals", "new values", "shares", "array"})
_NEVER: Final = 0.002
_SEEN: Final = 0.02
_FAR: Final = 0.25
_HOLDS: Final = 0.97
_AT_ONCE: Final = 0.4
_FEW_VALUES: Final = 60
_GROSS: Final = math.log(2)
_MONTH: Final = 30 * DAY
_PART: Final = 0.6
"""Of the evidence that is needed, the most that one window brings, unless what it shows was never so."""


def is_certain(found: Break) -> bool:
    """Return whether documents are now as they never were, or no longer as they always were."""
    always = found.before <= _NEVER or found.before >= 1 - _NEVER
    if found.kind == "relation":
        always, moved = found.before >= _HOLDS, _FAR
    else:
        moved = _SEEN
    return always and found.kind in _STRUCTURE and abs(found.now - found.before) >= moved


def knows_the_day(contract: Contract) -> bool:
    """Return whether a contract has seen a whole day, or was not learnt at all."""
    return bool(contract.clock.harmonics) or not contract.windows


def is_telling(found: Break, contract: Contract, *, at_once: bool | None = None) -> bool:
    """Return whether a break says something, given how much of the day the contract knows.

    Shares and levels follow the hours; before a whole day has been seen, only those are told that came at
    once, see ``jumped``. Where that is not known, those are told that are far beyond any usual course: shares
    that moved by a quarter of all, and numbers that doubled.

    Args:
        found: the break.
        contract: that it breaks.
        at_once: whether the path jumped, or was suspected before; ``None`` where that is not known.
    """
    if found.grade == "harmless":
        return False
    if is_certain(found) or knows_the_day(contract):
        return True
    if contract.windows < FEW_WINDOWS or found.kind not in _LEVELS | _SHARES:
        return False
    if at_once is not None:
        return at_once
    return abs(found.effect) >= (_GROSS if found.kind in _LEVELS else _FAR)


def jumped(path: str, before: Summary, now: Summary) -> bool:
    """Return whether the values at a path are at once others than in the window before.

    What follows the hours comes little by little: a share that moved by less than four tenths of all, and
    numbers that less than doubled, from one window to the next, may be the morning.
    """
    one, two = before.paths.get(path), now.paths.get(path)
    if one is None or two is None:
        return one is not two
    names = one.counts.keys() | two.counts.keys()
    if any(abs(_share(one, name) - _share(two, name)) >= _AT_ONCE for name in names):
        return True
    return _other_values(one, two) or any(
        _doubled(one.channels[name], two.channels[name]) for name in one.channels.keys() & two.channels.keys()
    )


def _share(found: PathSummary, name: str) -> float:
    base = found.bases.get(name.partition(":")[0], 0)
    return found.counts.get(name, 0) / base if base else 0.0


def _other_values(one: PathSummary, two: PathSummary) -> bool:
    """Return whether the values are distributed otherwise, where they are few (by total variation)."""
    before, now = one.cells.get("value"), two.cells.get("value")
    if before is None or now is None or not before.n or not now.n:
        return False
    values = before.counts.keys() | now.counts.keys()
    if len(values) > _FEW_VALUES:
        return False
    distance = sum(
        abs(before.counts.get(value, 0) / before.n - now.counts.get(value, 0) / now.n) for value in values
    )
    return distance / 2 >= _AT_ONCE


def _doubled(one: Channel, two: Channel) -> bool:
    before, now = float(one.quantiles((0.5,))[0]), float(two.quantiles((0.5,))[0])
    if before * now <= 0:
        return before != now and min(abs(before), abs(now)) > 0
    return abs(math.log(now / before)) >= _GROSS


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
