"""Traces over HTTP from an unmodified OpenTelemetry SDK: what is sent is what is read back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode, format_span_id, format_trace_id

from aright.core.model.frame import Kind
from tests.contract.otlp_server import AUTHORISED, OtlpServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESOURCE = Resource.create(
    {"service.name": "shop", "service.version": "1.4.2", "k8s.pod.name": "shop-7f", "aright.segments": "plan"}
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OtlpServer]:
    with serving(tmp_path / "log") as opened:
        yield opened


@pytest.fixture(params=[Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def provider(server: OtlpServer, request: pytest.FixtureRequest) -> Iterator[TracerProvider]:
    exporter = OTLPSpanExporter(f"{server.url}/v1/traces", headers=AUTHORISED, compression=request.param)
    made = TracerProvider(resource=RESOURCE)
    made.add_span_processor(BatchSpanProcessor(exporter))
    yield made
    made.shutdown()


def test_spans_of_a_batch_are_read_back(server: OtlpServer, provider: TracerProvider) -> None:
    tracer = provider.get_tracer("shop")
    sent = []
    with tracer.start_as_current_span("GET /orders/{id}", kind=SpanKind.SERVER) as parent:
        parent.set_attributes({"http.route": "/orders/{id}", "http.response.status_code": 200, "queue": 3})
        for number in range(600):  # more than one batch of 512
            with tracer.start_as_current_span("charge", kind=SpanKind.CLIENT) as child:
                child.set_attributes({"server.address": "bank", "url.path": f"/cards/{number}"})
                sent.append(child)
    assert provider.force_flush()
    rows = {row["id"]: row for row in server.rows(Kind.SPANS).to_pylist()}
    assert len(rows) == 601
    root = rows[format_span_id(parent.get_span_context().span_id)]
    assert (root["service"], root["version"], root["host"]) == ("shop", "1.4.2", "shop-7f")
    assert (root["kind"], root["route"], root["http_status"]) == ("server", "/orders/{id}", 200)
    assert root["parent_id"] is None
    assert json.loads(root["attributes"])["queue"] == 3
    for span in sent:
        row = rows[format_span_id(span.get_span_context().span_id)]
        assert row["trace_id"] == format_trace_id(span.get_span_context().trace_id)
        assert row["parent_id"] == root["id"]
        assert row["peer"] == "bank"
        assert row["route"] == "/cards/{}"
        assert row["time"].timestamp() * 1e6 == pytest.approx(_ended(span).start_time / 1e3, abs=1)
    assert server.again(Kind.SPANS).num_rows == 601


def _ended(span: Any) -> Any:
    return span


def test_a_failure_tells_its_exception(server: OtlpServer, provider: TracerProvider) -> None:
    tracer = provider.get_tracer("shop")
    with pytest.raises(TimeoutError), tracer.start_as_current_span("charge"):
        raise TimeoutError("the bank did not answer")
    with tracer.start_as_current_span("refund") as span:
        span.set_status(Status(StatusCode.ERROR, "no such card"))
    assert provider.force_flush()
    rows = {row["name"]: row for row in server.rows(Kind.SPANS).to_pylist()}
    assert rows["charge"]["status"] == rows["refund"]["status"] == "error"
    assert "the bank did not answer" in rows["charge"]["message"]
    assert rows["refund"]["message"] == "no such card"


def test_calls_to_a_model_are_predictions_too(server: OtlpServer, provider: TracerProvider) -> None:
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("chat gpt-4o", kind=SpanKind.CLIENT) as span:
        span.set_attributes(
            {
                "gen_ai.operation.name": "chat",
                "gen_ai.provider.name": "openai",
                "gen_ai.request.model": "gpt-4o",
                "gen_ai.request.max_tokens": 256,
                "gen_ai.request.temperature": 0.2,
                "gen_ai.response.model": "gpt-4o-2024-08-06",
                "gen_ai.response.id": "chatcmpl-1",
                "gen_ai.response.finish_reasons": ["length"],
                "gen_ai.usage.input_tokens": 12,
                "gen_ai.usage.output_tokens": 256,
                "gen_ai.output.messages": '[{"role":"assistant","parts":[{"type":"text","content":"Once"}]}]',
                "server.address": "api.openai.com",
                "user.id": "ann",
                "plan": "pro",
            }
        )
    assert provider.force_flush()
    portions = server.intake.take(1_000)
    (row,) = portions[0].tables[Kind.PREDICTIONS].to_pylist()
    assert (row["id"], row["model"], row["version"]) == ("chatcmpl-1", "gpt-4o", "gpt-4o-2024-08-06")
    assert (row["text"], row["status"], row["host"]) == ("Once", 200, "shop-7f")
    assert row["unit"] not in {None, "ann"}
    assert row["attr.plan"] == "pro"
    assert row["attr.server.address"] == "api.openai.com"
    assert row["attr.gen_ai.operation.name"] == "chat"
    assert row["feat.gen_ai.finish_reason"] == "length"
    assert row["feat.gen_ai.requested_model"] != row["feat.gen_ai.served_model"]
    numbers = ("input_tokens", "output_tokens", "max_tokens", "temperature")
    assert [row[f"feat.gen_ai.{name}"] for name in numbers] == [12, 256, 256, 0.2]
    (span_row,) = portions[0].tables[Kind.SPANS].to_pylist()
    assert span_row["peer"] == "api.openai.com"


def test_without_a_token_nothing_is_taken(server: OtlpServer) -> None:
    exporter = OTLPSpanExporter(f"{server.url}/v1/traces", timeout=2)
    tracer = TracerProvider(resource=RESOURCE).get_tracer("shop")
    span: Any = tracer.start_span("work")
    span.end()
    assert exporter.export([span]) is SpanExportResult.FAILURE
    assert server.rows(Kind.SPANS).num_rows == 0
