"""Leading an incident from the command line, against a server that is a dictionary."""

from __future__ import annotations

import json

import httpx
import msgspec
import pytest

from aright.cli.main import main
from aright.core.model.command import Held, RunbookRun, StepRun, Track
from aright.core.model.incident import Incident, State, StatusUpdate

INCIDENT = Incident(
    key="INC-2",
    service="shop",
    state=State.TRIAGED,
    title="clicks fell",
    opened_at=1,
    began_at=0,
    tracks=(Track(id="T1", hypothesis="the cache", opened_at=1, owner="bob", due_at=60_000_000),),
)
HOME = "/v1/incidents/INC-2"
CLEAN = "echo $INCIDENT $SERVICE; exit 0"
FAIL = "printf '\\033[31mno\\007'; exit 3"
BOOK = {
    "runbook": {
        "id": "shop",
        "title": "The shop",
        "digest": "d",
        "steps": [
            {"id": "look", "title": "Look", "section": "First", "text": "Who is hit?", "role": "expert"},
            {"id": "back", "title": "Back", "section": "Then", "action": "roll_back_model"},
            {
                "id": "clean",
                "title": "Clean",
                "section": "Then",
                "command": "echo $INCIDENT $SERVICE; exit 0",
            },
            {
                "id": "fail",
                "title": "Fail",
                "section": "Then",
                "command": "printf '\\033[31mno\\007'; exit 3",
            },
        ],
    },
    "run": RunbookRun(
        key="INC-2/shop",
        incident="INC-2",
        runbook="shop",
        digest="c",
        started_at=1,
        steps=(StepRun(step="look", status="done", by="ann", at=1, text="all"),),
    ),
    "changed": True,
    "checks": [
        {"step": "look", "holds": True, "said": []},
        {"step": "back", "holds": False, "said": ["severity <= 1 does not hold: severity is 2"]},
        {"step": "clean", "holds": True, "said": []},
    ],
}
MITIGATION = {
    "id": "M1",
    "action": "back",
    "title": "Go back",
    "dry_run": False,
    "by": "ann",
    "at": 0,
    "status": "sent",
    "checks": ["✓ fine"],
    "answer": "ok",
}


@pytest.fixture
def server(monkeypatch):
    asked: list[tuple[str, str, object]] = []
    answers: dict[str, object] = {
        HOME: INCIDENT,
        f"{HOME}/roles": INCIDENT,
        f"{HOME}/tracks": INCIDENT,
        f"{HOME}/tracks/T1": INCIDENT,
        f"{HOME}/runbooks": [BOOK],
        f"{HOME}/runbooks/shop/steps/back/run": MITIGATION,
        "/v1/runbooks": [BOOK["runbook"]],
        "/v1/status": {"now": 1_000_000},
        **{f"{HOME}/runbooks/shop/steps/{step}": BOOK["run"] for step in ("look", "clean", "fail")},
    }

    def request(method, url, *, content=b"", **_more):
        path = url.removeprefix("http://127.0.0.1:8321")
        asked.append((method, path, json.loads(content) if content else None))
        if path not in answers:
            return httpx.Response(404, content=b'{"error": {"problem": "none", "fix": ""}}')
        return httpx.Response(200, content=msgspec.json.encode(answers[path]))

    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.delenv("ARIGHT_URL", raising=False)
    monkeypatch.setattr(httpx, "request", request)
    return asked, answers


def run(*arguments):
    with pytest.raises(SystemExit) as left:
        main(list(arguments))
    return left.value.code


def test_roles_are_listed_taken_and_left(server, capsys):
    asked, answers = server
    assert run("incident", "role", "take", "2", "commander", "ann", "--by", "bob") == 0
    assert asked[-1] == (
        "POST",
        f"{HOME}/roles",
        {"role": "commander", "person": "ann", "of": "", "by": "bob"},
    )
    assert run("incident", "role", "leave", "2", "commander", "--by", "ann") == 0
    assert asked[-1][2] == {"role": "commander", "person": "ann", "by": "ann", "leave": True}
    answers[f"{HOME}/roles"] = [Held(role="expert", person="cy", since=0, of="the cache")]
    assert run("incident", "role", "list", "2") == 0
    answers[f"{HOME}/roles"] = []
    assert run("incident", "role", "list", "2") == 0
    assert run("incident", "role", "list", "2", "--json") == 0
    told = capsys.readouterr().out
    assert "ann is commander of INC-2" in told
    assert "ann is no longer commander of INC-2" in told
    assert "expert          cy of the cache, since 00:00:00 UTC" in told
    assert "nobody has a role" in told
    assert '"schema": 1' in told


