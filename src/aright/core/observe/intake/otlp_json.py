"""OTLP in JSON: protobuf's mapping, but ids in hex, and enumerations as numbers.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import numpy as np

from aright.core.observe.intake.otlp_body import (
    LONGEST_KEY,
    MAX_DEPTH,
    MAX_ENTRIES,
    MAX_INNER,
    MAX_PARTS,
    Entries,
    Event,
    Pairs,
    Part,
    Spans,
    member,
    too_many,
)
from aright.core.observe.intake.otlp_keys import slot_of
from aright.core.observe.intake.otlp_schema import MARK
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.observe.intake.otlp_body import Uint64s, Value

MAX_JSON: Final = 16 << 20
"""Bytes of a body: it is decoded at once."""

_FIX: Final = "send what an OTLP exporter sends as JSON, or send protobuf"
_KINDS: Final = {
    f"SPAN_KIND_{name}": number
    for number, name in enumerate(("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"))
}
_STATUS: Final = {f"STATUS_CODE_{name}": number for number, name in enumerate(("UNSET", "OK", "ERROR"))}
_NULL: Final = b"null"


class _Wire(msgspec.Struct, rename="camel", gc=False):
    """protobuf writes null or nothing for what is not there."""


_Shape = TypeVar("_Shape", bound=_Wire)


class _Resource(_Wire):
    attributes: list[msgspec.Raw] | None = None


class _Scope(_Wire):
    spans: list[msgspec.Raw] | None = None
    metrics: list[msgspec.Raw] | None = None
    log_records: list[msgspec.Raw] | None = None


class _Part(_Wire):
    resource: _Resource | None = None
    scope_spans: list[_Scope] | None = None
    scope_metrics: list[_Scope] | None = None
    scope_logs: list[_Scope] | None = None


class _Request(_Wire):
    resource_spans: list[_Part] | None = None
    resource_metrics: list[_Part] | None = None
    resource_logs: list[_Part] | None = None


class _Span(_Wire):
    trace_id: str | None = None
    span_id: str | None = None
    parent_span_id: str | None = None
    name: str | None = None
    kind: int | str | None = None
    start_time_unix_nano: int | str | None = None
    end_time_unix_nano: int | str | None = None
    attributes: list[msgspec.Raw] | None = None
    events: list[msgspec.Raw] | None = None
    status: msgspec.Raw = msgspec.Raw()


class _Status(_Wire):
    code: int | str | None = None
    message: str | None = None


class _Event(_Wire):
    name: str | None = None
    attributes: list[msgspec.Raw] | None = None


class _AnyValue(_Wire):
    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: msgspec.Raw = msgspec.Raw()
    kvlist_value: msgspec.Raw = msgspec.Raw()
    bytes_value: str | None = None


class _KeyValue(_Wire):
    key: str = ""
    value: _AnyValue | None = None


class _Array(_Wire):
    values: list[_AnyValue] | None = None


class _Map(_Wire):
    values: list[_KeyValue] | None = None


class JsonCodec:
    """Reads OTLP's JSON."""

    mark: Final = MARK

    def parts(self, plain: bytes) -> Iterator[Part]:
        """Yield the request's parts, each of one resource; raises ``UnreadableError``."""
        if len(plain) > MAX_JSON:
            raise UnreadableError(f"the JSON is larger than {MAX_JSON:,} bytes", "send protobuf, or split it")
        request = _decode(plain, _Request)
        parts = [
            *_list(request.resource_spans),
            *_list(request.resource_metrics),
            *_list(request.resource_logs),
        ]
        if len(parts) > MAX_PARTS:
            raise too_many(MAX_PARTS)
        for part in parts:
            attributes = _list(part.resource.attributes) if part.resource else []
            scopes = [*_list(part.scope_spans), *_list(part.scope_metrics), *_list(part.scope_logs)]
            entries = [
                bytes(entry)
                for scope in scopes
                for entries in (scope.spans, scope.metrics, scope.log_records)
                for entry in _list(entries)
            ]
            if len(entries) > MAX_ENTRIES:
                raise too_many(MAX_ENTRIES)
            yield Part(list(map(bytes, attributes[:MAX_INNER])), entries)

    def spans(self, entries: Entries) -> Spans:
        """Return the columns of spans; raises ``UnreadableError``."""
        spans = [_decode(entry, _Span) for entry in entries]
        return Spans(
            trace_id=[_id(span.trace_id) for span in spans],
            span_id=[_id(span.span_id) for span in spans],
            parent_id=[_id(span.parent_span_id) for span in spans],
            name=[(span.name or "").encode() for span in spans],
            kind=np.array([_number_of(span.kind, _KINDS) for span in spans], np.int32),
            start=_times([span.start_time_unix_nano for span in spans]),
            end=_times([span.end_time_unix_nano for span in spans]),
            attributes=_flat([span.attributes for span in spans]),
            events=_flat([span.events for span in spans]),
            status=[bytes(span.status) for span in spans],
        )

    def status(self, raw: bytes) -> tuple[int, str]:
        """Return a status' code and message."""
        status = _decode(raw, _Status)
        return _number_of(status.code, _STATUS), status.message or ""

    def event(self, raw: bytes) -> Event:
        """Return an event's name and attributes."""
        event = _decode(raw, _Event)
        return Event(event.name or "", dict(map(self.pair, map(bytes, _list(event.attributes)[:MAX_INNER]))))

    def pair(self, raw: bytes) -> tuple[str, Value]:
        """Return an attribute's key and value."""
        pair = _decode(raw, _KeyValue)
        return pair.key[:LONGEST_KEY], _value(pair.value, MAX_DEPTH)

    def pairs(self, raws: Sequence[bytes], longest: int) -> Pairs:
        """Return the slots of attributes' keys and the attributes as JSON members, each behind a comma."""
        pairs = list(map(self.pair, raws))
        slots = np.fromiter((slot_of(key) for key, _ in pairs), np.int16, len(pairs))
        return Pairs(slots, [member(key, value, longest) for key, value in pairs])


