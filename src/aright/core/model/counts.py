"""Counts with their nouns."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun.

    >>> counted(1, "row"), counted(6_000, "row"), counted(2, "query", "queries")
    ('1 row', '6,000 rows', '2 queries')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"
