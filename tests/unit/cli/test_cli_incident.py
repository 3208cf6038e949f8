"""The incident verbs, against a server that is a dictionary."""

from __future__ import annotations

import httpx
import msgspec
import pytest

from aright.cli.main import main
from aright.core.model.evidence import Diagnosis, Further, Reach, Scope, Verdict
from aright.core.model.incident import Incident, State
from aright.core.model.signal import Segment

DRY = {
    "id": "M1",
    "action": "pin",
    "title": "Serve the last good snapshot",
    "at": 0,
    "by": "ada",
    "dry_run": True,
    "status": "sent",
    "checks": ["✓ the diagnosis is confirmed", "✗ no dry run of it has been made"],
    "answer": '{"done":"would pin"}',
}


@pytest.fixture
def server(monkeypatch):
    asked: list[str] = []
    answers: dict[str, tuple[int, object]] = {}

    def request(method, url, **_more):
        path = url.removeprefix("http://127.0.0.1:8321")
        asked.append(path)
        status, body = answers.get(path, (404, {"error": {"problem": "none", "fix": ""}}))
        return httpx.Response(status, content=msgspec.json.encode(body))

    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.delenv("ARIGHT_URL", raising=False)
    monkeypatch.setattr(httpx, "request", request)
    return asked, answers


def run(*arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code


@pytest.mark.parametrize("typed", ["2", "inc-2", "INC-2"])
def test_an_incident_is_understood_however_it_is_typed(server, typed, capsys):
    asked, answers = server
    taken = Incident(
        key="INC-2",
        service="shop",
        state=State.TRIAGED,
        title="clicks fell",
        opened_at=1,
        began_at=0,
        acknowledged_by="ada",
    )
    answers["/v1/incidents/INC-2/acknowledge"] = (200, taken)
    assert run("incident", "acknowledge", typed) == 0
    assert asked == ["/v1/incidents/INC-2/acknowledge"]
    assert "is taken on by ada" in capsys.readouterr().out


def test_further_parts_that_are_hit_are_shown(server, capsys):
    _, answers = server
    scope = Scope(
        reach=Reach.SEGMENT,
        sentence="region = north is hit",
        others=(Further(segment=Segment("device", "tv"), filter="TRUE", share_of_loss=0.25),),
    )
    found = Diagnosis(
        key="INC-2",
        at=1,
        reference=(0, 1),
        current=(1, 2),
        scope=scope,
        verdict=Verdict.LIKELY,
        causes=(),
        evidence=(),
        summary="",
    )
    shown = Incident(
        key="INC-2",
        service="shop",
        state=State.TRIAGED,
        title="clicks fell",
        opened_at=1,
        began_at=0,
        diagnosis=found,
    )
    answers["/v1/incidents/INC-2"] = (200, shown)
    answers["/v1/incidents/INC-2/timeline"] = (200, [])
    assert run("incident", "show", "2") == 0
    assert "also device = tv: 25" in capsys.readouterr().out


def test_a_missing_incident_is_told_in_one_sentence_for_people(server, capsys):
    _, answers = server
    problem = "there is no incident 'INC-9': `aright incident list` shows those there are"
    answers["/v1/incidents/INC-9"] = (
        404,
        {"error": {"problem": problem, "fix": "GET the collection to see what there is."}},
    )
    assert run("incident", "show", "9") == 1
    assert capsys.readouterr().err == f"aright: {problem}\n"


def test_problem_and_fix_are_two_sentences(server, capsys):
    _, answers = server
    answers["/v1/incidents/INC-1/review"] = (409, {"error": {"problem": "it is open", "fix": "Resolve it."}})
    assert run("incident", "review", "1") == 1
    assert capsys.readouterr().err == "aright: it is open. Resolve it.\n"


def test_a_dry_run_says_what_the_receiver_answered_and_nothing_against_itself(server, capsys):
    _, answers = server
    answers["/v1/incidents/INC-1/mitigate"] = (200, DRY)
    assert run("mitigate", "INC-1", "--dry-run") == 0
    said = capsys.readouterr().out
    assert 'dry run M1: accepted – {"done":"would pin"}' in said
    assert "no dry run" not in said


def test_help_says_what_each_verb_is_for(capsys):
    assert run("--help") == 0
    said = capsys.readouterr().out
    for verb in ("serve", "investigate", "incident", "mitigate", "learn", "guard", "drill", "token"):
        line = next(line for line in said.splitlines() if f" {verb} " in line)
        assert len(line.replace("│", "").split()) > 3


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_is_none_is_said_so(port, tmp_path, capsys):
    assert run("serve", "--port", port, "--store", str(tmp_path / "store")) == 2
    assert "there is no port" in capsys.readouterr().err


def test_a_second_server_on_a_store_is_told_so_in_one_line(tmp_path, capsys, monkeypatch):
    from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings  # noqa: PLC0415

    store = tmp_path / "store"
    store.mkdir()
    first = WriteAheadLog(WriteAheadSettings(folder=store / "log"))
    try:
        assert run("serve", "--port", "0", "--store", str(store)) == 2
    finally:
        first.close()
    said = capsys.readouterr().err
    assert "reading the log" in said
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith(f"aright: cannot start on {store}")


def test_a_link_that_lets_in_once_can_be_had_again(server, capsys):
    asked, answers = server
    known = Incident(key="INC-2", service="shop", state=State.TRIAGED, title="t", opened_at=0, began_at=0)
    answers |= {
        "/v1/incidents/INC-2": (200, known),
        "/v1/entry": (200, {"path": "/enter/abc?next=/incidents/INC-2"}),
    }
    assert run("incident", "link", "2") == 0
    assert capsys.readouterr().out == "http://127.0.0.1:8321/enter/abc?next=/incidents/INC-2\n"
    assert run("incident", "link", "3") == 1
    assert asked[-1] == "/v1/incidents/INC-3"
