"""`aright diagnose` against a server in memory."""

from __future__ import annotations

import json

import httpx
import msgspec
import pytest

from aright.cli import diagnose as diagnose_module
from aright.cli.diagnose import told
from aright.cli.main import main
from aright.core.model.evidence import StepState, Verdict
from aright.engine.evidence_operations import DiagnosisView
from tests.unit.server.client import TOKEN, Client, app_of
from tests.unit.web.example_diagnosis import DIAGNOSIS
from tests.unit.web.fake import busy

replace = msgspec.structs.replace


@pytest.fixture
def operations():
    return busy()


@pytest.fixture
def asked(monkeypatch, operations):
    """Let the command line talk to a server in memory; return what it asked."""
    client, seen = Client(app_of(operations)), []

    def request(method, url, *, headers, content, **_):
        path = url.removeprefix("http://127.0.0.1:8321")
        seen.append(f"{method} {path}")
        return client.ask(method, path, headers=headers, content=content)

    monkeypatch.setenv("ARIGHT_TOKEN", TOKEN)
    monkeypatch.delenv("ARIGHT_URL", raising=False)
    monkeypatch.setattr(httpx, "request", request)
    monkeypatch.setattr(diagnose_module, "_EVERY", 0.0)
    return seen


def run(*arguments):
    with pytest.raises(SystemExit) as left:
        main(["diagnose", *arguments])
    return left.value.code


def test_a_confirmed_cause_is_told_with_all_that_speaks_for_and_against_it(asked, capsys):
    assert run("7") == 3
    said = capsys.readouterr().out
    assert asked == ["GET /v1/incidents/INC-7/diagnosis"]
    lines = said.splitlines()
    assert lines[0].startswith("INC-7  triaged  ranker: confirmed, ")
    for part in (
        "  ✓ scope         done                65\u202fms",
        "  □ pipeline      nothing to look at  no runs of pipelines are known",
        "  ▲ shadow        over budget         it took more than 60 s",
        "94\u202f%  H1  The feature source profiles is empty for region = north.",
        "      for      E1   Click rate",
        "      against  E4   Version 2026.47",
        "  ◆ profiles-store",
        "91\u202f%  profiles-store on store-2 (own symptoms): Its log says",
        "Data or model: data",
        "aright diagnose INC-7 --rows E1",
    ):
        assert part in said
    assert "More findings" in said
    assert "E6" in said


def test_json_is_the_servers_document(asked, capsys):
    assert run("INC-7", "--json") == 3
    document = json.loads(capsys.readouterr().out)
    assert (document["schema"], document["incident"]) == (1, "INC-7")
    assert msgspec.convert(document, DiagnosisView).diagnosis is not None
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("verdict", "code"), [(Verdict.CONFIRMED, 3), (Verdict.LIKELY, 3), (Verdict.INCONCLUSIVE, 0)]
)
def test_the_exit_code_says_whether_a_cause_is_named(asked, operations, capsys, verdict, code):
    incident = operations.known["INC-7"]
    operations.known["INC-7"] = replace(incident, diagnosis=replace(DIAGNOSIS, verdict=verdict))
    assert run("INC-7") == code
    assert asked
    assert capsys.readouterr().out


def test_before_a_diagnosis_it_says_how_to_follow(asked, capsys):
    assert run("INC-8") == 0
    assert "aright diagnose INC-8 --watch" in capsys.readouterr().out
    assert run("INC-3") == 0
    assert "no diagnosis yet" in capsys.readouterr().out
    assert len(asked) == 2


def test_what_is_not_there_fails_and_a_wrong_option_is_usage(asked, capsys):
    assert run("INC-99") == 1
    assert "There is no incident" in capsys.readouterr().err
    assert run("INC-7", "--sideways") == 2
    assert run() == 2
    assert len(asked) == 1


