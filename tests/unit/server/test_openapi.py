from __future__ import annotations

import json
import re

import pytest

from aright.core.model.columns import OUTCOME_FIELDS, PREDICTION_FIELDS
from aright.server.api import ENDPOINTS
from aright.server.content import DOORS
from aright.server.openapi import document
from aright.server.wire import OutcomeRow, Output, PredictionRow
from tests.unit.server.client import BEARER, Client, app_of

PROMISED = {
    ("get", "/health"),
    ("get", "/v1/status"),
    ("get", "/v1/services"),
    ("put", "/v1/services"),
    ("get", "/v1/services/{name}"),
    ("put", "/v1/services/{name}"),
    ("get", "/v1/incidents"),
    ("get", "/v1/incidents/{key}"),
    ("get", "/v1/incidents/{key}/timeline"),
    ("get", "/v1/incidents/{key}/post-mortem"),
    ("get", "/v1/incidents/{key}/samples"),
    ("get", "/v1/incidents/{key}/diagnosis"),
    ("post", "/v1/incidents/{key}/diagnose"),
    ("get", "/v1/incidents/{key}/evidence/{evidence}/rows"),
    *(
        ("post", f"/v1/incidents/{{key}}/{verb}")
        for verb in ("acknowledge", "note", "mitigate", "undo", "resolve", "review", "close")
    ),
    ("get", "/v1/guards"),
    ("get", "/v1/notices"),
    ("get", "/v1/changes"),
    ("post", "/v1/changes"),
    ("get", "/v1/process"),
    ("get", "/v1/quarantine"),
    ("get", "/v1/graph"),
    ("get", "/v1/runs"),
    ("get", "/v1/slo-proposals"),
    ("get", "/v1/contracts"),
    ("get", "/v1/contracts/{key}"),
    ("get", "/v1/contracts/{key}/schema"),
    ("put", "/v1/contracts/{key}/schema"),
    ("post", "/v1/contracts/{key}/accept"),
    ("get", "/v1/slos"),
    ("get", "/v1/alerts"),
    ("get", "/v1/silences"),
    ("post", "/v1/silences"),
    ("delete", "/v1/silences/{key}"),
    ("get", "/v1/runbooks"),
    ("get", "/v1/public-status"),
    ("get", "/v1/incidents/{key}/roles"),
    ("post", "/v1/incidents/{key}/roles"),
    ("get", "/v1/incidents/{key}/tracks"),
    ("post", "/v1/incidents/{key}/tracks"),
    ("get", "/v1/incidents/{key}/updates"),
    ("post", "/v1/incidents/{key}/updates"),
    ("get", "/v1/incidents/{key}/runbooks"),
    ("post", "/v1/incidents/{key}/tracks/{track}"),
    ("post", "/v1/incidents/{key}/runbooks/{runbook}/steps/{step}"),
    ("post", "/v1/incidents/{key}/runbooks/{runbook}/steps/{step}/run"),
    ("post", "/v1/incidents/{key}/updates/{update}/publish"),
    ("get", "/v1/on-call"),
    *(("get", f"/v1/on-call/{part}") for part in ("people", "schedules", "policies", "weaknesses")),
    *(("get", f"/v1/on-call/schedules/{{name}}/{part}") for part in ("shifts", "overrides", "calendar")),
    *(("post", f"/v1/on-call/schedules/{{name}}/{part}") for part in ("overrides", "take", "swap")),
    ("put", "/v1/on-call/schedules/{name}/calendar"),
    ("delete", "/v1/on-call/overrides/{key}"),
    ("get", "/v1/incidents/{key}/paging"),
    ("get", "/v1/incidents/{key}/references"),
    ("get", "/v1/heartbeats"),
    ("get", "/v1/heartbeats/{name}"),
    ("post", "/v1/heartbeats/{name}"),
    ("get", "/api/v2/status"),
    ("get", "/v1/slos/{name}"),
    ("get", "/v1/slos/{name}/report"),
    ("get", "/v1/signals"),
    ("get", "/v1/profiles"),
    ("post", "/v1/clock"),
    ("post", "/v1/entry"),
    ("post", "/v1/services/{name}/releases"),
    ("get", "/v1/judge/argo"),
    ("post", "/v1/judge/flagger"),
    ("post", "/judge"),
    ("get", "/v1/releases"),
    ("get", "/v1/releases/{key}"),
    ("get", "/v1/releases/{key}/ledger"),
    ("post", "/v1/releases/{key}/approve"),
    ("post", "/v1/releases/{key}/pause"),
    ("post", "/v1/releases/{key}/resume"),
    ("post", "/v1/releases/{key}/promote"),
    ("post", "/v1/releases/{key}/roll_back"),
    ("post", "/v1/releases/{key}/stop"),
    ("get", "/v1/aliases"),
    ("get", "/v1/events"),
    ("post", "/v1/predictions"),
    ("post", "/v1/outcomes"),
    ("post", "/v1/process"),
    ("post", "/v1/payloads"),
    ("post", "/v1/traces"),
    ("post", "/v1/metrics"),
    ("post", "/v1/logs"),
    ("post", "/api/v1/write"),
    ("post", "/api/v1/lineage"),
    ("post", "/api/v1/lineage/batch"),
    ("post", "/api/v2/alerts"),
    ("post", "/v1/alerts/alertmanager"),
    ("post", "/v1/alerts/grafana"),
    ("post", "/v1/webhooks/{system}/{channel}"),
    ("post", "/v2/enqueue"),
}


