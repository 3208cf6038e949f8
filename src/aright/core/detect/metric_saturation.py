"""Saturation of a service metric that has a limit: pinned to it, or about to reach it."""

from __future__ import annotations

import math
from typing import Final

from aright.core.detect.metric_leak import LeakDetector
from aright.core.detect.series_settings import Kind, Verdict
from aright.core.model.times import HOUR

_NEAR: Final = 0.95
_SHORTEST: Final = 10
_USUAL: Final = 2.0
_LEAST: Final = 60


class PinnedDetector:
    """Tells when a metric stays at its limit longer than it ever did.

    At the limit means at 95 % of it or more. A run of such values is told when it is as long as ten values
    and twice the longest run before, so that a batch job that takes the whole processor every night is no
    news. That is a fact and no statistic: it has no e-value.

    Args:
        limit: what cannot be exceeded, such as 100 for percent or the memory limit in bytes, > 0.

    Attributes:
        limit: as given; it may be set anew where it has changed.

    >>> detector = PinnedDetector(100.0)
    >>> values = [*([60.0] * 100), *([99.0] * 30)]
    >>> [at for at, value in enumerate(values) if detector.update(at, value)]
    [109]
    """

    def __init__(self, limit: float) -> None:
        self.limit = limit
        self._time = -math.inf
        self._seen = self._run = self._longest = 0
        self._since = 0.0
        self._usual = 0.0
        self._told = False

    @property
    def usual(self) -> float:
        """Mean of the values below the limit, the latest thousand or so."""
        return self._usual

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value; what is missing, or no later than the one before, is left out."""
        if not (math.isfinite(value) and math.isfinite(time) and time > self._time):
            return None
        self._time = time
        self._seen += 1
        if value < _NEAR * self.limit:
            self._longest = max(self._longest, self._run)
            self._run, self._told = 0, False
            self._usual += (value - self._usual) / min(self._seen, 1_000)
            return None
        if not self._run:
            self._since = time
        self._run += 1
        needed = max(_SHORTEST, math.ceil(_USUAL * self._longest))
        if self._told or self._seen < _LEAST or self._run < needed:
            return None
        self._told = True
        rule = f"{self._run} values at 95 % of the limit or more, the longest run before {self._longest}"
        return _verdict(time, self._since, (self._usual, value), self.limit, rule)


class SaturationDetector:
    """Tells when a metric stays at its limit longer than it ever did, or leaks towards it.

    The former is :class:`PinnedDetector`'s to tell. A leak (see
    :class:`aright.core.detect.metric_leak.LeakDetector`) is told when it reaches the limit within
    ``horizon``, by the lower end of its slope's interval.

    Args:
        limit: what cannot be exceeded, such as 100 for percent or the memory limit in bytes, > 0.
        horizon: how long ahead a leak is worth telling (µs).
        covers: see the leak detector (µs).
    """

    def __init__(self, limit: float, *, horizon: int = 4 * HOUR, covers: int = 12 * HOUR) -> None:
        self._limit = limit
        self._horizon = horizon
        self._pinned = PinnedDetector(limit)
        self._leak = LeakDetector(covers=covers)
        self._time = -math.inf
        self._foretold = False

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value; what is missing, or no later than the one before, is left out."""
        if not (math.isfinite(value) and math.isfinite(time) and time > self._time):
            return None
        self._time = time
        self._leak.update(time, value)
        return self._pinned.update(time, value) or self._heading(time, value)

    def _heading(self, time: float, value: float) -> Verdict | None:
        slope = self._leak.slope
        if slope is None:
            self._foretold = False
            return None
        left = (self._limit - value) / slope.low
        if self._foretold or left > self._horizon:
            return None
        self._foretold = True
        rule = f"leaks to the limit in {left / HOUR:.1f} h"
        return _verdict(time, time, (self._pinned.usual, value), self._limit, rule)


def _verdict(time: float, since: float, values: tuple[float, float], limit: float, rule: str) -> Verdict:
    return Verdict(
        kind=Kind.SATURATION,
        at=time,
        since=since,
        before=values[0],
        now=values[1],
        effect=values[1] / limit,
        log_e=0.0,
        threshold=0.0,
        rule=rule,
    )
