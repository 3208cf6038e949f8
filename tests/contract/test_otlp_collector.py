"""A real collector between an unmodified SDK and aright, and the headers of the one that is used most."""

from __future__ import annotations

import gzip
import importlib.util
import os
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pyarrow as pa
import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from aright.core.model.frame import Kind
from tests.contract.otlp_server import AUTHORISED, TOKEN, OtlpServer, now, serving
from tests.unit.core.observe.intake.otlp_bodies import traces

if TYPE_CHECKING:
    from collections.abc import Iterator

RESOURCE = Resource.create({"service.name": "shop"})
ROTEL = importlib.util.find_spec("rotel")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OtlpServer]:
    with serving(tmp_path / "log") as opened:
        yield opened


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def collector(server: OtlpServer) -> Iterator[str]:
    """Run a collector that sends on to the doors; give where it listens."""
    assert ROTEL is not None
    assert ROTEL.origin is not None
    agent = Path(ROTEL.origin).with_name("rotel-agent")
    http, grpc = free_port(), free_port()
    options = {
        "otlp-http-endpoint": f"127.0.0.1:{http}",
        "otlp-grpc-endpoint": f"127.0.0.1:{grpc}",
        "otlp-exporter-endpoint": server.url,
        "otlp-exporter-protocol": "http",
        "otlp-exporter-custom-headers": f"authorization=Bearer {TOKEN}",
        "batch-timeout": "200ms",
    }
    command = [
        str(agent),
        "start",
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(http)
        yield f"http://127.0.0.1:{http}"
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


@pytest.mark.skipif(
    ROTEL is None and not os.environ.get("CI"),
    reason="needs a collector for Linux: pip install --no-deps rotel==0.0.1a15",
)
def test_what_a_collector_sends_on_is_read_back(server: OtlpServer, collector: str) -> None:
    spans = TracerProvider(resource=RESOURCE)
    spans.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(f"{collector}/v1/traces")))
    for number in range(1_000):
        spans.get_tracer("shop").start_span("work", attributes={"number": number}).end()
    assert spans.force_flush()
    spans.shutdown()
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(f"{collector}/v1/metrics"))
    meters = MeterProvider(resource=RESOURCE, metric_readers=[reader])
    meters.get_meter("shop").create_gauge("queue.depth").set(3)
    assert meters.force_flush()
    meters.shutdown()
    found = {Kind.SPANS: 0, Kind.PROCESS: 0}
    until = time.monotonic() + 20
    while (found[Kind.SPANS] < 1_000 or not found[Kind.PROCESS]) and time.monotonic() < until:
        for portion in server.intake.take(10_000):
            for kind, table in portion.tables.items():
                assert table["service"].unique().to_pylist() == ["shop"]
                found[kind] += table.num_rows
        time.sleep(0.02)
    assert found[Kind.SPANS] == 1_000
    assert found[Kind.PROCESS] >= 1


def compressed(body: bytes, how: str) -> bytes:
    if how == "gzip":
        return gzip.compress(body)
    if how == "zstd":
        return bytes(pa.compress(body, "zstd", asbytes=True))
    return body


@pytest.mark.parametrize("how", ["", "gzip", "zstd"])
def test_the_headers_of_opentelemetrys_collector(server: OtlpServer, how: str) -> None:
    """Its otlphttp exporter compresses with gzip unless told otherwise."""
    at = now() * 1_000
    request = traces(
        *({"start_time_unix_nano": at, "end_time_unix_nano": at + number} for number in range(300))
    )
    headers = {
        **AUTHORISED,
        "content-type": "application/x-protobuf",
        "user-agent": "OpenTelemetry Collector Contrib/0.135.0 (linux/amd64)",
        **({"content-encoding": how} if how else {}),
    }
    body = compressed(request.SerializeToString(), how)
    answer = httpx.post(f"{server.url}/v1/traces", content=body, headers=headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert server.rows(Kind.SPANS).num_rows == 300
