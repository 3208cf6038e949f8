"""Spans of OTLP: rows of spans, and predictions where spans are calls to models."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS, concat_rows
from aright.core.observe.intake.found import Found
from aright.core.observe.intake.json_rows import Chunk as Rows
from aright.core.observe.intake.judge import judge
from aright.core.observe.intake.otlp_attributes import Attributes
from aright.core.observe.intake.otlp_columns import (
    SPAN_ID,
    TRACE_ID,
    chosen,
    hold_times,
    ids,
    owned,
    texts,
    times,
)
from aright.core.observe.intake.otlp_keys import HTTP_STATUS, PATH, PEER, ROUTE
from aright.core.observe.intake.otlp_models import Call, prediction_of
from aright.core.observe.intake.otlp_resource import chunks_of, codec_of, text_of
from aright.core.observe.intake.quarantine import Quarantine
from aright.core.observe.intake.sieve import Sieve
from aright.core.observe.intake.tabulate import Tabulator

if TYPE_CHECKING:
    from aright.core.model.frame import Frame
    from aright.core.observe.intake.otlp_body import Codec, Event, Spans
    from aright.core.observe.intake.otlp_resource import Chunk
    from aright.core.observe.intake.wire import PredictionRow

KINDS: Final = ("internal", "server", "client", "producer", "consumer")
STATUSES: Final = ("unset", "ok", "error")

_KIND: Final = np.array([0, 0, 1, 2, 3, 4], np.int32)  # the unspecified counts as internal
_CALLER: Final = np.array([False, False, False, True, True, False])
_ERROR: Final = 2
_LONGEST_MESSAGE: Final = 1_000
_IDS: Final = re.compile(
    r"/(?:[0-9]+|(?=[^/]*[0-9])[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[^/]{41,})(?=/|$)"
)


def read_traces(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the spans of an ``ExportTraceServiceRequest``; raises ``UnreadableError``."""
    codec = codec_of(frame.format)
    tables: list[pa.Table] = []
    predictions: dict[str, PredictionRow] = {}
    for chunk in chunks_of(plain, codec, quarantine):
        batch = _Batch(chunk, codec)
        sieve = batch.sieve(frame, quarantine)
        for row in batch.predictions(sieve.keep):
            # an SDK and a framework above it may both tell of a call: the inner one is first
            predictions.setdefault(str(row.id), row)
        tables.append(sieve.good()[0])
    if not tables:
        return Found()
    spans = concat_rows(tables)
    found = {Kind.SPANS: spans}
    if predictions:
        found[Kind.PREDICTIONS] = _judged(list(predictions.values()), frame, quarantine, len(plain))
    return Found(tables=found, good=spans.num_rows)


def _judged(rows: list[PredictionRow], frame: Frame, quarantine: Quarantine, size: int) -> pa.Table:
    """Hold predictions to what all predictions are held to; their spans are kept whatever comes out."""
    own = Quarantine()
    tabulator = Tabulator(Kind.PREDICTIONS, own, rows=len(rows), size=size)
    table, numbers = tabulator.table(Rows(rows, range(len(rows))))
    good, _ = judge(table, numbers, Kind.PREDICTIONS, frame.received_at, own)
    for told in (*own.bad, *own.notes):
        quarantine.note(told.field, f"of a prediction in a span: {told.problem}", told.fix)
    return good


