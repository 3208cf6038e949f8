"""OTLP over gRPC, from an unmodified OpenTelemetry SDK."""

from __future__ import annotations

from concurrent.futures import Future
from contextlib import contextmanager
from typing import TYPE_CHECKING

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from aright.adapters.memory_log import MemoryLog
from aright.core.model.frame import Frame, Kind
from aright.core.model.tables import concat_rows
from aright.engine.intake import Acceptance, Intake
from aright.ports.log import LogBrokenError, LogFullError
from aright.server.grpc_otlp import MAX_MESSAGE, OtlpGrpc
from tests.contract.otlp_server import TOKEN, now
from tests.unit.core.observe.intake.otlp_bodies import traces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RESOURCE = Resource.create({"service.name": "shop"})
METADATA = (("authorization", f"Bearer {TOKEN}"),)


@pytest.fixture
def intake() -> Intake:
    return Intake(MemoryLog())


@pytest.fixture
def server(intake: Intake) -> Iterator[OtlpGrpc]:
    with served(intake.accept) as made:
        yield made


@contextmanager
def served(accept: Callable[[Frame], Acceptance]) -> Iterator[OtlpGrpc]:
    made = OtlpGrpc(accept, lambda token: token == TOKEN, now, "127.0.0.1:0")
    made.start()
    try:
        yield made
    finally:
        made.stop()


def call(
    server: OtlpGrpc,
    request: ExportTraceServiceRequest,
    metadata: tuple[tuple[str, str], ...] = METADATA,
    compression: grpc.Compression = grpc.Compression.NoCompression,
) -> ExportTraceServiceResponse:
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        return TraceServiceStub(channel).Export(  # type: ignore[no-any-return]  # generated without types
            request, metadata=metadata, compression=compression, timeout=5
        )


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_spans_of_a_batch_are_read_back(
    server: OtlpGrpc, intake: Intake, compression: grpc.Compression
) -> None:
    exporter = OTLPSpanExporter(
        f"127.0.0.1:{server.port}", insecure=True, headers=METADATA, compression=compression
    )
    provider = TracerProvider(resource=RESOURCE)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    tracer = provider.get_tracer("shop")
    for number in range(600):
        with tracer.start_as_current_span("charge") as span:
            span.set_attribute("number", number)
    assert provider.force_flush()
    provider.shutdown()
    rows = concat_rows([portion.tables[Kind.SPANS] for portion in intake.take(10_000)])
    assert rows.num_rows == 600
    assert rows["service"].unique().to_pylist() == ["shop"]


def test_metrics_are_read_back(server: OtlpGrpc, intake: Intake) -> None:
    exporter = OTLPMetricExporter(f"127.0.0.1:{server.port}", insecure=True, headers=METADATA)
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider(resource=RESOURCE, metric_readers=[reader])
    provider.get_meter("shop").create_gauge("queue.depth").set(7)
    assert provider.force_flush()
    provider.shutdown()
    (row, *_) = concat_rows([portion.tables[Kind.PROCESS] for portion in intake.take(100)]).to_pylist()
    assert (row["name"], row["value"]) == ("queue.depth", 7)


def test_what_is_not_taken_is_told(server: OtlpGrpc) -> None:
    at = now() * 1_000
    good = {"start_time_unix_nano": at, "end_time_unix_nano": at}
    answer = call(server, traces(good, {**good, "span_id": b""}))
    assert answer.partial_success.rejected_spans == 1
    assert "span id" in answer.partial_success.error_message
    assert call(server, traces(good)) == ExportTraceServiceResponse()


@pytest.mark.parametrize("metadata", [(), (("authorization", "Bearer wrong"),)])
def test_without_a_token_nothing_is_taken(
    server: OtlpGrpc, intake: Intake, metadata: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        call(server, traces({}), metadata)
    assert refused.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert not intake.take(1)


def test_what_cannot_be_read_is_refused_for_good(server: OtlpGrpc) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        export = channel.unary_unary("/opentelemetry.proto.collector.logs.v1.LogsService/Export")
        with pytest.raises(grpc.RpcError) as refused:
            export(b"\x0a\x7f", metadata=METADATA, timeout=5)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("compression", [grpc.Compression.NoCompression, grpc.Compression.Gzip])
def test_what_is_too_large_is_refused(
    server: OtlpGrpc, intake: Intake, compression: grpc.Compression
) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        call(server, traces({"name": "x" * MAX_MESSAGE}), compression=compression)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert not intake.take(1)


@pytest.mark.parametrize("later", [False, True])
def test_a_full_log_asks_to_come_again(later: bool) -> None:
    def accept(_: Frame) -> Acceptance:
        if not later:
            raise LogFullError("the disk is behind")
        durable: Future[int] = Future()
        durable.set_exception(LogFullError("the disk is behind"))
        return Acceptance(accepted=1, bad_count=0, bad=(), durable=durable)

    with served(accept) as server, pytest.raises(grpc.RpcError) as refused:
        call(server, traces({}))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
    (details,) = [
        value for key, value in refused.value.trailing_metadata() if key == "grpc-status-details-bin"
    ]
    status = status_pb2.Status.FromString(details)
    assert status.code == grpc.StatusCode.UNAVAILABLE.value[0]
    retry = error_details_pb2.RetryInfo()
    assert status.details[0].Unpack(retry)
    assert retry.retry_delay.seconds == 1


def test_a_broken_log_is_told_without_its_inside(caplog: pytest.LogCaptureFixture) -> None:
    def accept(_: Frame) -> Acceptance:
        raise LogBrokenError("/secret/place is full")

    with served(accept) as server, pytest.raises(grpc.RpcError) as refused:
        call(server, traces({}))
    assert refused.value.code() is grpc.StatusCode.INTERNAL
    assert "secret" not in refused.value.details()
    assert "secret" in caplog.text


def test_a_port_that_is_taken_is_told(server: OtlpGrpc) -> None:
    with pytest.raises(OSError, match="cannot listen"):
        OtlpGrpc(lambda _: None, lambda _: True, now, f"127.0.0.1:{server.port}")  # type: ignore[arg-type,return-value]  # never called
