"""`aright release …`: what it asks of the server, what it prints and how it leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from aright.cli.main import main
from aright.core.incident.chain import seal
from aright.core.model.alias import AliasKept, AliasMove
from aright.core.model.incident import TimelineEvent
from aright.core.model.release import Call, Judged, Look, Policy, Release, ReleaseState
from aright.engine.release_operations import Started

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

LOOK = Look(
    at=60_000_000,
    stage="canary",
    share=0.05,
    call=Call.HOLD,
    hold="inconclusive",
    reason="Too early to say.",
    judged=(Judged(metric="error_share", units=(900, 50), failed=(18, 2), low=0.4, high=6.0),),
)
MADE = Release(
    key="REL-1",
    service="cards",
    version="9",
    stable="8",
    state=ReleaseState.CANARY,
    policy=Policy(),
    started_at=0,
    by="ada",
    gate=("✓ golden: 9 of 9",),
    share=0.05,
    looks=(LOOK,),
)
BACK = msgspec.structs.replace(MADE, state=ReleaseState.ROLLED_BACK, outcome="It was worse.")
FIRST = seal(TimelineEvent(incident="REL-1", number=1, at=0, kind="begun", text="ada begins", key=True), "")
KEPT = AliasKept(
    key="cards/champion",
    service="cards",
    alias="champion",
    version="8",
    moves=(AliasMove(at=0, before="", after="8", by="elsewhere"),),
)
Asked = list[tuple[str, str, dict[str, Any]]]


@pytest.fixture
def answers() -> dict[str, object]:
    return {
        "/v1/releases/REL-1": MADE,
        "/v1/releases/REL-2": BACK,
        "/v1/releases/REL-1/ledger": [FIRST],
        "/v1/releases/REL-2/ledger": [msgspec.structs.replace(FIRST, text="forged")],
        "/v1/releases": [MADE],
        "/v1/aliases": [KEPT],
    }


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, answers: dict[str, object]) -> Asked:
    seen: Asked = []

    def answer(method: str, url: str, *, content: bytes, **_: object) -> httpx.Response:
        path = url.removeprefix("http://aright.test")
        seen.append((method, path, json.loads(content or b"null")))
        started = Started(release=MADE, steps=("Canary: 5 %.",), warnings=("✗ no gate has looked at it",))
        found = started if method == "POST" else answers[path.partition("?")[0]]
        return httpx.Response(200, content=msgspec.json.encode(found))

    monkeypatch.setenv("ARIGHT_URL", "http://aright.test")
    monkeypatch.setenv("ARIGHT_TOKEN", "t")
    monkeypatch.setattr(httpx, "request", answer)
    return seen


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def told(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as left:
            main(["release", *arguments])
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out + said.err

    return told


def test_start_sends_what_the_gate_said(asked: Asked, run, tmp_path: Path):
    report = {"schema": 1, "version": "9", "closed": False, "checks": [{"name": "golden", "state": "passed"}]}
    (tmp_path / "gate.json").write_text(json.dumps(report))
    code, said = run("start", "cards", "9", "--gate", str(tmp_path / "gate.json"), "--by", "ada")
    assert code == 0
    assert "REL-1  cards  8 → 9  canary  5 % of users" in said
    assert "✗ no gate has looked at it" in said
    assert "1. Canary: 5 %." in said
    ((method, path, body),) = asked
    assert (method, path) == ("POST", "/v1/services/cards/releases")
    assert body["gate"]["checks"][0]["name"] == "golden"
    assert "nothing was done" in run("start", "cards", "9", "--dry-run")[1]
    assert json.loads(run("start", "cards", "9", "--json")[1])["schema"] == 1


def test_a_report_that_cannot_be_read_says_what_writes_one(asked: Asked, run, tmp_path: Path):
    (tmp_path / "bad.json").write_text("[]")
    for name, problem in (("bad.json", "is no report"), ("gone.json", "cannot be read")):
        code, said = run("start", "cards", "9", "--gate", str(tmp_path / name))
        assert code == 1
        assert problem in said
        assert "aright gate --out" in said
    assert asked == []


def test_show_leaves_with_3_where_it_was_rolled_back(asked: Asked, run):
    code, said = run("show", "REL-1")
    assert code == 0
    assert "hold (inconclusive): Too early to say." in said
    assert "2 of 50 on 9, 18 of 900 on 8: 0.4 to 6 times" in said
    code, said = run("show", "REL-2")
    assert code == 3
    assert "It was worse." in said
    assert run("show", "REL-2", "--json")[0] == 3
    assert len(asked) == 3


def test_list_and_aliases(asked: Asked, run, answers: dict[str, object]):
    assert "REL-1  cards" in run("list", "--service", "cards", "--under-way")[1]
    assert asked[0][1] == "/v1/releases?service=cards&open=true"
    said = run("aliases", "--service", "cards")[1]
    assert "cards/champion  8" in said
    assert "nothing → 8 by elsewhere" in said
    assert json.loads(run("list", "--json")[1])["releases"][0]["key"] == "REL-1"
    assert json.loads(run("aliases", "--json")[1])["aliases"][0]["version"] == "8"
    answers["/v1/releases"] = answers["/v1/aliases"] = []
    assert run("list") == (0, "no releases\n")
    assert "no aliases are kept" in run("aliases")[1]


def test_a_ledger_that_was_changed_afterwards_shows(asked: Asked, run):
    code, said = run("ledger", "REL-1")
    assert code == 0
    assert "begun" in said
    code, said = run("ledger", "REL-2", "--json")
    assert code == 1
    assert "line 1 of the ledger is not as it was written" in said
    assert len(asked) == 2


@pytest.mark.parametrize("what", ["approve", "pause", "resume", "promote", "roll-back", "stop"])
def test_orders_are_sent_as_they_are(asked: Asked, run, what: str):
    named = ["--confirm", "cards"] if what in {"approve", "promote", "roll-back"} else []
    code, said = run(what, "REL-1", "--text", "why", "--by", "ada", *named)
    assert code == 0
    assert "1. Canary: 5 %." in said
    ((method, path, body),) = asked
    assert (method, path) == ("POST", f"/v1/releases/REL-1/{what.replace('-', '_')}")
    assert (body["by"], body["text"], body["confirm"]) == ("ada", "why", "cards" if named else "")


def test_a_dry_run_of_an_order_says_so(asked: Asked, run):
    assert run("promote", "REL-1", "--dry-run")[1].startswith("would stand so: REL-1")
    assert asked[0][2]["dry_run"] is True
