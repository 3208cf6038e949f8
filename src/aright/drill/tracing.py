"""Traces by OpenTelemetry's SDK as it is; only the times are the drill's."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.context import Context
    from opentelemetry.trace import Span, Tracer

FLUSH_MS: Final = 20_000
_QUEUE: Final = 16_384
_NS: Final = 1_000
"""Nanoseconds, as OpenTelemetry counts, in a microsecond, as aright does."""

_CARRIER: Final = TraceContextTextMapPropagator()


class Complaints(logging.Handler):
    """Counts what the SDK could not send: it says so in its log alone.

    Attributes:
        count: of errors told so far.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        del record
        self.count += 1


class Tracing:
    """One service's spans.

    Args:
        service: its name.
        version: of its release.
        url: aright's.
        token: for aright.
    """

    def __init__(self, service: str, version: str, url: str, token: str) -> None:
        exporter = OTLPSpanExporter(
            endpoint=f"{url}/v1/traces", headers={"authorization": f"Bearer {token}"}, timeout=20
        )
        told = {"service.name": service, "service.version": version, "host.name": f"{service}-0"}
        self._provider = TracerProvider(resource=Resource.create(told))
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=_QUEUE, max_export_batch_size=1_024)
        )
        self._tracer: Tracer = self._provider.get_tracer("drill")
        self._complaints = Complaints()
        logging.getLogger("opentelemetry").addHandler(self._complaints)

    def serve(self, headers: Mapping[str, str], route: str, at: int) -> Span:
        """Begin the span of a request served (µs, UTC)."""
        told = {"http.request.method": "POST", "http.route": route, "url.path": route, "url.scheme": "http"}
        return self._tracer.start_span(
            f"POST {route}", _CARRIER.extract(headers), SpanKind.SERVER, told, start_time=at * _NS
        )

    def call(self, parent: Span, host: str, route: str, at: int, *, attempt: int) -> Span:
        """Begin the span of a request made (µs, UTC); later attempts say so."""
        told: dict[str, str | int] = {
            "http.request.method": "POST",
            "server.address": host,
            "server.port": 443,
            "url.full": f"https://{host}{route}",
            "url.template": route,
        }
        if attempt > 1:
            told["http.request.resend_count"] = attempt - 1
        return self._tracer.start_span("POST", within(parent), SpanKind.CLIENT, told, start_time=at * _NS)

    def flush(self) -> tuple[bool, int]:
        """Send what waits; return whether that was done, and how many batches were ever lost."""
        return self._provider.force_flush(FLUSH_MS), self._complaints.count

    def close(self) -> None:
        """Send what is left, and stop."""
        self._provider.shutdown()


def within(span: Span) -> Context:
    """Return the context in which a span is the one under way."""
    return trace.set_span_in_context(span)


def carried(span: Span) -> dict[str, str]:
    """Return the headers that carry a span to whoever is called."""
    headers: dict[str, str] = {}
    _CARRIER.inject(headers, within(span))
    return headers


def end(span: Span, at: int, status: int, *, error: str = "") -> None:
    """End a span (µs, UTC).

    Args:
        span: to be ended.
        at: when.
        status: of HTTP; 0 where there was no answer.
        error: what went wrong where there was none, such as ``TimeoutError``.
    """
    if status:
        span.set_attribute("http.response.status_code", status)
    if error or status >= 500:
        span.set_attribute("error.type", error or str(status))
        span.set_status(Status(StatusCode.ERROR, error))
    span.end(at * _NS)
