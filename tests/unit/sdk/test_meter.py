"""The meter: intervals of the clock, quantiles, CPU and memory."""

from __future__ import annotations

import builtins
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from aright.sdk import meter as metering
from aright.sdk.meter import INTERVAL, KEPT, Meter, Usage, finite, resident_bytes, work_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.sdk import Client
    from tests.unit.sdk.fake_door import FakeDoor

    Make = Callable[..., Client]

START = 1_790_000_000_000_000


def test_intervals_end_at_whole_multiples_and_cover_only_their_own() -> None:
    meter = Meter()
    for second in range(35):
        meter.answered(START + second * 1_000_000, float(second), 200)
    ends = [(interval.end - START, interval.requests) for interval in meter.take()]
    assert ends == [(INTERVAL, 10), (2 * INTERVAL, 10), (3 * INTERVAL, 10)]
    assert meter.take() == []


def test_a_silent_stretch_makes_one_interval() -> None:
    meter = Meter()
    meter.answered(START, 5.0, 200)
    meter.look(START + 600_000_000)
    meter.look(START + 600_000_001)
    assert [interval.requests for interval in meter.take()] == [1]


def test_a_clock_that_goes_back_closes_nothing() -> None:
    meter = Meter()
    meter.answered(START, 5.0, 200)
    meter.answered(START - 60_000_000, 5.0, 500)
    meter.look(START - 1)
    assert meter.take() == []
    meter.look(START + INTERVAL)
    (interval,) = meter.take()
    assert (interval.requests, interval.errors) == (2, 1)


@pytest.mark.parametrize("count", [1, 2, 3, 100, 101, 1000])
def test_quantiles_are_nearest_ranks(count: int) -> None:
    meter = Meter()
    for latency in np.random.default_rng(1).permutation(count):
        meter.answered(START, float(latency), None)
    meter.look(START + INTERVAL)
    figures = work_out(meter.take()[0])
    values = np.arange(count, dtype=float)
    assert figures["latency_ms_p50"] == np.quantile(values, 0.5, method="inverted_cdf")
    assert figures["latency_ms_p99"] == np.quantile(values, 0.99, method="inverted_cdf")


def test_beyond_the_bound_a_sample_has_the_same_quantiles() -> None:
    meter, random = Meter(), np.random.default_rng(7)
    latencies = random.lognormal(3.0, 0.7, 60_000) * np.linspace(0.5, 1.5, 60_000)  # and it drifts
    for latency in latencies:
        meter.answered(START, float(latency), 200)
    meter.look(START + INTERVAL)
    (interval,) = meter.take()
    assert (interval.requests, len(interval.latencies)) == (60_000, KEPT)
    figures = work_out(interval)
    for name, share in (("latency_ms_p50", 0.5), ("latency_ms_p99", 0.99)):
        rank = (latencies <= figures[name]).mean()
        spread = 4 * np.sqrt(share * (1 - share) / KEPT)  # four standard errors of a uniform sample
        assert abs(rank - share) < spread, (name, rank)


def test_cpu_and_memory_are_this_processes() -> None:
    usage = Usage()
    total = sum(range(300_000))
    figures = usage.sample()
    assert total > 0
    assert figures["cpu_percent"] > 0
    assert 1_000_000 < figures["rss_bytes"] < 1e12


def test_on_a_driven_clock_cpu_is_of_the_time_driven_through(monkeypatch: pytest.MonkeyPatch) -> None:
    now, cpu = [0], [1.0]
    monkeypatch.setattr("aright.sdk.meter.time.process_time", lambda: cpu[0])
    usage = Usage(lambda: now[0])
    for pause in (0, 3, 0):  # seconds of the wall that pass meanwhile are of no interest
        monkeypatch.setattr("aright.sdk.meter.time.monotonic_ns", lambda pause=pause: pause * 10**9)
        now[0] += 30_000_000
        cpu[0] += 0.6
        assert usage.sample()["cpu_percent"] == 2.0
    assert "cpu_percent" not in usage.sample(), "no time has passed"


def test_a_clock_that_fails_at_first_costs_the_first_figure() -> None:
    def fails() -> int:
        raise OSError

    usage = Usage(fails)
    usage._clock = lambda: 5
    assert "cpu_percent" not in usage.sample()
    usage._clock = lambda: 10_000_000
    assert usage.sample()["cpu_percent"] >= 0


def test_without_proc_psutil_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file(*_: object) -> object:
        raise FileNotFoundError

    process = SimpleNamespace(memory_info=lambda: SimpleNamespace(rss=12345))
    monkeypatch.setattr(builtins, "open", no_file)
    monkeypatch.setitem(sys.modules, "psutil", SimpleNamespace(Process=lambda: process))
    assert resident_bytes() == 12345
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert resident_bytes() is None
    assert "rss_bytes" not in Usage().sample()


def test_only_finite_numbers_are_metrics() -> None:
    given = {"a": np.float32(1.5), "b": float("inf"), "c": "many", "d": True}
    assert finite(given) == ({"a": 1.5, "d": True}, 2)


def test_the_client_sends_a_sample_when_one_is_due(
    door: FakeDoor, make_client: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metering, "resident_bytes", lambda: 4096)
    now = [START]
    client = make_client(process_metrics=True, clock=lambda: now[0], host="web-1", version="7")
    for latency, status in ((10.0, 200), (20.0, 200), (30.0, 503), (None, None)):
        client.prediction(latency_ms=latency, status=status)
    assert client.flush(5)
    assert door.rows("/v1/process") == []
    now[0] = START + INTERVAL + 5
    assert client.flush(5)
    (row,) = door.rows("/v1/process")
    metrics = row.pop("metrics")
    assert row == {"time": START + INTERVAL - 1, "service": "shop", "host": "web-1", "version": "7"}
    assert metrics.pop("cpu_percent") >= 0
    assert metrics == {
        "requests": 4,
        "errors": 1,
        "latency_ms_p50": 20.0,
        "latency_ms_p99": 30.0,
        "rss_bytes": 4096,
    }


def test_what_the_host_measures_itself_stands(door: FakeDoor, make_client: Make) -> None:
    now = [START]
    client = make_client(process_metrics=True, clock=lambda: now[0])
    client.prediction(latency_ms=10.0)
    client.measure(cpu_percent=12.0, latency_ms_p99=11.0)
    now[0] = START + INTERVAL
    assert client.flush(5)
    told, sampled = (row["metrics"] for row in door.rows("/v1/process"))
    assert told == {"cpu_percent": 12.0, "latency_ms_p99": 11.0}
    assert set(sampled) == {"requests", "errors", "latency_ms_p50", "rss_bytes"}
