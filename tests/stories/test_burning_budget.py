"""A promise in a file, kept and then broken: through the files, the doors and the store that a user has."""

from __future__ import annotations

import json
import shutil
import subprocess

import msgspec
import pytest

from aright.bootstrap import Options, build, catalog_files
from aright.core.model.slo import Attainment, Proposal, Standing
from aright.core.model.times import DAY, MINUTE, SECOND
from tests.unit.server.client import Client

START = 1_767_225_600_000_000
WIDTH = 30 * SECOND
TOKEN = {"Authorization": "Bearer story-token"}
CATALOG = """
services:
  - name: helper
    tier: 1
    slos:
      - {name: own-answers, sli: fallback_share, objective: 99%}
      - {name: fast, sli: {latency_ms: 300}, objective: 95%, window: 7d}
  - name: rarely
    slos:
      - {name: rare, sli: error_share, objective: 99.9%}
"""


class House:
    """aright on a store of its own, and what is asked of it over HTTP."""

    def __init__(self, folder) -> None:
        (folder / "aright.yaml").write_text(CATALOG)
        self.folder = folder
        self.open()

    def open(self) -> None:
        catalog = catalog_files().read([self.folder / "aright.yaml"], {})
        assert catalog.usable
        options = Options(
            store=self.folder / "store",
            clock="driven",
            clock_start=START,
            token="story-token",
            catalog=catalog,
        )
        self.aright = build(options)
        self.client = Client(self.aright.app)

    def again(self) -> None:
        self.aright.stop()
        self.open()

    def serve(self, windows, *, service="helper", units=20, failing=0, slow=0, key="fallback") -> None:
        for window in windows:
            start = START + window * WIDTH
            rows = [
                {
                    "id": f"{service}-{window}-{unit}",
                    "time": start + unit,
                    "service": service,
                    "unit": f"u-{window}-{unit}",
                    "status": 500 if key == "status" and unit < failing else 200,
                    "fallback": key == "fallback" and unit < failing,
                    "latency_ms": 900.0 if unit < slow else 40.0,
                }
                for unit in range(units)
            ]
            headers = {**TOKEN, "Content-Type": "application/x-ndjson"}
            body = "\n".join(json.dumps(row) for row in rows).encode()
            answer = self.client.ask("POST", "/v1/predictions", headers=headers, content=body)
            assert answer.status_code == 200, answer.text

    def close(self, window) -> None:
        """Move the clock until this window is closed."""
        to = START + (window + 1) * WIDTH + 10 * SECOND
        answer = self.client.ask("POST", "/v1/clock", headers=TOKEN, json={"to": to})
        assert answer.status_code == 200, answer.text

    def ask(self, path):
        answer = self.client.ask("GET", path, headers=TOKEN)
        assert answer.status_code == 200, answer.text
        return answer

    def slo(self, name):
        return msgspec.json.decode(self.ask(f"/v1/slos/{name}").content, type=Standing)

    def alerts(self):
        return [alert["key"] for incident in self.ask("/v1/incidents").json() for alert in incident["alerts"]]


@pytest.fixture
def house(tmp_path):
    made = House(tmp_path)
    yield made
    made.aright.stop()


def test_a_budget_burns_and_pages_once(house):
    for window in range(12):
        house.serve([window], slow=1)
        house.serve(
            [window], service="rarely", units=1 + (window == 5) * 2, failing=window == 5, key="status"
        )
        house.close(window)
    assert house.alerts() == [], "1 of 3 failed, and that is no page"
    for window in range(12, 20):
        house.serve([window], failing=14)
        house.close(window)

    (incident,) = house.ask("/v1/incidents").json()
    page = next(alert for alert in incident["alerts"] if alert["key"] == "helper/slo/own-answers/page")
    assert page["signal"] == "fallback_share"
    assert page["since"] == START + 12 * WIDTH
    assert "SLO own-answers (99 % over 30 d)" in page["rule"]
    standing = house.slo("own-answers")
    assert (standing.n, standing.bad, standing.page) == (20 * 20, 14 * 8, True)

    house.again()
    again = house.slo("own-answers")
    assert (again.n, again.bad, again.page, again.burns) == (standing.n, standing.bad, True, standing.burns)
    house.serve([20], failing=14)
    house.close(20)
    lines = house.ask(f"/v1/incidents/{incident['key']}/timeline").json()
    assert sum("helper/slo/own-answers/page" in line["refs"] for line in lines) == 1
    assert len(house.ask("/v1/incidents").json()) == 1

    fast = house.slo("fast")
    assert (fast.slo.indicator.signal, fast.n, fast.bad) == ("slower:300", 21 * 20, 12)
    (day,) = msgspec.json.decode(
        house.ask("/v1/slos/own-answers/report?period=day&count=1").content, type=list[Attainment]
    )
    assert (day.n, day.bad, day.met, day.end - day.start) == (21 * 20, 14 * 9, False, DAY)
    proposals = msgspec.json.decode(
        house.ask("/v1/slo-proposals?service=helper").content, type=list[Proposal]
    )
    assert [each.signal for each in proposals] == ["error_share", "fallback_share", "slower:300"]
    assert all("too few" in each.text for each in proposals)


def test_prometheus_reads_the_metrics_of_a_real_server(house):
    house.serve([0], failing=1)
    house.close(0)
    text = house.ask("/metrics").text
    assert 'aright_sli_bad_total{service="helper",slo="own-answers"} 1\n' in text
    assert 'aright_sli_events_total{service="helper",slo="own-answers"} 20\n' in text
    assert "aright_rows_accepted_total 20\n" in text
    assert "aright_windows_behind 0\n" in text
    assert 'aright_incidents_open{service="helper"} 0\n' in text
    if promtool := shutil.which("promtool"):
        subprocess.run([promtool, "check", "metrics"], input=text, text=True, check=True)


def test_another_catalog_takes_the_place_of_the_first(house):
    (house.folder / "aright.yaml").write_text(CATALOG.replace("own-answers", "ours"))
    house.again()
    names = [standing["slo"]["key"] for standing in house.ask("/v1/slos").json()]
    assert names == ["fast", "ours", "rare"]
    assert {service["key"] for service in house.ask("/v1/services").json()} == {"helper", "rarely"}
    assert house.slo("ours").slo.rules[0].short == 5 * MINUTE
