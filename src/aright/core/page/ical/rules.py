"""How an event comes again: the part of RRULE (RFC 5545, section 3.3.10) that calendars of people use."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.page.ical.errors import CalendarError
from aright.core.page.ical.moments import Moment, read_moments

if TYPE_CHECKING:
    from aright.core.page.ical.lines import Line

FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY: Final = re.compile(r"([+-]?\d{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_PARTS: Final = frozenset(
    {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """An RRULE.

    Attributes:
        line: where it stands, from 1.
        frequency: of ``FREQUENCIES``.
        interval: every so many.
        count: of instances in all; 0 for any number.
        until: of the last begin; ``None`` for never.
        days: of the week, 0 for Monday, each with which of them in the period, 0 for all.
        month_days: of the month, from its end where below 0.
        months: from 1.
        positions: which of a period's days, from 1, from its end where below 0; empty for all.
        week_start: on which day a week begins, 0 for Monday.
    """

    line: int
    frequency: str
    interval: int = 1
    count: int = 0
    until: Moment | None = None
    days: tuple[tuple[int, int], ...] = ()
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0


def read_rule(line: Line, begins: Moment) -> Rule:
    """Return a rule; raises ``CalendarError`` for what it does not take, such as hours.

    >>> from aright.core.page.ical.lines import Line
    >>> rule = read_rule(Line(3, "RRULE", {}, "FREQ=MONTHLY;BYDAY=-1FR"), Moment(0, "UTC", True))
    >>> rule.frequency, rule.days
    ('MONTHLY', ((4, -1),))
    """
    parts: dict[str, str] = {}
    for part in line.value.strip().upper().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        if name not in _PARTS or not equals or name in parts:
            raise _error(
                line, f"RRULE has {part[:40]!r}", f"It takes {', '.join(sorted(_PARTS))}, each once."
            )
        parts[name] = value
    rule = Rule(
        line=line.number,
        frequency=parts.get("FREQ", ""),
        interval=_number(line, parts.get("INTERVAL", "1")),
        count=_number(line, parts["COUNT"]) if "COUNT" in parts else 0,
        until=_until(line, parts["UNTIL"], begins) if "UNTIL" in parts else None,
        days=tuple(_weekday(line, text) for text in _several(parts, "BYDAY")),
        month_days=_numbers(line, parts, "BYMONTHDAY", 31),
        months=_numbers(line, parts, "BYMONTH", 12),
        positions=_numbers(line, parts, "BYSETPOS", 366),
        week_start=_weekday(line, parts.get("WKST", "MO"))[0],
    )
    _check(line, rule)
    return rule


def _check(line: Line, rule: Rule) -> None:
    if rule.frequency not in FREQUENCIES:
        raise _error(line, f"FREQ is {rule.frequency[:20]!r}", f"It takes {', '.join(FREQUENCIES)}.")
    if rule.count and rule.until:
        raise _error(line, "RRULE has COUNT and UNTIL", "Take one away.")
    numbered = any(number for _, number in rule.days)
    if numbered and rule.frequency in {"DAILY", "WEEKLY"}:
        raise _error(line, f"BYDAY with numbers is not for {rule.frequency}", "Leave the numbers out.")
    if numbered and rule.month_days:
        raise _error(line, "BYDAY with numbers and BYMONTHDAY are both given", "Take one away.")
    if rule.month_days and rule.frequency == "WEEKLY":
        raise _error(line, "BYMONTHDAY is not for WEEKLY", "Write FREQ=MONTHLY.")
    if rule.positions and rule.frequency in {"DAILY", "WEEKLY"}:
        raise _error(line, f"BYSETPOS is not for {rule.frequency}", "Name the days.")
    if any(month < 1 for month in rule.months):
        raise _error(line, "BYMONTH is below 1", "Write 1 to 12.")


def _until(line: Line, text: str, begins: Moment) -> Moment:
    return read_moments(line._replace(name="UNTIL", value=text, parameters={}), begins.zone)[0]


def _weekday(line: Line, text: str) -> tuple[int, int]:
    found = _DAY.fullmatch(text)
    if found is None or (found[1] and not 1 <= abs(int(found[1])) <= 53):
        raise _error(
            line, f"RRULE has the day {text[:20]!r}", f"It takes {', '.join(WEEKDAYS)}, or 1MO, -1FR."
        )
    return WEEKDAYS.index(found[2]), int(found[1] or 0)


def _number(line: Line, text: str) -> int:
    number = int(text) if re.fullmatch(r"\d{1,5}", text) else 0
    if not number:
        raise _error(line, f"RRULE has the number {text[:20]!r}", "Write one from 1.")
    return number


def _numbers(line: Line, parts: dict[str, str], name: str, most: int) -> tuple[int, ...]:
    texts = _several(parts, name)
    numbers = tuple(int(text) for text in texts if re.fullmatch(r"[+-]?\d{1,3}", text))
    if len(numbers) < len(texts) or not all(1 <= abs(number) <= most for number in numbers):
        raise _error(line, f"{name} is {parts[name][:40]!r}", f"Write numbers from 1 to {most}.")
    return numbers


def _several(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _error(line: Line, problem: str, fix: str) -> CalendarError:
    return CalendarError(line.number, problem, fix)
