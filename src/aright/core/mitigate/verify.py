"""Verification: did quality come back? Said only with an interval, and never on too little data."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.mitigate.harm import EVENTS, candidates, losses, rows_of, segment_hit, shown
from aright.core.mitigate.level import Level, level_of, level_told
from aright.core.model.probability import percent
from aright.core.model.tables import units_of
from aright.core.model.times import MINUTE

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from aright.core.model.incident import Incident
    from aright.core.model.signal import Segment

ALPHA: Final = 0.05
"""Probability that the interval is ever wrong, however often it is looked at."""

LEAST_UNITS: Final = 50
"""Units without which nothing is said: the interval rests on a normal limit."""

HALF: Final = 0.5
NEARLY_ALL: Final = 0.9
TUNED_TO: Final = 400
"""Units at which the interval is narrowest for its confidence."""

EVENTS_TAKE: Final = 5 * MINUTE
"""Complaints come after the answer: younger rows look healthy because nobody has complained yet."""

EFFECT_TAKES: Final = 5 * MINUTE
"""Rolling out what was ordered takes time: nothing is called a failure by the rows of the first minutes."""

_AGES: Final = 10
_UNIT: Final = pa.schema([("unit", pa.string())])
_NOTHING: Final = "No loss that can be read from single rows was measured before the mitigation."


@dataclass(frozen=True, kw_only=True)
class Verification:
    """What can be said of a mitigation's effect.

    Attributes:
        done: whether there is nothing left to wait for.
        recovered: whether quality came back; only ever true with ``done``.
        text: one sentence with the numbers and the interval.
        low: lower end of the interval of the share of the loss that came back; NaN where nothing is known.
        high: upper end.
        units: users counted since the mitigation.
    """

    done: bool
    recovered: bool
    text: str
    low: float = float("nan")
    high: float = float("nan")
    units: int = 0


@dataclass(frozen=True, kw_only=True)
class _Levels:
    """What the rows after a mitigation are held against."""

    signal: str
    segment: Segment
    healthy: Level
    failing: Level


def verify(
    reference: pa.Table, incident: Incident, after: pa.Table, during: pa.Table | None = None
) -> Verification:
    """Hold the rows after a mitigation against the healthy ones and the failing ones.

    The share of the loss that came back is (failing − after) / (failing − healthy), in the segment that was
    hit, counted by randomisation unit. Quality came back when that share is surely above one half and all of
    it may be back; it did not when the share is surely below one half, or surely below nine tenths.

    Args:
        reference: joined rows of a healthy time: prediction columns and ``outcome.KIND``.
        incident: gives the segment and, without ``during``, the failing level as it was told.
        after: joined rows since the mitigation, in order of time.
        during: joined rows of the failing time, better than what was told of it.

    The interval holds at all times at once, so that looking every minute costs nothing: an asymptotic
    confidence sequence (I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy and A. Ramdas, Time-uniform
    central limit theory and asymptotic confidence sequences, Annals of Statistics 52, 2024), with the ratio
    resolved as by E. C. Fieller (1954).
    """
    segment = segment_hit(incident)
    tables = [reference, after, *([during] if during is not None else [])]
    for signal in candidates(incident, tables):
        healthy = _healthy(reference, signal, segment, [after, *([during] if during is not None else [])])
        failing = _failing(incident, signal, segment, during)
        if failing is not None and _lost(healthy, failing):
            levels = _Levels(signal=signal, segment=segment, healthy=healthy, failing=failing)
            return _hold(levels, _ripe(reference, after, signal))
    return Verification(done=False, recovered=False, text=_NOTHING)


def _hold(levels: _Levels, after: pa.Table) -> Verification:
    """Judge all rows; what looks like failure is judged again by those that any roll-out has reached."""
    said = _judge(levels, after)
    if said.recovered or not said.done:
        return said
    times = after["time"].cast(pa.int64())
    settled = after.filter(pc.greater_equal(times, pc.min(times).as_py() + EFFECT_TAKES))
    again = _judge(levels, settled)
    if again.units < LEAST_UNITS:
        return replace(said, done=False, text=f"{said.text} It may still be taking effect.")
    return again


def _back(share: float) -> str:
    """Chance can put a few users above what is healthy: nobody gets back more than was lost."""
    return "all" if share >= 1 else percent(max(share, 0.0))


def _judge(levels: _Levels, rows: pa.Table) -> Verification:
    signal, segment, healthy, failing = levels.signal, levels.segment, levels.healthy, levels.failing
    after = _level(rows, signal, segment)
    where = f"Among {segment}" if segment.attribute else "Over all traffic"
    known = f"healthy {_value(signal, healthy)}, failing {_value(signal, failing)}"
    if after.units < LEAST_UNITS:
        text = (
            f"{where}, {after.units} {units_of(rows)} were counted since, too few to say whether it helped "
            f"({known})."
        )
        return Verification(done=False, recovered=False, text=text, units=after.units)
    low, high = _interval(healthy, failing, after)
    share = (failing.mean - after.mean) / (failing.mean - healthy.mean)
    text = (
        f"{where}, {shown(signal, after.mean)} over {after.units:,} {units_of(rows)} ({known}): "
        f"{_back(share)} of the loss came back ({percent(0.95)} interval {_back(low)} to {_back(high)})"
    )
    recovered = low >= HALF and high >= NEARLY_ALL
    failed = high < NEARLY_ALL and (low >= HALF or high < HALF)
    verdict = ""
    if failed:
        verdict = ": only a part of it" if low >= HALF else ": it did not help"
    elif not recovered:
        verdict = ": too early to say"
    return Verification(
        done=recovered or failed,
        recovered=recovered,
        text=f"{text}{verdict}.",
        low=low,
        high=high,
        units=after.units,
    )


def _interval(healthy: Level, failing: Level, after: Level) -> tuple[float, float]:
    """Return the shares q for which failing − after − q (failing − healthy) may be 0."""
    times = _width(after.units)

    def beyond(q: float, side: float) -> float:
        contrast = (1 - q) * failing.mean - after.mean + q * healthy.mean
        variance = after.variance + (1 - q) ** 2 * failing.variance + q**2 * healthy.variance
        return contrast + side * times * sqrt(variance)

    return _root(lambda q: beyond(q, -1.0)), _root(lambda q: beyond(q, 1.0))


def _width(units: int) -> float:
    """Return how many standard errors wide the confidence sequence is at so many units.

    >>> round(_width(400), 2), round(_width(50), 2), round(_width(10_000), 2)
    (3.04, 3.66, 3.37)
    """
    tuned = (-2 * log(ALPHA) + log(-2 * log(ALPHA) + 1)) / TUNED_TO
    scale = units * tuned
    return sqrt(2 * (scale + 1) / scale * log(sqrt(scale + 1) / ALPHA))


def _root(function: Callable[[float], float]) -> float:
    """Return where a falling function crosses 0, within [-2, 4]."""
    low, high = -2.0, 4.0
    for _ in range(40):
        middle = (low + high) / 2
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _lost(healthy: Level, failing: Level) -> bool:
    """Tell whether there was a loss, beyond three standard errors; nothing can come back of none."""
    if not healthy.units or not failing.units:
        return False
    return failing.mean - healthy.mean > 3 * sqrt(healthy.variance + failing.variance)


def _level(table: pa.Table, signal: str, segment: Segment) -> Level:
    rows = rows_of(table, segment)
    return level_of(rows, losses(rows, signal))


def _healthy(reference: pa.Table, signal: str, segment: Segment, since: list[pa.Table]) -> Level:
    """Return the healthy level of a segment; where it came up since, that of the units that are in it now.

    No reference row has the new version of an app or a firmware, but the users or cameras that have it now
    were served before. Where they are not known either, all reference rows are what was healthy.
    """
    own = rows_of(reference, segment)
    if own.num_rows == 0 and reference.num_rows:
        own = reference
        if all("unit" in table.column_names for table in (reference, *since)):
            now = [
                pc.unique(pc.drop_null(rows_of(each, segment)["unit"].cast(pa.string()))) for each in since
            ]
            theirs = pc.is_in(reference["unit"].cast(pa.string()), pa.concat_arrays(now))
            own = reference.filter(theirs) if pc.any(theirs).as_py() else reference
    return level_of(own, losses(own, signal))


def _failing(incident: Incident, signal: str, segment: Segment, during: pa.Table | None) -> Level | None:
    if during is not None and during.num_rows:
        return _level(during, signal, segment)
    diagnosis = incident.diagnosis
    if diagnosis is not None and diagnosis.scope.loss == signal and diagnosis.scope.units_hit:
        return level_told(diagnosis.scope.inside_now, diagnosis.scope.units_hit)
    alert = next(
        (alert for alert in incident.alerts if alert.signal == signal and alert.segment == segment), None
    )
    if alert is None:
        return None
    return level_told(1 - alert.now if signal.startswith("quality:") else alert.now, alert.units)


def _ripe(reference: pa.Table, after: pa.Table, signal: str) -> pa.Table:
    """Return the rows that are old enough for their outcomes to have come.

    Grades of the youngest rows are those that came quickest, and a click comes quicker than its absence. So
    the youngest tenths are left out until as many are graded as in the reference.
    """
    if after.num_rows == 0:
        return after
    if signal.startswith(EVENTS):
        times = after["time"].cast(pa.int64())
        return after.filter(pc.less_equal(times, pc.max(times).as_py() - EVENTS_TAKE))
    usual = _graded(losses(reference, signal))
    known = np.isfinite(losses(after, signal))
    kept = len(known)
    for tenth in reversed(np.array_split(known, _AGES)):
        if _graded_share(tenth) >= NEARLY_ALL * usual:
            break
        kept -= len(tenth)
    return after.slice(0, kept)


def _graded(loss: npt.NDArray[np.float64]) -> float:
    return _graded_share(np.isfinite(loss))


def _graded_share(known: npt.NDArray[np.bool_]) -> float:
    return float(known.mean()) if known.size else 1.0


def _value(signal: str, level: Level) -> str:
    value = 1 - level.mean if signal.startswith("quality:") else level.mean
    return percent(value)
