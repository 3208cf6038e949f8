"""Metrics over HTTP from an unmodified OpenTelemetry SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.metrics import Observation
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExponentialBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from aright.core.model.frame import Kind
from tests.contract.otlp_server import AUTHORISED, OtlpServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RESOURCE = Resource.create({"service.name": "shop", "service.instance.id": "a"})
DELTA: dict[type, AggregationTemporality] = {
    Counter: AggregationTemporality.DELTA,
    Histogram: AggregationTemporality.DELTA,
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[OtlpServer]:
    with serving(tmp_path / "log") as opened:
        yield opened


def measured(server: OtlpServer, temporality: dict[type, AggregationTemporality], *views: View) -> None:
    """Measure a little with each instrument and flush."""
    exporter = OTLPMetricExporter(
        f"{server.url}/v1/metrics",
        headers=AUTHORISED,
        preferred_temporality=temporality,
    )
    reader = PeriodicExportingMetricReader(exporter, export_interval_millis=3_600_000)
    provider = MeterProvider(resource=RESOURCE, metric_readers=[reader], views=views)
    meter = provider.get_meter("shop")
    meter.create_observable_gauge("process.cpu.utilization", [lambda _: [Observation(0.5)]])
    meter.create_observable_up_down_counter("process.memory.usage", [lambda _: [Observation(1 << 20)]])
    requests = meter.create_counter("requests")
    duration = meter.create_histogram("http.server.request.duration", unit="s")
    for number in range(100):
        requests.add(2, {"code": "200" if number % 10 else "500"})
        duration.record(0.01 * number, {"http.route": "/a" if number % 2 else "/b"})
    assert provider.force_flush()
    provider.shutdown()


def levels(server: OtlpServer) -> dict[str, float]:
    found = server.again(Kind.PROCESS).to_pylist()
    assert {row["service"] for row in found} == {"shop"}
    assert {row["host"] for row in found} == {"a"}
    return {row["name"]: row["value"] for row in found}


def test_cumulative_points_are_read_back(server: OtlpServer) -> None:
    measured(server, {})
    counters = server.rows(Kind.COUNTERS).to_pylist()
    first = [row for row in counters if row["time"] == min(row["time"] for row in counters)]
    totals = [row["value"] for row in first if row["role"] == "total"]
    assert sorted(totals) == [20, 180]
    assert sum(row["value"] for row in first if row["role"] == "count") == 100
    assert sum(row["value"] for row in first if row["role"] == "sum") == pytest.approx(49.5)
    infinite = [row["value"] for row in first if row["role"] == "bucket" and row["bound"] == float("inf")]
    assert infinite == [50, 50]
    found = levels(server)
    assert found["process.cpu.utilization"] == 0.5
    assert found["cpu_percent"] == 50
    assert found["process.memory.usage"] == found["rss_bytes"] == 1 << 20


EXPONENTIAL = View(instrument_name="*.duration", aggregation=ExponentialBucketHistogramAggregation())


@pytest.mark.parametrize(("views", "near"), [((), 2.5), ((EXPONENTIAL,), 0.1)])
def test_deltas_are_figures_at_once(server: OtlpServer, views: tuple[View, ...], near: float) -> None:
    """The SDK's own bounds are 0, 5, 10 …, made for milliseconds: they make quantiles of seconds coarse."""
    measured(server, DELTA, *views)
    table = server.rows(Kind.PROCESS)
    found = {row["name"]: row["value"] for row in reversed(table.to_pylist())}  # the first of each
    rate = found["http.server.request.duration_count_per_second"]
    assert found["requests_per_second"] == pytest.approx(2 * rate, rel=0.2)
    assert found["http.server.request.duration_mean"] == pytest.approx(0.495, rel=1e-3)
    assert found["http.server.request.duration_p50"] == pytest.approx(0.495, abs=near)
    assert found["http.server.request.duration_p99"] == pytest.approx(0.985, abs=2 * near)
