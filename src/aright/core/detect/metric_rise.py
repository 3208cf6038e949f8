"""Leaks that begin in the midst of a metric's life: a fresh, straight rise beyond all that was seen."""

from __future__ import annotations

import math
from collections import deque
from typing import ClassVar, Final

import numpy as np

from aright.core.detect.metric_floors import FloatArray, FloorDetector, is_steady
from aright.core.detect.series_settings import Kind, Verdict
from aright.core.stats.steady_rise import steady_rise_e_value
from aright.core.stats.theil_sen import theil_sen

_BLOCK: Final = 8
_SPANS: Final = (24, 48)
_A_DAY: Final = 390
_A_WEEK: Final = 2_760
_KEPT: Final = _A_WEEK + 2 * _SPANS[-1]
_DEVIATE: Final = 2.0
_LEAST_RISE: Final = 0.05
_MARGIN: Final = 0.5


class RiseDetector(FloorDetector):
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

    _size = _BLOCK
    _weight: ClassVar[float] = _BLOCK / len(_SPANS)

    def __init__(self) -> None:
        super().__init__(deque(maxlen=_KEPT))
        self._span = 0

    @property
    def ready(self) -> bool:
        """Whether enough has been seen to judge."""
        return len(self._floors) >= _A_DAY

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
        if not self.ready:
            return
        times, floors = self._arrays()
        self._slope = None
        for span in _SPANS:
            if not _beyond(floors[:-span], floors[-span:]):
                continue
            since, recent = times[-span:] - times[-span], floors[-span:]
            if is_steady(since, recent):
                self._slope, self._span = theil_sen(since, recent, deviate=_DEVIATE), span
                self._evidence = steady_rise_e_value(recent)
                break


def _beyond(before: FloatArray, recent: FloatArray) -> bool:
    """Return whether the last floors are out of the range of those before."""
    usual, most = float(np.median(before)), float(before.max())
    share = _MARGIN if len(before) >= _A_WEEK else 1.0
    margin = share * (most - (usual if share < 1 else float(before.min())))
    return float(recent[-3:].min()) > most + max(margin, _LEAST_RISE * abs(usual))
