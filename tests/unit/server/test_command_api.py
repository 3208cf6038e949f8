"""Leading an incident over HTTP, before an engine in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.core.model.times import HOUR, MINUTE, iso
from tests.unit.engine.failing_shop import START
from tests.unit.engine.leading_shop import after, led
from tests.unit.server.client import BEARER, Client, app_of

if TYPE_CHECKING:
    import httpx

    from tests.unit.engine.failing_shop import Plant

HOME = "/v1/incidents/INC-1"


def ask(plant: Plant, method: str, path: str, json: object = None) -> httpx.Response:
    return Client(app_of(plant.desk)).ask(method, path, headers=BEARER, json=json)


def test_roles_are_given_and_left():
    plant, _ = led()
    taken = ask(plant, "POST", f"{HOME}/roles", {"role": "commander", "person": "ann", "by": "bob"}).json()
    assert taken["roles"][0]["person"] == "ann"
    assert ask(plant, "POST", f"{HOME}/roles", {"role": "scribe"}).json()["roles"][1]["role"] == "scribe"
    ask(plant, "POST", f"{HOME}/roles", {"role": "commander", "person": "ann", "leave": True})
    assert [held["role"] for held in ask(plant, "GET", f"{HOME}/roles").json()] == ["scribe"]


def test_tracks_are_opened_moved_and_ended():
    plant, _ = led()
    due = iso(START + HOUR)
    made = ask(plant, "POST", f"{HOME}/tracks", {"hypothesis": "cache", "by": "ann", "due_at": due}).json()
    assert made["tracks"][0]["due_at"] == START + HOUR
    ask(plant, "POST", f"{HOME}/tracks/T1", {"by": "ann", "owner": "bob", "due_at": START + 2 * HOUR})
    found = ask(plant, "GET", f"{HOME}/tracks").json()
    assert (found["tracks"][0]["owner"], found["tracks"][0]["due_at"]) == ("bob", START + 2 * HOUR)
    assert found["suggestions"] == []
    both = ask(plant, "POST", f"{HOME}/tracks/T1", {"status": "refuted", "owner": "cy"})
    assert (both.status_code, "at once" in both.text) == (400, True)
    ended = ask(plant, "POST", f"{HOME}/tracks/T1", {"status": "refuted", "finding": "hits are fine"}).json()
    assert ended["tracks"][0]["status"] == "refuted"


def test_runbooks_are_read_ticked_and_carried_out():
    plant, _ = led()
    assert [book["id"] for book in ask(plant, "GET", "/v1/runbooks").json()] == ["shop"]
    (book,) = ask(plant, "GET", f"{HOME}/runbooks").json()
    assert (book["runbook"]["id"], book["run"], book["changed"]) == ("shop", None, False)
    assert [check["holds"] for check in book["checks"]] == [True, False, True]
    step = f"{HOME}/runbooks/shop/steps"
    ask(plant, "POST", f"{step}/look", {"by": "ann", "text": "all"}).raise_for_status()
    tried = ask(plant, "POST", f"{step}/restore/run", {"by": "ann", "dry_run": True}).json()
    assert (tried["action"], tried["dry_run"]) == ("restore", True)
    refused = ask(plant, "POST", f"{step}/restore/run", {"by": "ann"})
    assert (refused.status_code, "type its name" in refused.text) == (409, True)
    assert ask(plant, "GET", f"{HOME}/runbooks").json()[0]["run"]["steps"][0]["text"] == "all"


def test_updates_are_drafted_published_and_shown_to_the_public():
    plant, _ = led()
    after(plant, 1)
    draft = ask(plant, "POST", f"{HOME}/updates", {"audience": "public", "by": "ann"}).json()
    path = f"{HOME}/updates/{draft['id']}/publish"
    told = ask(plant, "POST", path, {"by": "ann", "text": "we know"}).json()
    assert (told["status"], told["text"]) == ("published", "we know")
    found = ask(plant, "GET", f"{HOME}/updates").json()
    assert [update["audience"] for update in found["updates"]] == ["internal", "public"]
    assert {each["audience"]: each["due_at"] for each in found["next"]}["public"] == START + 21 * MINUTE
    page = ask(plant, "GET", "/v1/public-status").json()
    assert page["current"][0]["updates"][0]["text"] == "we know"
    assert page["services"] == [
        {"name": "For you", "state": "has trouble", "since": page["current"][0]["began_at"]}
    ]


@pytest.mark.parametrize(
    ("path", "body", "status", "said"),
    [
        ("roles", {"role": "boss", "person": "ann"}, 409, "no role 'boss'"),
        ("roles", {"role": "commander", "leave": True}, 409, "is not commander"),
        ("roles", {}, 400, "role"),
        ("tracks", {"hypothesis": " "}, 409, "no hypothesis"),
        ("tracks", {"hypothesis": "x", "due_at": "soon"}, 400, "no instant"),
        ("tracks/T9", {"owner": "ann"}, 409, "no track 'T9'"),
        ("tracks/T9", {"status": "won"}, 409, "cannot end"),
        ("updates", {"audience": "press"}, 409, "no audience 'press'"),
        ("updates/U9/publish", {}, 409, "no update 'U9'"),
        ("runbooks/none/steps/look", {}, 404, "no runbook"),
        ("runbooks/shop/steps/none", {}, 404, "no step"),
        ("runbooks/shop/steps/look", {"status": "won"}, 409, "cannot be 'won'"),
        ("runbooks/shop/steps/look", {"colour": 1}, 400, "colour"),
        ("runbooks/shop/steps/look/run", {}, 409, "names no action"),
    ],
)
def test_what_cannot_be_is_told_with_what_to_do(path, body, status, said):
    plant, _ = led()
    answer = ask(plant, "POST", f"{HOME}/{path}", body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    gone = ask(plant, "GET", "/v1/incidents/INC-9/updates")
    assert gone.status_code == 404
