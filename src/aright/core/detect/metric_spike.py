"""Spikes of a service metric: beyond all that was seen, for more than a moment."""

from __future__ import annotations

import math
from collections import deque
from typing import Final

import numpy as np

from aright.core.detect.series_settings import Kind, Verdict

_KEPT: Final = 2_880
_LEAST: Final = 200
_WINDOW: Final = 5
_BEYOND: Final = 3
_MARGIN: Final = 0.5
_FLOOR: Final = 0.02


class SpikeDetector:
    """Tells when three of the last five values stand beyond everything seen before.

    The limit is the largest (or smallest) of up to 2,880 earlier values, moved outwards by half of its
    distance from their median and at least 2 % of the median. A series that bursts has shown its bursts and
    so sets its own limit. After a spike is told, the next is told when five values in a row were usual. For
    values that are exchangeable, three given rows beat the largest of m others with probability of the order
    of m⁻³; for others quietness is a matter of simulation
    (``tests/unit/core/detect/test_service_metrics.py``).

    >>> detector = SpikeDetector()
    >>> values = [*([10.0, 11.0, 12.0] * 100), 40.0, 41.0, 40.0]
    >>> [at for at, value in enumerate(values) if detector.update(at, value)]
    [302]
    """

    def __init__(self) -> None:
        self._kept: deque[float] = deque(maxlen=_KEPT)
        self._latest: deque[tuple[float, float]] = deque(maxlen=_WINDOW)
        self._time = -math.inf
        self._limits = (-math.inf, 0.0, math.inf)
        self._stale = 0
        self._open = False

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value; what is missing, or no later than the one before, is left out."""
        if not (math.isfinite(value) and math.isfinite(time) and time > self._time):
            return None
        self._time = time
        if len(self._latest) == _WINDOW:
            self._kept.append(self._latest[0][1])
        self._latest.append((time, value))
        if len(self._kept) < _LEAST:
            return None
        low, usual, high = self._limit(value)
        above = [at for at, each in self._latest if each > high]
        below = [at for at, each in self._latest if each < low]
        if not above and not below:
            self._open = False
        most = max(above, below, key=len)
        if self._open or len(most) < _BEYOND:
            return None
        self._open = True
        return self._verdict(time, most[0], usual, high if most is above else low)

    def _limit(self, value: float) -> tuple[float, float, float]:
        """Return the limits and the median; they are worked out anew every 16 values, or when one is near."""
        self._stale -= 1
        low, _, high = self._limits
        if self._stale < 0 or ((value > high or value < low) and not self._open):
            kept = np.array(self._kept)
            usual, most, least = float(np.median(kept)), float(kept.max()), float(kept.min())
            margin = max(_FLOOR * abs(usual), 1e-12)
            self._limits = (
                least - max(_MARGIN * (usual - least), margin),
                usual,
                most + max(_MARGIN * (most - usual), margin),
            )
            self._stale = 16
        return self._limits

    def _verdict(self, time: float, since: float, usual: float, limit: float) -> Verdict:
        now = float(np.median([value for at, value in self._latest if at >= since]))
        return Verdict(
            kind=Kind.SPIKE,
            at=time,
            since=since,
            before=usual,
            now=now,
            effect=(now - usual) / abs(limit - usual),
            log_e=0.0,
            threshold=0.0,
            rule=f"{_BEYOND} of {_WINDOW} values beyond {limit:.6g}, which {len(self._kept)} values set",
        )
