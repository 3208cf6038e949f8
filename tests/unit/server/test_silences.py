"""Silences and other programs' alerts over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.times import MINUTE
from tests.unit.server.client import BEARER, Client, app_of
from tests.unit.web.fake import FakeOperations

if TYPE_CHECKING:
    import httpx

GOOD = {"matchers": ["service=shop", "pod=~web-.*"], "comment": "planned move", "minutes": 30}


def ask(operations: FakeOperations, method: str, path: str, json: object = None) -> httpx.Response:
    return Client(app_of(operations)).ask(method, path, headers=BEARER, json=json)


def test_a_silence_is_made_seen_and_ended():
    operations = FakeOperations()
    made = ask(operations, "POST", "/v1/silences", GOOD | {"by": "ada"}).json()
    assert made["key"] == "SIL-1"
    assert made["author"] == "ada"
    assert made["matchers"][1] == {"name": "pod", "value": "web-.*", "op": "=~"}
    assert made["ends_at"] - made["starts_at"] == 30 * MINUTE
    seen = ask(operations, "GET", "/v1/silences").json()
    assert [each["key"] for each in seen["silences"]] == ["SIL-1"]
    assert seen["muted"] == []
    ended = ask(operations, "DELETE", "/v1/silences/SIL-1?by=bob").json()
    assert ended["ended_by"] == "bob"
    assert ask(operations, "GET", "/v1/silences").json()["silences"] == []
    assert len(ask(operations, "GET", "/v1/silences?ended=true").json()["silences"]) == 1


def test_weekly_hours_need_no_end():
    weekly = {"days": ["sat", "sun"], "start": "22:00", "end": "04:00", "zone": "Europe/Zurich"}
    body = {"matchers": ["service=shop"], "comment": "backups", "weekly": weekly}
    made = ask(FakeOperations(), "POST", "/v1/silences", body).json()
    assert (made["ends_at"], made["author"], made["weekly"]["zone"]) == (0, "api", "Europe/Zurich")


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        ({"matchers": ["?"]}, 400, "is no matcher"),
        ({"matchers": []}, 409, "there is no matcher"),
        ({"minutes": 0}, 409, "it has no end"),
        ({"minutes": -1}, 400, "minutes is -1"),
        ({"end": "2027-01-01T00:00:00Z"}, 400, "Both end and minutes"),
        ({"start": "soon"}, 400, "is no instant"),
        ({"comment": " "}, 409, "author and comment"),
        ({"weekly": {"days": ["x"], "start": "1", "end": "2"}}, 409, "days are x"),
        ({"color": "red"}, 400, "unknown field"),
    ],
)
def test_what_cannot_be_kept_says_why(change: dict[str, object], status: int, said: str):
    answer = ask(FakeOperations(), "POST", "/v1/silences", GOOD | change)
    assert answer.status_code == status
    assert said in answer.json()["error"]["problem"]


def test_there_is_no_silence_of_that_name():
    assert ask(FakeOperations(), "DELETE", "/v1/silences/SIL-9").status_code == 404


def test_alerts_are_listed_by_incident():
    operations = FakeOperations()
    for number, key in enumerate(("INC-1", "INC-2")):
        operations.alerts.kept.append(
            ForeignAlert(
                key=f"k{number}", fingerprint="f", name="Slow", source="grafana", labels={"pod": "a"},
                starts_at=1, told_at=2, service="shop", incident=key,
            )
        )  # fmt: skip
    assert [each["key"] for each in ask(operations, "GET", "/v1/alerts?incident=INC-2").json()] == ["k1"]
    assert len(ask(operations, "GET", "/v1/alerts?service=shop").json()) == 2


def test_alertmanagers_tools_find_what_they_ask_for():
    answer = ask(FakeOperations(), "GET", "/api/v2/status").json()
    assert set(answer) == {"cluster", "config", "uptime", "versionInfo"}
    assert Client(app_of()).ask("GET", "/api/v2/status").status_code == 401


def test_changing_needs_a_token():
    assert Client(app_of()).ask("POST", "/v1/silences", json=GOOD).status_code == 401
    assert Client(app_of()).ask("DELETE", "/v1/silences/SIL-1").status_code == 401