class _Batch:
    """Some spans of a body, as columns."""

    def __init__(self, chunk: Chunk, codec: Codec) -> None:
        self._chunk = chunk
        self._codec = codec
        self._spans: Spans = codec.spans(chunk.entries)
        self._kind = np.where(self._spans.kind < len(_KIND), self._spans.kind, 0)
        self._attributes = Attributes(self._spans.attributes, len(chunk.entries), codec)
        self._said = {raw: codec.status(raw) if raw else (0, "") for raw in set(self._spans.status)}
        self._code = np.array([self._said[raw][0] for raw in self._spans.status], np.int32)
        self._code[(self._code < 0) | (self._code > _ERROR)] = 0

    def sieve(self, frame: Frame, quarantine: Quarantine) -> Sieve:
        """Return the rows, those out of bounds fallen out."""
        spans = self._spans
        trace_id, traced = ids(spans.trace_id, TRACE_ID)
        span_id, named = ids(spans.span_id, SPAN_ID)
        columns = {
            "time": times(spans.start),
            **owned(self._chunk),
            "trace_id": trace_id,
            "id": span_id,
            "parent_id": ids(spans.parent_id, SPAN_ID)[0],
            "name": texts(spans.name),
            "kind": _labels(_KIND[self._kind], KINDS),
            "duration_ms": pa.array(self._durations().astype(np.float32)),
            "status": _labels(self._code, STATUSES),
            "message": pa.array(self._messages(), pa.string()),
            **self._chosen(),
            "attributes": self._attributes.rest(),
        }
        wanted = FIELDS[Kind.SPANS]
        full = {name: columns[name] for name in wanted if columns[name].null_count < len(columns[name])}
        for name in ("trace_id", "id"):
            full.setdefault(name, columns[name])
        table = pa.table({name: full[name] for name in wanted if name in full})
        sieve = Sieve(table, self._chunk.numbers, quarantine)
        if not (traced & named).all():
            sieve.drop(
                ~(traced & named),
                "traceId",
                "no trace id of 16 bytes or span id of 8",
                "send both, not all zero",
            )
        hold_times(sieve, spans.start, "startTimeUnixNano", frame.received_at)
        return sieve

    def predictions(self, keep: npt.NDArray[np.bool_]) -> list[PredictionRow]:
        """Return the predictions that spans tell of which are kept."""
        rows = [row for row in self._attributes.model_calls() if keep[row]]
        if not rows:
            return []
        durations = self._durations()
        spans = self._spans
        found = []
        for row in rows:
            call = Call(
                trace_id=spans.trace_id[row].hex(),
                span_id=spans.span_id[row].hex(),
                kind=int(self._kind[row]),
                end=int(spans.start[row]) // 1_000 + int(durations[row] * 1_000),
                latency_ms=float(durations[row]),
                failed=int(self._code[row]) == _ERROR,
                source=self._chunk.sources[self._chunk.owners[row]],
                attributes=self._attributes.of(row),
                events=self._events(row),
            )
            prediction = prediction_of(call)
            if prediction is not None:
                found.append(prediction)
        return found

    def _durations(self) -> npt.NDArray[np.float64]:
        start, end = self._spans.start, self._spans.end
        return np.where(end > start, end - start, 0) / 1e6

    def _chosen(self) -> dict[str, pa.Array]:
        pick, value = self._attributes.pick, self._attributes.value
        calls = _CALLER[self._kind]
        route = pick(ROUTE)
        path = np.where(route == 0, pick(PATH), 0).astype(np.int32)
        paths = np.unique(path)

        def say(code: int) -> str | None:
            said = text_of(value(code))
            return template(said) if code in paths and code not in known else said

        known = set(np.unique(route).tolist())
        statuses, places = np.unique(pick(HTTP_STATUS), return_inverse=True)
        numbers = [_status(value(code)) if code else None for code in statuses.tolist()]
        return {
            "http_status": pa.array(numbers, pa.int32()).take(pa.array(places)),
            "peer": chosen(
                np.where(calls, pick(PEER), 0).astype(np.int32), lambda code: text_of(value(code))
            ),
            "route": chosen(np.where(route == 0, path, route).astype(np.int32), say),
        }

    def _messages(self) -> list[str | None]:
        """Return what failed spans say of why, in their status or in the exception that they hold."""
        found: list[str | None] = [None] * len(self._code)
        for row in np.flatnonzero(self._code == _ERROR).tolist():
            message = self._said[self._spans.status[row]][1]
            if not message:
                told = (text_of(event.attributes.get("exception.message")) for event in self._events(row))
                message = next(filter(None, told), "")
            found[row] = message[:_LONGEST_MESSAGE] or None
        return found

    def _events(self, row: int) -> list[Event]:
        if len(self._spans.events) == len(self._code):  # the marks alone
            return []
        if not hasattr(self, "_ends"):
            marks = (at for at, raw in enumerate(self._spans.events) if raw == self._codec.mark)
            self._ends = np.fromiter(marks, np.int64, len(self._code))
        first = int(self._ends[row - 1]) + 1 if row else 0
        return [self._codec.event(raw) for raw in self._spans.events[first : self._ends[row]][:64]]


def template(path: str) -> str:
    """Return the path of a URL, with what differs from call to call replaced.

    >>> template("https://shop.example/orders/8731/lines?key=1"), template("/static/app.js")
    ('/orders/{}/lines', '/static/app.js')
    """
    bare = path.partition("?")[0].partition("#")[0]
    if "://" in bare:
        bare = "/" + bare.partition("://")[2].partition("/")[2]
    return _IDS.sub("/{}", bare)


def _labels(codes: npt.NDArray[np.int32], names: tuple[str, ...]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(pa.array(codes.astype(np.int32)), pa.array(names))


def _status(value: object) -> int | None:
    try:
        number = int(value) if isinstance(value, str | int | float) else -1
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < 1_000 else None
