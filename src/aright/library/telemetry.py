"""Frames of metrics, spans and logs to the telemetry that a diagnosis looks at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.columns import LOG_FIELDS, PROCESS_FIELDS, SPAN_FIELDS
from aright.library.frames import BadFrameError, Frame, fitted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.change import Change
    from aright.core.model.times import Micros

METRICS: Final = {**PROCESS_FIELDS, "value": pa.float64()}
_NEEDED: Final = {
    "metrics": ("time", "service", "name", "value"),
    "spans": ("time", "service", "trace_id", "id", "name", "duration_ms"),
    "logs": ("time", "service", "body"),
}


def telemetry_of(
    *,
    metrics: Frame | None,
    spans: Frame | None,
    logs: Frame | None,
    calls: Sequence[tuple[str, str]],
    changes: Iterable[Change],
    target: tuple[str, str, str],
    since: Micros | None,
    at: Micros | None,
) -> Telemetry | None:
    """Return the telemetry of frames; ``None`` where none was given.

    Args:
        metrics: columns ``time``, ``service``, ``name`` and ``value``, and ``host`` where there are several.
        spans: columns ``time``, ``service``, ``trace_id``, ``id``, ``name`` and ``duration_ms``, and what
            else of the span columns is known.
        logs: columns ``time``, ``service`` and ``body``, and what else is known.
        calls: who calls whom, as (caller, callee).
        changes: what was changed.
        target: service, host and metric that are harmed; each may be empty.
        since: where the time judged begins (µs, UTC); the last fifth of it all where not given.
        at: when harm was told of (µs, UTC); the end where not given.

    Raises:
        BadFrameError: a frame lacks a column, or all rows are on one side of ``since``.
    """
    given = {"metrics": (metrics, METRICS), "spans": (spans, SPAN_FIELDS), "logs": (logs, LOG_FIELDS)}
    tables = {
        name: fitted(frame, name, fields, _NEEDED[name])
        for name, (frame, fields) in given.items()
        if frame is not None
    }
    edges = [_span_of(table) for table in tables.values() if table.num_rows]
    if not edges:
        return None
    first, last = min(start for start, _ in edges), max(end for _, end in edges) + 1
    begin = since if since is not None else first + (last - first) * 4 // 5
    if not first < begin < last:
        raise BadFrameError(
            "all metrics, spans and logs are on one side of `since`: give what went before as well as "
            "what is judged, or another `since`"
        )
    service, host, signal = target
    _know(service, tables.values(), calls)
    found = Telemetry(
        target=service,
        host=host,
        signal=signal,
        at=min(at if at is not None else last, last),
        reference=(first, begin),
        current=(begin, last),
        calls=tuple(calls),
        changes=tuple(changes),
    )
    return replace(found, **tables)


def _know(service: str, tables: Iterable[pa.Table], calls: Sequence[tuple[str, str]]) -> None:
    """Raise ``BadFrameError`` where a target is none of the services told of."""
    known = {name for table in tables for name in pc.unique(table["service"]).to_pylist()}
    known |= {name for call in calls for name in call}
    if service and service not in known:
        some = ", ".join(sorted(str(each) for each in known)[:10])
        raise BadFrameError(f"the target {service!r} is none of the services there are: {some}")


def _span_of(table: pa.Table) -> tuple[Micros, Micros]:
    known = pc.min_max(table["time"].cast(pa.int64())).as_py()
    return known["min"], known["max"]