def test_watching_tells_each_step_until_all_have_ended(asked, operations, capsys, monkeypatch):
    whole = operations.known["INC-7"]
    running = tuple(StepState(step=each.step, state="running") for each in DIAGNOSIS.steps)
    stages = iter([None, replace(DIAGNOSIS, steps=running, verdict=Verdict.INCONCLUSIVE), DIAGNOSIS])

    def pause(_seconds):
        operations.known["INC-7"] = replace(whole, diagnosis=next(stages))

    pause(0)
    monkeypatch.setattr("time.sleep", pause)
    assert run("INC-7", "--watch") == 3
    told_so_far = capsys.readouterr().err.splitlines()
    assert told_so_far[:2] == ["scope: running", "pipeline: running"]
    assert told_so_far[-1] == "shadow: over budget"
    assert len(asked) == 3


def test_again_asks_and_waits_for_what_was_asked_for(asked, operations, monkeypatch):
    whole = operations.known["INC-7"]

    def pause(_seconds):
        new = replace(DIAGNOSIS, at=operations.at + 1, verdict=Verdict.INCONCLUSIVE)
        operations.known["INC-7"] = replace(whole, diagnosis=new)

    monkeypatch.setattr("time.sleep", pause)
    assert run("INC-7", "--again") == 0
    assert operations.evidence.asked == ["INC-7"]
    assert asked[0] == "POST /v1/incidents/INC-7/diagnose"
    assert len(asked) == 3


def test_patience_ends(asked, capsys, monkeypatch):
    monkeypatch.setattr(diagnose_module, "_PATIENCE", -1.0)
    assert run("INC-8", "--watch") == 1
    assert "still being diagnosed" in capsys.readouterr().err
    assert asked


def test_rows_are_csv_or_json(asked, capsys):
    assert run("INC-7", "--rows", "e2", "--limit", "3") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("id,time,service")
    assert len(lines) == 4
    assert run("INC-7", "--rows", "2", "--before", "--offset", "5", "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["evidence"], document["side"], document["offset"]) == ("E2", "before", 5)
    assert run("INC-7", "--rows", "E3") == 1
    assert "rests on no stored rows" in capsys.readouterr().err
    assert len(asked) == 3


def test_before_without_rows_is_refused(asked, capsys):
    assert run("INC-7", "--before") == 2
    assert "aright diagnose INC-7 --rows E1 --before" in capsys.readouterr().err
    assert not asked


def test_hostile_text_does_not_reach_the_terminal():
    attack = "\x1b[2J\x1b]0;owned\x07\nCauses\n  99 %  H1  nothing\u202e"
    view = DiagnosisView(
        incident="INC-7",
        service=attack,
        state="triaged",
        open=True,
        diagnosis=replace(
            DIAGNOSIS,
            summary=attack,
            path=(attack, attack),
            causes=tuple(replace(each, title=attack) for each in DIAGNOSIS.causes),
            evidence=tuple(replace(each, text=attack) for each in DIAGNOSIS.evidence),
            suspects=tuple(replace(each, text=attack, host=attack) for each in DIAGNOSIS.suspects),
            steps=tuple(replace(each, text=attack) for each in DIAGNOSIS.steps),
        ),
    )
    lines = list(told(view))
    assert not set("\x1b\x07\u202e") & set("".join(lines))
    assert not any(line.startswith("  99 %") for line in lines)
    assert sum("\n" in line.lstrip("\n") for line in lines) == 0


def test_what_was_asked_for_while_another_was_made_is_asked_for_again(asked, operations, monkeypatch):
    whole = operations.known["INC-7"]
    pauses = iter([whole, replace(whole, diagnosis=replace(DIAGNOSIS, at=operations.at + 1))])

    def pause(_seconds):
        operations.known["INC-7"] = next(pauses)

    monkeypatch.setattr("time.sleep", pause)
    monkeypatch.setattr(diagnose_module, "_REPEAT", -1.0)
    assert run("INC-7", "--again") == 3
    assert operations.evidence.asked == ["INC-7"] * 3
    assert asked.count("POST /v1/incidents/INC-7/diagnose") == 3
