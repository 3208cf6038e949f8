"""A real Prometheus is heard by its Watchdog, and its end is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from aright.core.model.catalog import Catalog
from aright.core.model.heartbeat import Heartbeat
from aright.core.model.service import Service
from aright.core.model.times import SECOND
from tests.contract.running_aright import TOKEN, Running, running, wait_for
from tests.contract.running_prometheus import needs_prometheus, prometheus

if TYPE_CHECKING:
    from pathlib import Path

RULES = """
groups:
  - name: meta
    interval: 200ms
    rules:
      - {alert: Watchdog, expr: vector(1), labels: {severity: none}}
"""

CONFIG = """
global: {{evaluation_interval: 200ms}}
rule_files: [rules.yaml]
alerting:
  alertmanagers:
    - authorization: {{credentials: {token}}}
      static_configs: [{{targets: ["{address}"]}}]
"""


def heard(aright: Running) -> int:
    """Return when the heartbeat was heard; 0 for not yet, and while the server is on its way up."""
    try:
        return int(aright.get("/v1/heartbeats")[0]["last_at"])
    except httpx.ConnectError:
        return 0


@needs_prometheus
def test_prometheus_is_heard_and_its_silence_is_told(tmp_path: Path) -> None:
    beat = Heartbeat(key="prometheus", service="monitoring", every=2 * SECOND, grace=SECOND, alert="Watchdog")
    catalog = Catalog(services=(Service(key="monitoring", tier=3),), slos=(), findings=(), heartbeats=(beat,))
    (tmp_path / "rules.yaml").write_text(RULES)
    with running(tmp_path, catalog=catalog) as aright:
        address = aright.url.removeprefix("http://")
        config = CONFIG.format(token=TOKEN, address=address)
        with prometheus(tmp_path, config, "--rules.alert.resend-delay=200ms"):
            wait_for(lambda: heard(aright), "the Watchdog is heard")
        (incident,) = wait_for(lambda: aright.get("/v1/incidents"), "the silence is told")
    assert incident["service"] == "monitoring"
    assert incident["title"].startswith("monitoring: the heartbeat prometheus is silent")
