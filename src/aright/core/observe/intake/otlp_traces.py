"""Spans of OTLP: rows of spans, and predictions where spans are calls to models."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS, concat_rows
from aright.core.observe.intake.found import Found
from aright.core.observe.intake.json_rows import Chunk as Rows
from aright.core.observe.intake.judge import judge
from aright.core.observe.intake.otlp_attributes import Attributes
from aright.core.observe.intake.otlp_columns import (
    categories,
    chosen,
    hold_times,
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
_MOST_EVENTS: Final = 64
_IDS: Final = re.compile(
    r"/(?:[0-9]+|(?=[^/]*[0-9])[0-9a-fA-F]{8,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}|[^/]{41,})(?=/|$)"
)


def read_traces(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the spans of an ``ExportTraceServiceRequest``; raises ``UnreadableError``."""
    codec = codec_of(frame.format)
    tables: list[pa.Table] = []
    predictions: dict[str, PredictionRow] = {}
    for chunk in chunks_of(plain, codec, quarantine):
        batch = Batch(chunk, codec)
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


class Batch:
    """Some spans of a body, as columns."""

    def __init__(self, chunk: Chunk, codec: Codec) -> None:
        self._chunk = chunk
        self._codec = codec
        self._spans: Spans = codec.spans(chunk.entries)
        self._kind = np.where((self._spans.kind >= 0) & (self._spans.kind < len(_KIND)), self._spans.kind, 0)
        said = {raw: codec.status(raw) for raw in set(self._spans.status) - {b""}}
        self._said = {row: said[raw] for row, raw in enumerate(self._spans.status) if raw} if said else {}
        self._code = np.zeros(len(chunk.entries), np.int32)
        for row, (code, _) in self._said.items():
            self._code[row] = code if 0 <= code <= _ERROR else 0

    def fixed(self) -> dict[str, pa.Array]:
        """Return the columns that need no attribute of a span."""
        spans = self._spans
        return {
            "time": times(spans.start),
            **owned(self._chunk),
            "trace_id": spans.trace_id,
            "id": spans.span_id,
            "parent_id": spans.parent_id,
            "name": texts(spans.name),
            "kind": categories(_KIND[self._kind], KINDS),
            "duration_ms": pa.array(self._durations().astype(np.float32)),
            "status": categories(self._code, STATUSES),
            "message": pa.array(self._messages(), pa.string()),
        }

    def sieve(self, frame: Frame, quarantine: Quarantine) -> Sieve:
        """Return the rows, those out of bounds fallen out."""
        columns = {**self.fixed(), **self._chosen(), "attributes": self._attributes.objects()}
        count = len(self._code)
        table = pa.table(
            {
                name: columns[name]
                for name in FIELDS[Kind.SPANS]
                if columns[name].null_count < count or name in {"trace_id", "id"}
            }
        )
        sieve = Sieve(table, self._chunk.numbers, quarantine)
        for name in ("trace_id", "id"):
            if columns[name].null_count:
                missing = columns[name].is_null().to_numpy(zero_copy_only=False)
                fix = "send a trace id of 16 bytes and a span id of 8, not all zero"
                sieve.drop(missing, name, "not as long as it must be, or all zero", fix)
        hold_times(sieve, self._spans.start, "startTimeUnixNano", frame.received_at)
        return sieve

    @cached_property
    def _attributes(self) -> Attributes:
        return Attributes(self._spans.attributes[:], len(self._chunk.entries), self._codec)

    def predictions(self, keep: npt.NDArray[np.bool_]) -> list[PredictionRow]:
        """Return the predictions that spans tell of which are kept."""
        rows = [row for row in self._attributes.model_calls() if keep[row]]
        if not rows:
            return []
        spans = self._spans
        durations, starts = self._durations()[rows].tolist(), spans.start[rows].tolist()
        kinds, codes = self._kind[rows].tolist(), self._code[rows].tolist()
        trace_ids, span_ids = (
            ids.take(pa.array(rows)).to_pylist() for ids in (spans.trace_id, spans.span_id)
        )
        found = []
        for at, row in enumerate(rows):
            call = Call(
                trace_id=trace_ids[at],
                span_id=span_ids[at],
                kind=kinds[at],
                end=starts[at] // 1_000 + int(durations[at] * 1_000),
                latency_ms=durations[at],
                failed=codes[at] == _ERROR,
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
        statuses, places = np.unique(pick(HTTP_STATUS), return_inverse=True)
        numbers = [_status(value(number)) if number else None for number in statuses.tolist()]
        peer = np.where(_CALLER[self._kind], pick(PEER), 0)
        route = chosen(pick(ROUTE), lambda number: text_of(value(number)))
        if route.null_count:
            path = chosen(pick(PATH), lambda number: template(text_of(value(number))))
            route = pc.coalesce(route.cast(pa.string()), path.cast(pa.string())).dictionary_encode()
        return {
            "http_status": pa.array(numbers, pa.int32()).take(pa.array(places)),
            "peer": chosen(peer, lambda number: text_of(value(number))),
            "route": route,
        }

    def _messages(self) -> list[str | None]:
        """Return what failed spans say of why, in their status or in the exception that they hold."""
        found: list[str | None] = [None] * len(self._code)
        for row in np.flatnonzero(self._code == _ERROR).tolist():
            message = self._said[row][1]
            if not message:
                told = (text_of(event.attributes.get("exception.message")) for event in self._events(row))
                message = next(filter(None, told), "")
            found[row] = message[:_LONGEST_MESSAGE] or None
        return found

    @cached_property
    def _event_ends(self) -> list[int]:
        mark = self._codec.mark
        return [at for at, raw in enumerate(self._spans.events) if raw == mark]

    def _events(self, row: int) -> list[Event]:
        if len(self._spans.events) == len(self._code):  # the marks alone
            return []
        ends = self._event_ends
        first = ends[row - 1] + 1 if row else 0
        return [self._codec.event(raw) for raw in self._spans.events[first : ends[row]][:_MOST_EVENTS]]


def template(path: str) -> str:
    """Return the path of a URL, with what differs from call to call replaced.

    >>> template("https://shop.example/orders/8731/lines?key=1"), template("/static/app.js")
    ('/orders/{}/lines', '/static/app.js')
    """
    bare = path.partition("?")[0].partition("#")[0]
    if "://" in bare:
        bare = "/" + bare.partition("://")[2].partition("/")[2]
    return _IDS.sub("/{}", bare)


def _status(value: object) -> int | None:
    try:
        number = int(value) if isinstance(value, str | int | float) else -1
    except (ValueError, OverflowError):
        return None
    return number if 0 <= number < 1_000 else None
