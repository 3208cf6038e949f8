"""OTLP's JSON as it is written: the fields that are read, and all that senders may write in them."""

from __future__ import annotations

import msgspec


class Wire(msgspec.Struct, rename="camel", gc=False):
    """protobuf writes null or nothing for what is not there."""


class Resource(Wire):
    """Who emitted it."""

    attributes: list[msgspec.Raw] | None = None


class Scope(Wire):
    """What a library emitted; of its lists one is filled."""

    spans: list[msgspec.Raw] | None = None
    metrics: list[msgspec.Raw] | None = None
    log_records: list[msgspec.Raw] | None = None


class Part(Wire):
    """What a resource emitted; of its lists one is filled."""

    resource: Resource | None = None
    scope_spans: list[Scope] | None = None
    scope_metrics: list[Scope] | None = None
    scope_logs: list[Scope] | None = None


class Request(Wire):
    """A whole body; of its lists one is filled."""

    resource_spans: list[Part] | None = None
    resource_metrics: list[Part] | None = None
    resource_logs: list[Part] | None = None


class Span(Wire):
    """A span."""

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


class Log(Wire):
    """A log record."""

    time_unix_nano: int | str | None = None
    observed_time_unix_nano: int | str | None = None
    severity_number: int | str | None = None
    severity_text: str | None = None
    body: msgspec.Raw = msgspec.Raw()
    attributes: list[msgspec.Raw] | None = None
    trace_id: str | None = None
    span_id: str | None = None


class Points(Wire):
    """The points of a metric."""

    data_points: list[msgspec.Raw] | None = None
    aggregation_temporality: int | str | None = None
    is_monotonic: bool | None = None


class Metric(Wire):
    """A metric; of its shapes one is there."""

    name: str | None = None
    gauge: Points | None = None
    sum: Points | None = None
    histogram: Points | None = None
    exponential_histogram: Points | None = None
    summary: Points | None = None


class Number(Wire):
    """A point of a gauge or sum."""

    start_time_unix_nano: int | str | None = None
    time_unix_nano: int | str | None = None
    as_double: float | str | None = None
    as_int: int | str | None = None
    attributes: list[msgspec.Raw] | None = None
    flags: int | None = None


class Buckets(Wire):
    """Buckets of an exponential histogram."""

    offset: int | str | None = None
    bucket_counts: list[int | str] | None = None


class Quantile(Wire):
    """A quantile of a summary."""

    quantile: float | str | None = None
    value: float | str | None = None


class Distribution(Wire):
    """A point of a histogram, an exponential histogram or a summary."""

    start_time_unix_nano: int | str | None = None
    time_unix_nano: int | str | None = None
    count: int | str | None = None
    sum: float | str | None = None
    bucket_counts: list[int | str] | None = None
    explicit_bounds: list[float | str] | None = None
    scale: int | None = None
    zero_count: int | str | None = None
    zero_threshold: float | str | None = None
    positive: Buckets | None = None
    negative: Buckets | None = None
    quantile_values: list[Quantile] | None = None
    attributes: list[msgspec.Raw] | None = None
    flags: int | None = None


class Status(Wire):
    """How a span ended."""

    code: int | str | None = None
    message: str | None = None


class Event(Wire):
    """An event of a span."""

    name: str | None = None
    attributes: list[msgspec.Raw] | None = None


class AnyValue(Wire):
    """A value; one of its fields is there."""

    string_value: str | None = None
    bool_value: bool | None = None
    int_value: int | str | None = None
    double_value: float | str | None = None
    array_value: msgspec.Raw = msgspec.Raw()
    kvlist_value: msgspec.Raw = msgspec.Raw()
    bytes_value: str | None = None


class KeyValue(Wire):
    """An attribute."""

    key: str = ""
    value: AnyValue | None = None


class Array(Wire):
    """A list of values."""

    values: list[AnyValue] | None = None


class Map(Wire):
    """Attributes within one."""

    values: list[KeyValue] | None = None
