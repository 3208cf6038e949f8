"""The door for Events v2: the token is the routing key, and answers are PagerDuty's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from aright.adapters.memory_log import MemoryLog
from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.frame import Format, Kind
from aright.core.observe.intake import read
from aright.engine.intake import Intake
from aright.server.doors_events import LARGEST
from tests.unit.server.knocking import TOKEN, Client, doors

if TYPE_CHECKING:
    import httpx


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def client(log: MemoryLog) -> Client:
    return Client(doors(Intake(log).accept))


def event(action: str = "trigger", **changes: Any) -> dict[str, Any]:
    payload = {"summary": "shop is slow", "source": "web-1", "severity": "critical"}
    made = {"routing_key": TOKEN, "event_action": action, "dedup_key": "k1"}
    return made | ({"payload": payload} if action == "trigger" else {}) | changes


def send(client: Client, body: object, **headers: str) -> httpx.Response:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return client.post(
        "/v2/enqueue", raw, **{"content_type": "application/json", "authorization": ""} | headers
    )


def test_an_event_is_answered_as_pagerduty_does_and_kept_without_the_token(client: Client, log: MemoryLog):
    answer = send(client, event(client="Alertmanager"))
    assert answer.status_code == 202
    assert answer.json() == {"status": "success", "message": "Event processed", "dedup_key": "k1"}
    ((_, frame),) = log.read(0)
    assert (frame.kind, frame.format) == (Kind.ALERTS, Format.PAGERDUTY)
    assert TOKEN.encode() not in frame.body
    (alert,) = read(frame, limit_bytes=1 << 20).documents
    assert isinstance(alert, ForeignAlert)
    assert alert.labels["severity"] == "critical"


def test_a_trigger_without_a_key_is_given_one(client: Client):
    changed = event()
    del changed["dedup_key"]
    first, second = (send(client, changed).json()["dedup_key"] for _ in range(2))
    assert len(first) == 32
    assert first != second


@pytest.mark.parametrize("key", ["", "guess", "x" * 600, 3, None])
def test_a_key_that_is_no_token_is_an_invalid_event(client: Client, log: MemoryLog, key: object):
    answer = send(client, event(routing_key=key))
    assert answer.status_code == 400
    assert answer.json()["status"] == "invalid event"
    assert log.end() == 0


def test_a_token_in_a_header_does_not_stand_for_the_routing_key(client: Client):
    assert send(client, event(routing_key=""), authorization=f"Bearer {TOKEN}").status_code == 400


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (event("snooze"), "event_action"),
        (event("resolve", dedup_key=""), "dedup_key"),
        (event(payload={"summary": "x", "source": "y", "severity": "fatal"}), "payload.severity"),
        ([], "cannot be read"),
        (b"{", "cannot be read"),
        (b'{"routing_key": "\\ud800"}', ""),
        (b'{"a":' * 100_000, "nested"),
    ],
)
def test_what_is_wrong_is_told_and_never_sent_again(client: Client, body: object, told: str):
    answer = send(client, body)
    assert answer.status_code == 400
    assert told in " ".join(answer.json()["errors"])


def test_a_body_beyond_the_bound_and_one_of_another_type_are_refused(client: Client):
    assert send(client, b" " * (LARGEST + 1)).status_code == 413
    assert send(client, event(), content_type="text/plain").status_code == 400
    assert send(client, event(), content_encoding="br").status_code == 400
