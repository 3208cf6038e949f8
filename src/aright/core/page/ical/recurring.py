"""On which days a rule puts an event, one period after the other, within bounds."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from aright.core.model.times import DAY
from aright.core.page.ical.errors import CalendarError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.page.ical.moments import Moment
    from aright.core.page.ical.rules import Rule

MOST_PERIODS: Final = 50_000
"""Looked at for one file."""

_EPOCH: Final = date(1970, 1, 1)
_FARTHEST: Final = 366 * 200
"""Days after its begin to which a series is followed."""
_WEEKS: Final = 53
"""What a year costs that is looked at day by day (periods)."""
_LENGTHS: Final = {"DAILY": (1, 1), "WEEKLY": (7, 7), "MONTHLY": (28, 31), "YEARLY": (365, 366)}
"""Of a period, at least and at most (days)."""


class Budget:
    """How much more may be looked at, over all events of a file: a day, a week or a month is one period.

    >>> budget = Budget(1)
    >>> budget.spend(5)
    >>> budget.spend(7)
    Traceback (most recent call last):
    ...
    aright.core.page.ical.errors.CalendarError: line 7: its rules come too often. Let series end.
    """

    def __init__(self, periods: int = MOST_PERIODS) -> None:
        self._left = periods

    def spend(self, line: int, periods: int = 1) -> None:
        """Take some; raises ``CalendarError`` where none are left."""
        self._left -= periods
        if self._left < 0:
            raise CalendarError(line, "its rules come too often", "Let series end.")


def instances(rule: Rule, begins: Moment, first: int, last: int, budget: Budget) -> Iterator[Moment]:
    """Yield the begins of a series' instances within days, in order.

    Args:
        rule: how it comes again.
        begins: its first begin, which must be one of the rule's own.
        first: nothing before need be yielded (days since 1970-01-01).
        last: nothing after is (likewise).
        budget: of periods.
    """
    origin = begins.wall // DAY
    started = _EPOCH + timedelta(days=origin)
    if started not in _period(rule, started, 0)[1]:
        raise CalendarError(rule.line, "DTSTART is none of its own RRULE's days", "Mend one of them.")
    number = 0
    skipped = 0 if rule.count else _skip(rule, first - origin)
    for period in _periods(rule, started, skipped, last, budget):
        for day in period:
            at = begins._replace(wall=begins.wall + ((day - _EPOCH).days - origin) * DAY)
            if day < started:
                continue
            number += 1
            if _after(at, rule.until) or (rule.count and number > rule.count):
                return
            yield at


def _periods(rule: Rule, started: date, skipped: int, last: int, budget: Budget) -> Iterator[list[date]]:
    """Yield the days of each period that begins up to the last day."""
    number = skipped * rule.interval
    whole_year = rule.frequency == "YEARLY" and bool(rule.days or rule.month_days)
    while number * _LENGTHS[rule.frequency][0] <= _FARTHEST:
        budget.spend(rule.line, _WEEKS if whole_year else 1)
        begin, days = _period(rule, started, number)
        if (begin - _EPOCH).days > last:
            return
        yield days
        number += rule.interval


def _period(rule: Rule, started: date, number: int) -> tuple[date, list[date]]:
    """Return a period's begin and its days, in order."""
    if rule.frequency == "YEARLY":
        year = started.year + number
        begin, days = date(year, 1, 1), _of_year(rule, year, started)
    elif rule.frequency == "MONTHLY":
        year, month = divmod(started.year * 12 + started.month - 1 + number, 12)
        begin, days = date(year, month + 1, 1), _of_month(rule, year, month + 1, started.day)
    else:
        begin, days = _of_week_or_day(rule, started, number)
    fitting = sorted(day for day in set(days) if not rule.months or day.month in rule.months)
    return begin, [fitting[at] for at in _picked(rule.positions, len(fitting))] if rule.positions else fitting


def _of_week_or_day(rule: Rule, started: date, number: int) -> tuple[date, list[date]]:
    weekdays = {day for day, _ in rule.days}
    if rule.frequency == "DAILY":
        day = started + timedelta(days=number)
        held = (not weekdays or day.weekday() in weekdays) and _of_its_month(rule, day)
        return day, [day] if held else []
    begin = started + timedelta(days=number * 7 - (started.weekday() - rule.week_start) % 7)
    days = [begin + timedelta(days=day) for day in range(7)]
    return begin, [day for day in days if day.weekday() in (weekdays or {started.weekday()})]


def _of_year(rule: Rule, year: int, started: date) -> list[date]:
    if rule.days and not rule.months and not rule.month_days:
        days = [date(year, 1, 1) + timedelta(days=day) for day in range(366)]
        return _of_weekdays(rule, [day for day in days if day.year == year])
    every = range(1, 13) if rule.month_days else (started.month,)
    return [day for month in (rule.months or every) for day in _of_month(rule, year, month, started.day)]


def _of_month(rule: Rule, year: int, month: int, day: int) -> list[date]:
    length = monthrange(year, month)[1]
    every = [date(year, month, number) for number in range(1, length + 1)]
    if rule.month_days:
        wanted = {number if number > 0 else length + 1 + number for number in rule.month_days}
        weekdays = {weekday for weekday, _ in rule.days} or set(range(7))
        return [each for each in every if each.day in wanted and each.weekday() in weekdays]
    return _of_weekdays(rule, every) if rule.days else every[day - 1 : day]


def _of_weekdays(rule: Rule, days: list[date]) -> list[date]:
    """Return those of a period's days that a rule names, such as the last Friday."""
    found: set[date] = set()
    for weekday, number in rule.days:
        same = [day for day in days if day.weekday() == weekday]
        found.update(same[at] for at in _picked((number,), len(same))) if number else found.update(same)
    return sorted(found)


def _picked(positions: tuple[int, ...], count: int) -> list[int]:
    """Return indices of positions that there are, in order.

    >>> _picked((-1, 1, 9), 3)
    [0, 2]
    """
    found = {position - 1 if position > 0 else count + position for position in positions}
    return sorted(at for at in found if 0 <= at < count)


def _of_its_month(rule: Rule, day: date) -> bool:
    length = monthrange(day.year, day.month)[1]
    return not rule.month_days or any(day.day in {each, length + 1 + each} for each in rule.month_days)


def _skip(rule: Rule, days: int) -> int:
    """Return how many periods lie wholly before that many days after the begin, and need not be looked at."""
    return max(0, days // (_LENGTHS[rule.frequency][1] * rule.interval) - 1)


def _after(at: Moment, until: Moment | None) -> bool:
    if until is None:
        return False
    by_day = until.whole_day or at.whole_day
    return at.wall // DAY > until.wall // DAY if by_day else at.instant > until.instant
