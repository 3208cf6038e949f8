"""Log records over HTTP from an unmodified OpenTelemetry SDK, by way of Python's own logging."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import format_span_id, format_trace_id

from aright.core.model.frame import Kind
from tests.contract.otlp_server import AUTHORISED, OtlpServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OtlpServer]:
    with serving(tmp_path / "log") as opened:
        yield opened


def ask() -> None:
    raise TimeoutError("no answer")


@pytest.mark.filterwarnings(
    "ignore:.LoggingHandler. in:DeprecationWarning"
)  # it moves to a package of its own
def test_records_are_read_back(server: OtlpServer) -> None:
    provider = LoggerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_log_record_processor(
        BatchLogRecordProcessor(OTLPLogExporter(f"{server.url}/v1/logs", headers=AUTHORISED))
    )
    logger = logging.getLogger("shop.payments")
    handler = LoggingHandler(logger_provider=provider)
    logger.addHandler(handler)
    logger.propagate = False
    tracer = TracerProvider().get_tracer("shop")
    try:
        with tracer.start_as_current_span("charge") as span:
            logger.warning("card %s refused", 17, extra={"queue": "cards"})
            try:
                ask()
            except TimeoutError:
                logger.exception("the bank failed")
    finally:
        logger.removeHandler(handler)
    assert provider.force_flush()
    provider.shutdown()
    refused, failed = server.rows(Kind.LOGS).to_pylist()
    assert (refused["service"], refused["severity"], refused["body"]) == ("shop", 13, "card 17 refused")
    assert json.loads(refused["attributes"])["queue"] == "cards"
    context = span.get_span_context()
    assert refused["trace_id"] == format_trace_id(context.trace_id)
    assert refused["span_id"] == format_span_id(context.span_id)
    assert (failed["severity"], failed["body"]) == (17, "the bank failed")
    assert json.loads(failed["attributes"])["exception.message"] == "no answer"
    assert server.again(Kind.LOGS).num_rows == 2
