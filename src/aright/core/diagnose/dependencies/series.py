"""Metric symptoms: which series of which services are not as they were, how far they moved and since when."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.dependencies.chance import (
    chance_of,
    chance_without,
    window_starts,
)
from aright.core.diagnose.dependencies.charging import SURE
from aright.core.diagnose.dependencies.measures import EXTERNAL, Measure, measure_of
from aright.core.diagnose.dependencies.panel import panel_of
from aright.core.diagnose.dependencies.spread import median_of, spread_of
from aright.core.diagnose.dependencies.stretches import worst_stretches
from aright.core.diagnose.dependencies.symptom import Symptom
from aright.core.diagnose.wording import number, shown
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.diagnose.dependencies.panel import Panel
    from aright.core.diagnose.dependencies.telemetry import Telemetry

    Floats = npt.NDArray[np.float64]

FEWEST: Final = 5
"""Samples that a reference must have, for a spread to be one."""
SOME_WINDOWS: Final = 60
"""Healthy windows that all series are looked at in; fewer where series are many."""
CELLS: Final = 200_000_000
"""Stretches looked at in all of them together."""
MAX_SCORE: Final = 1e6


def metric_symptoms(telemetry: Telemetry) -> tuple[Symptom, ...]:
    """Return the metrics that moved, the farthest first.

    A metric's score is the shift of its median, over the stretch in which it is worst, in robust standard
    deviations of the reference (``spread_of``). The stretch is searched in all that is judged, whatever the
    alarm's time says. Told are scores above what the largest of as many still series would have by chance.

    >>> import pyarrow as pa
    >>> from aright.core.diagnose.dependencies.telemetry import Telemetry
    >>> minute = 60_000_000
    >>> rows = {"time": [i * minute for i in range(40)], "service": ["pay"] * 40, "host": ["a"] * 40}
    >>> rows |= {"name": ["cpu_percent"] * 40, "value": [10.0 + i % 3 for i in range(34)] + [80.0] * 6}
    >>> told = Telemetry(
    ...     at=36 * minute, reference=(0, 30 * minute), current=(30 * minute, 40 * minute),
    ...     metrics=pa.table(rows))
    >>> [(each.signal, each.internal, each.onset // minute) for each in metric_symptoms(told)]
    [('cpu_percent', True, 34)]
    """
    panel = panel_of(telemetry)
    return () if panel is None else symptoms_of(panel)


@dataclass(frozen=True, eq=False)
class Shifts:
    """How far series moved; arrays have the shape (series,).

    Attributes:
        score: shift in robust standard deviations, ≥ 0; 0 where nothing is known.
        before: median before.
        now: median over the stretch.
        first: step at which the stretch begins.
    """

    score: Floats
    before: Floats
    now: Floats
    first: npt.NDArray[np.int64]


def symptoms_of(panel: Panel, pattern: Floats | None = None) -> tuple[Symptom, ...]:
    """Return the series of a panel that moved, the farthest first.

    Args:
        panel: the series.
        pattern: shape (steps now,): when the target is harmed, how much; a service's own series then score
            no more than what goes together with it.
    """
    measures = [measure_of(key[2]) for key in panel.keys]
    shifts = shifts_of(panel.reference, panel.current, np.array([_harmful(each) for each in measures]))
    if pattern is not None:
        own = np.array([each is Measure.OWN for each in measures])
        along = _along(departures(panel.reference, panel.current), pattern)
        shifts = replace(shifts, score=np.where(own, np.minimum(shifts.score, along), shifts.score))
    least = least_score(len(panel.keys))
    found = [
        _symptom(panel, row, measures[row], shifts)
        for row in np.argsort(-shifts.score, kind="stable")
        if shifts.score[row] >= least and measures[row] is not Measure.NOTHING
    ]
    return tuple(found)


def _along(away: Floats, pattern: Floats) -> Floats:
    """Return how far series moved together with a pattern, in deviations: |Σ w z| / √Σ w²."""
    known = np.isfinite(away)
    energy = known @ np.square(pattern)
    total = np.abs(np.where(known, away, 0.0) @ pattern)
    found: Floats = np.divide(total, np.sqrt(energy), out=np.zeros_like(total), where=energy > 0.0)
    return found


def least_score(series: int) -> float:
    """Return the score above which a shift is told: √(2 ln n), the largest of n by chance, but at least 3.

    Source: D. L. Donoho, I. M. Johnstone, Ideal spatial adaptation, Biometrika 81 (1994).

    >>> least_score(10), round(least_score(1_000), 1)
    (3.0, 3.7)
    """
    return max(SURE, float(np.sqrt(2.0 * np.log(max(series, 1)))))


def shifts_of(before: Floats, now: Floats, direction: npt.NDArray[np.int64]) -> Shifts:
    """Return how far each series moved over the stretch in which it stands out most.

    Args:
        before: shape (series, steps), NaN where unknown.
        now: shape (series, other steps).
        direction: per series, 1 where more is worse, −1 where less is, 0 where either tells.
    """
    level = median_of(before)
    away = departures(before, now)
    score, first, after = np.zeros(len(before)), np.zeros(len(before), np.int64), level.copy()
    wide = _widths(before, now)
    for sign in (1, -1):
        stretches = worst_stretches(sign * away)
        for row in np.flatnonzero((direction != -sign) & (stretches.found > 0.0)).tolist():
            inside = away[row, stretches.first[row] : stretches.last[row]]
            middle = float(np.median(inside[np.isfinite(inside)]))
            if sign * middle > score[row]:
                score[row], first[row] = sign * middle, stretches.first[row]
                after[row] = level[row] + middle * wide[row]
    return Shifts(score, level, after, first)


def chance_of_shifts(panel: Panel) -> float:
    """Return how likely a healthy window is to have a series standing out as the worst does, in (0, 1].

    Each series is measured by what nine tenths of its own healthy windows do not exceed: one that often
    strays does not speak for the others. Where any series is one that others see, such as durations and
    failures, only those are asked: processors that are busy while nobody waits are no harm.
    """
    width = panel.current.shape[1]
    measures = [measure_of(key[2]) for key in panel.keys]
    rows = [row for row, measure in enumerate(measures) if measure in EXTERNAL] or [
        row for row, measure in enumerate(measures) if measure is not Measure.NOTHING
    ]
    before, direction = panel.reference[rows], np.array([_harmful(measures[row]) for row in rows])
    now = _standing_out(departures(before, panel.current[rows]), direction)
    most = max(min(CELLS // (len(rows) * width * width), SOME_WINDOWS), FEWEST)
    starts = window_starts(before.shape[1], width, most)
    if not starts:
        return chance_without(float(now.max()), len({panel.keys[row][:2] for row in rows}))
    away = departures(before, before)
    healthy = np.array([_standing_out(away[:, at : at + width], direction) for at in starts])
    usual = np.maximum(np.quantile(healthy, 0.9, axis=0), 1.0)
    independent = min(len(starts), before.shape[1] // width)
    return chance_of(float((now / usual).max()), (healthy / usual).max(axis=1), independent)


def _standing_out(away: Floats, direction: npt.NDArray[np.int64]) -> Floats:
    up = np.where(direction >= 0, worst_stretches(away).found, 0.0)
    down = np.where(direction <= 0, worst_stretches(-away).found, 0.0)
    found: Floats = np.maximum(up, down)
    return found


def departures(before: Floats, now: Floats) -> Floats:
    """Return how far values are from the median before, in robust deviations; NaN where that is not known.

    Args:
        before: shape (series, steps), NaN where unknown.
        now: shape (series, other steps).
    """
    wide = _widths(before, now)
    known = (np.isfinite(before).sum(axis=1) >= FEWEST) & (wide > 0.0)
    away = (now - median_of(before)[:, None]) / np.where(wide > 0.0, wide, 1.0)[:, None]
    clipped: Floats = np.where(known[:, None], np.clip(away, -MAX_SCORE, MAX_SCORE), np.nan)
    return clipped


def _widths(before: Floats, now: Floats) -> Floats:
    """Return each series' spread; for what was nothing but zeros a third of what it is now, so half sure."""
    spread = spread_of(before, median_of(before))
    largest = np.max(np.where(np.isfinite(now), np.abs(now), 0.0), axis=1, initial=0.0)
    widths: Floats = np.where(spread > 0.0, spread, largest / SURE)
    return widths


def _harmful(measure: Measure) -> int:
    if measure is Measure.SUCCESS_SHARE:
        return -1
    return 1 if measure in EXTERNAL or measure is Measure.CALLING else 0


def _symptom(panel: Panel, row: int, measure: Measure, shifts: Shifts) -> Symptom:
    service, host, name = panel.keys[row]
    before, now, score = float(shifts.before[row]), float(shifts.now[row]), float(shifts.score[row])
    onset = panel.start + int(shifts.first[row]) * panel.step
    where = f"{shown(service)} on {shown(host)}" if host else shown(service)
    return Symptom(
        node=(service, host),
        source="metrics",
        signal=name,
        internal=measure is Measure.OWN,
        score=score,
        before=before,
        now=now,
        onset=onset,
        text=f"{shown(name)} of {where} went from {number(before)} to {number(now)} "
        f"at {clock_text(onset)} UTC, {number(score)} of its usual deviations.",
    )
