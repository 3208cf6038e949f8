"""Leaks that begin in the midst of a metric's life: a fresh, straight rise beyond all that was seen."""

from __future__ import annotations

import math
from collections import deque
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.series_settings import Kind, Verdict
from aright.core.stats.steady_rise import steady_rise_e_value
from aright.core.stats.straightness import bend
from aright.core.stats.theil_sen import Slope, theil_sen

FloatArray: TypeAlias = npt.NDArray[np.float64]

_BLOCK: Final = 8
_SPANS: Final = (24, 48)
_A_DAY: Final = 390
_A_WEEK: Final = 2_760
_KEPT: Final = _A_WEEK + 2 * _SPANS[-1]
_OWN_DEVIATE: Final = 2.0
_CURVED: Final = 0.12
_LEAST_RISE: Final = 0.05
_MARGIN: Final = 0.5


class RiseDetector:
    """Tells when the floor of a metric climbs steadily out of the range that it has ever had.

    It needs a day of history, so that the daily rise is in it; with less than a week's, the rise must reach
    as far beyond the range as the range is wide. The floors (of eight values each) of the last three or six
    hours must rise over both halves, on a straight line, and end beyond the largest earlier one.

    It is told once, until the floor has fallen by half of its rise, as after a restart.

    **Guaranteed** for noise and random walks, as :class:`aright.core.detect.metric_leak.LeakDetector` is, and
    quiet for others by simulation (``tests/unit/core/detect/test_service_metrics.py``).

    >>> detector = RiseDetector()
    >>> told = [
    ...     detector.update(at * 30_000_000, 500.0 + max(at - 6_000, 0) * 0.5 + at % 7) for at in range(7_000)
    ... ]
    >>> [verdict.kind.value for verdict in told if verdict]
    ['leak']
    """

    def __init__(self) -> None:
        self._floors: deque[tuple[float, float]] = deque(maxlen=_KEPT)
        self._time = -math.inf
        self._filled, self._floor, self._floor_at = 0, math.inf, 0.0
        self._slope: Slope | None = None
        self._span, self._evidence = 0, 0.0
        self._told = math.inf

    @property
    def ready(self) -> bool:
        """Whether enough has been seen to judge."""
        return len(self._floors) >= _A_DAY

    @property
    def value(self) -> float:
        """The e-value of a leak that has not been told, counted in values; 0 while there is none."""
        if self._slope is None or not math.isinf(self._told):
            return 0.0
        return _BLOCK / len(_SPANS) * self._evidence

    @property
    def told(self) -> bool:
        """Whether a leak has been told, and the floor not fallen since."""
        return not math.isinf(self._told)

    @property
    def slope(self) -> Slope | None:
        """The leak's slope per µs with its interval, while there is a leak."""
        return self._slope

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value; what is missing, or no later than the one before, is left out."""
        self.weigh(time, value)
        return self.claim() if self.value else None

    def weigh(self, time: float, value: float) -> None:
        """Take one value and tell nothing; what is missing, or no later than one before, is left out."""
        if not (math.isfinite(value) and math.isfinite(time) and time > self._time):
            return
        self._time = time
        if value < self._floor:
            self._floor, self._floor_at = value, time
        self._filled += 1
        if self._filled < _BLOCK:
            return
        self._floors.append((self._floor_at, self._floor))
        self._filled, self._floor = 0, math.inf
        if self.ready:
            self._judge()

    def claim(self) -> Verdict | None:
        """Tell the leak."""
        if self._slope is None:
            return None
        recent = list(self._floors)[-self._span :]
        before, now = (float(np.mean([floor for _, floor in part])) for part in (recent[:3], recent[-3:]))
        self._told = (before + now) / 2
        return Verdict(
            kind=Kind.LEAK,
            at=self._time,
            since=recent[0][0],
            before=before,
            now=now,
            effect=(now - before) / max(abs(before), 1e-300),
            log_e=math.log(self._evidence),
            threshold=0.0,
            rule=f"{self._span} floors rise steadily, beyond all of {len(self._floors) - self._span} before",
        )

    def _judge(self) -> None:
        times, floors = (np.array(column) for column in zip(*self._floors, strict=True))
        self._slope = None
        for span in _SPANS:
            if not _beyond(floors[:-span], floors[-span:]):
                continue
            slope = _steady(times[-span:] - times[-span], floors[-span:])
            if slope is not None:
                self._slope, self._span = slope, span
                self._evidence = steady_rise_e_value(floors[-span:])
                break
        if floors[-1] < self._told:
            self._told = math.inf


def _beyond(before: FloatArray, recent: FloatArray) -> bool:
    """Return whether the last floors are out of the range of those before."""
    usual, most = float(np.median(before)), float(before.max())
    share = _MARGIN if len(before) >= _A_WEEK else 1.0
    margin = share * (most - (usual if share < 1 else float(before.min())))
    return float(recent[-3:].min()) > most + max(margin, _LEAST_RISE * abs(usual))


def _steady(times: FloatArray, floors: FloatArray) -> Slope | None:
    """Return the slope where the rise is a leak's."""
    half = len(times) // 2
    parts = (slice(None, half), slice(half, None))
    if any(theil_sen(times[part], floors[part], deviate=_OWN_DEVIATE).low <= 0 for part in parts):
        return None
    slope = theil_sen(times, floors, deviate=_OWN_DEVIATE)
    return None if bend(floors).share > _CURVED else slope
