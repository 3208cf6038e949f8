"""Calendars of people (iCalendar, RFC 5545): shifts written, overrides and holidays read.

Read is what calendars of people use: events of days or times in zones, with an end or a duration, that
come again daily, weekly, monthly or yearly, with exceptions and changed instances. What is not taken is
refused with its line, and nothing is followed without bounds.
"""

from aright.core.page.ical.errors import CalendarError
from aright.core.page.ical.holidays import read_holidays
from aright.core.page.ical.taking import BROUGHT, read_overrides
from aright.core.page.ical.writing import write_calendar

__all__ = ["BROUGHT", "CalendarError", "read_holidays", "read_overrides", "write_calendar"]