def test_tracks_are_opened_with_times_by_the_servers_clock(server, capsys):
    asked, answers = server
    assert (
        run("incident", "track", "open", "2", "the cache", "--next", "hits", "--due", "15m", "--by", "a") == 0
    )
    assert asked[-1][2] == {
        "hypothesis": "the cache",
        "owner": "",
        "next_check": "hits",
        "due_at": 1_000_000 + 900_000_000,
        "by": "a",
    }
    assert run("incident", "track", "move", "2", "t1", "--owner", "cy", "--due", "", "--by", "a") == 0
    assert asked[-1][1:] == (f"{HOME}/tracks/T1", {"by": "a", "owner": "cy", "due_at": 0})
    due = "2026-11-24T05:00:00Z"
    assert run("incident", "track", "move", "2", "T1", "--next", "x", "--due", due, "--by", "a") == 0
    assert asked[-1][2] == {"by": "a", "next_check": "x", "due_at": due}
    assert run("incident", "track", "end", "2", "T1", "refuted", "hits are fine", "--by", "a") == 0
    assert asked[-1][2] == {"by": "a", "status": "refuted", "finding": "hits are fine"}
    assert run("incident", "track", "move", "2", "T1", "--due", "soon") == 2
    offer = {"hypothesis": "the model", "next_check": "replay", "cause": "H1", "because": "likely"}
    answers[f"{HOME}/tracks"] = {"tracks": INCIDENT.tracks, "suggestions": [offer]}
    assert run("incident", "track", "list", "2") == 0
    assert run("incident", "track", "list", "2", "--json") == 0
    answers[f"{HOME}/tracks"] = {"tracks": [], "suggestions": []}
    assert run("incident", "track", "list", "2") == 0
    told = capsys.readouterr()
    assert "T1   open      bob          the cache\n     , due 00:01:00 UTC" in told.out
    assert "suggested (likely): the model; replay" in told.out
    assert "no tracks" in told.out
    assert "'soon' is no time" in told.err


def test_updates_are_listed_drafted_and_published(server, capsys):
    asked, answers = server
    draft = StatusUpdate(
        at=0, text="so far", next_due=0, id="U3", audience="public", status="draft", due_at=60_000_000
    )
    following = [
        {"audience": "internal", "due_at": 60_000_000, "automatic": True, "channels": []},
        {"audience": "public", "due_at": 0, "automatic": False, "channels": []},
    ]
    answers[f"{HOME}/updates"] = {"updates": [draft], "next": following}
    assert run("incident", "update", "list", "2") == 3, "a draft waits"
    assert run("incident", "update", "list", "2", "--json") == 3
    answers[f"{HOME}/updates"] = draft
    assert run("incident", "update", "draft", "2", "public", "--by", "ann") == 0
    assert asked[-1] == ("POST", f"{HOME}/updates", {"audience": "public", "by": "ann"})
    answers[f"{HOME}/updates/U3/publish"] = msgspec.structs.replace(draft, next_due=120_000_000)
    assert run("incident", "update", "publish", "2", "u3", "--text", "we know", "--by", "ann") == 0
    assert asked[-1][2] == {"by": "ann", "text": "we know"}
    told = capsys.readouterr().out
    assert "U3   public       draft, due 00:01:00 UTC\n     so far" in told
    assert "next for internal: 1970-01-01T00:01:00.000Z by itself" in told
    assert "next for public: nothing due" in told
    assert "U3 is published to public; the next is due 1970-01-01T00:02:00.000Z" in told


def test_runbooks_are_listed_and_shown(server, capsys):
    assert run("runbook", "list") == 0
    assert run("runbook", "list", "2") == 0
    assert run("runbook", "list", "--json") == 0
    assert run("runbook", "list", "2", "--json") == 0
    assert run("runbook", "show", "shop") == 0
    assert run("runbook", "show", "shop", "2") == 0
    assert run("runbook", "show", "shop", "2", "--json") == 0
    assert run("runbook", "show", "other") == 1
    assert run("runbook", "show", "other", "2") == 1
    told = capsys.readouterr()
    assert "shop               4 steps  The shop" in told.out
    assert "1 of 4 steps  The shop  (its file was changed since it was begun)" in told.out
    assert "  ✓ look: Look (expert)\n      Who is hit?\n      done by ann: all" in told.out
    assert "      action: roll_back_model\n      ✗ severity <= 1 does not hold" in told.out
    assert "      $ echo $INCIDENT $SERVICE; exit 0" in told.out
    assert "there is no runbook 'other'" in told.err
    assert "'other' does not fit 2: those that do are shop" in told.err


