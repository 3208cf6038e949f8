"""OTLP in protobuf: a request taken apart into rows of columns, and its values as plain ones."""

from __future__ import annotations

from array import array
from base64 import b64encode
from typing import TYPE_CHECKING, Final

import numpy as np
from google.protobuf.message import DecodeError

from aright.core.observe.intake.otlp_body import (
    LONGEST_KEY,
    MAX_BUCKETS,
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_INNER,
    MAX_PARTS,
    Distribution,
    Entries,
    Event,
    Logs,
    Metric,
    Numbers,
    Part,
    Spans,
    too_many,
)
from aright.core.observe.intake.otlp_heads import heads_of
from aright.core.observe.intake.otlp_histograms import explicit
from aright.core.observe.intake.otlp_ids import SPAN_ID, TRACE_ID, ids
from aright.core.observe.intake.otlp_keys import slots_at
from aright.core.observe.intake.otlp_layout import Plain
from aright.core.observe.intake.otlp_schema import (
    MARK,
    MARK_INT,
    MARK_TIME,
    MARK_WHOLE,
    mark_of,
    message_class,
)
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    from google.protobuf.message import Message

    from aright.core.observe.intake.otlp_body import Value
    from aright.core.observe.intake.otlp_heads import Heads
    from aright.core.observe.intake.otlp_layout import Layout

FIX: Final = "send what an OTLP exporter sends, whole and unchanged"

_USUAL: Final = frozenset({"trace_id", "span_id", "name", "kind", "start", "end"})
"""What nearly every span has."""

_PLAIN: Final = 4 << 20
"""Bytes of a message that protobuf may split alone: more could be so many empty parts that memory ends."""


