"""`aright gate`: files are read, versions run in processes of their own, and the exit code says it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from aright.cli import gate_file
from aright.cli.failure import FailedError
from aright.cli.gate import gate
from aright.cli.main import main
from aright.engine.release_operations import GateReport

if TYPE_CHECKING:
    from pathlib import Path

CODE = """
import random

def answer(version, inputs):
    found = []
    for each in inputs:
        amount = each["features"]["amount"]
        worse = version == "worse" and each["attributes"].get("country") == "BR"
        score = 1.0 if amount > (20 if worse else 100) else 0.0
        found.append({"score": score * 100 if version == "scaled" else score})
    if version == "broken":
        raise RuntimeError("no weights")
    return found

kept = []
def clean():
    sum(range(100))
def leak():
    kept.append(bytearray(1000))
"""
PLAN = """
service: cards
version: "8"
champion: "7"
replay: {function: "cards_model:answer"}
golden: {file: golden.ndjson}
contract: {file: cases.ndjson}
quality: {file: cases.ndjson, segments: [country]}
size: {artifact: new.bin, champion: old.bin}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "cards_model.py").write_text(CODE)
    lines = [
        {
            "id": f"c{at}",
            "attributes": {"country": "BR" if at % 4 == 0 else "DE"},
            "features": {"amount": float(at * 37 % 200)},
            "label": float(at * 37 % 200 > 100),
        }
        for at in range(1_200)
    ]
    (tmp_path / "cases.ndjson").write_text("\n".join(json.dumps(line) for line in lines))
    golden = [{**line, "expected": {"score": line["label"]}} for line in lines[:50]]
    (tmp_path / "golden.ndjson").write_text("\n".join(json.dumps(line) for line in golden) + "\n\n")
    (tmp_path / "new.bin").write_bytes(b"x" * 110)
    (tmp_path / "old.bin").write_bytes(b"x" * 100)
    (tmp_path / "aright-gate.yaml").write_text(PLAN)
    return tmp_path


