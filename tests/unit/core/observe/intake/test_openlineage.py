"""OpenLineage events, as integrations write them by the specification."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aright.core.model.frame import Format, Kind
from aright.core.model.run import DatasetUse, Run
from aright.core.model.times import DAY, iso
from aright.core.observe.intake.openlineage import MOST_DATASETS, MOST_FIELDS
from tests.unit.core.observe.intake.intake_bodies import NOW, attempt, noted, read_body

RUN = "d46e465b-d358-4d32-83d4-df660ff614dd"
PRODUCER = {"_producer": "https://example.com/x", "_schemaURL": "https://openlineage.io/spec/x.json"}


def event(kind: str | None = "COMPLETE", *, at: int = NOW, **more: Any) -> dict[str, Any]:
    return {
        "eventType": kind,
        "eventTime": iso(at),
        "producer": "https://example.com/x",
        "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": RUN},
        "job": {"namespace": "warehouse", "name": "daily"},
        **more,
    }


def read(body: object) -> Any:
    return read_body(json.dumps(body).encode(), kind=Kind.RUNS, form=Format.OPENLINEAGE)


def test_a_dbt_like_model_with_its_tables() -> None:
    """dbt's integration: schema of both sides, rows written, tests as assertions."""
    columns = [{"name": "id", "type": "INTEGER"}, {"name": "price", "type": "NUMERIC", "fields": []}]
    body = event(
        job={
            "namespace": "dbt",
            "name": "shop.model.orders",
            "facets": {
                "jobType": {**PRODUCER, "processingType": "BATCH", "integration": "DBT", "jobType": "MODEL"}
            },
        },
        run={
            "runId": RUN,
            "facets": {
                "parent": {
                    **PRODUCER,
                    "run": {"runId": "f99310b4-3c3c-1a1a-2b2b-c1b95c24ff11"},
                    "job": {"namespace": "dbt", "name": "dbt-run-shop"},
                },
                "dbt_version": {**PRODUCER, "version": "1.8"},
            },
        },
        inputs=[
            {
                "namespace": "postgres://db:5432",
                "name": "shop.raw.orders",
                "facets": {
                    "dataSource": {**PRODUCER, "name": "postgres", "uri": "postgres://db:5432"},
                    "schema": {**PRODUCER, "fields": columns},
                },
                "inputFacets": {
                    "dataQualityMetrics": {
                        **PRODUCER,
                        "rowCount": 1000,
                        "bytes": 5_000,
                        "columnMetrics": {
                            "price": {"nullCount": 7, "sum": 1.5},
                            "id": {"distinctCount": 3.0},
                        },
                    },
                    "dataQualityAssertions": {**PRODUCER, "assertions": []},
                },
            }
        ],
        outputs=[
            {
                "namespace": "postgres://db:5432",
                "name": "shop.public.orders",
                "facets": {"version": {**PRODUCER, "datasetVersion": "17"}, "schema": None},
                "outputFacets": {"outputStatistics": {**PRODUCER, "rowCount": 990, "size": 4_000}},
            }
        ],
    )
    found = read(body)
    assert found.good == 1
    assert found.documents == (
        Run(
            key=f"dbt/shop.model.orders/{RUN}",
            job="dbt/shop.model.orders",
            run_id=RUN,
            state="complete",
            seen=NOW,
            kind="BATCH DBT MODEL",
            ended=NOW,
            parent="dbt/dbt-run-shop/f99310b4-3c3c-1a1a-2b2b-c1b95c24ff11",
            inputs=(
                DatasetUse(
                    name="postgres://db:5432/shop.raw.orders",
                    rows=1_000,
                    bytes=5_000,
                    nulls={"price": 7},
                    fields={"id": "INTEGER", "price": "NUMERIC"},
                    source="postgres://db:5432",
                ),
            ),
            outputs=(
                DatasetUse(name="postgres://db:5432/shop.public.orders", rows=990, bytes=4_000, version="17"),
            ),
        ),
    )