class ProtoCodec:
    """Reads OTLP's protobuf."""

    mark: Final = MARK

    def parts(self, plain: bytes) -> Iterator[Part]:
        """Yield the request's parts, each of one resource; raises ``UnreadableError``."""
        for field, part in _fields(memoryview(plain), MAX_PARTS):
            attributes: list[bytes] = []
            entries: list[bytes] = []
            for number, inner in _fields(part, MAX_PARTS) if field == 1 else ():
                if number == 1:
                    attributes += _parse("Resource", inner).attributes[:MAX_INNER]
                elif number == 2:
                    entries += _entries(inner)
            yield Part(attributes, entries)

    def spans(self, entries: Entries) -> Spans:
        """Return the columns of spans; raises ``UnreadableError``."""
        found = _Columns("Spans", entries, usual=_USUAL)
        heads = found.heads()
        return Spans(
            trace_id=heads.trace_id if heads else ids(found.texts("trace_id"), TRACE_ID),
            span_id=heads.span_id if heads else ids(found.texts("span_id"), SPAN_ID),
            parent_id=heads.parent_id if heads else ids(found.texts("parent_id"), SPAN_ID),
            name=found.texts("name"),
            kind=heads.kind if heads else found.numbers("kind", MARK_INT).astype(np.int32),
            start=heads.start if heads else found.numbers("start", MARK_TIME),
            end=heads.end if heads else found.numbers("end", MARK_TIME),
            attributes=found.raw("attributes"),
            events=found.raw("events"),
            status=found.texts("status"),
        )

    def logs(self, entries: Entries) -> Logs:
        """Return the columns of log records; raises ``UnreadableError``."""
        found = _Columns("Logs", entries)
        return Logs(
            time=found.numbers("time", MARK_TIME),
            observed=found.numbers("observed", MARK_TIME),
            severity=found.numbers("severity", MARK_INT).astype(np.int32),
            severity_text=found.texts("severity_text"),
            body=found.texts("body"),
            attributes=found.raw("attributes"),
            trace_id=found.texts("trace_id"),
            span_id=found.texts("span_id"),
        )

    def metric(self, entry: bytes) -> Metric:
        """Return a metric, its points not yet taken apart; raises ``UnreadableError``."""
        metric = _parse("Metric", entry)
        shape = metric.WhichOneof("value") or ""
        if not shape:
            return Metric(_text(metric.name), "", delta=False, monotonic=False, points=())
        data = getattr(metric, shape)
        if len(data.points) > MAX_ENTRIES:
            raise too_many(MAX_ENTRIES)
        return Metric(_text(metric.name), shape, data.temporality == 1, data.monotonic, data.points[:])

    def numbers(self, points: Entries) -> Numbers:
        """Return the columns of a gauge's or sum's points; raises ``UnreadableError``."""
        found = _Columns("Numbers", points)
        whole = found.numbers("int", MARK_WHOLE).view(np.int64).astype(np.float64)
        double = found.numbers("double", MARK_TIME).view(np.float64)
        return Numbers(
            start=found.numbers("start", MARK_TIME),
            time=found.numbers("time", MARK_TIME),
            value=np.where(whole != 0, whole, double),  # one of both is there
            recorded=(found.numbers("flags", MARK_INT) & np.uint64(1)) == 0,
            attributes=found.raw("attributes")[:],
        )

    def distribution(self, point: bytes, shape: str) -> Distribution | None:
        """Return a histogram's or summary's point, ``None`` where it holds nothing."""
        data = _parse(shape.capitalize(), point)
        if data.flags & 1:
            return None
        bounds: Sequence[float] = ()
        counts: Sequence[int] = ()
        if shape == "histogram":
            bounds, counts = data.bounds[:MAX_BUCKETS], data.counts[: MAX_BUCKETS + 1]
        elif shape == "exponential":
            bounds, counts = explicit(
                data.scale,
                (data.positive.offset, data.positive.counts[:MAX_BUCKETS]),
                sum(data.negative.counts[:MAX_BUCKETS]) + data.zeros,
                data.threshold,
            )
        quantiles = data.quantiles[:MAX_INNER] if shape == "summary" else ()
        return Distribution(
            data.start,
            data.time,
            data.count,
            data.sum if data.WhichOneof("value") else None,
            bounds,
            counts,
            [(each.share, each.value) for each in quantiles],
            data.attributes[:MAX_INNER],
        )

    def value(self, raw: bytes) -> Value:
        """Return the value that an ``AnyValue`` holds."""
        return _value(_parse("AnyValue", raw), MAX_DEPTH)

    def status(self, raw: bytes) -> tuple[int, str]:
        """Return a status' code and message."""
        status = _parse("Status", raw)
        return status.code, _text(status.message)

    def event(self, raw: bytes) -> Event:
        """Return an event's name and attributes."""
        event = _parse("Event", raw)
        return Event(_text(event.name), dict(map(self.pair, event.attributes[:MAX_INNER])))

    def pair(self, raw: bytes) -> tuple[str, Value]:
        """Return an attribute's key and value."""
        if end := _key_end(raw):
            return _text(raw[2:end])[:LONGEST_KEY], _text(raw[end + 4 :])
        pair = _parse("KeyValue", raw)
        return _text(pair.key)[:LONGEST_KEY], _value(pair.value, MAX_DEPTH)

    def plain(self, layout: Layout) -> Plain:
        """Return which attributes are short texts: ``0A n key 12 m 0A k text``, each length one byte."""
        octets, starts, sizes = layout
        key_ends = octets[starts + 1].astype(np.int64) + 2
        texts = (octets[starts] == 0x0A) & (key_ends < 130) & (key_ends + 4 <= sizes)
        at = np.where(texts, starts + key_ends, len(octets) - 4)
        texts &= (octets[at] == 0x12) & (octets[at + 2] == 0x0A)
        rest = sizes - key_ends
        texts &= rest < 130
        texts &= (octets[at + 1] == rest - 2) & (octets[at + 3] == rest - 4)
        slots = slots_at(octets, starts + 2, np.where(texts, key_ends - 2, 0))
        return Plain(texts, key_ends, slots)


def _key_end(raw: bytes) -> int:
    """Return where the key of a short text ends, written as ``plain`` says; 0 for any other attribute."""
    if len(raw) < 6 or raw[0] != 0x0A or raw[1] >= 128:
        return 0
    end = raw[1] + 2
    rest = len(raw) - end
    if not 4 <= rest < 130 or raw[end : end + 4] != bytes((0x12, rest - 2, 0x0A, rest - 4)):
        return 0
    return end


def _value(value: Message, depth: int) -> Value:
    """Return an attribute's value, what lies too deep left out."""
    kind = value.WhichOneof("value") or ""
    if kind == "string":
        return _text(value.string)
    if kind in {"bool", "int", "double"}:
        plain: Value = getattr(value, kind)
        return plain
    if kind == "bytes":
        return b64encode(value.bytes).decode()
    if kind == "array":
        return [_value(each, depth - 1) for each in value.array.values[:MAX_INNER]] if depth else []
    if kind == "map":
        pairs = value.map.values[:MAX_INNER] if depth else ()
        return {_text(each.key)[:LONGEST_KEY]: _value(each.value, depth - 1) for each in pairs}
    return None


