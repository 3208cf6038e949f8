"""OTLP in protobuf: a request taken apart into rows of columns, and its values as plain ones."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa
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
    Pairs,
    Part,
    Spans,
    member,
    too_many,
)
from aright.core.observe.intake.otlp_histograms import explicit
from aright.core.observe.intake.otlp_keys import slot_of
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

FIX: Final = "send what an OTLP exporter sends, whole and unchanged"

_PLAIN: Final = 4 << 20
"""Bytes of a message that protobuf may split alone: more could be so many empty parts that memory ends."""

_ESCAPED: Final = np.ones(256, np.uint8)
_ESCAPED[32:127] = 0
_ESCAPED[[34, 92]] = 1
"""Bytes that cannot stand in JSON's text as they are, or may be no UTF-8."""


class ProtoCodec:
    """Reads OTLP's protobuf."""

    mark: Final = MARK

    def parts(self, plain: bytes) -> Iterator[Part]:
        """Yield the request's parts, each of one resource; raises ``UnreadableError``."""
        for part in _split(plain, 1, MAX_PARTS):
            attributes: list[bytes] = []
            entries: list[bytes] = []
            for number, inner in _fields(part, MAX_PARTS):
                if number == 1:
                    attributes += _parse("Resource", inner).attributes[:MAX_INNER]
                elif number == 2:
                    entries += _entries(inner)
            yield Part(attributes, entries)

    def spans(self, entries: Entries) -> Spans:
        """Return the columns of spans; raises ``UnreadableError``."""
        found = _columns("Spans", entries)
        rows = len(entries)
        return Spans(
            trace_id=_texts(found.trace_id[:], rows),
            span_id=_texts(found.span_id[:], rows),
            parent_id=_texts(found.parent_id[:], rows),
            name=_texts(found.name[:], rows),
            kind=_numbers(found.kind[:], MARK_INT, rows).astype(np.int32),
            start=_numbers(found.start[:], MARK_TIME, rows),
            end=_numbers(found.end[:], MARK_TIME, rows),
            attributes=found.attributes[:],
            events=found.events[:],
            status=_texts(found.status[:], rows),
        )

    def logs(self, entries: Entries) -> Logs:
        """Return the columns of log records; raises ``UnreadableError``."""
        found = _columns("Logs", entries)
        rows = len(entries)
        return Logs(
            time=_numbers(found.time[:], MARK_TIME, rows),
            observed=_numbers(found.observed[:], MARK_TIME, rows),
            severity=_numbers(found.severity[:], MARK_INT, rows).astype(np.int32),
            severity_text=_texts(found.severity_text[:], rows),
            body=_texts(found.body[:], rows),
            attributes=found.attributes[:],
            trace_id=_texts(found.trace_id[:], rows),
            span_id=_texts(found.span_id[:], rows),
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
        found = _columns("Numbers", points)
        rows = len(points)
        whole = _numbers(found.int[:], MARK_WHOLE, rows).view(np.int64).astype(np.float64)
        double = _numbers(found.double[:], MARK_TIME, rows).view(np.float64)
        return Numbers(
            start=_numbers(found.start[:], MARK_TIME, rows),
            time=_numbers(found.time[:], MARK_TIME, rows),
            value=np.where(whole != 0, whole, double),  # one of both is there
            recorded=(_numbers(found.flags[:], MARK_INT, rows) & np.uint64(1)) == 0,
            attributes=found.attributes[:],
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
        pair = _parse("KeyValue", raw)
        return _text(pair.key)[:LONGEST_KEY], _value(pair.value, MAX_DEPTH)

    def pairs(self, raws: Sequence[bytes], longest: int) -> Pairs:
        """Return the slots of attributes' keys and the attributes as JSON members, each behind a comma.

        Short texts, which most are, are known by the bytes around them: they are JSON but for its quotes.
        """
        heads = _Heads()
        plain, ends = _plain_texts(raws)
        slots = np.zeros(len(raws), np.int16)
        members = [b""] * len(raws)
        for at in np.flatnonzero(~plain).tolist():
            key, value = self.pair(raws[at])
            slots[at] = slot_of(key)
            members[at] = member(key, value, longest)
        places = np.flatnonzero(plain)
        if places.size:
            simple = [raws[at] for at in places.tolist()]
            keys = [heads[raw[:end]] for raw, end in zip(simple, ends[places].tolist(), strict=True)]
            slots[places] = [slot for slot, _, _ in keys]
            for at, raw, (_, head, begin) in zip(places.tolist(), simple, keys, strict=True):
                members[at] = head + raw[begin:] + b'"'
        return Pairs(slots, members)


class _Heads(dict[bytes, tuple[int, bytes, int]]):
    """From the bytes before a value: the key's slot, how a JSON member with it begins, where the text is."""

    def __missing__(self, head: bytes) -> tuple[int, bytes, int]:
        key = _text(head[2:])
        known = self[head] = (
            slot_of(key),
            b"," + msgspec.json.encode(key) + b':"',
            len(head) + 4,
        )
        return known


def _plain_texts(raws: Sequence[bytes]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.int64]]:
    """Return which attributes are texts of less than 124 bytes without escapes, and where their keys end."""
    array = pa.array(raws, pa.binary())
    offsets = np.frombuffer(array.buffers()[1], np.int32, len(raws) + 1).astype(np.int64)
    octets = np.frombuffer(array.buffers()[2] or b"", np.uint8)
    if len(octets) < 8:
        return np.zeros(len(raws), np.bool_), np.zeros(len(raws), np.int64)
    starts, sizes = offsets[:-1], np.diff(offsets)
    last = len(octets) - 1
    ends = octets[np.minimum(starts + 1, last)].astype(np.int64) + 2
    value = np.minimum(starts + ends, last - 3)
    plain = (octets[np.minimum(starts, last)] == 0x0A) & (ends < 130) & (ends + 4 <= sizes)
    plain &= (octets[value] == 0x12) & (octets[value + 1] == sizes - ends - 2)
    plain &= (octets[value + 2] == 0x0A) & (octets[value + 3] == sizes - ends - 4) & (sizes - ends < 130)
    odd = np.zeros(len(octets) + 1, np.int32)
    np.cumsum(_ESCAPED[octets], out=odd[1:])
    plain &= odd[offsets[1:]] == odd[np.minimum(value + 4, offsets[1:])]
    return plain, ends


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


def _columns(name: str, entries: Sequence[bytes]) -> Message:
    mark = mark_of(name)
    return _parse(name, mark.join(entries) + mark if entries else b"")


def _texts(column: list[bytes], rows: int) -> list[bytes]:
    """Return one value for each row, empty where there is none, the last where there are several."""
    if len(column) == 2 * rows and column[1::2].count(MARK) == rows:
        return column[::2]
    found: list[bytes] = []
    last = b""
    for value in column:
        if value == MARK:
            found.append(last)
            last = b""
        else:
            last = value
    _check(len(found), rows)
    return found


def _numbers(column: list[int], mark: int, rows: int) -> npt.NDArray[np.uint64]:
    """Return the like of numbers, 0 where there is none."""
    values = np.array(column, np.int64 if mark == MARK_INT else np.uint64)
    ends = np.flatnonzero(values == mark)
    _check(len(ends), rows)
    given = np.diff(ends, prepend=-1) > 1
    return np.where(given, values[ends - 1], 0).astype(np.uint64)


def _check(found: int, rows: int) -> None:
    if found != rows:
        raise UnreadableError("the message is cut off or garbled inside of a row", FIX)


def _entries(scope: bytes) -> list[bytes]:
    if len(scope) > _PLAIN:
        return list(_split(scope, 2, MAX_ENTRIES))
    items = _parse("Scope", scope).items
    if len(items) > MAX_ENTRIES:
        raise too_many(MAX_ENTRIES)
    return items[:]  # type: ignore[no-any-return]  # protobuf's classes are made at run time


def _split(message: bytes, number: int, most: int) -> Iterator[bytes]:
    """Yield what a repeated field holds."""
    return (inner for found, inner in _fields(message, most) if found == number)


def _fields(message: bytes, most: int) -> Iterator[tuple[int, bytes]]:
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


def _varint(message: bytes, at: int) -> tuple[int, int]:
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


def _parse(name: str, raw: bytes) -> Message:
    try:
        return message_class(name).FromString(raw)
    except DecodeError as error:
        raise _broken() from error


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
