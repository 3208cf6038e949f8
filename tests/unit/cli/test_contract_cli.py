"""`aright contract …`: what it prints, what it asks for, and how it leaves."""

from __future__ import annotations

import json
import random

import httpx
import msgspec
import pytest

from aright.cli.main import main
from aright.engine.contract_operations import ContractDetail, PathView
from tests.unit.web.fake_contracts import BROKEN, FRESH, HELD

URL = "http://127.0.0.1:8321"
ANSWERS = {
    "GET /v1/contracts": [HELD, BROKEN, FRESH],
    "GET /v1/contracts?service=recommendations": [HELD],
    "GET /v1/contracts?service=none": [],
    "GET /v1/contracts/c-1": ContractDetail(
        contract=HELD, paths=(PathView(path="price", words="always there"),)
    ),
    "GET /v1/contracts/c-2": ContractDetail(contract=BROKEN, paths=()),
    "GET /v1/contracts/c-1/schema": {"type": "object"},
    "PUT /v1/contracts/c-1/schema": msgspec.structs.replace(HELD, source="imported"),
    "POST /v1/contracts/c-2/accept": FRESH,
}


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    sent = []

    def request(method, url, content=b"", **_more):
        sent.append((f"{method} {url.removeprefix(URL)}", content))
        return httpx.Response(200, content=msgspec.json.encode(ANSWERS[sent[-1][0]]))

    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.delenv("ARIGHT_URL", raising=False)
    monkeypatch.setattr(httpx, "request", request)
    return sent


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["contract", *(str(each) for each in arguments)])
    said = capsys.readouterr()
    return left.value.code, said.out, said.err


def test_a_list_leaves_with_3_where_one_is_broken(capsys):
    code, out, _ = run(capsys, "list")
    assert code == 3
    assert [line.split("  ")[2] for line in out.splitlines()] == [
        "holds",
        "breaking: `price` went from 2 decimals to 0 since 14:02",
        "gathering: 44 windows so far, and 30 documents",
    ]
    assert run(capsys, "list", "--service", "recommendations")[0] == 0
    assert "no contracts" in run(capsys, "list", "--service", "none")[1]
    assert json.loads(run(capsys, "list", "--json")[1])["contracts"][0]["id"] == "c-1"


def test_one_is_shown_by_id_or_by_name(capsys):
    code, out, _ = run(capsys, "show", "c-1")
    assert code == 0
    assert "price: always there" in out
    assert "2 of 5,000 documents" in out
    assert run(capsys, "show", HELD.key)[1] == out
    assert run(capsys, "show", "c-2")[0] == 3
    assert json.loads(run(capsys, "show", "c-1", "--json")[1])["contract"]["paths"]
    assert "there is no contract" in run(capsys, "show", "other")[2]


def test_a_break_is_accepted_and_a_schema_goes_to_and_fro(capsys, asked, tmp_path):
    assert "accepted: c-3" in run(capsys, "accept", "c-2", "--by", "ada")[1]
    assert json.loads(asked[-1][1]) == {"by": "ada"}
    assert json.loads(run(capsys, "export", "c-1")[1]) == {"type": "object"}
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object"}')
    assert "imported: c-1" in run(capsys, "import", "c-1", schema, "--operation", "/orders")[1]
    assert json.loads(asked[-1][1])["path"] == "/orders"
    written = tmp_path / "openapi.yaml"
    written.write_text("openapi: 3.1.0\npaths: {}\n")
    assert run(capsys, "import", "c-1", written)[0] == 0
    assert json.loads(asked[-1][1])["document"] == {"openapi": "3.1.0", "paths": {}}
    written.write_text("a: [")
    assert "neither JSON nor YAML" in run(capsys, "import", "c-1", written)[2]
    schema.write_text("[]")
    assert run(capsys, "import", "c-1", schema)[0] == 2
    assert run(capsys, "import", "c-1", tmp_path / "none")[0] == 2


def documents(seed, count=600, change=lambda document: document):
    chance = random.Random(seed)
    return [
        change({"price": round(chance.gauss(20, 3), 2), "lang": chance.choice(["en", "de"])})
        for _ in range(count)
    ]


def cents(document):
    return document | {"price": round(document["price"] * 100)}


def write(path, rows):
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_a_file_is_judged_by_another(capsys, tmp_path):
    reference = write(tmp_path / "before.ndjson", documents(1))
    same = write(tmp_path / "same.ndjson", documents(2, 200))
    after = write(tmp_path / "after.ndjson", documents(3, 200, cents))
    assert run(capsys, "check", same, "--reference", reference)[0] == 0
    code, out, _ = run(capsys, "check", after, "--reference", reference)
    assert code == 3
    assert out.startswith("200 documents, ")
    assert "breaking   `price` " in out
    found = json.loads(run(capsys, "check", after, "--reference", reference, "--json")[1])
    assert found["verdicts"][0]["breaks"][0]["grade"] == "breaking"


def test_rows_are_told_apart_by_endpoint(capsys, tmp_path):
    def rows(seed, endpoint, change=lambda document: document):
        return [
            {
                "time": 1_790_000_000_000_000 + place * 60_000_000,
                "service": "shop",
                "dependency": "rates",
                "endpoint": endpoint,
                "direction": "request" if place < 0 else "response",
                "body": document if place % 2 else json.dumps(document),
            }
            for place, document in enumerate(documents(seed, 400, change))
        ]

    reference = write(
        tmp_path / "before.ndjson", rows(1, "GET /a") + rows(2, "GET /b") + rows(6, "GET /c")[:99]
    )
    after = write(tmp_path / "after.ndjson", rows(3, "GET /a") + rows(4, "GET /b", cents) + rows(5, "GET /c"))
    code, out, _ = run(capsys, "check", after, "--reference", reference)
    assert code == 3
    assert "rates GET /a: 400 documents, 0 do not fit the structure, 0 findings" in out
    assert "rates GET /c: not judged, for the reference has" in out


def test_a_file_is_judged_by_a_schema(capsys, tmp_path):
    schema = tmp_path / "schema.json"
    schema.write_text('{"type": "object", "properties": {"price": {"type": "string"}}}')
    code, out, _ = run(capsys, "check", write(tmp_path / "a", documents(1, 50)), "--schema", schema)
    assert code == 3
    assert "50 documents, 50 do not fit the structure" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no documents"),
        ("{torn", ":1: no JSON"),
        ('{"a": 1}', "1 document is too few"),
        ('{"a": 1}\n' * 99, "99 documents are too few to learn from"),
    ],
)
def test_a_file_that_cannot_be_judged_says_why(capsys, tmp_path, text, said):
    path = tmp_path / "a.ndjson"
    path.write_text(text)
    code, _, error = run(capsys, "check", path, "--reference", path)
    assert code == 2
    assert said in error


def test_how_to_judge_must_be_said(capsys, tmp_path):
    path = write(tmp_path / "a", documents(1, 5))
    assert run(capsys, "check", path)[0] == 2
    assert run(capsys, "check", path, "--reference", path, "--schema", path)[0] == 2
    assert "cannot be read" in run(capsys, "check", tmp_path / "none", "--schema", path)[2]
    assert "cannot be read" in run(capsys, "check", path, "--schema", tmp_path / "none")[2]
    assert "is no JSON Schema" in run(capsys, "check", path, "--schema", write(tmp_path / "b", [[1]]))[2]
