"""Real Prometheus and real Alertmanager send their alerts to aright: firing arrives, and so does the end."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests.contract.serving import TOKEN, Flag, Served, free_port, serve, told

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMETHEUS = shutil.which("prometheus")
ALERTMANAGER = shutil.which("prometheus-alertmanager")
AMTOOL = shutil.which("amtool")
needs_prometheus = pytest.mark.skipif(
    PROMETHEUS is None and not os.environ.get("CI"), reason="apt-get install prometheus"
)
needs_alertmanager = pytest.mark.skipif(
    ALERTMANAGER is None and not os.environ.get("CI"), reason="apt-get install prometheus-alertmanager"
)
RULES = """
groups:
  - name: shop
    interval: 200ms
    rules:
      - alert: Broken
        expr: flag == 1
        labels: {severity: critical, service: shop}
        annotations: {summary: "answers are broken, says {{ $labels.instance }}"}
      - alert: Warm
        expr: flag == 1
        labels: {severity: warning, service: shop}
"""


@contextlib.contextmanager
def running(folder: Path, *command: str) -> Iterator[None]:
    """Run a program until the block ends; what it said is shown where the block fails."""
    said = folder / "said.txt"
    with said.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=folder)
    try:
        yield
    except BaseException:
        sys.stderr.write(said.read_text()[-4_000:])
        raise
    finally:
        process.terminate()
        process.wait(10)


@contextlib.contextmanager
def prometheus(folder: Path, url: str, target: str, *, token: str = TOKEN) -> Iterator[None]:
    """Run Prometheus with the rules above, told to send alerts to ``url``."""
    folder.mkdir()
    (folder / "rules.yaml").write_text(RULES)
    (folder / "prometheus.yaml").write_text(
        f"""
