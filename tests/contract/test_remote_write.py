"""The real Prometheus writes to a real aright; so does a sender of 2.0, by the words of its specification."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import cramjam
import pytest

from bench.remote_write_bodies import first, second
from tests.contract.running_aright import TOKEN, Running, running, wait_for
from tests.contract.running_prometheus import needs_prometheus, prometheus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONFIG = """
global: {scrape_interval: 200ms, scrape_timeout: 200ms}
scrape_configs:
  - job_name: watchtower
    static_configs: [{targets: ["{own}"]}]
remote_write:
  - url: URL/api/v1/write
    authorization: {credentials: TOKEN}
    queue_config: {batch_send_deadline: 100ms, min_shards: 2}
    metadata_config: {send_interval: 1s}
"""


@pytest.fixture
def aright(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as server:
        yield server


@needs_prometheus
def test_prometheus_writes_and_its_metrics_stand_beside_the_signals(aright: Running, tmp_path: Path) -> None:
    config = CONFIG.replace("URL", aright.url).replace("TOKEN", TOKEN)
    with prometheus(tmp_path, config):
        assert wait_for(lambda: aright.levels("watchtower", "up"), "its own health")[-1] == 1
        rates = wait_for(
            lambda: aright.levels("watchtower", "prometheus_tsdb_head_samples_appended_per_second"),
            "the rate of a counter",
        )
        assert 100 < max(rates) < 100_000
        p99 = wait_for(
            lambda: aright.levels("watchtower", "prometheus_http_request_duration_seconds_p99"),
            "a quantile of a histogram",
        )
        assert 0 < p99[-1] <= 10
        assert max(aright.levels("watchtower", "rss_bytes")) > 1e6
        assert max(aright.levels("watchtower", "cpu_percent")) > 0
    assert aright.get("/v1/quarantine") == []
    log = (tmp_path / "prometheus.log").read_text()
    assert "remote" not in log, log


def test_a_sender_of_the_second_writes_and_falls_back_where_it_must(aright: Running) -> None:
    """Debian's Prometheus speaks 1.0 alone, so what a sender of 2.0 does is played."""
    labels = [{"__name__": name, "job": "shop", "instance": "a"} for name in ("orders_total", "queue")]

    def send(version: str, proto: str, value: float):
        body = (second(labels, time.time_ns() // 10**6, [value, 7.0], [1, 2])) if version == "2.0.0" else b""
        return aright.post(
            "/api/v1/write",
            bytes(cramjam.snappy.compress_raw(body or first(labels, time.time_ns() // 10**6, [value, 7.0]))),
            content_type=f"application/x-protobuf;proto={proto}",
            content_encoding="snappy",
            x_prometheus_remote_write_version=version,
        )

    assert send("3.0.0", "io.prometheus.write.v3.Request", 0.0).status_code == 415
    for value in (100.0, 150.0):
        answer = send("2.0.0", "io.prometheus.write.v2.Request", value)
        assert answer.status_code == 204
        assert answer.headers["x-prometheus-remote-write-samples-written"] == "2"
    assert send("0.1.0", "prometheus.WriteRequest", 200.0).status_code == 204
    assert wait_for(lambda: aright.levels("shop", "queue"), "a level")[0] == 7.0
    assert wait_for(lambda: aright.levels("shop", "orders_per_second"), "a rate")[0] > 0
