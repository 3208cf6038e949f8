"""Releases over HTTP, before an engine with a router and a registry in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.unit.engine.releasing_cards import POLICY, ROUTER, Cards
from tests.unit.server.client import BEARER, Client, app_of

if TYPE_CHECKING:
    import httpx

START = "/v1/services/cards/releases"


def ask(made: Cards, method: str, path: str, json: object = None) -> httpx.Response:
    return Client(app_of(made.desk)).ask(method, path, headers=BEARER, json=json)


def held() -> Cards:
    """Return an engine with a release that waits for a person."""
    made = Cards(policy=msgspec.structs.replace(POLICY, approvals=("canary",)))
    made.serve()
    ask(made, "POST", START, {"version": "9"}).raise_for_status()
    return made


def test_a_release_is_begun_read_and_ordered_about():
    made = held()
    (release,) = ask(made, "GET", "/v1/releases?service=cards&open=true").json()
    assert (release["key"], release["version"], release["stable"]) == ("REL-1", "9", "8")
    assert release["looks"][-1]["hold"] == "approval"
    approved = ask(made, "POST", "/v1/releases/REL-1/approve", {"confirm": "cards", "text": "seen"})
    assert approved.json()["release"]["approved"] == ["canary"]
    made.serve()
    assert ask(made, "GET", "/v1/releases/REL-1").json()["share"] == 0.01
    lines = ask(made, "GET", "/v1/releases/REL-1/ledger").json()
    assert [line["kind"] for line in lines][:1] == ["begun"]
    assert lines[0]["by"] != "aright"
    back = ask(made, "POST", "/v1/releases/REL-1/roll_back", {"confirm": "cards", "by": "ada"}).json()
    assert back["release"]["state"] == "rolling_back"
    assert made.traffic.share(ROUTER) == 0.0
    assert ask(made, "GET", "/v1/aliases?service=cards").json() == []


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", START, {"version": "9"}, 409, "REL-1 of cards is under way"),
        ("POST", "/v1/services/ghost/releases", {"version": "9"}, 404, "no service"),
        ("POST", START, {"version": 9}, 400, "version"),
        ("POST", START, {"version": "9", "colour": 1}, 400, "colour"),
        ("GET", "/v1/releases/REL-9", None, 404, "no release"),
        ("GET", "/v1/releases/REL-9/ledger", None, 404, "no release"),
        ("POST", "/v1/releases/REL-9/pause", {}, 404, "no release"),
        ("POST", "/v1/releases/REL-1/roll_back", {"confirm": "card"}, 409, "type the service's name"),
        ("POST", "/v1/releases/REL-1/promote", {"confirm": "cards"}, 409, "only a canary"),
        ("POST", "/v1/releases/REL-1/resume", {}, 409, "not paused"),
    ],
)
def test_what_cannot_be_done_says_why(method, path, body, status, said):
    answer = ask(held(), method, path, body)
    assert answer.status_code == status
    assert said in answer.json()["error"]["problem"]


@pytest.mark.parametrize("path", [START, "/v1/releases/REL-1/roll_back", "/v1/releases/REL-1/promote"])
def test_nothing_moves_without_a_token(path):
    assert Client(app_of(Cards().desk)).ask("POST", path, json={"version": "9"}).status_code == 401
