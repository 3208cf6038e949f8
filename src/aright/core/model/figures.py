"""Figures as an investigation writes them: one format wherever the same figure stands."""

from __future__ import annotations

import re
from typing import Final

NARROW: Final = "\u202f"
"""A narrow no-break space between a number and its unit."""

_LOOSE: Final = re.compile(r"(?<=\d) ?%")


def percent(share: float, decimals: int = 1) -> str:
    """Return a share as a percentage; never 0 nor 100 where it is neither.

    >>> percent(0.296), percent(1.0), percent(0.98, 0), percent(0.00001), percent(0.99999)
    ('29.6\u202f%', '100.0\u202f%', '98\u202f%', '<\u202f0.1\u202f%', '>\u202f99.9\u202f%')
    """
    least = 10.0 ** -(decimals + 2)
    if 0 < share < least / 2:
        return f"<{NARROW}{100 * least:.{decimals}f}{NARROW}%"
    if 1 - least / 2 < share < 1:
        return f">{NARROW}{100 * (1 - least):.{decimals}f}{NARROW}%"
    return f"{100 * share:.{decimals}f}{NARROW}%"


def close_up(text: str) -> str:
    """Return a sentence with each percent sign tied to its number.

    >>> close_up("30 % of answers")
    '30\u202f% of answers'
    """
    return _LOOSE.sub(f"{NARROW}%", text)


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> counted(1, "row"), counted(6_000, "row"), counted(2, "query", "queries")
    ('1 row', '6,000 rows', '2 queries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
