"""OTLP requests, made with OpenTelemetry's own classes, in both encodings."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import Intake, read

if TYPE_CHECKING:
    from collections.abc import Mapping

NOW = 1_767_225_600_000_000  # 2026-01-01T00:00:00Z
NANO = NOW * 1_000
TRACE = bytes(range(16))
SHOP = {"service.name": "shop", "service.version": "1.4", "host.name": "node-7"}

Request = ExportTraceServiceRequest | ExportMetricsServiceRequest | ExportLogsServiceRequest

_KINDS: dict[type, Kind] = {
    ExportTraceServiceRequest: Kind.SPANS,
    ExportMetricsServiceRequest: Kind.PROCESS,
    ExportLogsServiceRequest: Kind.LOGS,
}
_IDS = {"traceId", "spanId", "parentSpanId"}


def any_value(value: object) -> AnyValue:
    found = AnyValue()
    if isinstance(value, bool):
        found.bool_value = value
    elif isinstance(value, int):
        found.int_value = value
    elif isinstance(value, float):
        found.double_value = value
    elif isinstance(value, bytes):
        found.bytes_value = value
    elif isinstance(value, list):
        found.array_value.values.extend(any_value(each) for each in value)
        found.array_value.SetInParent()
    elif isinstance(value, dict):
        found.kvlist_value.values.extend(pairs(value))
        found.kvlist_value.SetInParent()
    elif value is not None:
        found.string_value = str(value)
    return found


def pairs(values: Mapping[str, object]) -> list[KeyValue]:
    return [KeyValue(key=key, value=any_value(value)) for key, value in values.items()]


def traces(*spans: Mapping[str, Any], resource: Mapping[str, object] = SHOP) -> ExportTraceServiceRequest:
    """Return a request; a span is its fields, ``attributes`` and ``events`` plain, ids filled in."""
    request = ExportTraceServiceRequest()
    part = request.resource_spans.add()
    part.resource.attributes.extend(pairs(resource))
    scope = part.scope_spans.add()
    for number, fields in enumerate(spans, 1):
        given = {
            "trace_id": TRACE,
            "span_id": number.to_bytes(8, "big"),
            "name": "work",
            "start_time_unix_nano": NANO,
            "end_time_unix_nano": NANO + 5_000_000,
            **fields,
        }
        attributes, events = given.pop("attributes", {}), given.pop("events", [])
        code, message = given.pop("status", (0, ""))
        span = scope.spans.add(**given)
        span.attributes.extend(pairs(attributes))
        for name, said in events:
            span.events.add(name=name, time_unix_nano=NANO).attributes.extend(pairs(said))
        if code:
            span.status.code, span.status.message = code, message
    return request


def model_call(**attributes: object) -> dict[str, Any]:
    """Return a span of a call to a model; dots of attributes are written as ``__``."""
    said = {name.replace("__", "."): value for name, value in attributes.items()}
    return {"kind": 3, "name": "chat", "attributes": {"gen_ai.operation.name": "chat", **said}}


def as_json(request: Request) -> bytes:
    """Return the request in OTLP's JSON: ids in hex, enumerations as numbers."""
    plain = MessageToDict(request, use_integers_for_enums=True)

    def hexed(value: Any) -> Any:
        if isinstance(value, list):
            return [hexed(each) for each in value]
        if isinstance(value, dict):
            return {
                name: base64.b64decode(each).hex() if name in _IDS else hexed(each)
                for name, each in value.items()
            }
        return value

    return json.dumps(hexed(plain)).encode()


def read_otlp(
    request: Request | bytes, form: Format = Format.OTLP_PROTO, *, kind: Kind = Kind.SPANS, at: int = NOW
) -> Intake:
    if isinstance(request, bytes):
        body = request
    else:
        kind = _KINDS[type(request)]
        body = request.SerializeToString() if form is Format.OTLP_PROTO else as_json(request)
    frame = Frame(kind=kind, format=form, encoding=Encoding.IDENTITY, received_at=at, body=body)
    found = read(frame, limit_bytes=1 << 26)
    assert str(read(frame, limit_bytes=1 << 31)) == str(found)
    assert all(bad.problem and bad.fix for bad in (*found.bad, *found.notes))
    tables = [found.rows, *found.others.values()]
    for table in tables:
        if table is not None:
            table.validate(full=True)
    return found


def metrics(*made: Mapping[str, Any], resource: Mapping[str, object] = SHOP) -> ExportMetricsServiceRequest:
    """Return a request; a metric is its name, shape and fields, ``points`` with plain ``attributes``."""
    request = ExportMetricsServiceRequest()
    part = request.resource_metrics.add()
    part.resource.attributes.extend(pairs(resource))
    scope = part.scope_metrics.add()
    for fields in made:
        given = dict(fields)
        metric = scope.metrics.add(name=given.pop("name"))
        data = getattr(metric, given.pop("shape", "gauge"))
        data.SetInParent()
        for point in given.pop("points", []):
            said = dict(point)
            attributes = said.pop("attributes", {})
            added = data.data_points.add(**{"time_unix_nano": NANO, **said})
            added.attributes.extend(pairs(attributes))
        for name, value in given.items():
            setattr(data, name, value)
    return request


def logs(*records: Mapping[str, Any], resource: Mapping[str, object] = SHOP) -> ExportLogsServiceRequest:
    """Return a request; a record is its fields, ``body`` and ``attributes`` plain."""
    request = ExportLogsServiceRequest()
    part = request.resource_logs.add()
    part.resource.attributes.extend(pairs(resource))
    scope = part.scope_logs.add()
    for fields in records:
        given = {"time_unix_nano": NANO, **fields}
        attributes, body = given.pop("attributes", {}), given.pop("body", None)
        record = scope.log_records.add(**given)
        record.attributes.extend(pairs(attributes))
        if body is not None:
            record.body.CopyFrom(any_value(body))
    return request
