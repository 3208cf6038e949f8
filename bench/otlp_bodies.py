"""OTLP requests as services send them: batches of spans, log records and metrics, seeded."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
    from opentelemetry.proto.common.v1.common_pb2 import KeyValue

NOW: Final = 1_767_225_600_000_000  # µs
ROWS: Final = 512
POINTS: Final = 40 * (8 + 2 + 1)
"""Points of ``metrics``: 40 groups of a sum by eight attribute sets, two gauges and a histogram."""

_NANO: Final = NOW * 1_000
_RESOURCE: Final = {
    "service.name": "shop",
    "service.version": "1.4.2",
    "service.instance.id": "627cc493",
    "host.name": "node-7",
    "k8s.pod.name": "shop-7f9c",
    "telemetry.sdk.language": "python",
    "telemetry.sdk.name": "opentelemetry",
    "telemetry.sdk.version": "1.40.0",
}
_AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0"
_BOUNDS: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


def traces(seed: int) -> bytes:
    """Return 512 spans of HTTP requests with twelve attributes each; about three of those are new in each."""
    chance = random.Random(seed)
    request = ExportTraceServiceRequest()
    part = request.resource_spans.add()
    _add(part.resource.attributes, _RESOURCE)
    scope = part.scope_spans.add()
    for number in range(ROWS):
        span = scope.spans.add(
            trace_id=chance.randbytes(16),
            span_id=chance.randbytes(8),
            parent_span_id=chance.randbytes(8) if number % 3 else b"",
            name=chance.choice(["GET /products/{id}", "POST /cart", "GET /search", "POST /orders"]),
            kind=chance.choice([1, 2, 3]),
            start_time_unix_nano=_NANO + number * 1_000_000,
            end_time_unix_nano=_NANO + number * 1_000_000 + chance.randrange(10**8),
        )
        if number % 20 == 0:
            span.status.code, span.status.message = 2, "timed out"
        _add(
            span.attributes,
            {
                "http.request.method": chance.choice(["GET", "POST"]),
                "url.scheme": "https",
                "url.path": f"/products/{chance.randrange(10**5)}",
                "http.route": "/products/{id}",
                "http.response.status_code": chance.choice([200] * 9 + [500]),
                "server.address": "shop.example.com",
                "server.port": 443,
                "client.address": f"10.0.{chance.randrange(4)}.{chance.randrange(255)}",
                "user_agent.original": _AGENT,
                "network.protocol.version": "1.1",
                "enduser.id": f"u{chance.randrange(20_000)}",
                "thread.id": chance.randrange(16),
            },
        )
    return bytes(request.SerializeToString())


def model_calls(seed: int) -> bytes:
    """Return 512 spans of calls to language models."""
    chance = random.Random(seed)
    request = ExportTraceServiceRequest()
    part = request.resource_spans.add()
    _add(part.resource.attributes, _RESOURCE)
    scope = part.scope_spans.add()
    for number in range(ROWS):
        span = scope.spans.add(
            trace_id=chance.randbytes(16),
            span_id=chance.randbytes(8),
            name="chat gpt-4o",
            kind=3,
            start_time_unix_nano=_NANO + number * 1_000_000,
            end_time_unix_nano=_NANO + number * 1_000_000 + chance.randrange(10**9),
        )
        said = "The order left the warehouse on Monday and should be with you by Thursday. " * 3
        _add(
            span.attributes,
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.response.model": "gpt-4o-2024-08-06",
                "gen_ai.response.id": f"chatcmpl-{chance.getrandbits(64):x}",
                "gen_ai.response.finish_reasons": '["stop"]',
                "gen_ai.request.max_tokens": 512,
                "gen_ai.request.temperature": 0.2,
                "gen_ai.usage.input_tokens": chance.randrange(50, 2_000),
                "gen_ai.usage.output_tokens": chance.randrange(5, 512),
                "gen_ai.output.messages": f'[{{"role": "assistant", "parts": [{{"content": "{said}"}}]}}]',
                "server.address": "api.openai.com",
                "user.id": f"u{chance.randrange(20_000)}",
            },
        )
    return bytes(request.SerializeToString())


def logs(seed: int) -> bytes:
    """Return 512 log records with five attributes each, in traces."""
    chance = random.Random(seed)
    request = ExportLogsServiceRequest()
    part = request.resource_logs.add()
    _add(part.resource.attributes, _RESOURCE)
    scope = part.scope_logs.add()
    for number in range(ROWS):
        record = scope.log_records.add(
            time_unix_nano=_NANO + number,
            observed_time_unix_nano=_NANO + number + 5_000,
            severity_number=chance.choice([9, 9, 9, 13, 17]),
            severity_text="INFO",
            trace_id=chance.randbytes(16),
            span_id=chance.randbytes(8),
        )
        order, customer = chance.randrange(10**6), chance.randrange(10**4)
        record.body.string_value = f"order {order} of customer {customer} is paid"
        _add(
            record.attributes,
            {
                "code.file.path": "/app/shop/orders.py",
                "code.function.name": chance.choice(["pay", "ship", "cancel"]),
                "code.line.number": chance.randrange(300),
                "logger.name": "shop.orders",
                "queue": chance.choice("abc"),
            },
        )
    return bytes(request.SerializeToString())


def metrics(seed: int) -> bytes:
    """Return 440 points of 160 metrics: sums, gauges and histograms, cumulative as SDKs send them."""
    chance = random.Random(seed)
    request = ExportMetricsServiceRequest()
    part = request.resource_metrics.add()
    _add(part.resource.attributes, _RESOURCE)
    scope = part.scope_metrics.add()
    when = {"start_time_unix_nano": _NANO - 10**12, "time_unix_nano": _NANO}
    for group in range(40):
        total = scope.metrics.add(name=f"shop.orders.{group}").sum
        total.aggregation_temporality, total.is_monotonic = 2, True
        for code in range(8):
            point = total.data_points.add(as_int=chance.randrange(10**6), **when)
            _add(point.attributes, {"http.response.status_code": 200 + code, "http.route": "/orders/{id}"})
        for name in ("queue", "pool"):
            gauge = scope.metrics.add(name=f"shop.{name}.{group}").gauge
            _add(gauge.data_points.add(as_double=chance.random(), **when).attributes, {"worker": "a"})
        histogram = scope.metrics.add(name=f"shop.duration.{group}").histogram
        histogram.aggregation_temporality = 2
        counts = [chance.randrange(1_000) for _ in range(len(_BOUNDS) + 1)]
        point = histogram.data_points.add(
            count=sum(counts), sum=1.0 * sum(counts), bucket_counts=counts, explicit_bounds=_BOUNDS, **when
        )
        _add(point.attributes, {"http.route": "/orders/{id}"})
    return bytes(request.SerializeToString())


def _add(
    attributes: RepeatedCompositeFieldContainer[KeyValue], values: Mapping[str, str | int | float]
) -> None:
    for key, value in values.items():
        pair = attributes.add(key=key)
        if isinstance(value, str):
            pair.value.string_value = value
        elif isinstance(value, int):
            pair.value.int_value = value
        else:
            pair.value.double_value = value
