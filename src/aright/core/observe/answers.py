"""Requests served, read from traces: rows like those of predictions, for services that send none.

The unit is the trace: one user's request may be tried again several times within it.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, CATEGORY
from aright.core.observe.calls_rows import SERVED

ROUTE: Final = ATTRIBUTE + "route"
"""The segment attribute that routes are shown under."""

_GOOD, _FAILED = 200, 500


def answers_of(spans: pa.Table) -> pa.Table:
    """Return one row per request served, with the columns of predictions that spans know.

    A span that failed without an HTTP status counts as status 500, any other as 200.

    >>> from aright.core.model.columns import TIME
    >>> spans = pa.table({"time": pa.array([1, 2, 3], TIME), "service": ["s"] * 3, "id": ["1", "2", "3"],
    ...     "trace_id": ["a", "a", "b"], "kind": ["server", "client", "server"],
    ...     "http_status": [None, 200, 201], "duration_ms": [5.0, 2.0, 1.0],
    ...     "status": ["error", "unset", "unset"], "route": ["/x", None, "/y"]})
    >>> answers_of(spans).select(["unit", "status", "attr.route"]).to_pylist()
    [{'unit': 'a', 'status': 500, 'attr.route': '/x'}, {'unit': 'b', 'status': 201, 'attr.route': '/y'}]
    """
    served = spans.filter(pc.is_in(spans["kind"].cast(pa.string()), value_set=pa.array(SERVED)))
    failed = pc.fill_null(pc.equal(_texts(served, "status"), "error"), fill_value=False)
    bare = pc.if_else(failed, pa.scalar(_FAILED, pa.int32()), pa.scalar(_GOOD, pa.int32()))
    known = served["http_status"].cast(pa.int32()) if _has(served, "http_status") else None
    status = bare if known is None else pc.coalesce(known, bare)
    columns = {
        "id": served["id"],
        "time": served["time"],
        "service": served["service"],
        "unit": served["trace_id"],
        "trace_id": served["trace_id"],
        "status": status,
        "latency_ms": served["duration_ms"].cast(pa.float32()),
        **{name: served[name] for name in ("version", "host") if _has(served, name)},
    }
    if _has(served, "route"):
        columns[ROUTE] = served["route"].cast(CATEGORY)
    return pa.table(columns)


def _has(table: pa.Table, name: str) -> bool:
    return name in table.column_names


def _texts(table: pa.Table, name: str) -> pa.ChunkedArray:
    return table[name].cast(pa.string()) if _has(table, name) else pa.nulls(table.num_rows, pa.string())
