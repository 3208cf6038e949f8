"""Calendars read: what takes place when, and what is refused with its line."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.times import DAY, HOUR, from_datetime
from aright.core.page.ical import CalendarError, read_holidays
from aright.core.page.ical.occurrences import occurrences
from tests.unit.core.page.calendars import calendar, series

ZURICH = "Europe/Zurich"
ZONED = f"DTSTART;TZID={ZURICH}:"


def at(text: str, zone: str = "UTC") -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def begins(body: bytes, start: str = "2026-01-01", end: str = "2028-01-01", zone: str = "UTC") -> list[str]:
    found = occurrences(body, zone, at(start), at(end))
    return [f"{datetime.fromtimestamp(each.start / 1e6, UTC):%m-%dT%H}" for each in found]


def only(body: bytes, zone: str = "UTC") -> tuple[int, int]:
    (found,) = occurrences(body, zone, at("2000-01-01"), at("2100-01-01"))
    return found.start, found.end


@pytest.mark.parametrize(
    ("event", "start", "end"),
    [
        ("DTSTART:20261102T090000Z\nDTEND:20261102T100000Z", "2026-11-02T09:00Z", "2026-11-02T10:00Z"),
        (
            f"{ZONED}20260701T090000\nDTEND;TZID=America/New_York:20260701T090000",
            "2026-07-01T07:00Z",
            "2026-07-01T13:00Z",
        ),
        ("DTSTART:20260701T090000\nDURATION:P1DT1H", "2026-07-01T07:00Z", "2026-07-02T08:00Z"),
        ("DTSTART;VALUE=DATE:20260329", "2026-03-28T23:00Z", "2026-03-29T22:00Z"),
        (
            "DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227",
            "2026-12-23T23:00Z",
            "2026-12-26T23:00Z",
        ),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P1W", "2026-12-23T23:00Z", "2026-12-30T23:00Z"),
        (
            'DTSTART;TZID="/citadel.org/20190914_1/Europe/Zurich":20260701T090000\nDURATION:PT90M',
            "2026-07-01T07:00Z",
            "2026-07-01T08:30Z",
        ),
        (f"{ZONED}20260329T023000\nDURATION:PT15M", "2026-03-29T01:00Z", "2026-03-29T01:15Z"),
        (
            f"{ZONED}20260328T220000\nDTEND;TZID={ZURICH}:20260329T060000",
            "2026-03-28T21:00Z",
            "2026-03-29T04:00Z",
        ),
    ],
)
def test_an_event_has_its_begin_and_its_end(event, start, end):
    found = only(calendar(event), ZURICH)

    assert found == tuple(from_datetime(datetime.fromisoformat(text)) for text in (start, end))


def test_a_night_that_comes_again_ends_by_the_clock_on_the_wall():
    nights = calendar(
        f"{ZONED}20260327T220000\nDTEND;TZID={ZURICH}:20260328T060000\nRRULE:FREQ=DAILY;COUNT=3"
    )

    found = occurrences(nights, "UTC", at("2026-01-01"), at("2027-01-01"))

    assert [(each.end - each.start) // HOUR for each in found] == [8, 7, 8]


def test_exceptions_and_changed_instances_take_the_place_of_theirs():
    uid = "UID:1\nDTSTART:20261102T090000Z\nDURATION:PT1H"
    body = calendar(
        f"{uid}\nRRULE:FREQ=DAILY;COUNT=6\nEXDATE:20261103T090000Z\nEXDATE;VALUE=DATE:20261104",
        "UID:1\nRECURRENCE-ID:20261105T090000Z\nDTSTART:20261105T170000Z\nDURATION:PT1H",
        "UID:1\nRECURRENCE-ID:20261106T090000Z\nDTSTART:20261106T090000Z\nDURATION:PT1H\nSTATUS:CANCELLED",
        "UID:2\nDTSTART:20261102T090000Z\nDURATION:PT1H\nSTATUS:cancelled",
    )

    assert begins(body) == ["11-02T09", "11-05T17", "11-07T09"]


def test_what_lies_beside_events_and_within_them_is_left_out():
    body = (
        b"BEGIN:VCALENDAR\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n"
        b"END:STANDARD\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART:20261102T0900\r\n 00Z\r\nDURATION:PT1H\r\n"
        b"BEGIN:VALARM\r\nDURATION:PT5M\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n\r\n"
    )

    assert begins(b"\xef\xbb\xbf" + body) == ["11-02T09"]


def test_only_what_is_within_the_span_takes_place_however_long_it_runs():
    weekly = series("DTSTART:20000103T090000Z", "FREQ=WEEKLY")
    long = calendar("DTSTART:20251201T000000Z\nDURATION:P60D")

    assert begins(weekly, "2026-11-02", "2026-11-16") == ["11-02T09", "11-09T09"]
    assert begins(long, "2026-01-15", "2026-01-16") == ["12-01T00"]
    assert begins(long, "2026-02-15", "2026-02-16") == []


def test_series_end_by_count_or_by_day_or_by_time():
    starts = "DTSTART:20261102T090000Z"

    assert begins(series(starts, "FREQ=DAILY;COUNT=2")) == ["11-02T09", "11-03T09"]
    assert begins(series(starts, "FREQ=DAILY;UNTIL=20261103")) == ["11-02T09", "11-03T09"]
    assert begins(series(starts, "FREQ=DAILY;UNTIL=20261103T085959Z")) == ["11-02T09"]
    days = series("DTSTART;VALUE=DATE:20261102", "FREQ=DAILY;UNTIL=20261103T000000Z")
    assert begins(days, zone="America/New_York") == ["11-02T05", "11-03T05"]


@pytest.mark.parametrize(
    ("body", "line", "said"),
    [
        (b" \n", 0, "it is empty"),
        (b"hello", 1, "no line of a calendar"),
        (b"SUMMARY:x", 1, "no calendar begins"),
        (b"\xff\xfe", 1, "no UTF-8"),
        (b"BEGIN:VCALENDAR\n\xff", 2, "no UTF-8"),
        (b"BEGIN:VCALENDAR\n", 0, "VCALENDAR never ends"),
        (b"BEGIN:VCALENDAR\nEND:VEVENT\n", 2, "VEVENT ends and never began"),
        (b"BEGIN:VCALENDAR\n" + b"BEGIN:X\n" * 9, 6, "nested too deep"),
        (b"x" * 1_000_001, 0, "larger than"),
        (b"BEGIN:VCALENDAR\nX:" + b"y" * 10_001, 2, "longer than"),
        (b"BEGIN:VCALENDAR\nX:1\n" + b" yyyyyyyyyyyyyyyy\n" * 700, 591, "longer than"),
        (calendar("SUMMARY:x"), 3, "no DTSTART"),
        (calendar("DTSTART:soon"), 4, "no date or time"),
        (calendar("DTSTART:20260230"), 4, "no such time"),
        (calendar("DTSTART:19000101"), 4, "no such time"),
        (calendar("DTSTART;TZID=Mars/Base:20261102T090000"), 4, "no time zone"),
        (calendar("DTSTART;VALUE=PERIOD:20261102T090000/PT1H"), 4, "periods are not taken"),
        (calendar("DTSTART:20261102T090000Z"), 4, "no length"),
        (calendar("DTSTART:20261102T090000Z\nDTEND:20261102T090000Z"), 5, "ends before it begins"),
        (calendar("DTSTART:20261102T090000Z\nDTEND:20261103"), 5, "DTEND is a day"),
        (calendar("DTSTART:20261102T090000Z\nDTEND:20261103T000000Z\nDURATION:P1D"), 6, "DTEND and DURATION"),
        (calendar("DTSTART:20261102T090000Z\nDURATION:-PT1H"), 5, "DURATION is"),
        (calendar("DTSTART:20261102T090000Z\nDURATION:P"), 5, "DURATION is"),
        (calendar("DTSTART:20261102\nDURATION:PT1H"), 5, "DURATION is"),
        (calendar("DTSTART:20261102\nDTSTART:20261103"), 5, "second DTSTART"),
        (calendar("DTSTART:20261102\nRDATE:20261103"), 5, "RDATE is not taken"),
        (calendar("DTSTART:20261102\nRECURRENCE-ID;RANGE=THISANDFUTURE:20261102"), 5, "RANGE is not taken"),
        (calendar("DTSTART:20261102\nEXDATE:" + "20261102," * 1_001 + "20261102"), 5, "over 1,000 times"),
        (calendar(*["DTSTART:20261102"] * 5_001), 15_005, "over 5,000 events"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_its_line(body, line, said):
    with pytest.raises(CalendarError, match=said) as refused:
        occurrences(body, "UTC", 0, DAY)

    assert refused.value.line == line
    assert refused.value.fix


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("FREQ=HOURLY", "FREQ is 'HOURLY'"),
        ("INTERVAL=2", "FREQ is ''"),
        ("FREQ=DAILY;BYHOUR=9", "BYHOUR=9"),
        ("FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY"),
        ("FREQ=DAILY;INTERVAL=0", "number '0'"),
        ("FREQ=DAILY;COUNT=many", "number 'MANY'"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20270101", "COUNT and UNTIL"),
        ("FREQ=DAILY;UNTIL=later", "UNTIL is"),
        ("FREQ=WEEKLY;BYDAY=XX", "the day 'XX'"),
        ("FREQ=WEEKLY;BYDAY=1MO", "BYDAY with numbers is not for WEEKLY"),
        ("FREQ=MONTHLY;BYDAY=54MO", "the day '54MO'"),
        ("FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=2", "both given"),
        ("FREQ=WEEKLY;BYMONTHDAY=2", "not for WEEKLY"),
        ("FREQ=WEEKLY;BYDAY=MO,TU;BYSETPOS=1", "BYSETPOS is not for WEEKLY"),
        ("FREQ=YEARLY;BYMONTH=-1", "below 1"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH is"),
        ("FREQ=MONTHLY;BYMONTHDAY=x", "BYMONTHDAY is"),
        ("FREQ=MONTHLY;BYSETPOS=0", "BYSETPOS is"),
        ("FREQ=WEEKLY;BYDAY=TU", "none of its own"),
        ("FREQ=MONTHLY;BYMONTHDAY=31", "none of its own"),
    ],
)
def test_a_rule_that_is_not_taken_is_refused(rule, said):
    with pytest.raises(CalendarError, match=said) as refused:
        begins(series("DTSTART:20261102T090000Z", rule))

    assert refused.value.line == 6


def test_no_rule_is_followed_without_bounds():
    never = series("DTSTART;VALUE=DATE:20260228", "FREQ=YEARLY;INTERVAL=99999")
    assert begins(never) == ["02-28T00"]
    daily = "DTSTART:19700101T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=99999"
    with pytest.raises(CalendarError, match="come too often"):
        begins(calendar(*[daily] * 4))
    yearly = "DTSTART;VALUE=DATE:19700101\nRRULE:FREQ=YEARLY;BYDAY=1TH;COUNT=999"
    with pytest.raises(CalendarError, match="come too often"):
        begins(calendar(*[yearly] * 20))
    with pytest.raises(CalendarError, match="over 10,000 events"):
        begins(calendar(*[daily.replace(";COUNT=99999", "")] * 4), "2026-01-01", "2036-01-01")


LINES = st.sampled_from(
    (
        *("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "UID:1", "SUMMARY:x", 'X;Y="a:b":c'),
        *(
            "DTSTART:20260101T090000Z",
            "DTSTART;VALUE=DATE:20260101",
            "DTSTART;TZID=Europe/Zurich:20260101T090000",
        ),
        *(
            "DTEND:20260101T100000Z",
            "DURATION:PT1H",
            "DURATION:P9999W",
            "RRULE:FREQ=DAILY",
            " ;BYDAY=MO,TU,TH",
        ),
        *("RRULE:FREQ=YEARLY;INTERVAL=99999", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1,1", "EXDATE:20260101"),
        *("RECURRENCE-ID:20260101T090000Z", "STATUS:CANCELLED", "DTSTART:99991231T235959Z"),
    )
)


@settings(deadline=None, max_examples=200)
@given(st.lists(LINES, max_size=12), st.binary(max_size=40))
def test_whatever_is_sent_is_taken_or_refused(lines, rest):
    body = calendar("\n".join(lines)).replace(b"END:VCALENDAR\n", rest + b"END:VCALENDAR\n")
    for sent in (body, calendar("\n".join(lines))):
        with suppress(CalendarError):
            occurrences(sent, ZURICH, at("2026-01-01"), at("2026-03-01"))


def test_many_exceptions_cost_little():
    days = ",".join(f"{2000 + day // 300}{day % 12 + 1:02}{day % 28 + 1:02}" for day in range(1_000))
    body = series("DTSTART:20000101T090000Z", "FREQ=DAILY", *[f"EXDATE;VALUE=DATE:{days}"] * 30)

    assert len(begins(body, "2000-01-01", "2026-01-01")) > 9_000


def test_holidays_are_whole_days_by_date():
    body = calendar(
        "DTSTART;VALUE=DATE:20261225\nSUMMARY:Christmas\\, first day\nRRULE:FREQ=YEARLY;COUNT=2",
        "DTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261227\nSUMMARY:Closed",
        f"{ZONED}20260801T000000\nDTEND;TZID={ZURICH}:20260802T000000\nSUMMARY:National day",
    )

    found = read_holidays(body, ZURICH)

    assert [(day.date, day.name, day.person) for day in found] == [
        ("2026-08-01", "National day", ""),
        ("2026-12-25", "Christmas, first day", ""),
        ("2026-12-26", "Closed", ""),
        ("2027-12-25", "Christmas, first day", ""),
    ]
    with pytest.raises(CalendarError, match="line 3: a holiday has a time of day"):
        read_holidays(calendar("DTSTART:20261225T090000Z\nDURATION:PT1H"), ZURICH)
