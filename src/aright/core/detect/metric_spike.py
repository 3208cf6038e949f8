"""Spikes of a service metric: beyond all that was seen, for more than a moment."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np

from aright.core.detect.metric_memory import LongMemory
from aright.core.detect.series_settings import Kind, Verdict

_KEPT: Final = 2_880
_LEAST: Final = 200
_FEWEST: Final = 60
_WINDOW: Final = 5
_BEYOND: Final = 3
_MARGIN: Final = 0.5
_FLOOR: Final = 0.02
_WAYS: Final = 2 * math.comb(_WINDOW, _BEYOND)


class SpikeDetector:
    """Tells when three of the last five values stand beyond everything seen before.

    The limit is the largest (or smallest) of up to 2,880 earlier values, and of each hour of eight days,
    moved outwards by half of its distance from their median, at least 2 % of the median, and as far as
    the widest gap that ever lay between three values and the three before, as where replicas come by
    ones; with less than a day of values, by the whole range. A series that bursts so sets its own limit.
    It is free of forecasts, and so serves short histories. After a spike is told, the next is told when
    five values in a row were usual.

    **Guaranteed** for exchangeable values: three given ones beat the largest of m others with probability
    1 / C(m + 3, 3), so that any three of five, upwards or downwards, do with at most twenty times that; its
    inverse is the e-value. For others quietness is a matter of simulation
    (``tests/unit/core/detect/test_service_metrics.py``); the margin is for them.

    >>> detector = SpikeDetector()
    >>> values = [*([10.0, 11.0, 12.0] * 100), 40.0, 41.0, 40.0]
    >>> [at for at, value in enumerate(values) if detector.update(at, value)]
    [302]
    """

    def __init__(self) -> None:
        self._kept: deque[float] = deque(maxlen=_KEPT)
        self._memory, self._steps = LongMemory(), LongMemory()
        self._passed: deque[float] = deque(maxlen=2 * _BEYOND)
        self._latest: deque[tuple[float, float]] = deque(maxlen=_WINDOW)
        self._time = -math.inf
        self._limits = (-math.inf, 0.0, math.inf)
        self._stale = 0
        self._open = False
        self._since = math.inf
        self._upwards = True

    @property
    def ready(self) -> bool:
        """Whether enough has been seen to judge."""
        return len(self._kept) >= _FEWEST

    @property
    def value(self) -> float:
        """The e-value of a spike that has not been told; 0 while there is none."""
        if self._open or math.isinf(self._since):
            return 0.0
        return math.comb(len(self._kept) + _BEYOND, _BEYOND) / _WAYS

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value; what is missing, or no later than the one before, is left out."""
        self.weigh(time, value)
        return self.claim() if self.value and len(self._kept) >= _LEAST else None

    def weigh(self, time: float, value: float) -> None:
        """Take one value and tell nothing; what is missing, or no later than one before, is left out."""
        if not (math.isfinite(value) and math.isfinite(time) and time > self._time):
            return
        self._time = time
        if len(self._latest) == _WINDOW:
            self._remember(self._latest[0][1])
        self._latest.append((time, value))
        if not self.ready:
            return
        low, _, high = self._limit(value)
        above = [at for at, each in self._latest if each > high]
        below = [at for at, each in self._latest if each < low]
        if not above and not below:
            self._open = False
        most = max(above, below, key=len)
        self._since = most[0] if len(most) >= _BEYOND else math.inf
        self._upwards = most is above

    def drop_latest(self) -> None:
        """Forget the last five values: an incident has begun, and they are no part of what is healthy."""
        self._latest.clear()
        self._since, self._open = math.inf, False

    def claim(self) -> Verdict:
        """Tell the spike."""
        self._open = True
        low, usual, high = self._limits
        limit = high if self._upwards else low
        now = float(np.median([value for at, value in self._latest if at >= self._since]))
        return Verdict(
            kind=Kind.SPIKE,
            at=self._time,
            since=self._since,
            before=usual,
            now=now,
            effect=(now - usual) / abs(limit - usual),
            log_e=math.log(math.comb(len(self._kept) + _BEYOND, _BEYOND) / _WAYS),
            threshold=0.0,
            rule=f"{_BEYOND} of {_WINDOW} values beyond {limit:.6g}, which {self._memory.count} values set",
        )

    def _remember(self, value: float) -> None:
        self._kept.append(value)
        self._memory.add(value)
        self._passed.append(value)
        before, after = list(self._passed)[:_BEYOND], list(self._passed)[_BEYOND:]
        if len(after) == _BEYOND:
            self._steps.add(min(max(after) - min(before), 0.0), max(min(after) - max(before), 0.0))

    def _limit(self, value: float) -> tuple[float, float, float]:
        """Return the limits and the median; they are worked out anew every 16 values, or when one is near."""
        self._stale -= 1
        low, _, high = self._limits
        if self._stale < 0 or ((value > high or value < low) and not self._open):
            least, most = self._memory.extremes
            usual = float(np.median(np.array(self._kept)))
            margin = max(_FLOOR * abs(usual), 1e-12)
            margin = max(margin, most - least if self._memory.count < _KEPT else 0.0)
            down, up = self._steps.extremes
            self._limits = (
                least - max(_MARGIN * (usual - least), margin, -down),
                usual,
                most + max(_MARGIN * (most - usual), margin, up),
            )
            self._stale = 16
        return self._limits
