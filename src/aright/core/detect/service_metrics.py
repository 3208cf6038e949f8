"""Detectors of service metrics (processor, memory, latency, traffic), all with one face."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING, Final, Protocol

from aright.core.detect.metric_leak import LeakDetector
from aright.core.detect.metric_saturation import SaturationDetector
from aright.core.detect.metric_spike import SpikeDetector
from aright.core.detect.series import SeriesDetector
from aright.core.detect.series_settings import SeriesSettings
from aright.core.model.times import DAY

if TYPE_CHECKING:
    from aright.core.detect.series_settings import Verdict

_WEEK: Final = 7 * DAY

_BLOCK: Final = 8

LEVEL_SETTINGS: Final = SeriesSettings(learning=160, periods=(float(DAY), float(_WEEK)))
"""Days and weeks are reckoned with: until two and a half have been seen, only quick changes are told."""


class MetricDetector(Protocol):
    """What judges one metric of one process."""

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value at a time (µs, UTC); return what it told.

        Missing values, and values no later than one before, are left out and never raise.
        """


class MetricRule(Protocol):
    """A detector that can be judged together with others, by e-BH.

    ``value`` is that of an e-detector that counts values: while all is well it is expected to reach A once in
    A values at most, under the assumptions that the rule's docstring names.
    """

    @property
    def ready(self) -> bool:
        """Whether enough has been seen to judge."""

    @property
    def value(self) -> float:
        """How much speaks for a change that has not been claimed; ≥ 0."""

    def weigh(self, time: float, value: float) -> None:
        """Take one value at a time (µs, UTC) and tell nothing."""

    def claim(self) -> Verdict | None:
        """Tell the change; None where it is one that is not told."""


class LevelDetector:
    """Tells when a metric settles on another level.

    Medians of eight values each are judged by :class:`aright.core.detect.series.SeriesDetector`, so that a
    short burst is no level. The settings count medians.

    >>> detector = LevelDetector()
    >>> any(detector.update(at * 30_000_000, 40.0) for at in range(1_000))
    False
    """

    def __init__(self, settings: SeriesSettings = LEVEL_SETTINGS) -> None:
        self._detector = SeriesDetector(settings)
        self._time = -math.inf
        self._block: list[float] = []

    @property
    def ready(self) -> bool:
        """Whether enough has been learned to judge."""
        return self._detector.ready

    @property
    def value(self) -> float:
        """The e-detector's value, counted in values rather than in medians."""
        return _BLOCK * self._detector.value

    def weigh(self, time: float, value: float) -> None:
        """Take one value and tell nothing; what is missing, or no later than one before, is left out."""
        middle = self._median(time, value)
        if middle is not None:
            self._detector.weigh(middle, time)

    def claim(self) -> Verdict | None:
        """Take the evidence so far for a change; None where it is one that is not told."""
        return self._detector.claim()

    def update(self, time: float, value: float) -> Verdict | None:
        """Take one value; what is missing, or no later than the one before, is left out."""
        middle = self._median(time, value)
        return None if middle is None else self._detector.update(middle, time)

    def _median(self, time: float, value: float) -> float | None:
        if not (math.isfinite(value) and math.isfinite(time) and time > self._time):
            return None
        self._time = time
        self._block.append(value)
        if len(self._block) < _BLOCK:
            return None
        middle, self._block = median(self._block), []
        return middle


def detectors_of(
    *, limit: float | None = None, run_length: float | None = None
) -> tuple[MetricDetector, ...]:
    """Return the detectors that suit a metric: level, spike and leak, and saturation where there is a limit.

    Args:
        limit: what the metric cannot exceed, or None.
        run_length: medians of eight values between two false alarms about the level that are accepted.

    >>> [type(detector).__name__ for detector in detectors_of(limit=100.0)]
    ['LevelDetector', 'SpikeDetector', 'LeakDetector', 'SaturationDetector']
    """
    settings = LEVEL_SETTINGS if run_length is None else replace(LEVEL_SETTINGS, run_length=run_length)
    usual = (LevelDetector(settings), SpikeDetector(), LeakDetector())
    return usual if limit is None else (*usual, SaturationDetector(limit))
