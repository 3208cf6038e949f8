"""Shifts as calendars: what another program reads of them, and what comes back."""

from __future__ import annotations

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.on_call import Person, Schedule, Shift
from aright.core.model.times import DAY, HOUR, SECOND, to_datetime
from aright.core.page.ical import CalendarError, read_overrides, write_calendar
from tests.unit.core.page.calendars import calendar

NOW = 1_793_577_600_000_000
NIGHT = Schedule(key="night", zone="Europe/Zurich")
PEOPLE = (
    Person(key="ada", name="Ada Lovelace", aliases=("a.lovelace",), addresses={"email": "ada@example.org"}),
    Person(key="bob", name="Robert", addresses={"email": "bob@example.org"}),
    Person(key="bob2", name="Robert", aliases=("BOB",)),
)
AT = "DTSTART:20261102T090000Z\nDURATION:PT1H\n"


def shift(person: str, start: int, end: int, **changes: str) -> Shift:
    return Shift(
        schedule="night", person=person, start=start, end=end, because=changes.get("because", "base")
    )


def taken(*events: str):
    return read_overrides(calendar(*events), NIGHT, PEOPLE, start=NOW, end=NOW + 30 * DAY, by="eve", now=NOW)


texts = st.text(st.characters(codec="utf-8"), max_size=120)


@settings(deadline=None, max_examples=60)
@given(texts, texts, st.integers(0, 10**9))
def test_another_program_reads_the_names_that_were_written(name, because, seconds):
    start = seconds * SECOND
    body = write_calendar(
        "night", [shift("ada", start, start + DAY, because=because)], {"ada": name}, stamp=NOW
    )

    (event,) = icalendar.Calendar.from_ical(body).walk("VEVENT")

    plain = "".join(each if each.isprintable() else " " for each in (name or "ada").replace("\r\n", "\n"))
    assert "".join(each if each.isprintable() else " " for each in str(event["SUMMARY"])) == plain
    assert event.decoded("DTSTART") == to_datetime(start)
    assert event.decoded("DTEND") == to_datetime(start + DAY)
    assert event.decoded("DTSTAMP") == to_datetime(NOW)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    assert body.count(b"BEGIN:VEVENT") == 1


def test_gaps_are_no_events_and_uids_stay():
    shifts = [shift("ada", 0, DAY), shift("", DAY, 2 * DAY), shift("bob", 2 * DAY, 3 * DAY)]

    first, again = (write_calendar("night", shifts[part:], {}, stamp=part) for part in (0, 2))

    uids = [
        [str(event["UID"]) for event in icalendar.Calendar.from_ical(body).walk("VEVENT")]
        for body in (first, again)
    ]
    assert len(set(uids[0])) == 2
    assert uids[0][1:] == uids[1]


def test_what_was_written_comes_back_as_overrides():
    shifts = [shift("ada", NOW, NOW + HOUR), shift("bob", NOW + HOUR, NOW + DAY)]
    body = write_calendar("night", shifts, {"ada": "Ada Lovelace"}, stamp=NOW)

    found = read_overrides(body, NIGHT, PEOPLE, start=NOW, end=NOW + DAY, by="eve", now=NOW)

    assert [(each.person, each.start, each.end) for each in found] == [
        (each.person, each.start, each.end) for each in shifts
    ]
    assert [each.key for each in found] == ["ical:night:00001", "ical:night:00002"]
    assert {(each.schedule, each.by, each.created_at, each.tag) for each in found} == {
        ("night", "eve", NOW, "open")
    }


@pytest.mark.parametrize(
    "named",
    [
        *("SUMMARY:ada", "SUMMARY:ADA LOVELACE (primary)", "SUMMARY:a.lovelace", "SUMMARY:Ada@example.org"),
        "SUMMARY:On call\nATTENDEE;CN=Ada:mailto:ada@example.org",
        'ATTENDEE;CN="Ada Lovelace":mailto:unknown@example.org',
        "SUMMARY:On call\nATTENDEE:mailto:team@example.org\nATTENDEE:MAILTO:ada@example.org",
    ],
)
def test_an_event_names_a_person_by_any_of_their_names(named):
    (found,) = taken(AT + named)

    assert found.person == "ada"


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("SUMMARY:Eve", "line 3: an event names nobody who is known: 'Eve'"),
        ("X:1", "names nobody"),
        ("SUMMARY:Robert", "line 3: an event names bob and bob2 by 'Robert'"),
        ("ATTENDEE:mailto:ada@example.org\nATTENDEE:mailto:bob@example.org", "names ada and bob"),
    ],
)
def test_an_event_that_names_nobody_or_several_is_refused(named, said):
    with pytest.raises(CalendarError, match=said):
        taken(AT + named)


def test_of_several_events_at_once_the_one_that_begins_last_has_the_last_key():
    found = taken("DTSTART:20261105T090000Z\nDURATION:PT1H\nSUMMARY:bob2", f"{AT}SUMMARY:ada")

    assert [each.person for each in found] == ["ada", "bob2"]
    assert found[0].why == "ada"
