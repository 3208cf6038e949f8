"""OTLP in JSON: protobuf's mapping, but ids in hex, and enumerations as numbers.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
import numpy as np

from aright.core.observe.intake import otlp_json_wire as wire
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
from aright.core.observe.intake.otlp_histograms import explicit
from aright.core.observe.intake.otlp_ids import SPAN_ID, TRACE_ID, ids
from aright.core.observe.intake.otlp_layout import Plain
from aright.core.observe.intake.otlp_schema import MARK
from aright.core.observe.intake.unreadable import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.observe.intake.otlp_body import Uint64s, Value
    from aright.core.observe.intake.otlp_layout import Layout

MAX_JSON: Final = 16 << 20
"""Bytes of a body: it is decoded at once."""

_FIX: Final = "send what an OTLP exporter sends as JSON, or send protobuf"
_KINDS: Final = {
    f"SPAN_KIND_{name}": number
    for number, name in enumerate(("UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"))
}
_TEMPORALITIES: Final = {
    f"AGGREGATION_TEMPORALITY_{name}": number
    for number, name in enumerate(("UNSPECIFIED", "DELTA", "CUMULATIVE"))
}
_LEVELS: Final = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
_STATUS: Final = {f"STATUS_CODE_{name}": number for number, name in enumerate(("UNSET", "OK", "ERROR"))}
_NULL: Final = b"null"


_Shape = TypeVar("_Shape", bound=wire.Wire)


class JsonCodec:
    """Reads OTLP's JSON."""

    mark: Final = MARK

    def parts(self, plain: bytes) -> Iterator[Part]:
        """Yield the request's parts, each of one resource; raises ``UnreadableError``."""
        if len(plain) > MAX_JSON:
            raise UnreadableError(f"the JSON is larger than {MAX_JSON:,} bytes", "send protobuf, or split it")
        request = _decode(plain, wire.Request)
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
        spans = [_decode(entry, wire.Span) for entry in entries]
        return Spans(
            trace_id=ids([_id(span.trace_id) for span in spans], TRACE_ID),
            span_id=ids([_id(span.span_id) for span in spans], SPAN_ID),
            parent_id=ids([_id(span.parent_span_id) for span in spans], SPAN_ID),
            name=[(span.name or "").encode() for span in spans],
            kind=np.array([_number_of(span.kind, _KINDS) for span in spans], np.int32),
            start=_times([span.start_time_unix_nano for span in spans]),
            end=_times([span.end_time_unix_nano for span in spans]),
            attributes=_flat([span.attributes for span in spans]),
            events=_flat([span.events for span in spans]),
            status=[bytes(span.status) for span in spans],
        )

    def logs(self, entries: Entries) -> Logs:
        """Return the columns of log records; raises ``UnreadableError``."""
        logs = [_decode(entry, wire.Log) for entry in entries]
        return Logs(
            time=_times([log.time_unix_nano for log in logs]),
            observed=_times([log.observed_time_unix_nano for log in logs]),
            severity=np.array([_severity(log.severity_number) for log in logs], np.int32),
            severity_text=[(log.severity_text or "").encode() for log in logs],
            body=[bytes(log.body) for log in logs],
            attributes=_flat([log.attributes for log in logs]),
            trace_id=[_id(log.trace_id) for log in logs],
            span_id=[_id(log.span_id) for log in logs],
        )

    def metric(self, entry: bytes) -> Metric:
        """Return a metric, its points not yet taken apart; raises ``UnreadableError``."""
        metric = _decode(entry, wire.Metric)
        shapes = {
            "gauge": metric.gauge,
            "sum": metric.sum,
            "histogram": metric.histogram,
            "exponential": metric.exponential_histogram,
            "summary": metric.summary,
        }
        for shape, data in shapes.items():
            if data is not None:
                delta = _number_of(data.aggregation_temporality, _TEMPORALITIES) == 1
                points = list(map(bytes, _list(data.data_points)))
                return Metric(metric.name or "", shape, delta, bool(data.is_monotonic), points)
        return Metric(metric.name or "", "", delta=False, monotonic=False, points=())

    def numbers(self, points: Entries) -> Numbers:
        """Return the columns of a gauge's or sum's points; raises ``UnreadableError``."""
        numbers = [_decode(point, wire.Number) for point in points]
        values = [
            _float(number.as_double if number.as_double is not None else number.as_int or 0)
            for number in numbers
        ]
        return Numbers(
            start=_times([number.start_time_unix_nano for number in numbers]),
            time=_times([number.time_unix_nano for number in numbers]),
            value=np.array(values, np.float64),
            recorded=np.array([not (number.flags or 0) & 1 for number in numbers], np.bool_),
            attributes=_flat([number.attributes for number in numbers]),
        )

    def distribution(self, point: bytes, shape: str) -> Distribution | None:
        """Return a histogram's or summary's point, ``None`` where it holds nothing."""
        data = _decode(point, wire.Distribution)
        if (data.flags or 0) & 1:
            return None
        bounds = [_float(bound) for bound in _list(data.explicit_bounds)[:MAX_BUCKETS]]
        counts = [_int(count) for count in _list(data.bucket_counts)[: MAX_BUCKETS + 1]]
        if shape == "exponential":
            positive, negative = data.positive or wire.Buckets(), data.negative or wire.Buckets()
            bounds, counts = explicit(
                data.scale or 0,
                (_int(positive.offset or 0), _counts(positive)),
                sum(_counts(negative)) + _int(data.zero_count or 0),
                _float(data.zero_threshold or 0.0),
            )
        quantiles = _list(data.quantile_values)[:MAX_INNER]
        start, time = _times([data.start_time_unix_nano, data.time_unix_nano]).tolist()
        return Distribution(
            start,
            time,
            _int(data.count or 0),
            None if data.sum is None else _float(data.sum),
            bounds,
            counts,
            [(_float(each.quantile or 0.0), _float(each.value or 0.0)) for each in quantiles],
            list(map(bytes, _list(data.attributes)[:MAX_INNER])),
        )

    def value(self, raw: bytes) -> Value:
        """Return the value that an ``AnyValue`` holds."""
        return _value(_decode(raw, wire.AnyValue), MAX_DEPTH)

    def status(self, raw: bytes) -> tuple[int, str]:
        """Return a status' code and message."""
        status = _decode(raw, wire.Status)
        return _number_of(status.code, _STATUS), status.message or ""

    def event(self, raw: bytes) -> Event:
        """Return an event's name and attributes."""
        event = _decode(raw, wire.Event)
        return Event(event.name or "", dict(map(self.pair, map(bytes, _list(event.attributes)[:MAX_INNER]))))

    def pair(self, raw: bytes) -> tuple[str, Value]:
        """Return an attribute's key and value."""
        pair = _decode(raw, wire.KeyValue)
        return pair.key[:LONGEST_KEY], _value(pair.value, MAX_DEPTH)

    def plain(self, layout: Layout) -> Plain:
        """Return that no attribute is written as a short text of protobuf."""
        count = len(layout.sizes)
        return Plain(np.zeros(count, np.bool_), np.zeros(count, np.int64), np.zeros(count, np.int16))


def _value(value: wire.AnyValue | None, depth: int) -> Value:
    """Return an attribute's value, what lies too deep left out."""
    if value is None:
        return None
    if value.int_value is not None:
        return _int(value.int_value)
    if value.double_value is not None:
        return _float(value.double_value)
    if bytes(value.array_value):
        values = _list(_decode(value.array_value, wire.Array).values) if depth else []
        return [_value(each, depth - 1) for each in values[:MAX_INNER]]
    if bytes(value.kvlist_value):
        pairs = _list(_decode(value.kvlist_value, wire.Map).values) if depth else []
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


def _severity(value: int | str | None) -> int:
    """Return a severity's number; JSON may have its name, such as ``SEVERITY_NUMBER_WARN2``."""
    if not isinstance(value, str):
        return value if value and 0 < value <= 24 else 0
    name = value.removeprefix("SEVERITY_NUMBER_")
    level = name.rstrip("1234")
    if level not in _LEVELS:
        return 0
    return 4 * _LEVELS.index(level) + int(name[len(level) :] or 1)


def _counts(buckets: wire.Buckets) -> list[int]:
    return [_int(count) for count in _list(buckets.bucket_counts)[:MAX_BUCKETS]]


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