global: {{scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}}
rule_files: [rules.yaml]
scrape_configs: [{{job_name: shop, static_configs: [{{targets: ["{target}"]}}]}}]
alerting:
  alertmanagers:
    - api_version: v2
      {f"authorization: {{credentials: {token}}}" if token else ""}
      static_configs: [{{targets: ["{url.removeprefix("http://")}"]}}]
"""
    )
    assert PROMETHEUS is not None, "CI installs prometheus"
    with running(
        folder,
        PROMETHEUS,
        "--config.file=prometheus.yaml",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{free_port()}",
        "--log.level=warn",
    ):
        yield


@contextlib.contextmanager
def alertmanager(folder: Path, url: str) -> Iterator[str]:
    """Run Alertmanager with aright as its receiver; yields where it listens, once it does."""
    folder.mkdir()
    (folder / "alertmanager.yaml").write_text(
        f"""
route: {{receiver: aright, group_by: [alertname], group_wait: 100ms, group_interval: 100ms}}
receivers:
  - name: aright
    webhook_configs:
      - url: {url}/v1/alerts/alertmanager
        http_config: {{authorization: {{credentials: {TOKEN}}}}}
"""
    )
    port = free_port()
    assert ALERTMANAGER is not None, "CI installs prometheus-alertmanager"
    with running(
        folder,
        ALERTMANAGER,
        "--config.file=alertmanager.yaml",
        f"--storage.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=warn",
    ):
        address = f"http://127.0.0.1:{port}"
        transport = httpx.HTTPTransport(retries=8)  # tries to connect again after .5, 1, 2 … s
        with httpx.Client(transport=transport) as client:
            assert client.get(f"{address}/-/ready").status_code == 200
        yield address


def ago(seconds: float) -> str:
    return (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()


def fires(served: Served) -> dict[str, Any] | None:
    incidents = served.get("/v1/incidents")
    return incidents[0] if incidents else None


def ended(served: Served, key: str) -> list[str]:
    lines = told(served.get(f"/v1/incidents/{key}/timeline"), "note")
    return [line for line in lines if "ended" in line]


@needs_prometheus
def test_prometheus_sends_what_fires_and_what_ends(tmp_path: Path):
    flag = Flag()
    with serve(tmp_path / "store") as served, prometheus(tmp_path / "prom", served.url, flag.address):
        incident = served.until(lambda: fires(served))
        (alert,) = [each for each in incident["alerts"] if each["harm"]]
        assert (incident["service"], alert["signal"]) == ("shop", "alert:Broken")
        assert alert["text"] == f"Broken: answers are broken, says {flag.address}"
        assert alert["rule"] == "rule Broken (severity critical) of Prometheus"
        flag.value = 0
        assert served.until(lambda: ended(served, incident["key"])) != []
        kept = served.get(f"/v1/alerts?incident={incident['key']}")
        assert {each["name"]: bool(each["ended_at"]) for each in kept}["Broken"]
        assert next(each for each in kept if each["name"] == "Broken")["generator"].startswith("http")
    flag.close()


@needs_alertmanager
def test_alertmanagers_webhook_arrives_firing_and_resolved(tmp_path: Path):
    labels = {"alertname": "Broken", "service": "shop", "severity": "page"}
    with serve(tmp_path / "store") as served, alertmanager(tmp_path / "am", served.url) as address:
        pods = [
            {
                "labels": labels | {"pod": f"p{number}"},
                "annotations": {"summary": "down"},
                "startsAt": ago(60),
            }
            for number in range(3)
        ]
        assert httpx.post(f"{address}/api/v2/alerts", json=pods).status_code == 200
        incident = served.until(lambda: fires(served))
        assert incident["alerts"][0]["text"] == "Broken × 3: down"
        assert incident["alerts"][0]["rule"].endswith("of Alertmanager")
        begun = served.get(f"/v1/alerts?incident={incident['key']}")
        over = [pod | {"endsAt": ago(0)} for pod in pods]
        assert httpx.post(f"{address}/api/v2/alerts", json=over).status_code == 200
        (line,) = served.until(lambda: ended(served, incident["key"]))
        assert line == "all 3 alerts of other programs ended"
        after = served.get(f"/v1/alerts?incident={incident['key']}")
        assert {each["key"] for each in after} == {each["key"] for each in begun}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("store")) as served:
        yield served


@needs_alertmanager
def test_amtool_takes_aright_for_an_alertmanager(tmp_path: Path, door: Served):
    assert AMTOOL is not None, "it comes with prometheus-alertmanager"
    (tmp_path / "http.yaml").write_text(f"authorization: {{credentials: {TOKEN}}}\n")
    common = [AMTOOL, f"--alertmanager.url={door.url}", f"--http.config.file={tmp_path / 'http.yaml'}"]
    for asked in (["alert", "add", "Broken", "service=shop", "severity=critical"], ["config", "show"]):
        done = subprocess.run([*common, *asked], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    assert door.until(lambda: fires(door))["service"] == "shop"


def test_a_sender_without_a_token_is_refused_before_anything_is_read(door: Served):
    for path in ("/api/v2/alerts", "/v1/alerts/alertmanager", "/v1/alerts/grafana"):
        assert httpx.post(f"{door.url}{path}", json=[]).status_code == 401


def test_each_door_answers_as_its_sender_expects(door: Served):
    good = {"labels": {"alertname": "A", "service": "s"}, "startsAt": "2026-01-01T00:00:00Z"}
    answer = door.post("/api/v2/alerts", [good, {"labels": {}}])
    assert (answer.status_code, answer.content) == (200, b"")
    refused = door.post("/api/v2/alerts", [{"labels": {}}])
    assert refused.status_code == 400
    assert refused.json().startswith("labels: there is none")
    assert door.post("/api/v2/alerts", {}).status_code == 400
    assert door.post("/api/v2/alerts", []).status_code == 200
    taken = door.post("/v1/alerts/grafana", {"status": "firing", "alerts": [good, 3]})
    assert (taken.status_code, taken.json()["accepted"], taken.json()["quarantined"]) == (200, 1, 1)
    assert door.get("/api/v2/status")["cluster"]["status"] == "disabled"
