"""Time, as every part of aright writes it: integer microseconds since the epoch, UTC.

SQLite forgets time zones and floats lose microseconds, so an instant is an ``int`` everywhere; only the
edges (pages, documents, wire formats) turn it into text.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias

Micros: TypeAlias = int
"""An instant (µs since 1970-01-01T00:00:00Z) or a span (µs), as the name beside it says."""

SECOND: Final[Micros] = 1_000_000
MINUTE: Final[Micros] = 60 * SECOND
HOUR: Final[Micros] = 60 * MINUTE
DAY: Final[Micros] = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_datetime(at: Micros) -> datetime:
    """Return the instant as an aware UTC ``datetime``.

    >>> to_datetime(1_500_000).isoformat()
    '1970-01-01T00:00:01.500000+00:00'
    """
    return _EPOCH + timedelta(microseconds=at)


def from_datetime(when: datetime) -> Micros:
    """Return an aware ``datetime`` as microseconds; a naive one raises ``ValueError``.

    >>> from_datetime(to_datetime(42))
    42
    """
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} has no time zone: add one, such as +00:00 for UTC")
    return (when - _EPOCH) // timedelta(microseconds=1)


def iso(at: Micros) -> str:
    """Return the instant as RFC 3339 text in UTC, milliseconds kept.

    >>> iso(1_500_000)
    '1970-01-01T00:00:01.500Z'
    """
    return to_datetime(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock_text(at: Micros) -> str:
    """Return hours, minutes and seconds in UTC, as a timeline shows them.

    >>> clock_text(3_723 * SECOND)
    '01:02:03'
    """
    return to_datetime(at).strftime("%H:%M:%S")
