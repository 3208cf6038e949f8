"""The real openlineage-python client tells a real aright of runs; and two weeks of them on a driven clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from openlineage.client import OpenLineageClient
from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import error_message_run, output_statistics_output_dataset, schema_dataset
from openlineage.client.transport.http import ApiKeyTokenProvider, HttpConfig, HttpTransport
from openlineage.client.uuid import generate_new_uuid

from aright.bootstrap import Options, build
from aright.core.model.catalog import Catalog
from aright.core.model.service import Service
from aright.core.model.times import DAY, HOUR, MINUTE, iso
from tests.contract.running_aright import TOKEN, running, wait_for
from tests.unit.server.client import Client

if TYPE_CHECKING:
    from pathlib import Path

START = 1_767_225_600_000_000  # a Thursday
PATH = "/api/v1/lineage"
SHOP = Service(key="shop", pipelines=("warehouse/features*",))
CATALOG = Catalog(services=(SHOP,), slos=(), findings=())


def client_of(url: str) -> OpenLineageClient:
    config = HttpConfig(url=url, auth=ApiKeyTokenProvider({"apiKey": TOKEN}), retry={"total": 0})
    return OpenLineageClient(transport=HttpTransport(config))


def test_the_real_client_tells_of_runs(tmp_path: Path) -> None:
    with running(tmp_path, catalog=CATALOG) as aright:
        client = client_of(aright.url)
        first, second = Run(runId=str(generate_new_uuid())), Run(runId=str(generate_new_uuid()))

        def tell(state: RunState, run: Run, job: str, outputs: list[OutputDataset], **facets: Any) -> None:
            client.emit(
                RunEvent(
                    eventType=state,
                    eventTime=datetime.now(UTC).isoformat(),
                    run=Run(runId=run.runId, facets=facets),
                    job=Job(namespace="warehouse", name=job),
                    producer="https://example.com/test",
                    inputs=[InputDataset(namespace="db", name="raw")],
                    outputs=outputs,
                )
            )

        def written(kind: str) -> OutputDataset:
            field = schema_dataset.SchemaDatasetFacetFields(name="price", type=kind)
            return OutputDataset(
                namespace="db",
                name="features",
                facets={"schema": schema_dataset.SchemaDatasetFacet(fields=[field])},
                outputFacets={
                    "outputStatistics": output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                        rowCount=10, size=100
                    )
                },
            )

        tell(RunState.START, first, "features.daily", [])
        tell(RunState.COMPLETE, first, "features.daily", [written("int")])
        tell(RunState.START, second, "features.daily", [written("decimal")])
        failure = error_message_run.ErrorMessageRunFacet(message="no disk", programmingLanguage="python")
        tell(RunState.FAIL, second, "features.daily", [], errorMessage=failure)
        tell(RunState.START, Run(runId=str(generate_new_uuid())), "billing", [])

        runs = wait_for(
            lambda: len(found := aright.get("/v1/runs", service="shop")) == 2 and found,
            "both runs of the shop",
        )
        states = {run["run_id"]: (run["state"], run["error"]) for run in runs}
        assert states == {first.runId: ("complete", ""), second.runId: ("failed", "no disk")}
        done = next(run for run in runs if run["run_id"] == first.runId)
        assert done["started"] <= done["ended"]
        assert done["outputs"][0]["rows"] == 10
        assert done["outputs"][0]["fields"] == {"price": "int"}
        wait_for(lambda: aright.get("/v1/runs", service=""), "the run of nobody")
        assert [run["job"] for run in aright.get("/v1/runs", service="")] == ["warehouse/billing"]
        changes = {change["kind"]: change["title"] for change in aright.get("/v1/changes", service="shop")}
        assert changes == {
            "schema": "db/features: price was int and is decimal",
            "data": "warehouse/features.daily failed: no disk",
        }
        (notice,) = aright.get("/v1/notices", service="shop")
        assert notice["alert"]["text"] == "warehouse/features.daily failed: no disk"


class Warehouse:
    """A job that runs each night at three, told to aright on a driven clock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.open()

    def open(self) -> None:
        options = Options(
            store=self._folder / "store", clock="driven", clock_start=START, token=TOKEN, catalog=CATALOG
        )
        self.aright = build(options)
        self.client = Client(self.aright.app)

    def night(self, number: int, *, rows: int = 1_000, job: str = "features") -> None:
        began = START + number * DAY + 3 * HOUR
        self.until(began + HOUR)
        table = {"namespace": "db", "name": "features"}
        counted = {**table, "outputFacets": {"outputStatistics": {"rowCount": rows}}}
        events = [
            self.event(began, number, "START", job),
            self.event(began + 10 * MINUTE, number, "COMPLETE", job),
        ]
        events[1]["outputs"] = [counted]
        self.send(events)

    def event(self, at: int, number: int, kind: str, job: str) -> dict[str, Any]:
        return {
            "eventType": kind,
            "eventTime": iso(at),
            "run": {"runId": f"night-{number}"},
            "job": {"namespace": "warehouse", "name": job},
        }

    def send(self, events: list[dict[str, Any]]) -> None:
        answer = self.ask("POST", f"{PATH}/batch", json.dumps(events).encode())
        assert answer.json()["accepted"] == len(events), answer.text

    def until(self, at: int) -> None:
        self.ask("POST", "/v1/clock", msgspec.json.encode({"to": at}))

    def ask(self, method: str, path: str, body: bytes = b"") -> Any:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
        answer = self.client.ask(method, path, content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer

    def said(self) -> list[str]:
        return [notice["alert"]["text"] for notice in self.ask("GET", "/v1/notices?service=shop").json()]


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path)


def test_two_weeks_of_nights(warehouse: Warehouse) -> None:
    for number in range(12):
        warehouse.night(number, rows=1_000 + 7 * number)
    warehouse.until(START + 12 * DAY + 2 * HOUR)
    assert warehouse.said() == []
    warehouse.night(12, rows=90)
    warehouse.until(START + 12 * DAY + 5 * HOUR)
    assert warehouse.said() == [
        "warehouse/features wrote 90 rows of db/features, usually 1,038 (1,000 to 1,077)"
    ]
    warehouse.aright.stop()
    warehouse.open()
    assert len(warehouse.said()) == 1, "a restart tells nothing twice"
    warehouse.until(START + 13 * DAY + 12 * HOUR)
    assert warehouse.said()[0].startswith("warehouse/features has not begun again since")
    warehouse.until(START + 20 * DAY)
    assert len(warehouse.said()) == 2, "late is told once"
    warehouse.aright.stop()
