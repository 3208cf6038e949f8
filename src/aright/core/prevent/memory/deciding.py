"""Candidate against baseline: a leak, none, or not yet known.

**Why slopes, and not growth.** A clean library grows while it warms up, and while its caches fill. What a
leak does and they do not is to go on: after the last quarter as after the first, by as much a call. So a
leak is told only where the growth of the candidate is straight over the last three quarters of its calls,
more than that of the baseline with the intervals apart, and more by a floor. Both sides are asked at the same
numbers of calls, so that caches that both fill cancel.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.prevent.memory.growth import STARTS, Growth, growth
from aright.core.prevent.memory.sampled import HEAP, INSTRUMENTS, MAPPED, PYTHON, RSS

if TYPE_CHECKING:
    from aright.core.prevent.memory.sampled import Floats, Series

_KIB: Final = 1024
_LEAST: Final = {HEAP: 4 * _KIB, PYTHON: 4 * _KIB, MAPPED: 512 * _KIB, RSS: 1024 * _KIB}
"""Bytes that must have been lost before a leak is told: coarse instruments move in pages and arenas."""

_COARSE: Final = {MAPPED: 2.0, RSS: 8.0}
"""How many floors it takes by instruments that see more than what calls keep."""


class Call(Enum):
    """What is known of a candidate's memory."""

    LEAK = "leak"
    """It grows with every call, more than the baseline."""
    STEADY = "steady"
    """It does not grow by the floor."""
    SETTLING = "settling"
    """It grows ever more slowly, as a cache does that fills."""
    UNSURE = "unsure"
    """Neither can be said yet."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What counts as a leak.

    Attributes:
        floor: bytes a call beyond the baseline's that do not matter.
        leak_after: seconds of calls of one side before a leak may be told, so that caches can fill.
        steady_after: seconds of calls of one side before it may be called steady.
        patience: seconds of calls of one side for which it is not called steady while resident memory may
            grow, as it does where a library has an allocator of its own that malloc knows nothing of.
        enough: bytes lost at which a leak may be told sooner, so that a large one does not fill the machine.
    """

    floor: float = 4.0
    leak_after: float = 2.0
    steady_after: float = 1.0
    patience: float = 4.0
    enough: float = 128 * _KIB**2


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What was found by one instrument; the one that decides.

    Attributes:
        call: what is known.
        instrument: by which; empty where nothing was measured.
        calls: made on each side.
        candidate: growth of the candidate's memory; ``None`` while too little is known.
        baseline: of the baseline's; ``None`` without one.
        excess: of the difference, or of the candidate's without a baseline.
    """

    call: Call
    instrument: str = ""
    calls: int = 0
    candidate: Growth | None = None
    baseline: Growth | None = None
    excess: Growth | None = None


def decide(candidate: Series, baseline: Series | None, limits: Limits, *, last: bool = False) -> Verdict:
    """Return what samples say so far.

    Args:
        candidate: its samples.
        baseline: the other side's at the same calls; ``None`` where there is none, which is 0 everywhere.
        limits: what counts.
        last: whether there is no more time, so that what bends may be called settling.

    >>> from aright.core.prevent.memory.sampled import Sample, Series
    >>> leaking, clean = Series(), Series()
    >>> for turn in range(80):
    ...     leaking.add(100, Sample(seconds=0.1, memory={"heap": 8000 * turn}))
    ...     clean.add(100, Sample(seconds=0.1, memory={"heap": 7000}))
    >>> found = decide(leaking, clean, Limits())
    >>> found.call.value, found.excess.slope.value
    ('leak', 80.0)
    >>> decide(clean, clean, Limits()).call.value
    'steady'
    """
    known = [look for name in INSTRUMENTS if (look := _look(candidate, baseline, name)) is not None]
    total = candidate.calls[-1] if candidate.calls else 0
    if not known:
        return Verdict(call=Call.UNSURE, calls=total)
    leaks = [look for look in known if look.leaks(limits)]
    if leaks and (candidate.seconds >= limits.leak_after or leaks[0].long.excess.grown >= limits.enough):
        return leaks[0].verdict(Call.LEAK, total)
    growing = [look for look in known if look.grows(limits)]
    finest = known[0]
    steady = finest.steady(limits)
    bounded = all(look.steady(limits) is not None for look in known)
    enough = limits.steady_after if bounded else limits.patience
    if not growing and steady is not None and (last or candidate.seconds >= enough):
        return finest.verdict(Call.STEADY, total, steady)
    worst = (growing or [finest])[0]
    if last and (worst.long.excess.bending or (worst is not finest and steady is not None)):
        return worst.verdict(Call.SETTLING, total)
    return worst.verdict(Call.UNSURE, total)


@dataclass(frozen=True)
class _Span:
    """Growth since a share of the calls, of both sides and of the difference."""

    candidate: Growth
    baseline: Growth | None
    excess: Growth


@dataclass(frozen=True)
class _Look:
    """One instrument, since a quarter of the calls and since half of them."""

    name: str
    long: _Span
    short: _Span | None

    def floor(self, limits: Limits) -> float:
        return limits.floor * _COARSE.get(self.name, 1.0)

    def grows(self, limits: Limits) -> bool:
        floor = self.floor(limits)
        lately = self.short is None or self.short.excess.slope.low > floor
        return min(self.long.excess.slope.low, self.long.candidate.slope.low) > floor and lately

    def leaks(self, limits: Limits) -> bool:
        excess, baseline = self.long.excess, self.long.baseline
        if not self.grows(limits) or excess.grown < _LEAST[self.name] or not excess.straight:
            return False
        return baseline is None or self.long.candidate.slope.low > baseline.slope.high

    def steady(self, limits: Limits) -> _Span | None:
        """Return the calls over which it does not grow by the floor, ``None`` where it may."""
        spans = [self.long] if self.short is None else [self.long, self.short]
        return next((span for span in spans if span.excess.highest < self.floor(limits)), None)

    def verdict(self, call: Call, calls: int, span: _Span | None = None) -> Verdict:
        shown = span or self.long
        return Verdict(
            call=call,
            instrument=self.name,
            calls=calls,
            candidate=shown.candidate,
            baseline=shown.baseline,
            excess=shown.excess,
        )


def _look(candidate: Series, baseline: Series | None, name: str) -> _Look | None:
    ours = candidate.of(name)
    theirs = baseline.of(name) if baseline is not None else None
    if ours is None or (baseline is not None and theirs is None):
        return None
    calls = np.array(candidate.calls, dtype=np.float64)
    long, short = (_span(calls, ours, theirs, share) for share in STARTS)
    return None if long is None else _Look(name, long, short)


def _span(calls: Floats, ours: Floats, theirs: Floats | None, share: float) -> _Span | None:
    own = growth(calls, ours, share)
    if own is None:
        return None
    if theirs is None:
        return _Span(own, None, own)
    excess = growth(calls, ours - theirs, share)
    return None if excess is None else _Span(own, growth(calls, theirs, share), excess)
