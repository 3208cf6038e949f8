"""Leaks of a service metric, such as memory: a floor that rises steadily after the warm-up."""

from __future__ import annotations

import math
from typing import ClassVar, Final

import numpy as np

from aright.core.detect.metric_floors import FloatArray, FloorDetector, is_steady
from aright.core.detect.series_settings import Kind, Verdict
from aright.core.model.times import DAY, HOUR
from aright.core.stats.steady_rise import steady_rise_e_value, without_waves
from aright.core.stats.theil_sen import Slope, theil_sen

_BLOCK: Final = 16
_MOST_BLOCKS: Final = 128
_FEWEST_BLOCKS: Final = 24
_WARM_UPS: Final = (0.25, 0.5, 0.75)
_CYCLES: Final = 2
_MARGIN: Final = 0.5
_DEVIATE: Final = 3.5


class LeakDetector(FloorDetector):
    """Tells when the floor of a metric rises without end.

    The floor is the least value of each block, so that a garbage collector's saw-tooth does not show;
    blocks grow as history does, and their first quarter, the warm-up, is left out. A leak is told when
    Theil and Sen's slope of the floors is surely positive, over all of them and over each half; when they
    grow by at least ``least_rise``; and when they stand on a straight line: a day's rise from night to
    noon does not. The waves of days are taken off where two were seen. For leaks that began later, the
    latter half and the last quarter are looked at, too, where they end beyond the range of all before by
    half of it. That takes half a day of history (``covers``); where no traffic comes and goes, as in a
    canary's loop, give less. It is told once, until the floor has fallen by half of its rise, as after a
    restart.

    **Guaranteed**, once for every block of values, for floors that are noise or a random walk
    (:func:`aright.core.stats.steady_rise.steady_rise_e_value`). What else a healthy metric may do, such as
    the half of a wave, is kept quiet by the rules above, which are a matter of simulation
    (``tests/unit/core/detect/test_service_metrics.py``).

    Args:
        covers: span that floors must cover before a leak is told (µs).
        least_rise: least growth over the floors after the warm-up, as a share of them.

    >>> detector = LeakDetector(covers=HOUR)
    >>> told = [detector.update(at * 30_000_000, 500.0 + at * 0.2 + at % 7) for at in range(2_000)]
    >>> [verdict.kind.value for verdict in told if verdict]
    ['leak']
    """

    _weight: ClassVar[float] = _BLOCK

    def __init__(self, *, covers: int = 12 * HOUR, least_rise: float = 0.05) -> None:
        super().__init__([])
        self._covers = covers
        self._least_rise = least_rise
        self._size = _BLOCK
        self._from = 0
        self._ready = False

    @property
    def ready(self) -> bool:
        """Whether enough has been seen to judge."""
        return self._ready

    def claim(self) -> Verdict | None:
        """Tell the leak."""
        if self._slope is None:
            return None
        times, floors = self._arrays()
        times, floors = times[self._from :], floors[self._from :]
        rise = self._slope.value * float(times[-1] - times[0])
        before = float(np.median(floors - self._slope.value * (times - times[0])))
        wave = floors - _without_days(times - times[0], floors)
        self._told = before + rise / 2 - float(np.ptp(wave))
        return Verdict(
            kind=Kind.LEAK,
            at=self._time,
            since=float(times[0]),
            before=before,
            now=before + rise,
            effect=rise / max(abs(float(np.median(floors))), 1e-300),
            log_e=math.log(self._evidence),
            threshold=0.0,
            rule=f"Theil–Sen slope of {len(floors)} floors, steady over both halves",
        )

    def _judge(self) -> None:
        if len(self._floors) == _MOST_BLOCKS:
            pairs = zip(self._floors[::2], self._floors[1::2], strict=True)
            self._floors = [min(pair, key=lambda floor: floor[1]) for pair in pairs]
            self._size *= 2
        times, floors = self._arrays()
        self._ready, self._slope = False, None
        for warm_up in _WARM_UPS:
            start = math.ceil(warm_up * len(floors))
            if len(floors) - start < _FEWEST_BLOCKS or times[-1] - times[start] < self._covers:
                break
            self._ready = True
            if warm_up > _WARM_UPS[0] and not _beyond(floors[:start], floors[-3:]):
                continue
            found = self._steady(times[start:] - times[start], floors[start:])
            if found is not None:
                self._slope, self._evidence, self._from = *found, start
                break

    def _steady(self, times: FloatArray, floors: FloatArray) -> tuple[Slope, float] | None:
        """Return the slope where it is a leak's, and the evidence for it."""
        floors = _without_days(times, floors)
        slope = theil_sen(times, floors, deviate=_DEVIATE)
        level = abs(float(np.median(floors)))
        if slope.low <= 0 or slope.value * times[-1] < self._least_rise * level:
            return None
        if not is_steady(times, floors):
            return None
        return slope, steady_rise_e_value(floors, without_waves=_has_days(times)) / len(_WARM_UPS)


def _beyond(before: FloatArray, latest: FloatArray) -> bool:
    """Return whether the latest floors are out of the range of those before by half of it."""
    return bool(latest.min() > before.max() + _MARGIN * np.ptp(before))


def _has_days(times: FloatArray) -> bool:
    return bool(times[-1] - times[0] >= _CYCLES * DAY)


def _without_days(times: FloatArray, floors: FloatArray) -> FloatArray:
    return without_waves(times, floors, period=float(DAY)) if _has_days(times) else floors