class _Columns:
    """Messages read as columns.

    Args:
        name: of the columnar schema.
        entries: the messages.
        usual: fields that every message mostly has once; where that is so, they need no marks.
    """

    def __init__(self, name: str, entries: Sequence[bytes], usual: frozenset[str] = frozenset()) -> None:
        self._rows = len(entries)
        self._unmarked = usual
        self._entries = entries
        mark = mark_of(name, usual)
        self._joined = b"".join([mark.join(entries), mark]) if entries else b""
        self._found = _parse(name, self._joined)
        if any(len(getattr(self._found, field)) != self._rows for field in usual):
            self._unmarked = frozenset()
            mark = mark_of(name)
            self._found = _parse(name, mark.join(entries) + mark)

    def heads(self) -> Heads | None:
        """Return how spans begin; ``None`` where it is not as usual, or anything of it comes again later."""
        if not self._unmarked:
            return None
        sizes = np.fromiter(map(len, self._entries), np.int64, self._rows)
        apart = len(mark_of("Spans", self._unmarked))
        starts = np.cumsum(sizes + apart) - sizes - apart
        heads = heads_of(np.frombuffer(self._joined, np.uint8), starts, sizes)
        again = heads and len(self._found.parent_id) != self._rows + heads.parents
        return None if again else heads

    def raw(self, field: str) -> Sequence[bytes]:
        """Return all values and marks."""
        values: Sequence[bytes] = getattr(self._found, field)
        return values

    def texts(self, field: str) -> list[bytes]:
        """Return one value for each row, empty where there is none, the last where there are several."""
        column: list[bytes] = getattr(self._found, field)[:]
        if field in self._unmarked:
            return column
        if len(column) == 2 * self._rows and column[1::2].count(MARK) == self._rows:
            return column[::2]
        if len(column) == self._rows == column.count(MARK):
            return [b""] * self._rows
        found: list[bytes] = []
        last = b""
        for value in column:
            if value == MARK:
                found.append(last)
                last = b""
            else:
                last = value
        self._check(len(found))
        return found

    def numbers(self, field: str, mark: int) -> npt.NDArray[np.uint64]:
        """Return the like of numbers, 0 where there is none."""
        column: list[int] = getattr(self._found, field)[:]
        values = np.frombuffer(array("q" if mark == MARK_INT else "Q", column), np.uint64)
        if field in self._unmarked:
            return values
        ends = np.flatnonzero(values == mark)
        self._check(len(ends))
        given = np.diff(ends, prepend=-1) > 1
        return np.where(given, values[ends - 1], 0).astype(np.uint64)

    def _check(self, found: int) -> None:
        if found != self._rows:
            raise UnreadableError("the message is cut off or garbled inside of a row", FIX)


def _entries(scope: memoryview) -> list[bytes]:
    if len(scope) > _PLAIN:
        return [bytes(inner) for number, inner in _fields(scope, MAX_ENTRIES) if number == 2]
    items = _parse("Scope", scope).items
    if len(items) > MAX_ENTRIES:
        raise too_many(MAX_ENTRIES)
    return items[:]  # type: ignore[no-any-return]  # protobuf's classes are made at run time


def _fields(message: memoryview, most: int) -> Iterator[tuple[int, memoryview]]:
    """Yield the number and content of each field that has a length; raises ``UnreadableError``.

    https://protobuf.dev/programming-guides/encoding
    """
    at, end, count = 0, len(message), 0
    while at < end:
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 2:
            size, at = _varint(message, at)
            if at + size > end:
                raise _broken()
            yield tag >> 3, message[at : at + size]
            at += size
        elif kind == 0:
            _, at = _varint(message, at)
        elif kind in {1, 5}:
            at += 8 if kind == 1 else 4
        else:
            raise _broken()
        count += 1
        if count > most:
            raise too_many(most)
    if at != end:
        raise _broken()


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(message):
            break
        octet = message[at]
        at += 1
        value |= (octet & 0x7F) << shift
        if octet < 0x80:
            return value, at
    raise _broken()


def _broken() -> UnreadableError:
    return UnreadableError("the body is no OTLP protobuf message, or is cut off", FIX)


def _parse(name: str, raw: bytes | memoryview) -> Message:
    try:
        return message_class(name).FromString(raw)
    except DecodeError as error:
        raise _broken() from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
