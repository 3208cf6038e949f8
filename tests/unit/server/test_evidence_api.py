"""Diagnoses and the rows behind them, as programs ask for them."""

from __future__ import annotations

import csv
import io

import pyarrow as pa
import pytest

from aright.engine.evidence_cells import cells, csv_text
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web.fake import busy

ROWS = "/v1/incidents/INC-7/evidence/E2/rows"


@pytest.fixture
def operations():
    return busy()


@pytest.fixture
def program(operations):
    client = Client(app_of(operations))
    return lambda method, path: client.ask(method, path, headers=BEARER)


def test_a_diagnosis_is_whole_and_says_its_version(program):
    told = program("GET", "/v1/incidents/INC-7/diagnosis").json()
    assert (told["schema"], told["incident"], told["open"]) == (1, "INC-7", True)
    assert [cause["id"] for cause in told["diagnosis"]["causes"]] == ["H1", "H2", "H3"]
    assert program("GET", "/v1/incidents/INC-8/diagnosis").json()["diagnosis"] is None
    assert program("GET", "/v1/incidents/INC-99/diagnosis").status_code == 404


def test_it_is_made_again_where_it_is_open(program, operations):
    assert program("POST", "/v1/incidents/INC-7/diagnose").json()["incident"] == "INC-7"
    assert operations.evidence.asked == ["INC-7"]
    refused = program("POST", "/v1/incidents/INC-3/diagnose")
    assert (refused.status_code, "only an open incident" in refused.text) == (409, True)


def test_rows_come_as_json_csv_and_arrow(program):
    told = program("GET", ROWS + "?limit=3&offset=2").json()
    assert (told["schema"], told["evidence"], told["side"], told["total"]) == (1, "E2", "now", 120)
    assert [column["name"] for column in told["columns"]][:3] == ["id", "time", "service"]
    assert [row["id"].rpartition("-")[2] for row in told["rows"]] == ["2", "3", "4"]
    assert told["rows"][0]["time"].endswith("Z")
    assert told["rows"][0]["text"] == "write to ‹e-mail›"
    assert "ann@example.org" not in str(told)

    sheet = program("GET", ROWS + "?format=csv&side=before&limit=1000")
    assert sheet.headers["content-type"] == "text/csv; charset=utf-8"
    assert sheet.headers["content-disposition"] == 'attachment; filename="rows-before.csv"'
    assert sheet.headers["x-total-count"] == "240"
    assert len(list(csv.DictReader(io.StringIO(sheet.text)))) == 240

    stream = program("GET", ROWS + "?format=arrow&limit=5")
    assert stream.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert pa.ipc.open_stream(stream.content).read_all().num_rows == 5


def test_the_document_tells_of_all_three_formats(program):
    answers = program("GET", "/openapi.json").json()["paths"]["/v1/incidents/{key}/evidence/{evidence}/rows"]
    told = answers["get"]["responses"]["200"]["content"]
    assert set(told) == {"application/json", "text/csv", "application/vnd.apache.arrow.stream"}


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=1001",
        "offset=-1",
        "format=sql",
        "side=after",
        "filter=1%3D1",
        "query=TRUE",
        "limit=x",
    ],
)
def test_nothing_but_the_finding_says_which_rows(program, query):
    assert program("GET", f"{ROWS}?{query}").status_code == 400


def test_what_cannot_be_opened_says_why(program, operations):
    assert program("GET", "/v1/incidents/INC-7/evidence/E99/rows").status_code == 404
    assert program("GET", "/v1/incidents/INC-8/evidence/E1/rows").status_code == 404
    none = program("GET", "/v1/incidents/INC-7/evidence/E3/rows")
    assert (none.status_code, none.json()["error"]["problem"]) == (409, "E3 rests on no stored rows")
    operations.evidence.problem = "looking for the rows took more than 20 s"
    assert program("GET", ROWS).status_code == 409


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ROWS),
        ("GET", ROWS + "?format=csv"),
        ("GET", "/v1/incidents/INC-7/diagnosis"),
        ("POST", "/v1/incidents/INC-7/diagnose"),
    ],
)
def test_no_door_opens_without_a_token(operations, method, path):
    assert Client(app_of(operations)).ask(method, path).status_code == 401
    wrong = {"Authorization": "Bearer wrong"}
    assert Client(app_of(operations)).ask(method, path, headers=wrong).status_code == 401


def test_a_session_may_read_rows_but_asks_for_nothing_new(operations):
    client = Client(app_of(operations)).enter()
    assert client.get(ROWS + "?format=csv").status_code == 200
    assert client.ask("POST", "/v1/incidents/INC-7/diagnose").status_code == 401
    assert operations.evidence.asked == []


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_spreadsheet_runs_a_cell(start):
    rows = pa.table({f"{start}name": [f"{start}cmd|' /C calc'!A0"], "items": [["=1", "x"]]})
    names, first = csv.reader(io.StringIO(csv_text(rows), newline=""))
    assert names[0] == f"'{start}name"
    assert first == [f"'{start}cmd|' /C calc'!A0", '["=1","x"]']


def test_numbers_and_what_is_missing_stay_what_they_are():
    rows = pa.table(
        {
            "x": pa.array([0.1, None, float("nan")], pa.float32()),
            "n": [-1, 2, None],
            "b": [True, False, None],
        }
    )
    assert csv_text(rows).splitlines() == ["x,n,b", "0.1,-1,true", ",2,false", "nan,,"]
    assert cells(rows)[0] == {"x": 0.1, "n": -1, "b": True}
