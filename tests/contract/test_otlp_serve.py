"""`aright serve` takes OpenTelemetry over both transports, and keeps what it acknowledged through kill −9."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings
from aright.cli.failure import FailedError
from aright.cli.serve import serve as command
from aright.core.model.frame import Kind
from aright.core.model.tables import concat_rows
from aright.engine.intake import Intake
from tests.contract.otlp_server import TOKEN

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_READY = re.compile(r"gRPC is taken at (\S+)[\s\S]*ready at (http\S+)")


def serve(store: Path) -> tuple[subprocess.Popen[str], str, str]:
    """Start a server; return it with its gRPC and its HTTP address."""
    started = [
        sys.executable,
        "-m",
        "aright",
        "serve",
        "--port",
        "0",
        "--otlp-grpc",
        "0",
        "--store",
        str(store),
    ]
    process = subprocess.Popen(started, stderr=subprocess.PIPE, text=True, env={"ARIGHT_TOKEN": TOKEN})
    said = ""
    assert process.stderr is not None
    for line in process.stderr:
        said += line
        if found := _READY.search(said):
            return process, found[1], found[2]
    raise AssertionError(said)


def emit(exporter: GrpcExporter | HttpExporter, count: int) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    for _ in range(count):
        provider.get_tracer("shop").start_span("work").end()
    assert provider.force_flush()
    provider.shutdown()


def environment(monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str]) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(f"OTEL_EXPORTER_OTLP_{name}", value)


def test_what_was_acknowledged_survives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exporters are set up as docs/how-to/opentelemetry.md says: by their environment alone."""
    process, grpc, http = serve(tmp_path / "store")
    try:
        environment(
            monkeypatch,
            {"ENDPOINT": http, "HEADERS": f"authorization=Bearer%20{TOKEN}", "COMPRESSION": "gzip"},
        )
        emit(HttpExporter(), 700)
        environment(monkeypatch, {"ENDPOINT": f"http://{grpc}"})
        emit(GrpcExporter(), 300)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert process.stderr is not None
        process.stderr.close()
    log = WriteAheadLog(WriteAheadSettings(folder=tmp_path / "store" / "log"))
    try:
        intake = Intake(log)
        intake.start(0)
        rows = concat_rows([portion.tables[Kind.SPANS] for portion in intake.take(10_000)])
    finally:
        log.close()
    assert rows.num_rows == 1_000


def test_a_port_that_cannot_be_is_told(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="there is no port 70000"):
        command(store=tmp_path, otlp_grpc=70_000)
