"""Leaks of a service metric, such as memory: a floor that rises steadily after the warm-up."""

from __future__ import annotations

import math
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.series_settings import Kind, Verdict
from aright.core.model.times import HOUR
from aright.core.stats.straightness import bend
from aright.core.stats.theil_sen import Slope, theil_sen

FloatArray: TypeAlias = npt.NDArray[np.float64]

_BLOCK: Final = 16
_MOST_BLOCKS: Final = 128
_FEWEST_BLOCKS: Final = 24
_WARM_UP: Final = 0.25
_DEVIATE: Final = 3.5
_OWN_DEVIATE: Final = 2.0
_CURVED: Final = 0.12


class LeakDetector:
    """Tells when the floor of a metric rises without end.

    The floor is the least value of each block, so that a garbage collector's saw-tooth does not show;
    blocks grow as history does, and their first quarter, the warm-up, is left out. A leak is told when Theil
    and Sen's slope of the floors is surely positive, over all of them and over each half; when they grow by
    at least ``least_rise``; and when they stand on a straight line: a day's rise from night to noon does
    not. That takes half a day of history (``covers``); where no traffic comes and goes, as in a canary's
    loop, give less.
    Calibrated by simulation (``tests/unit/core/detect/test_service_metrics.py``), not guaranteed.

    Args:
        covers: span that floors must cover before a leak is told (µs).
        least_rise: least growth over the floors after the warm-up, as a share of them.

    >>> detector = LeakDetector(covers=HOUR)
    >>> told = [detector.update(at * 30_000_000, 500.0 + at * 0.2 + at % 7) for at in range(2_000)]
    >>> [verdict.kind.value for verdict in told if verdict]
    ['leak']
    """

    def __init__(self, *, covers: int = 12 * HOUR, least_rise: float = 0.05) -> None:
        self._covers = covers
        self._least_rise = least_rise
        self._time = -math.inf
        self._size = _BLOCK
        self._floors: list[tuple[float, float]] = []
        self._filled, self._floor, self._floor_at = 0, math.inf, 0.0
        self._told = False
        self._slope: Slope | None = None

    @property
    def slope(self) -> Slope | None:
        """The leak's slope per µs with its interval, once there is a leak."""
        return self._slope

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value; what is missing, or no later than the one before, is left out."""
        if not (math.isfinite(value) and math.isfinite(time) and time > self._time):
            return None
        self._time = time
        if value < self._floor:
            self._floor, self._floor_at = value, time
        self._filled += 1
        if self._filled < self._size:
            return None
        self._floors.append((self._floor_at, self._floor))
        self._filled, self._floor = 0, math.inf
        if len(self._floors) == _MOST_BLOCKS:
            pairs = zip(self._floors[::2], self._floors[1::2], strict=True)
            self._floors = [min(pair, key=lambda floor: floor[1]) for pair in pairs]
            self._size *= 2
        return self._judge(time)

    def _judge(self, time: float) -> Verdict | None:
        kept = self._floors[math.ceil(_WARM_UP * len(self._floors)) :]
        if len(kept) < _FEWEST_BLOCKS or kept[-1][0] - kept[0][0] < self._covers:
            return None
        times, floors = np.array([at for at, _ in kept]), np.array([floor for _, floor in kept])
        self._slope = self._steady(times - times[0], floors)
        if self._slope is None or self._told:
            self._told = self._slope is not None
            return None
        self._told = True
        rise = self._slope.value * float(times[-1] - times[0])
        return Verdict(
            kind=Kind.LEAK,
            at=time,
            since=float(times[0]),
            before=float(floors[:3].mean()),
            now=float(floors[-3:].mean()),
            effect=rise / max(abs(float(np.median(floors))), 1e-300),
            log_e=0.0,
            threshold=0.0,
            rule=f"Theil–Sen slope of {len(floors)} floors, steady over both halves",
        )

    def _steady(self, times: FloatArray, floors: FloatArray) -> Slope | None:
        """Return the slope where it is a leak's."""
        slope = theil_sen(times, floors, deviate=_DEVIATE)
        level = abs(float(np.median(floors)))
        if slope.low <= 0 or slope.value * times[-1] < self._least_rise * level:
            return None
        half = len(times) // 2
        parts = (slice(None, half), slice(half, None))
        if any(theil_sen(times[part], floors[part], deviate=_OWN_DEVIATE).low <= 0 for part in parts):
            return None
        return None if bend(floors).share > _CURVED else slope
