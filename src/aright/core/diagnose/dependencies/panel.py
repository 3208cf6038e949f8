"""Samples of many metrics on one clock: a row per series, a column per step, NaN where nothing came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.times import Micros

    Floats = npt.NDArray[np.float64]
    Ints = npt.NDArray[np.int64]

MAX_STEPS: Final = 60
"""Steps of what is judged; finer samples are averaged. Onsets are told to a sixtieth of the window then."""
MAX_REFERENCE: Final = 2_000
"""Steps of what went before, the latest ones: beyond these more of them change no median."""
MAX_SERIES: Final = 20_000

Key = tuple[str, str, str]
"""Service, host (empty where none is named) and the metric's name."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Panel:
    """Series before and now.

    Attributes:
        keys: whose they are, in the order of rows.
        reference: shape (series, steps before).
        current: shape (series, steps now).
        start: when the first step now begins (µs, UTC).
        step: how long a step is (µs).
    """

    keys: tuple[Key, ...]
    reference: Floats
    current: Floats
    start: Micros
    step: Micros


def panel_of(telemetry: Telemetry) -> Panel | None:
    """Lay the metrics of a telemetry on one clock; ``None`` where there are none in either span of time.

    The step is the usual distance between samples. What only ever grew is a counter: it becomes its growth
    per step, and where it restarts nothing is known.
    """
    rows = _series(telemetry)
    if rows is None:
        return None
    keys, code, time, value = rows
    step = _step(code, time, telemetry.current)
    start, end = telemetry.reference
    start = max(start, end - MAX_REFERENCE * step)
    reference = _grid((code, time, value), len(keys), (start, end), step)
    current = _grid((code, time, value), len(keys), telemetry.current, step)
    counters = _counters(np.hstack([reference, current]))
    reference[counters], current[counters] = _grown(reference[counters]), _grown(current[counters])
    return Panel(keys=keys, reference=reference, current=current, start=telemetry.current[0], step=step)


def _series(telemetry: Telemetry) -> tuple[tuple[Key, ...], Ints, Ints, Floats] | None:
    table = telemetry.metrics
    time = table["time"].cast(pa.int64()).to_numpy()
    inside = np.zeros(len(time), dtype=bool)
    for start, end in (telemetry.reference, telemetry.current):
        inside |= (time >= start) & (time < end)
    if not inside.any():
        return None
    table = table.filter(pa.array(inside))
    names = [
        pc.fill_null(table[column].cast(pa.string()), "").combine_chunks()
        for column in ("service", "host", "name")
    ]
    coded = [array.dictionary_encode() for array in names]
    index = np.zeros(table.num_rows, np.int64)
    for one in coded:
        index = index * len(one.dictionary) + one.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    distinct, code = np.unique(index, return_inverse=True)
    keys = [_key(int(each), coded) for each in distinct[:MAX_SERIES]]
    kept = code < MAX_SERIES
    value = table["value"].cast(pa.float64()).to_numpy()
    kept &= np.isfinite(value)
    return tuple(keys), code[kept].astype(np.int64), time[inside][kept], value[kept]


def _key(index: int, coded: list[pa.DictionaryArray]) -> Key:
    parts: list[str] = []
    for one in reversed(coded):
        index, place = divmod(index, len(one.dictionary))
        parts.append(one.dictionary[place].as_py())
    name, host, service = parts
    return service, host, name


def _step(code: Ints, time: Ints, current: tuple[Micros, Micros]) -> Micros:
    """Return the usual distance of samples, or more where the window would have too many steps of it."""
    order = np.lexsort((time, code))
    gap = np.diff(time[order])
    gap = gap[(np.diff(code[order]) == 0) & (gap > 0)]
    span = current[1] - current[0]
    usual = int(np.median(gap)) if len(gap) else span
    return max(usual, -(-span // MAX_STEPS), 1)


def _grid(rows: tuple[Ints, Ints, Floats], series: int, span: tuple[Micros, Micros], step: Micros) -> Floats:
    """Return means of the samples in each step."""
    code, time, value = rows
    steps = max(-(-(span[1] - span[0]) // step), 1)
    inside = (time >= span[0]) & (time < span[1])
    place = code[inside] * steps + (time[inside] - span[0]) // step
    count = np.bincount(place, minlength=series * steps)
    total = np.bincount(place, value[inside], minlength=series * steps)
    with np.errstate(invalid="ignore"):
        return (total / np.where(count, count, np.nan)).reshape(series, steps)


def _counters(values: Floats) -> npt.NDArray[np.bool_]:
    """Tell which series only grow, but for restarts at less than half."""
    verdict = np.zeros(len(values), dtype=bool)
    for row, series in enumerate(values):
        known = series[np.isfinite(series)]
        grown = np.diff(known)
        if len(known) < 10 or known.min() < 0:
            continue
        fair = (grown >= 0) | (known[1:] < 0.5 * known[:-1])
        verdict[row] = bool(fair.all() and (grown > 0).mean() > 0.5 and (grown < 0).mean() < 0.1)
    return verdict


def _grown(values: Floats) -> Floats:
    grown = np.diff(values, axis=1, prepend=np.nan)
    return np.where(grown >= 0, grown, np.nan)