def run(folder: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(["gate", str(folder / "aright-gate.yaml"), *more])
    return int(left.value.code or 0), capsys.readouterr().out


def states(told: str) -> dict[str, Any]:
    return {check["name"]: check["state"] for check in json.loads(told)["checks"]}


def test_a_good_version_opens_the_gate_and_its_report_is_read_by_a_release(
    folder: Path, capsys: pytest.CaptureFixture[str]
):
    out = folder / "gate.json"
    code, told = run(folder, capsys, "--json", "--out", str(out))
    assert code == 0, told
    assert states(told) == {
        "golden": "passed",
        "contract": "passed",
        "quality": "passed",
        "quality by segment": "passed",
        "size": "passed",
        "latency": "not_run",
        "memory": "not_run",
        "guards": "not_run",
        "training": "not_run",
    }
    report = msgspec.json.decode(out.read_bytes(), type=GateReport)
    assert (report.schema, report.service, report.version, report.closed) == (1, "cards", "8", False)
    assert len(report.checks) == 9


def test_a_version_that_is_worse_in_a_segment_closes_it(folder: Path, capsys: pytest.CaptureFixture[str]):
    code, told = run(folder, capsys, "--version", "worse", "--only", "quality")
    assert code == 3
    assert "✗ quality country=BR: 300 cases" in told
    assert "country=DE" not in told
    assert "– golden: not asked" in told
    assert told.strip().endswith("gate of cards worse is closed: 2 of the checks failed")


def test_a_change_of_unit_closes_it(folder: Path, capsys: pytest.CaptureFixture[str]):
    code, told = run(
        folder, capsys, "--version", "scaled", "--only", "golden", "--only", "contract", "--json"
    )
    assert code == 3
    assert states(told)["golden"] == states(told)["contract"] == "failed"


def test_a_version_that_cannot_be_run_closes_it(folder: Path, capsys: pytest.CaptureFixture[str]):
    code, told = run(folder, capsys, "--version", "broken")
    assert code == 3
    assert "✗ golden: could not be run: version broken: it failed: RuntimeError: no weights" in told
    assert "✓ size" in told


def test_latency_memory_and_a_schema(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "schema.json").write_text('{"type": "object", "required": ["score"]}')
    (folder / "aright-gate.yaml").write_text(
        "version: '8'\nreplay: {function: 'cards_model:answer'}\n"
        "contract: {file: cases.ndjson, schema: schema.json}\n"
        "latency: {file: cases.ndjson, seconds: 0.3, p99_ms: 5000}\n"
        "memory: {workload: 'cards_model.py:leak', baseline: {}, seconds: 0.01}\n"
    )
    code, told = run(folder, capsys)
    assert code == 3
    assert "✓ contract: 1,200 outputs fit the schema" in told
    assert "✓ latency limit: p50" in told
    assert "✗ memory: too few calls" in told
    (folder / "aright-gate.yaml").write_text("memory: {workload: 'cards_model.py:gone'}\n")
    code, told = run(folder, capsys)
    assert code == 3
    assert "✗ memory: could not be run: candidate: the workload: it cannot be loaded" in told


def test_latency_of_both_versions_is_measured_in_turns(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "aright-gate.yaml").write_text(
        "version: '8'\nchampion: '7'\nreplay: {function: 'cards_model:answer'}\n"
        "latency: {file: cases.ndjson, seconds: 0.5, p50_ratio: 50}\n"
    )
    code, told = run(folder, capsys)
    assert code == 0, told
    assert "✓ latency p50: " in told
    assert "answers each, in turns" in told


def test_without_a_champion_what_needs_one_has_failed(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "aright-gate.yaml").write_text(PLAN.replace('champion: "7"', "champion: ''"))
    code, told = run(folder, capsys, "--only", "quality")
    assert code == 3
    assert "there is no champion to hold it against" in told
    (folder / "aright-gate.yaml").write_text("golden: {file: golden.ndjson}")
    assert "nothing says how a version is run" in run(folder, capsys)[1]
    (folder / "aright-gate.yaml").write_text("replay: {function: 'a:b'}\ngolden: {file: golden.ndjson}")
    assert "no version is named" in run(folder, capsys)[1]


def test_tables_are_cases_as_well(folder: Path, capsys: pytest.CaptureFixture[str]):
    rows = ["id,country,amount,fraud,card"]
    rows += [
        f"c{at},{'BR' if at % 4 else 'DE'},{at % 200}.5,{int(at % 200 >= 100)},u{at}" for at in range(800)
    ]
    (folder / "cases.csv").write_text("\n".join(rows))
    (folder / "aright-gate.yaml").write_text(
        "version: '8'\nchampion: '7'\nreplay: {function: 'cards_model:answer'}\n"
        "quality: {file: cases.csv, label: fraud, unit: card, segments: [country]}\n"
    )
    code, told = run(folder, capsys)
    assert code == 0, told
    assert "2 segments by country" in told


def test_guards_are_those_of_the_server(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    (folder / "rows.csv").write_text("id,feat.f\n" + "\n".join(f"{at},1.0" for at in range(50)))
    (folder / "aright-gate.yaml").write_text("service: cards\nguards: {file: rows.csv}\n")
    monkeypatch.setattr("aright.cli.remote.Remote.get", lambda *_: [])
    code, told = run(folder, capsys)
    assert code == 0
    assert "✓ guards: the service has none yet" in told
    (folder / "aright-gate.yaml").write_text("guards: {file: rows.csv}\n")
    assert run(folder, capsys)[0] == 2


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ("", "asks for no check"),
        ("a: [", "is no YAML"),
        ("- a", "Expected `object`"),
        ("golde: {}", "unknown field `golde`"),
        ("quality: {file: f, margin: 7}", r"\$.quality.margin"),
        ("replay: {url: 'http://x', model: y}", "exactly one of"),
        ("replay: {url: 'http://x', secret: open}\ngolden: {file: f}", "write replay.secret as"),
        ("replay: {url: 'http://x', secret: '${NOT_SET_HERE}'}\ngolden: {file: f}", "which is not set"),
        ("golden: {file: missing.ndjson}", "cannot be read"),
        ("golden: {file: empty.ndjson}", "has no cases"),
        ("golden: {file: bad.ndjson}", "bad.ndjson:1: this is no case"),
        ("quality: {file: missing.csv}", "missing.csv"),
        ("size: {artifact: missing.bin}", "cannot be read"),
        ("contract: {file: cases.ndjson, schema: missing.json}", "cannot be read"),
        ("contract: {file: cases.ndjson, schema: bad.ndjson}", "is no JSON Schema"),
        ("service: s\nguards: {file: missing.csv}", "missing.csv"),
    ],
)
def test_mistakes_are_usage_errors(folder: Path, told: str, problem: str, monkeypatch: pytest.MonkeyPatch):
    (folder / "empty.ndjson").write_text("\n")
    (folder / "bad.ndjson").write_text("{'no'}\n")
    (folder / "aright-gate.yaml").write_text(told)
    monkeypatch.setattr("aright.cli.remote.Remote.get", lambda *_: [])
    with pytest.raises(FailedError, match=problem) as failed:
        gate(folder / "aright-gate.yaml")
    assert failed.value.code == 2


def test_what_is_not_asked_for_cannot_be_chosen(folder: Path):
    with pytest.raises(FailedError, match="does not ask for latency"):
        gate(folder / "aright-gate.yaml", only=("latency",))
    with pytest.raises(FailedError, match="cannot be read"):
        gate(folder / "none.yaml")
    with pytest.raises(FailedError, match="cannot be written"):
        gate(folder / "aright-gate.yaml", only=("size",), out=folder / "none" / "gate.json")
    (folder / "aright-gate.yaml").write_text("x" * (1 << 20) + "xx")
    with pytest.raises(FailedError, match="no gate file"):
        gate(folder / "aright-gate.yaml")


def test_secrets_come_of_the_environment(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GATE_SECRET", "hidden")
    file = folder / "aright-gate.yaml"
    file.write_text("replay: {url: 'http://x', secret: '${GATE_SECRET}'}\n")
    plan = gate_file.read_plan(file)
    assert plan.replay is not None
    assert plan.replay.secret == "hidden"
    assert "hidden" not in repr(plan)


def test_the_size_of_a_folder_is_that_of_its_files(folder: Path):
    whole = folder / "model"
    (whole / "deep").mkdir(parents=True)
    (whole / "a").write_bytes(b"x" * 10)
    (whole / "deep" / "b").write_bytes(b"x" * 5)
    (whole / "link").symlink_to(folder / "new.bin")
    assert gate_file.size_of(whole) == 15


def test_truths_are_told_in_many_ways(folder: Path):
    lines = [{"label": True}, {"label": 1}, {"label": "x"}, {}, {"payload": {"a": 1}, "unit": "u"}]
    file = folder / "some.ndjson"
    file.write_text("\n".join(json.dumps(line) for line in lines))
    found = gate_file.read_cases(file)
    assert [case.truth for case in found] == ["true", 1.0, "x", None, None]
    assert found[4].stored.payload == b'{"a": 1}'
    assert found[0].stored.id == "line 1"
