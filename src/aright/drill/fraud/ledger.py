"""Whether a ledger's lines are chained, found out by a stranger with nothing but the documented hash."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.drill.views import LineView


def is_chained(lines: Sequence[LineView]) -> bool:
    """Return whether each line has its place, names the hash before it, and has the hash of what it says.

    >>> from aright.drill.views import LineView
    >>> line = LineView("REL-1", 1, 0, "begun", "It begins.", "aright", True, (), "", "")
    >>> is_chained([]), is_chained([line])
    (True, False)
    """
    before = ""
    for place, line in enumerate(lines, start=1):
        if line.number != place or line.previous != before or line.hash != _hash(line):
            return False
        before = line.hash
    return True


def _hash(line: LineView) -> str:
    told = (
        *(line.previous, line.incident, line.number, line.at),
        *(line.kind, line.text, line.by, line.key, line.refs),
    )
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()
