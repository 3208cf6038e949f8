"""A whole aright with a ServiceNow in its catalog: from another program's alert to the ticket, and back."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import httpx

from aright.adapters.catalog import YamlCatalog
from aright.core.model.signature import sign
from tests.contract.authority import authority
from tests.contract.fake_servicenow import PASSWORD, USER, FakeServiceNow
from tests.contract.listening import listen
from tests.contract.serving import serve

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "secret-of-the-business-rule"
CATALOG = """
channels:
  - name: snow
    type: servicenow
    url: {url}
    user: {user}
    password: ${{SNOW_PASSWORD}}
    webhook_secret: ${{SNOW_SECRET}}
    ca_file: {ca_file}
    assignment_group: shop-team
    field.contact_type: monitoring
people:
  - {{name: ann, aliases: [ada], contact: [], addresses: {{snow: ann.a}}}}
services:
  - {{name: shop}}
"""


def until(holds: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def test_an_alert_becomes_a_ticket_whose_end_ends_the_incident(tmp_path: Path):
    fake = FakeServiceNow()
    with listen(fake.answer, authority().server) as listener:
        file = tmp_path / "aright.yaml"
        file.write_text(CATALOG.format(url=listener.url, user=USER, ca_file=authority().ca_file))
        secrets = {"SNOW_PASSWORD": PASSWORD, "SNOW_SECRET": SECRET}
        catalog = YamlCatalog().read([file], secrets)
        assert catalog.usable, [str(finding) for finding in catalog.findings]
        with serve(tmp_path / "store", catalog=catalog) as served:
            alert = {"labels": {"alertname": "Down", "service": "shop", "severity": "critical"}}
            assert served.post("/api/v2/alerts", [alert]).status_code == 200
            until(lambda: fake.incidents)
            (ticket,) = fake.incidents.values()
            assert (ticket["assignment_group"], ticket["contact_type"]) == ("shop-team", "monitoring")
            until(lambda: "ticket" in [each["kind"] for each in served.get("/v1/incidents/INC-1/timeline")])

            fake.change(ticket["sys_id"], by="ada", state="6", close_code="Known", close_notes="restarted")
            body, at = json.dumps({"id": "1"}).encode(), str(int(time.time()))
            headers = {"X-Aright-Timestamp": at, "X-Aright-Signature": sign(SECRET, at, body)}
            door = f"{served.url}/v1/webhooks/servicenow/snow"
            until(lambda: httpx.post(door, headers=headers, content=body).json()["status"] == "repeat")
            until(lambda: served.get("/v1/incidents/INC-1")["state"] == "resolved")
            told = [
                (each["by"], each["text"])
                for each in served.get("/v1/incidents/INC-1/timeline")
                if each["kind"] == "resolved"
            ]
    assert len(told) == 1
    assert told[0][0] == "ann"
    assert "restarted" in told[0][1]
