"""Recurrence rules beside another program's: dateutil expands each to the same days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from aright.core.model.times import DAY
from aright.core.page.ical.lines import Line
from aright.core.page.ical.moments import Moment
from aright.core.page.ical.recurring import Budget, instances
from aright.core.page.ical.rules import read_rule

EPOCH = date(1970, 1, 1)
WEEKDAYS = st.sampled_from(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))


def several(values: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(lambda each: ",".join(map(str, each)))


@st.composite
def rules(draw) -> str:
    frequency = draw(st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY")))
    parts = [f"FREQ={frequency}"]
    if draw(st.integers(0, 2)) == 0:
        parts.append(f"BYMONTH={draw(several(st.integers(1, 12)))}")
    by = draw(st.sampled_from(("", "day", "number", "monthday", "both")))
    if by in {"day", "both"} or (by == "number" and frequency in {"DAILY", "WEEKLY"}):
        parts.append(f"BYDAY={draw(several(WEEKDAYS))}")
    elif by == "number":
        numbers = st.builds(
            lambda number, day: f"{number}{day}", st.sampled_from((-2, -1, 1, 2, 5)), WEEKDAYS
        )
        parts.append(f"BYDAY={draw(several(numbers))}")
    if by in {"monthday", "both"} and frequency != "WEEKLY":
        parts.append(f"BYMONTHDAY={draw(several(st.sampled_from((-31, -1, 1, 2, 15, 28, 29, 30, 31))))}")
    if by and frequency in {"MONTHLY", "YEARLY"} and draw(st.booleans()):
        parts.append(f"BYSETPOS={draw(several(st.sampled_from((-2, -1, 1, 2, 3))))}")
    if draw(st.booleans()):
        parts.append(f"INTERVAL={draw(st.integers(1, 5))}")
    if draw(st.booleans()):
        parts.append(f"COUNT={draw(st.integers(1, 40))}")
    if frequency == "WEEKLY" and draw(st.booleans()):
        parts.append(f"WKST={draw(WEEKDAYS)}")
    return ";".join(parts)


@settings(deadline=None, max_examples=40)
@given(rules(), st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.integers(0, 2_000))
def test_a_rule_has_the_days_that_dateutil_gives_it(text, near, later):
    begin = datetime.combine(near, datetime.min.time())
    limit = begin + timedelta(days=1_800)
    expected = [each.date() for each in rrulestr(text, dtstart=begin).between(begin, limit, inc=True)]
    assume(expected)
    if expected[0] != near:  # the first of the rule's own days: dates that are none of them are refused
        begin = datetime.combine(expected[0], datetime.min.time())
        expected = [each.date() for each in rrulestr(text, dtstart=begin).between(begin, limit, inc=True)]
        assume(expected and expected[0] == begin.date())

    moment = Moment((begin.date() - EPOCH).days * DAY, "UTC", whole_day=True)
    rule = read_rule(Line(1, "RRULE", {}, text), moment)
    last = (limit.date() - EPOCH).days
    found = [EPOCH + timedelta(days=each.wall // DAY) for each in instances(rule, moment, 0, last, Budget())]

    assert [day for day in found if day <= limit.date()] == expected
    first = (begin.date() - EPOCH).days + later  # what lies before may be skipped, and nothing after is
    skipped = [
        EPOCH + timedelta(days=each.wall // DAY) for each in instances(rule, moment, first, last, Budget())
    ]
    since = EPOCH + timedelta(days=first)
    assert [day for day in skipped if since <= day <= limit.date()] == [
        day for day in expected if day >= since
    ]