def _value(value: _AnyValue | None, depth: int) -> Value:
    """Return an attribute's value, what lies too deep left out."""
    if value is None:
        return None
    if value.int_value is not None:
        return _int(value.int_value)
    if value.double_value is not None:
        return _float(value.double_value)
    if bytes(value.array_value):
        values = _list(_decode(value.array_value, _Array).values) if depth else []
        return [_value(each, depth - 1) for each in values[:MAX_INNER]]
    if bytes(value.kvlist_value):
        pairs = _list(_decode(value.kvlist_value, _Map).values) if depth else []
        return {pair.key[:LONGEST_KEY]: _value(pair.value, depth - 1) for pair in pairs[:MAX_INNER]}
    first = (value.string_value, value.bool_value, value.bytes_value)
    return next((each for each in first if each is not None), None)


def _decode(raw: bytes | msgspec.Raw, shape: type[_Shape]) -> _Shape:
    """Return what the JSON spells, all that is missing as protobuf has it; raises ``UnreadableError``."""
    try:
        return shape() if bytes(raw) == _NULL else msgspec.json.decode(raw, type=shape)
    except msgspec.ValidationError as error:
        raise UnreadableError(f"the JSON is no OTLP: {str(error)[:200]}", _FIX) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UnreadableError(f"the body is not valid JSON: {str(error)[:200]}", _FIX) from error


_Item = TypeVar("_Item")


def _list(values: list[_Item] | None) -> list[_Item]:
    return values or []


def _flat(rows: Sequence[list[msgspec.Raw] | None]) -> list[bytes]:
    flat: list[bytes] = []
    for row in rows:
        flat.extend(map(bytes, _list(row)))
        flat.append(MARK)
    return flat


def _id(text: str | None) -> bytes:
    try:
        return binascii.unhexlify(text or "")
    except (binascii.Error, ValueError):
        return b""


def _times(values: Sequence[int | str | None]) -> Uint64s:
    return np.array([min(max(_int(value or 0), 0), 2**64 - 1) for value in values], np.uint64)


def _number_of(value: int | str | None, names: dict[str, int]) -> int:
    """Return the number of an enumeration's value, 0 for one that nobody knows."""
    number = names.get(value, 0) if isinstance(value, str) else value or 0
    return number if 0 <= number < len(names) else 0


def _int(value: int | str) -> int:
    try:
        return int(value)
    except ValueError:
        return 0


def _float(value: float | str) -> float:
    try:
        return float(value)  # JSON has no NaN: it is written as text
    except ValueError:
        return 0.0
