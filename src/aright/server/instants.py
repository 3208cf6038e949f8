"""Instants and segments as a query writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

import msgspec

from aright.core.model.signal import ALL, Segment
from aright.core.model.times import Micros, from_datetime
from aright.server.problems import ProblemError

_ZONED: Final = Annotated[datetime, msgspec.Meta(tz=True)]

_FAR: Final = 2**62
"""No instant is as far from 1970 (µs): sums of two still fit into 64 bits."""


def instant(text: str, default: Micros) -> Micros:
    """Return an instant given as integer microseconds or RFC 3339; raises ``ProblemError`` (400).

    >>> instant("1970-01-01T00:00:01Z", 0), instant("42", 0), instant("", 7)
    (1000000, 42, 7)
    """
    if not text:
        return default
    if text.removeprefix("-").isdecimal() and len(text) < 20 and abs(at := int(text)) < _FAR:
        return at
    try:
        return from_datetime(msgspec.convert(text, type=_ZONED))
    except (msgspec.ValidationError, OverflowError) as bad:
        raise ProblemError(
            400,
            f"{text[:40]!r} is no instant: {bad}.",
            "Give microseconds since 1970 or RFC 3339 with a zone, such as 2026-11-23T09:00:00Z.",
        ) from bad


def segment_of(text: str) -> Segment:
    """Return the segment that ``attribute:value`` names; raises ``ProblemError`` (400).

    >>> str(segment_of("region:north")), segment_of("") == ALL
    ('region = north', True)
    """
    if not text:
        return ALL
    attribute, colon, value = text.partition(":")
    if not attribute or not colon:
        raise ProblemError(400, f"{text[:80]!r} names no segment.", "Write attribute:value.")
    return Segment(attribute, value)