@pytest.fixture(scope="module")
def made():
    return json.loads(Client(app_of()).ask("GET", "/openapi.json", headers=BEARER).content)


def test_every_promised_route_is_described_and_no_other(made):
    described = {(method, path) for path, methods in made["paths"].items() for method in methods}

    assert described == PROMISED


def test_no_door_is_left_out(made):
    assert set(DOORS) <= {path for path, methods in made["paths"].items() if "post" in methods}


def test_every_reference_leads_somewhere(made):
    names = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(made)))

    assert names
    assert names <= set(made["components"]["schemas"])


def test_every_operation_says_what_it_does_and_how_it_fails(made):
    ids = []
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert {"200", "202", "204"} & set(operation["responses"]), (method, path)
            assert path == "/health" or "401" in operation["responses"], (method, path)
            ids += [operation[name] for name in ("operationId",) if name in operation]
            in_path = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "path"]
            assert in_path == re.findall(r"{(\w+)}", path)
    assert len(ids) == len(set(ids))


def test_the_doors_take_every_format(made):
    taken = made["paths"]["/v1/predictions"]["post"]["requestBody"]["content"]

    assert set(taken) == {
        "application/x-ndjson",
        "application/json",
        "application/msgpack",
        "application/vnd.apache.arrow.stream",
    }
    encodings = made["paths"]["/v1/predictions"]["post"]["parameters"][0]
    assert encodings["schema"]["enum"] == ["gzip", "zstd"]


def test_no_secret_is_in_any_answer_schema(made):
    assert "secret" not in made["components"]["schemas"]["ActionView"]["properties"]


def test_query_parameters_are_described(made):
    parameters = made["paths"]["/v1/signals"]["get"]["parameters"]

    assert [each["name"] for each in parameters] == ["service", "start", "end", "name", "segment"]
    assert all(each["description"] for each in parameters)
    assert [each["required"] for each in parameters] == [True, False, False, False, False]


def test_rows_on_the_wire_are_the_columns_at_rest():
    outputs = set(Output.__struct_fields__)
    on_the_wire = set(PredictionRow.__struct_fields__) - {"attributes", "features", "output"}
    of_probabilities = {"label", "confidence", "entropy", "margin"}

    assert (on_the_wire | outputs) - {"probabilities"} | of_probabilities == set(PREDICTION_FIELDS)
    assert set(OutcomeRow.__struct_fields__) == set(OUTCOME_FIELDS)


def test_the_document_is_made_without_a_server():
    assert document(ENDPOINTS, version="9")["info"] == {
        "title": "aright",
        "version": "9",
        "summary": "Tells on-call engineers that an AI service is up but wrong, and why.",
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }
