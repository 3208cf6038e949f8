"""Swaps: whose span goes to whom."""

from __future__ import annotations

import pytest

from aright.core.model.on_call import Layer, Override, Schedule
from aright.core.model.times import DAY, HOUR
from aright.core.page.schedule import ScheduleError, shifts, swap_of, take_of

MONDAY = 1_793_577_600_000_000  # 2026-11-02T00:00Z
DAILY = Schedule(
    key="s", layers=(Layer(key="d", people=("ada", "bob", "cy"), starts="2026-11-02T00:00", unit="day"),)
)
ENDLESS = Schedule(key="s", layers=(Layer(key="d", people=("ada",), starts="2026-01-02T00:00"),))


def kept(spans) -> list[Override]:
    return [
        Override(
            key=f"OVR-{number}",
            schedule="s",
            person=span.person,
            start=span.start,
            end=span.end,
            by="x",
            created_at=1,
        )
        for number, span in enumerate(spans)
    ]


def test_two_shifts_are_swapped():
    made = swap_of(DAILY, (), MONDAY + HOUR, MONDAY + DAY + HOUR)

    found = shifts(DAILY, kept(made), MONDAY, MONDAY + 3 * DAY)

    assert [shift.person for shift in found] == ["bob", "ada", "cy"]
    assert {span.because for span in made} == {"swap"}


def test_of_a_shift_under_way_only_the_rest_is_given_away():
    first, second = swap_of(DAILY, (), MONDAY + HOUR, MONDAY + DAY, since=MONDAY + HOUR)

    assert (first.start, first.end) == (MONDAY + HOUR, MONDAY + DAY)
    assert second.end - second.start == DAY


def test_a_swap_stands_on_the_overrides_before_it():
    once = kept(swap_of(DAILY, (), MONDAY, MONDAY + DAY))

    again = swap_of(DAILY, once, MONDAY, MONDAY + 2 * DAY)

    assert [span.person for span in again] == ["cy", "bob"]


def test_parts_are_swapped():
    made = swap_of(DAILY, (), (MONDAY + HOUR, MONDAY + 2 * HOUR), (MONDAY + DAY, MONDAY + DAY + HOUR))

    found = shifts(DAILY, kept(made), MONDAY, MONDAY + 2 * DAY)

    assert [shift.person for shift in found] == ["ada", "bob", "ada", "ada", "bob"]
    assert sum(shift.end - shift.start for shift in found if shift.person == "ada") == DAY


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (MONDAY, MONDAY + HOUR, "ada has both"),
        (MONDAY - DAY, MONDAY, "nobody has"),
        ((MONDAY, MONDAY + 2 * DAY), MONDAY + DAY, "beyond one shift"),
        ((MONDAY, MONDAY), MONDAY + DAY, "empty"),
    ],
)
def test_what_cannot_be_swapped_says_why(one, other, said):
    with pytest.raises(ScheduleError, match=said):
        swap_of(DAILY, (), one, other)


def test_a_shift_that_is_over_or_never_ends_is_not_swapped_whole():
    with pytest.raises(ScheduleError, match="is over"):
        swap_of(DAILY, (), MONDAY, MONDAY + DAY, since=MONDAY + 1)
    with pytest.raises(ScheduleError, match="no end within a month"):
        take_of(ENDLESS, (), MONDAY, "bob")
    part = take_of(ENDLESS, (), (MONDAY, MONDAY + 90 * DAY), "bob")
    assert part.end - part.start == 90 * DAY


def test_a_shift_is_taken_and_a_gap_too():
    assert take_of(DAILY, (), MONDAY, "eve").person == "eve"
    assert take_of(DAILY, (), (MONDAY - DAY, MONDAY), "eve").end == MONDAY
    with pytest.raises(ScheduleError, match="already"):
        take_of(DAILY, (), MONDAY, "ada")