def test_a_step_is_ticked(server, capsys):
    asked, _ = server
    assert run("runbook", "tick", "2", "shop", "look", "--text", "seen", "--by", "ann") == 0
    assert asked[-1] == (
        "POST",
        f"{HOME}/runbooks/shop/steps/look",
        {"by": "ann", "status": "done", "text": "seen"},
    )
    assert "shop/look is done" in capsys.readouterr().out


def test_a_command_is_shown_first_and_runs_here_after_yes(server, capsys, monkeypatch):
    asked, _ = server
    assert run("runbook", "run", "2", "shop", "clean") == 3
    assert all(method == "GET" for method, _, _ in asked)
    assert "nothing was run: repeat with --yes" in capsys.readouterr().out
    assert run("runbook", "run", "2", "shop", "clean", "--yes", "--by", "ann") == 0
    assert asked[-1][2] == {"by": "ann", "status": "done", "text": "exit 0\nINC-2 shop"}
    assert run("runbook", "run", "2", "shop", "fail", "--yes", "--by", "ann") == 1
    assert asked[-1][2] == {"by": "ann", "status": "failed", "text": "exit 3\nno"}, "no colours, no bell"
    monkeypatch.setattr("aright.cli.runbook.SECONDS", 0.2)
    step = {"id": "slow", "title": "Slow", "command": "echo begun; sleep 5"}
    monkeypatch.setitem(BOOK["runbook"], "steps", [step])
    monkeypatch.setattr("aright.cli.runbook._tick", lambda *_a, **more: asked.append(("TICK", "", more)))
    assert run("runbook", "run", "2", "shop", "slow", "--yes") == 1
    assert asked[-1][2]["text"].startswith("not done within 0.2 s")


def test_what_it_prints_is_cut(server, monkeypatch):
    asked, _ = server
    step = {"id": "clean", "title": "Much", "command": "yes 0123456789 | head -c 20000"}
    monkeypatch.setitem(BOOK["runbook"], "steps", [step])
    assert run("runbook", "run", "2", "shop", "clean", "--yes") == 0
    said = asked[-1][2]["text"]
    assert len(said) < 3_200
    assert "characters left out" in said


def test_a_guard_and_a_confirmation_stand_before_an_action(server, capsys):
    asked, _ = server
    assert run("runbook", "run", "2", "shop", "back", "--yes", "--confirm", "shop") == 1
    assert run("runbook", "run", "2", "shop", "back", "--force", "no time") == 3
    assert all(method == "GET" for method, _, _ in asked)
    force = ("--force", "no time", "--by", "ann")
    assert run("runbook", "run", "2", "shop", "back", "--yes", "--confirm", "shop", *force) == 0
    assert asked[-1] == (
        "POST",
        f"{HOME}/runbooks/shop/steps/back/run",
        {"by": "ann", "dry_run": False, "confirm": "shop", "force": "no time"},
    )
    assert run("runbook", "run", "2", "shop", "look") == 2
    assert run("runbook", "run", "2", "shop", "jump") == 1
    told = capsys.readouterr()
    assert "a guard keeps it back: severity <= 1 does not hold" in told.err
    assert "changes a running service" in told.out
    assert "M1 “Go back”: sent – ok" in told.out
    assert "look is for people" in told.err
    assert "has no step 'jump'" in told.err


def test_a_folder_is_looked_through_without_a_server(tmp_path, capsys):
    (tmp_path / "a.md").write_text("---\nid: a\ntitle: A\n---\n- [ ] Look\n")
    assert run("runbook", "check", str(tmp_path)) == 0
    (tmp_path / "b.md").write_text("- [ ] Look\n")
    assert run("runbook", "check", str(tmp_path)) == 3
    assert run("runbook", "check", str(tmp_path), "--json") == 3
    assert run("runbook", "check", str(tmp_path / "none")) == 2
    told = capsys.readouterr().out
    assert "1 runbooks, 1 steps\n" in told
    assert "b.md:1: it has no head" in told
    assert "files with errors are not used" in told


def test_the_status_page_is_written_as_files(server, tmp_path, capsys):
    _, answers = server
    answers["/v1/public-status"] = {"at": 0, "services": [], "current": [], "history": []}
    folder = tmp_path / "out"
    assert run("status", "export", str(folder), "--title", "Us", "--url", "https://status.example") == 0
    assert sorted(file.name for file in folder.iterdir()) == ["feed.atom", "index.html", "status.json"]
    assert "0 under way, 0 in the last 90 days" in capsys.readouterr().out
    taken = tmp_path / "file"
    taken.write_text("")
    assert run("status", "export", str(taken)) == 1
