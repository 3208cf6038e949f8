"""When a receiver wants to be asked again."""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime


def seconds_to_wait(retry_after: str, date: str, now: float) -> float | None:
    """Return the seconds that ``Retry-After`` asks for; 0 for what is past, ``None`` for what says nothing.

    A date is held against the receiver's own clock where it tells that, so that clocks that differ do no harm
    (RFC 9110 §10.2.3).

    Args:
        retry_after: the header: seconds or an HTTP date.
        date: the answer's own ``Date`` header; empty where there is none.
        now: Unix seconds, for answers without a date.

    >>> seconds_to_wait("120", "", 0.0), seconds_to_wait("soon", "", 0.0), seconds_to_wait("-5", "", 0.0)
    (120.0, None, None)
    >>> seconds_to_wait("Thu, 01 Jan 1970 00:02:00 GMT", "", 90.0)
    30.0
    >>> seconds_to_wait("Thu, 01 Jan 1970 00:02:00 GMT", "Thu, 01 Jan 1970 00:01:50 GMT", 90.0)
    10.0
    >>> seconds_to_wait("Thu, 01 Jan 1970 00:02:00 GMT", "", 1e9)
    0.0
    """
    if retry_after.isascii() and retry_after.isdigit() and len(retry_after) < 10:
        return float(retry_after)
    until = _instant(retry_after)
    if until is None:
        return None
    told = _instant(date)
    return max(until - (now if told is None else told), 0.0)


def _instant(date: str) -> float | None:
    try:
        parsed = parsedate_to_datetime(date)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
