"""Windows: which rows of spans and log lines are looked at, so that both tell of the same stretches of time.

A request of a time of which no lines are kept would seem to have logged nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.times import SECOND

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.diagnose.dependencies.telemetry import Telemetry

    Ints = npt.NDArray[np.int64]

MAX_SPANS: Final = 100_000
MAX_LINES: Final = 60_000
"""Of each, so many are looked at, the latest of what is judged and of the reference."""
SOON: Final = 5 * SECOND
"""Time within which a trace has written its first line."""
EDGE: Final = 60 * SECOND
"""A trace that is older than that is cut where a window begins."""
COVERED: Final = 0.5
"""Share of the reference's spans that must have lines beside them; else lines have no reference."""
SPAN_COLUMNS: Final = [
    *("time", "service", "trace_id", "id", "parent_id", "name", "duration_ms", "status", "host"),
]
LOG_COLUMNS: Final = ["time", "service", "severity", "body", "trace_id", "span_id", "host"]


def looked_at(telemetry: Telemetry) -> tuple[pa.Table, pa.Table]:
    """Return spans and lines of the stretches of time that both tell of, no more than can be looked at."""
    spans, lines = telemetry.spans.select(SPAN_COLUMNS), telemetry.logs.select(LOG_COLUMNS)
    begun, written = _traces_begun(spans), _time(lines)
    of_spans, of_lines = _kept(begun, telemetry, MAX_SPANS), _kept(written, telemetry, MAX_LINES)
    before, now = (begun[rows] for rows in of_spans)
    if not len(before) or not len(of_lines[1]):
        return _taken(spans, of_spans), _taken(lines, of_lines)
    beside = before >= written[of_lines[0]].min(initial=telemetry.current[0]) - SOON
    if beside.mean() < COVERED:
        return _taken(spans, of_spans), lines.slice(0, 0)
    told = (now >= written[of_lines[1]].min() - SOON) & (now <= written[of_lines[1]].max())
    return _taken(spans, (of_spans[0][beside], of_spans[1][told])), _taken(lines, of_lines)


def _traces_begun(spans: pa.Table) -> Ints:
    """Return per span when its trace began, so that none is cut in two; long ones are, after a minute."""
    time = _time(spans)
    encoded = pc.fill_null(spans["trace_id"].cast(pa.string()), "").combine_chunks().dictionary_encode()
    trace = encoded.indices.to_numpy(zero_copy_only=False)
    first = np.full(len(encoded.dictionary), np.iinfo(np.int64).max)
    np.minimum.at(first, trace, time)
    begun: Ints = np.maximum(first[trace], time - EDGE) if len(time) else time
    return begun


def _time(table: pa.Table) -> Ints:
    return np.asarray(table["time"].cast(pa.int64()).to_numpy(), dtype=np.int64)


def _kept(time: Ints, telemetry: Telemetry, most: int) -> tuple[Ints, Ints]:
    """Return the rows of the reference and of what is judged, the latest where they are too many."""
    now = (time >= telemetry.current[0]) & (time < telemetry.current[1])
    before = (time >= telemetry.reference[0]) & (time < telemetry.reference[1]) & ~now
    current, reference = np.flatnonzero(now), np.flatnonzero(before)
    rest = max(most - len(current), most // 2)
    spare = most - min(rest, len(reference))
    return _latest(reference, time, rest), _latest(current, time, spare)


def _latest(rows: Ints, time: Ints, most: int) -> Ints:
    return rows if len(rows) <= most else rows[np.argsort(time[rows], kind="stable")][-most:]


def _taken(table: pa.Table, rows: tuple[Ints, Ints]) -> pa.Table:
    return table.take(pa.array(np.concatenate(rows)))
