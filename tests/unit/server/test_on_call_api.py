"""Who is told and when, over HTTP."""

from __future__ import annotations

import base64

import icalendar
import pytest

from aright.core.model.times import DAY, HOUR, iso, to_datetime
from tests.unit.core.page.calendars import calendar
from tests.unit.server.client import BEARER, TOKEN, Client, app_of
from tests.unit.web.fake import FakeOperations, busy

NIGHT = "/v1/on-call/schedules/night"


@pytest.fixture
def engine() -> FakeOperations:
    return busy()


def ask(engine: FakeOperations, method: str, path: str, json: object = None, content: bytes | None = None):
    return Client(app_of(engine)).ask(method, path, json=json, content=content, headers=BEARER)


def test_who_has_the_shift_and_who_could(engine):
    (duty,) = ask(engine, "GET", "/v1/on-call").json()

    assert {duty["now"]["person"], duty["next"]["person"]} == {"ada", "bob"}
    assert [each["key"] for each in ask(engine, "GET", "/v1/on-call/people").json()] == ["ada", "bob"]
    assert ask(engine, "GET", "/v1/on-call/schedules").json()[0]["zone"] == "Europe/Zurich"
    assert ask(engine, "GET", "/v1/on-call/policies").json()[0]["key"] == "shop"
    assert ask(engine, "GET", "/v1/on-call/weaknesses").json()[0]["serious"]


def test_shifts_are_of_four_weeks_or_of_a_span(engine):
    month = ask(engine, "GET", f"{NIGHT}/shifts").json()
    day = ask(
        engine, "GET", f"{NIGHT}/shifts?start={engine.at}&end={iso(engine.at // 1000 * 1000 + DAY)}"
    ).json()

    assert (month[0]["start"], month[-1]["end"]) == (engine.at, engine.at + 28 * DAY)
    assert len(day) == 2
    assert ask(engine, "GET", f"{NIGHT}/shifts?end=1").status_code == 409
    assert ask(engine, "GET", f"{NIGHT}/shifts?end=soon").status_code == 400
    assert ask(engine, "GET", "/v1/on-call/schedules/day/shifts").status_code == 404


def test_a_span_is_given_and_taken_back(engine):
    made = ask(
        engine, "POST", f"{NIGHT}/overrides", {"person": "robert", "end": str(engine.at + HOUR)}
    ).json()

    assert (made["key"], made["person"], made["start"]) == ("OVR-1", "bob", engine.at)
    assert ask(engine, "GET", f"{NIGHT}/overrides").json() == [made]
    assert ask(engine, "DELETE", "/v1/on-call/overrides/OVR-1?by=eve").json()["ended_by"] == "eve"
    assert ask(engine, "DELETE", "/v1/on-call/overrides/OVR-2").status_code == 404
    assert ask(engine, "POST", f"{NIGHT}/overrides", {"person": "eve", "end": "9"}).status_code == 404
    assert ask(engine, "POST", f"{NIGHT}/overrides", {"person": "ada", "end": "9"}).status_code == 409


def test_shifts_are_swapped_and_taken_whole_or_in_part(engine):
    now, following = engine.at, engine.at + DAY
    swapped = ask(engine, "POST", f"{NIGHT}/swap", {"one": str(now), "other": str(following)}).json()
    assert [each["key"] for each in swapped] == ["OVR-1", "OVR-2"]
    assert {each["person"] for each in swapped} == {"ada", "bob"}

    person = swapped[1]["person"]
    taken = ask(
        engine, "POST", f"{NIGHT}/take", {"person": person, "until": str(now + HOUR), "why": "ill"}
    ).json()
    assert (taken["start"], taken["end"], taken["why"]) == (now, now + HOUR, "ill")
    part = {"one": str(now), "one_until": str(now + HOUR), "other": str(now + 2 * HOUR)}
    assert (
        ask(engine, "POST", f"{NIGHT}/swap", part | {"other_until": str(now + 3 * HOUR)}).status_code == 200
    )
    assert ask(engine, "POST", f"{NIGHT}/swap", {"one": "", "other": "1"}).status_code == 400


def test_calendar_programs_read_shifts_with_the_token_as_password(engine):
    said = base64.b64encode(f"aright:{TOKEN}".encode()).decode()

    answer = Client(app_of(engine)).get(f"{NIGHT}/calendar", Authorization=f"Basic {said}")

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'inline; filename="night.ics"'
    events = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert {str(event["SUMMARY"]) for event in events} == {"Ada Lovelace", "Bob"}
    assert Client(app_of(engine)).get(f"{NIGHT}/calendar").status_code == 401
    wrong = base64.b64encode(b"aright:wrong").decode()
    assert Client(app_of(engine)).get(f"{NIGHT}/calendar", Authorization=f"Basic {wrong}").status_code == 401


def test_a_calendar_is_taken_or_refused_with_its_line(engine):
    event = f"DTSTART:{to_datetime(engine.at):%Y%m%dT%H%M%SZ}\nDURATION:PT1H\nSUMMARY:bob"

    made = ask(engine, "PUT", f"{NIGHT}/calendar?by=eve", content=calendar(event)).json()

    assert [(each["key"], each["person"], each["by"]) for each in made] == [
        ("ical:night:00001", "bob", "eve")
    ]
    ended = ask(engine, "DELETE", "/v1/on-call/overrides/ical:night:00001")
    assert ended.json()["ended_by"]
    refused = ask(engine, "PUT", f"{NIGHT}/calendar", content=calendar("SUMMARY:bob"))
    assert refused.status_code == 409
    assert "line 3: an event has no DTSTART" in refused.json()["error"]["problem"]
    assert ask(engine, "PUT", f"{NIGHT}/calendar", content=b"x" * 1_100_000).status_code == 413
    assert ask(engine, "PUT", f"{NIGHT}/calendar", content=b"").status_code == 409


def test_incidents_of_nobody_have_neither_escalation_nor_references(engine):
    for part in ("paging", "references"):
        assert ask(engine, "GET", f"/v1/incidents/INC-999/{part}").status_code == 404


def test_changing_needs_a_token(engine):
    client = Client(app_of(engine))
    for method, path in (
        ("POST", f"{NIGHT}/overrides"),
        ("POST", f"{NIGHT}/swap"),
        ("PUT", f"{NIGHT}/calendar"),
    ):
        assert client.ask(method, path, json={}).status_code == 401
