"""Log lines as things seen in requests: which request wrote a line, and what the line says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.dependencies.span_facts import Seen, Thing
from aright.core.diagnose.dependencies.span_requests import NONE, positions, span_key
from aright.core.diagnose.dependencies.templates import templates_of
from aright.core.model.columns import SPAN_FIELDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from aright.core.diagnose.dependencies.span_requests import Requests

    Ints = npt.NDArray[np.int64]

VALUE: Final = re.compile(r":[^\[\](){},;:]+")
LINES: Final = 16
"""Lines of no trace that are taken for one request: enough to show the mix, few enough to be many."""
MADE: Final = "\x1d"
"""What traces and spans begin with that were made up."""
WARNING: Final = 13
"""OpenTelemetry's number of a warning: from there on a line is bad in itself."""


def lines_seen(logs: pa.Table, writer: Ints, request: Ints) -> list[Seen]:
    """Return the lines of requests as things seen: by template, and by what templates share but for values.

    Args:
        logs: columns of ``LOG_FIELDS``.
        writer: per line, a code of its service and machine.
        request: per line, whose it is, −1 for nobody's.
    """
    found = templates_of(logs["body"], writer)
    severity = pc.fill_null(logs["severity"], 0).to_numpy()
    time = logs["time"].cast(pa.int64()).to_numpy()
    mine = request != NONE
    coarse, shared = _without_values(found.names)
    many = np.bincount(shared, minlength=len(coarse)) > 1
    return [
        _seen(found.names, found.codes, severity, request, time, mine),
        _seen(coarse, shared[found.codes], severity, request, time, mine & many[shared[found.codes]]),
    ]


def _seen(
    names: Sequence[str], codes: Ints, severity: Ints, request: Ints, time: Ints, mine: npt.NDArray[np.bool_]
) -> Seen:
    worst = np.zeros(len(names), np.int64)
    np.maximum.at(worst, codes, severity)
    things = [
        Thing(source="logs", what="log", name=name, severe=bool(worst[code] >= WARNING))
        for code, name in enumerate(names)
    ]
    return Seen(request=request[mine], thing=codes[mine], time=time[mine], things=things)


def _without_values(names: Sequence[str]) -> tuple[list[str], Ints]:
    """Return what is left of templates without values behind a colon, and per template which of these it is.

    >>> _without_values(["state: up", "state: down", "done"])
    (['state:*', 'done'], array([0, 0, 1]))
    """
    bare = [VALUE.sub(":*", name) for name in names]
    distinct = list(dict.fromkeys(bare))
    place = {name: code for code, name in enumerate(distinct)}
    return distinct, np.array([place[name] for name in bare], dtype=np.int64)


def writers_of(logs: pa.Table, requests: Requests, trace: pa.Array, place: pa.Array) -> Ints:
    """Return per line the request that wrote it, −1 for none.

    By its span; else it is the latest request of the same trace at the same place that had begun by then.

    Args:
        logs: columns of ``LOG_FIELDS``.
        requests: of the spans.
        trace: per request, its trace.
        place: per request, service and machine as one text.
    """
    span = positions(span_key(logs, "span_id"), requests.key)
    found = np.where(span == NONE, NONE, requests.of[span]) if len(requests.of) else span
    left = np.flatnonzero(found == NONE)
    if not len(left) or not len(requests):
        return found
    lost = logs.take(pa.array(left))
    where = pc.binary_join_element_wise(
        lost["trace_id"].cast(pa.string()).combine_chunks(), places_of(lost), "\x1f"
    )
    known = pc.binary_join_element_wise(trace, place, "\x1f").dictionary_encode()
    line = positions(where, known.dictionary)
    found[left] = _latest(
        line,
        lost["time"].cast(pa.int64()).to_numpy(),
        known.indices.to_numpy(zero_copy_only=False).astype(np.int64),
        requests.start,
    )
    return found


def places_of(table: pa.Table) -> pa.Array:
    """Return service and machine of each row as one text."""
    service = table["service"].cast(pa.string()).combine_chunks()
    host = pc.fill_null(table["host"].cast(pa.string()), "").combine_chunks()
    return pc.binary_join_element_wise(service, host, "\x1e")


def _latest(line: Ints, at: Ints, group: Ints, start: Ints) -> Ints:
    """Return per line the latest of its group's requests that had begun, else the group's first."""
    order = np.lexsort((start, group))
    rank = np.empty(len(order) + len(line), np.int64)
    both = np.lexsort(
        (
            np.append(np.zeros(len(order)), np.ones(len(line))),
            np.append(start[order], at),
            np.append(group[order], line),
        )
    )
    rank[both] = np.cumsum(both < len(order))
    place = rank[len(order) :] - 1
    good = (place >= 0) & (line != NONE)
    found = np.where(good, order[np.maximum(place, 0)], NONE)
    first = np.searchsorted(group[order], np.maximum(line, 0))
    first = order[np.minimum(first, len(order) - 1)]
    same = good & (group[np.maximum(found, 0)] == line)
    return np.where(line == NONE, NONE, np.where(same, found, first))


def with_traces(logs: pa.Table) -> tuple[pa.Table, pa.Array]:
    """Give lines of no trace one: so many that a place wrote one after another have it in common.

    Counting by lines rather than by seconds makes up for traffic: twice the requests write twice the lines.

    Returns:
        The lines, and which of them had no trace.
    """
    loose = _whole(pc.is_null(logs["trace_id"]))
    place = places_of(logs).dictionary_encode().indices.to_numpy(zero_copy_only=False)
    time = logs["time"].cast(pa.int64()).to_numpy()
    order = np.lexsort((time, place, ~np.asarray(loose)))
    first = np.searchsorted(place[order[: int(pc.sum(loose).as_py() or 0)]], place)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    made = pa.array([f"{MADE}{each}" for each in ((rank - first) // LINES).tolist()], pa.string())
    whole = pc.if_else(loose, made, _whole(logs["trace_id"].cast(pa.string())))
    return logs.set_column(logs.column_names.index("trace_id"), "trace_id", whole), loose


def spans_of_lines(logs: pa.Table) -> pa.Table:
    """Return one span per trace and place that wrote lines, from the first to the last of them.

    What stands for a trace where there is none takes no time: how fast lines follow is traffic.
    """
    keys = pa.table(
        {
            "trace_id": logs["trace_id"],
            "service": logs["service"],
            "host": pc.fill_null(logs["host"].cast(pa.string()), ""),
            "time": logs["time"].cast(pa.int64()),
        }
    )
    found = keys.group_by(["trace_id", "service", "host"], use_threads=False)
    rows = found.aggregate([("time", "min"), ("time", "max")])
    count = rows.num_rows
    lasted = pc.divide(pc.subtract(rows["time_max"], rows["time_min"]).cast(pa.float64()), 1e3)
    columns = {
        "time": rows["time_min"].cast(SPAN_FIELDS["time"]),
        "service": rows["service"],
        "trace_id": rows["trace_id"],
        "id": pa.array([f"{MADE}{row}" for row in range(count)], pa.string()),
        "name": pa.array([""] * count, pa.string()),
        "duration_ms": pc.if_else(pc.starts_with(rows["trace_id"], MADE), 0.0, lasted),
        "host": rows["host"],
    }
    return pa.table(
        {
            name: columns[name].cast(kind) if name in columns else pa.nulls(count, kind)
            for name, kind in SPAN_FIELDS.items()
        }
    )


def _whole(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
