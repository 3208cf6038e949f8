"""Schedules: who has the shift, and what is refused."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from aright.core.model.on_call import Holiday, Layer, Override, Schedule
from aright.core.model.silence import Weekly
from aright.core.model.times import DAY, HOUR, MINUTE, from_datetime
from aright.core.page.schedule import ScheduleError, check, next_shift, on_shift, shifts

ZURICH = "Europe/Zurich"


def at(text: str, zone: str = ZURICH, *, fold: int = 0) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold))


def layer(*people: str, **changes: object) -> Layer:
    made = Layer(key="base", people=people or ("ada", "bob"), starts="2026-01-05T09:00")
    return msgspec.structs.replace(made, **changes)


def schedule(*layers: Layer, zone: str = ZURICH, holidays: tuple[Holiday, ...] = ()) -> Schedule:
    return Schedule(key="night", zone=zone, layers=layers or (layer(),), holidays=holidays)


def override(number: int, person: str, start: int, end: int, **changes: object) -> Override:
    made = Override(
        key=f"OVR-{number}", schedule="night", person=person, start=start, end=end, by="ada", created_at=1
    )
    return msgspec.structs.replace(made, **changes)


def people(found) -> list[str]:
    return [shift.person for shift in found]


def test_weekly_turns_are_handed_over_by_the_clock_on_the_wall_in_summer_too():
    found = shifts(schedule(), (), at("2026-03-23T09:00"), at("2026-04-13T09:00"))

    assert [shift.start for shift in found] == [
        at(f"2026-{day}T09:00") for day in ("03-23", "03-30", "04-06")
    ]
    assert people(found) == ["bob", "ada", "bob"]
    assert found[0].end - found[0].start == 7 * DAY - HOUR


def test_turns_of_hours_are_of_elapsed_time():
    twelve = schedule(layer(every=12, unit="hour", starts="2026-03-28T12:00"))

    found = shifts(twelve, (), at("2026-03-28T12:00"), at("2026-03-29T13:00"))

    assert [shift.end - shift.start for shift in found] == [12 * HOUR, 12 * HOUR]


def test_a_handoff_at_a_time_that_does_not_exist_is_moved_forward():
    daily = schedule(layer(unit="day", starts="2026-03-28T02:30"))

    found = shifts(daily, (), at("2026-03-28T12:00"), at("2026-03-30T12:00"))

    assert found[1].start == at("2026-03-29T03:00")
    assert found[2].start == at("2026-03-30T02:30")


def test_a_handoff_at_a_time_that_comes_twice_is_the_first_time():
    daily = schedule(layer(unit="day", starts="2026-10-24T02:30"))

    found = shifts(daily, (), at("2026-10-24T12:00"), at("2026-10-26T12:00"))

    assert found[1].start == at("2026-10-25T02:30")
    assert on_shift(daily, (), at("2026-10-25T02:10", fold=1)).person == found[1].person
    assert people(found) == ["ada", "bob", "ada"]


def test_a_day_that_a_zone_left_out_is_nobodys():
    daily = schedule(layer("ada", "bob", "cy", unit="day", starts="2011-12-29T00:00"), zone="Pacific/Apia")

    found = shifts(daily, (), at("2011-12-29T00:00", "Pacific/Apia"), at("2012-01-01T00:00", "Pacific/Apia"))

    assert people(found) == ["ada", "cy"]  # Bob's day, the 30th, never was


def test_hours_of_the_week_are_by_the_schedules_zone_whatever_they_say():
    office = Weekly(days=("mon", "fri"), start="22:00", end="06:00", zone="Asia/Tokyo")
    night = schedule(layer(), layer("cy", key="night", hours=(office,)))

    assert on_shift(night, (), at("2026-06-06T05:59")).person == "cy"
    assert on_shift(night, (), at("2026-06-06T06:00")).because == "base"
    found = on_shift(night, (), at("2026-06-05T22:00"))
    assert (found.start, found.end) == (at("2026-06-05T22:00"), at("2026-06-06T06:00"))


def test_hours_that_follow_one_another_round_the_week_are_all_hours():
    days = tuple(
        Weekly(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), start=start, end=end)
        for start, end in (("00:00", "12:00"), ("12:00", "00:00"))
    )

    found = on_shift(schedule(layer("ada", hours=days)), (), at("2026-06-03T12:00"))

    assert found.end - found.start == 62 * DAY  # cut to a month on either side


def test_a_later_layer_goes_over_the_earlier_ones_where_it_has_somebody():
    over = layer("cy", "", key="over", unit="day", starts="2026-06-01T00:00", ends="2026-06-04T00:00")

    found = shifts(schedule(layer("ada"), over), (), at("2026-05-31T00:00"), at("2026-06-05T00:00"))

    assert [(shift.person, shift.because) for shift in found] == [
        *(("ada", "base"), ("cy", "over"), ("ada", "base"), ("cy", "over"), ("ada", "base"))
    ]


def test_before_the_first_layer_and_after_the_last_there_is_a_gap():
    short = schedule(layer(starts="2026-06-01T00:00", ends="2026-06-03T00:00"))

    found = shifts(short, (), at("2026-05-31T00:00"), at("2026-06-05T00:00"))

    assert [(shift.person, shift.because) for shift in found] == [("", ""), ("ada", "base"), ("", "")]
    assert people(shifts(schedule(Layer(key="x", people=(), starts="2026-01-01T00:00")), (), 0, DAY)) == [""]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-12-25", 24)])
def test_a_holiday_is_a_whole_local_day(day, hours):
    feast = schedule(holidays=(Holiday(date=day, person="eve"), Holiday(date=day, person="late")))

    found = on_shift(feast, (), at(f"{day}T12:00"))

    assert (found.person, found.because) == ("eve", f"holiday {day}")
    assert found.end - found.start == hours * HOUR


def test_a_holiday_without_anybody_is_only_shown():
    assert on_shift(schedule(holidays=(Holiday(date="2026-12-25"),)), (), at("2026-12-25T12:00")).because == (
        "base"
    )


def test_the_override_that_was_made_last_counts_and_goes_over_a_holiday():
    day = at("2026-12-25T00:00")
    feast = schedule(holidays=(Holiday(date="2026-12-25", name="Christmas", person="eve"),))
    taken = (
        override(10, "cy", day + HOUR, day + 5 * HOUR),
        override(9, "dan", day, day + 3 * HOUR),
        override(11, "late", day + 4 * HOUR, day + 6 * HOUR, created_at=0),
        override(12, "gone", day, day + DAY, created_at=9, ended_by="ada"),
        override(13, "other", day, day + DAY, created_at=9, schedule="other"),
        override(14, "empty", day + HOUR, day + HOUR, created_at=9),
    )

    found = shifts(feast, taken, day, day + DAY)

    assert [(shift.person, (shift.start - day) // HOUR) for shift in found] == [
        *(("dan", 0), ("cy", 1), ("late", 5), ("eve", 6))
    ]
    assert found[-1].because == "holiday Christmas"
    assert on_shift(feast, reversed(taken), day + 2 * HOUR).person == "cy"


def test_neighbours_of_the_same_person_and_reason_are_one_shift():
    same = schedule(layer("ada", "ada", "bob", unit="day", starts="2026-06-01T00:00"))

    found = shifts(same, (), at("2026-06-01T00:00"), at("2026-06-04T00:00"))

    assert people(found) == ["ada", "bob"]
    assert on_shift(same, (), at("2026-06-02T12:00")).start == at("2026-06-01T00:00")


def test_a_shift_is_cut_where_it_goes_beyond_reach():
    now = at("2026-06-03T12:00")

    found = on_shift(schedule(), (), now, reach=HOUR)

    assert (found.start, found.end) == (now - HOUR, now + HOUR)


def test_the_next_shift_is_the_next_that_somebody_has():
    ends = schedule(
        layer("ada", ends="2026-06-02T00:00"), layer("bob", key="late", starts="2026-06-09T00:00")
    )

    found = next_shift(ends, (), at("2026-06-01T12:00"))

    assert found is not None
    assert (found.person, found.start) == ("bob", at("2026-06-09T00:00"))
    assert next_shift(ends, (), at("2026-06-20T00:00")) is None
    assert next_shift(schedule(layer(ends="2026-06-02T00:00")), (), at("2026-06-01T12:00")) is None


def test_the_last_years_are_followed_too():
    found = on_shift(schedule(), (), at("2100-07-05T08:59"))

    assert (found.start, found.end) == (at("2100-06-28T09:00"), at("2100-07-05T09:00"))


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (schedule(zone="Mars/Base"), "no time zone"),
        (schedule(zone="../etc/passwd"), "no time zone"),
        (schedule(zone=""), "no time zone"),
        (schedule(layer(starts="soon")), "no time of a clock"),
        (schedule(layer(starts="2026-01-05")), "no time of a clock"),
        (schedule(layer(starts="2026-01-05T09:00+01:00")), "without a zone"),
        (schedule(layer(starts="2200-01-05T09:00")), "from 1970 to 2100"),
        (schedule(layer(every=0)), "every is 0"),
        (schedule(layer(every=10**9)), "every is"),
        (schedule(layer(unit="month")), "unit is 'month'"),
        (schedule(layer(ends="2026-01-05T09:00")), "not after it starts"),
        (schedule(layer(*map(str, range(10_000)))), "10,000 people"),
        (schedule(layer(hours=(Weekly(days=("noday",), start="9", end="1"),))), "hours: days are"),
        (schedule(layer(hours=(Weekly(days=("mon",), start="25:00", end="1"),))), "hours: start is"),
        (schedule(holidays=(Holiday(date="2026-02-30"),)), "no date"),
        (schedule(holidays=(Holiday(date="Christmas"),)), "no date"),
        (schedule(*(layer(key=str(number)) for number in range(51))), "51 layers"),
    ],
)
def test_a_schedule_that_cannot_be_followed_says_why(made, said):
    with pytest.raises(ScheduleError, match=said):
        check(made)
    with pytest.raises(ScheduleError, match=said):
        on_shift(made, (), at("2026-06-01T00:00"))


def test_a_span_that_is_empty_too_long_or_out_of_reach_is_refused():
    now = at("2026-06-01T00:00")
    hourly = schedule(layer(unit="hour"))

    for start, end, said in ((now, now, "empty"), (now, now - 1, "empty"), (-1, now, "reach")):
        with pytest.raises(ScheduleError, match=said):
            shifts(schedule(), (), start, end)
    with pytest.raises(ScheduleError, match="100,000 shifts"):
        shifts(hourly, (), now, now + 100_001 * HOUR)
    with pytest.raises(ScheduleError, match="from 1970 to 2100"):
        on_shift(schedule(), (), 10**18)


def test_ten_thousand_overrides_are_followed_and_more_refused():
    now = at("2026-06-01T00:00")
    many = [
        override(number, str(number % 7), now + number * MINUTE, now + number * MINUTE + HOUR)
        for number in range(10_001)
    ]

    found = shifts(schedule(), many[1:], now, now + 10_060 * MINUTE)

    assert sum(shift.end - shift.start for shift in found) == 10_060 * MINUTE
    with pytest.raises(ScheduleError, match="10,001 overrides"):
        on_shift(schedule(), many, now)
