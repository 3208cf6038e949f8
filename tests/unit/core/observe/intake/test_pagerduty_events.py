"""Events v2: what an alert is made of, what is refused, and what the same key means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.detect.alert_families import is_harm
from aright.core.model.codec import encode
from aright.core.model.foreign_alert import ForeignAlert, merged
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.times import MINUTE
from aright.core.observe.intake.read import Intake, read
from aright.core.observe.intake.unreadable import UnreadableError

NOW = 1_767_225_660_000_000  # 2026-01-01T00:01:00Z


def take(body: object, at: int = NOW) -> Intake:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    frame = Frame(
        kind=Kind.ALERTS, format=Format.PAGERDUTY, encoding=Encoding.IDENTITY, received_at=at, body=raw
    )
    return read(frame, limit_bytes=1 << 24)


def event(action: str = "trigger", key: str = "k1", **payload: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"event_action": action, "dedup_key": key}
    if action == "trigger":
        made["payload"] = {"summary": "shop is slow", "source": "web-1", "severity": "critical"} | payload
    return made


def alert(body: object, at: int = NOW) -> ForeignAlert:
    (found,) = take(body, at).documents
    assert isinstance(found, ForeignAlert)
    return found


def test_an_alert_has_the_senders_fields_and_details_as_labels():
    told = event(
        component="shop",
        group="prod",
        timestamp="2026-01-01T00:00:30Z",
        custom_details={
            "alertname": "Slow",
            "pod": "p1",
            "count": 3,
            "text": "x" * 500,
            "nested": {"a": 1},
            "severity": "low",
            "bad\nname": "x",
            "empty": " ",
        },
    ) | {"client": "Alertmanager", "client_url": "https://am.example/#/alerts"}
    found = alert(told)
    assert found.labels == {
        "alertname": "Slow",
        "component": "shop",
        "count": "3",
        "group": "prod",
        "pod": "p1",
        "service": "shop",
        "severity": "critical",
        "source": "web-1",
    }
    assert (found.name, found.source, found.summary) == ("Slow", "pagerduty", "shop is slow")
    assert found.annotations["text"] == "x" * 500
    assert found.generator == "https://am.example/#/alerts"
    assert found.starts_at == NOW - MINUTE // 2


@pytest.mark.parametrize(
    ("severity", "harm"), [("critical", True), ("error", True), ("warning", False), ("info", False)]
)
def test_what_is_urgent_there_is_harm_here(severity: str, harm: bool):
    assert is_harm(alert(event(severity=severity)), ()) is harm


@pytest.mark.parametrize(
    ("told", "name"),
    [
        (event(**{"class": "disk"}), "disk"),
        (event(custom_details={"alertname": "Slow"}), "Slow"),
        (event(custom_details="free text"), "shop is slow"),
        (event(summary="\x00\n"), "unnamed alert"),
    ],
)
def test_its_name_stays_the_same_where_the_sender_lets_it(told: dict[str, Any], name: str):
    assert alert(told).name == name


def test_a_time_ahead_and_a_link_that_is_none_are_not_believed():
    found = alert(event(timestamp="2027-01-01T00:00:00Z") | {"client_url": "javascript:alert(1)"})
    assert (found.starts_at, found.generator) == (NOW, "")


# The same key


def test_a_repeat_joins_what_fires_and_keeps_its_name():
    first = alert(event())
    again = merged(first, alert(event(summary="shop is slower"), NOW + 1))
    assert again.key == first.key
    assert (again.name, again.starts_at, again.ended_at) == ("shop is slow", NOW, 0)
    assert again.summary == "shop is slower"


def test_the_end_is_told_by_the_key_alone_and_then_it_begins_anew():
    first = alert(event())
    over = merged(first, alert(event("resolve"), NOW + 1))
    assert (over.name, over.labels, over.ended_at) == (first.name, first.labels, NOW + 1)
    late = merged(over, alert(event("acknowledge"), NOW + 2))
    assert late == over
    anew = merged(over, alert(event(), NOW + 3))
    assert (anew.starts_at, anew.ended_at, anew.acknowledged_by) == (NOW + 3, 0, "")


def test_somebody_is_on_it_until_it_ends():
    first = alert(event())
    taken = merged(first, alert(event("acknowledge") | {"client": "Ann's pager"}, NOW + 1))
    assert (taken.acknowledged_by, taken.ended_at) == ("Ann's pager", 0)
    again = merged(taken, alert(event(), NOW + 2))
    assert again.acknowledged_by == "Ann's pager"
    twice = merged(again, alert(event("acknowledge"), NOW + 3))
    assert twice.acknowledged_by == "Ann's pager"
    assert alert(event("acknowledge")).acknowledged_by == "PagerDuty"


def test_the_end_of_nothing_has_no_labels():
    assert alert(event("resolve")).labels == {}


# What is refused


@pytest.mark.parametrize(
    ("told", "field"),
    [
        (event("snooze"), "event_action"),
        ({"dedup_key": "k"}, "event_action"),
        ({"event_action": "trigger", "dedup_key": "k"}, "payload"),
        (event(severity="fatal"), "payload.severity"),
        (event(summary=" "), "payload.summary"),
        (event(source=""), "payload.source"),
        (event(source=3), "payload.source"),
        (event(timestamp="yesterday"), "payload.timestamp"),
        (event(key="k" * 256), "dedup_key"),
        (event(key=""), "dedup_key"),
        (["no", "event"], ""),
    ],
)
def test_an_event_that_pagerduty_would_drop_is_told(told: object, field: str):
    found = take(told)
    assert (found.good, found.bad_count) == (0, 1)
    assert found.bad[0].field == field
    assert found.bad[0].fix


DEEP = b'{"payload": {"custom_details": ' + b"[" * 100_000


@pytest.mark.parametrize("body", [b"{", b"\xff", DEEP])
def test_what_is_not_json_is_unreadable(body: bytes):
    with pytest.raises(UnreadableError):
        take(body)


@settings(deadline=None, max_examples=80)
@given(
    details=st.dictionaries(st.text(max_size=20), st.text(max_size=300) | st.integers() | st.booleans()),
    summary=st.text(min_size=1, max_size=2_000),
    source=st.text(min_size=1, max_size=2_000),
)
def test_whatever_is_taken_can_be_kept(details: dict[str, Any], summary: str, source: str):
    for found in take(event(summary=summary, source=source, custom_details=details)).documents:
        encode(found)
        assert isinstance(found, ForeignAlert)
        assert len(found.labels) <= 64