def test_an_airflow_like_task_begins_runs_and_fails() -> None:
    """Airflow's provider: START when the task begins, FAIL with what was thrown."""
    failed = event(
        "FAIL",
        run={
            "runId": RUN,
            "facets": {
                "nominalTime": {**PRODUCER, "nominalStartTime": iso(NOW)},
                "errorMessage": {
                    **PRODUCER,
                    "message": "division by zero",
                    "programmingLanguage": "PYTHON",
                    "stackTrace": "…",
                },
            },
        },
    )
    found = read([event("START"), event("RUNNING"), event("OTHER"), event(None), failed, event("ABORT")])
    states = [(run.state, run.started, run.ended, run.error) for run in found.documents]
    assert states == [
        ("running", NOW, None, ""),
        ("running", None, None, ""),
        ("running", None, None, ""),
        ("running", None, None, ""),
        ("failed", None, NOW, "division by zero"),
        ("aborted", None, NOW, ""),
    ]


def test_events_of_no_run_are_taken_and_noted() -> None:
    dataset = {"eventTime": iso(NOW), "dataset": {"namespace": "a", "name": "b"}}
    job = {"eventTime": iso(NOW), "job": {"namespace": "a", "name": "b"}}
    found = read([dataset, job])
    assert (found.good, found.bad_count, found.documents) == (2, 0, ())
    assert noted(found) == [("", "an event of no run")]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (event(run={}), "run.runId"),
        (event(run={"runId": ""}), "run.runId"),
        (event(job={"namespace": "a"}), "job.name"),
        (event(eventTime="yesterday"), "eventTime"),
        (event(at=NOW - 90 * DAY), "eventTime"),
        (event(inputs=[{"name": "a"}]), "inputs[0].namespace"),
        ({}, "eventTime"),
        (7, ""),
    ],
)
def test_bad_events_are_set_aside(body: Any, field: str) -> None:
    found = read([body, event()])
    assert (found.good, found.bad_count) == (1, 1)
    assert found.bad[0].field == field


def test_a_zone_that_is_left_out_is_utc() -> None:
    (run,) = read(event(eventTime=iso(NOW).removesuffix("Z"))).documents
    assert run.seen == NOW


def test_too_much_of_one_event_is_left_out() -> None:
    fields = [{"name": f"c{number}"} for number in range(MOST_FIELDS + 3)]
    many = [{"namespace": "n", "name": f"d{number}"} for number in range(MOST_DATASETS + 3)]
    many[0]["facets"] = {"schema": {"fields": fields}}  # type: ignore[assignment]  # a row of JSON
    (run,) = (found := read(event(outputs=many))).documents
    assert len(run.outputs) == MOST_DATASETS
    assert len(run.outputs[0].fields) == MOST_FIELDS
    assert sorted(field for field, _ in noted(found)) == ["datasets", "fields"]


def test_counts_that_are_none_are_left_out() -> None:
    wide = {
        "namespace": "n",
        "name": "d",
        "outputFacets": {"outputStatistics": {"rowCount": -1, "size": 1e300}},
    }
    (run,) = read(event(outputs=[wide])).documents
    assert (run.outputs[0].rows, run.outputs[0].bytes) == (None, None)


@pytest.mark.parametrize("body", [b"nonsense", b"7", b"[", b'"a"', b"[" * 10_000, b"\xff"])
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    assert attempt(body, kind=Kind.RUNS, form=Format.OPENLINEAGE) is None


def test_what_was_run_and_with_what_without_its_secrets() -> None:
    """Facets of a training: source code of git, parameters, tags and the engine."""
    place = {
        **PRODUCER,
        "type": "git",
        "url": "https://me:pw@git.example/eye",
        "version": "4f2a",
        "branch": "main",
    }
    given = [
        {"name": "learning_rate", "value": 0.01},
        {"key": "api_key", "value": "k"},
        {"name": "", "value": 1},
        {"name": "nothing", "value": None},
    ]
    body = event(
        job={
            "namespace": "train",
            "name": "eye",
            "facets": {"sourceCodeLocation": place, "sql": {**PRODUCER, "query": "SELECT  1"}},
        },
        run={
            "runId": RUN,
            "facets": {
                "executionParameters": {**PRODUCER, "parameters": given},
                "tags": {**PRODUCER, "tags": [{"key": "mlflow.run", "value": "r7", "source": "mlflow"}]},
                "processing_engine": {**PRODUCER, "name": "spark", "version": "4.1"},
            },
        },
    )
    (run,) = read(body).documents
    assert run.code.startswith("https://git.example/eye@4f2a #")
    assert run.parameters == {"learning_rate": "0.01", "api_key": "•••", "mlflow.run": "r7", "spark": "4.1"}
    (bare,) = read(event()).documents
    assert (bare.code, bare.parameters) == ("", {})
