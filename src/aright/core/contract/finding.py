"""One figure that moved, before those of one path are told together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from aright.core.contract.breaks import Grade
    from aright.core.contract.keys import Key

_GROSS: Final = math.log(3)


class Finding(NamedTuple):
    """One figure that moved.

    Attributes:
        key: which.
        p_value: of it alone.
        before, now: what it usually is, and what it is.
    """

    key: Key
    p_value: float
    before: float
    now: float

    @property
    def effect(self) -> float:
        """Return how far it moved, on its own scale."""
        return self.now - self.before


class Sort(NamedTuple):
    """What is to be said of a kind of figure.

    Attributes:
        rank: the lower, the earlier it is told.
        name: of the break.
        least: the smallest move worth telling, on the figure's own scale.
    """

    rank: int
    name: str
    least: float


_SORTS: Final = {
    "parent:present": Sort(0, "missing", 0.01),
    "value": Sort(1, "type", 0.01),
    "present:null": Sort(2, "null", 0.01),
    "text": Sort(3, "format", 0.015),
    "digits": Sort(4, "decimals", 0.03),
    "number:epoch": Sort(4, "unit", 0.02),
    "mean:number": Sort(5, "numbers", 0.04),
    "under:number": Sort(5, "numbers", 0.02),
    "spread:number": Sort(9, "numbers", 0.15),
    "number": Sort(6, "numbers", 0.02),
    "novel:value": Sort(7, "new values", 0.01),
    "novel:shape": Sort(5, "format", 0.01),
    "novel:alphabet": Sort(6, "format", 0.01),
    "novel:length": Sort(10, "length", 0.01),
    "cell:value": Sort(8, "shares", 0.03),
    "cell:shape": Sort(9, "format", 0.03),
    "cell:alphabet": Sort(10, "format", 0.03),
    "cell:cents": Sort(9, "cents", 0.03),
    "cell:length": Sort(11, "length", 0.03),
    "array": Sort(9, "array", 0.02),
    "elements": Sort(9, "array", 0.02),
    "pair": Sort(10, "order", 0.05),
    "again": Sort(7, "repeats", 0.02),
    "age": Sort(9, "age", 0.05),
    "length": Sort(11, "length", 0.04),
    "times": Sort(6, "relation", 0.03),
    "plus": Sort(6, "relation", 0.03),
    "ratio level": Sort(7, "relation", 0.004),
    "ratio spread": Sort(8, "relation", 0.3),
    "both": Sort(9, "relation", 0.03),
    "gap": Sort(9, "relation", 0.03),
    "gap level": Sort(10, "relation", 0.1),
    "gap spread": Sort(11, "relation", 0.2),
    "together": Sort(12, "relation", 0.15),
    "together plainly": Sort(12, "relation", 0.15),
    "group level": Sort(10, "subset", 0.015),
    "link": Sort(9, "relation", 0.01),
    "order": Sort(13, "key order", 0.02),
}
_BREAKING_FORMS: Final = frozenset(
    ("misdated", "misread_encoding", "number", "boolean", "json", "zone", "iso")
)
_ANY: Final = Sort(14, "shape", 0.03)


def sort_of(kind: str) -> Sort:
    """Return what is to be said of a kind of figure.

    >>> sort_of("text:iso").name, sort_of("middle:age").name, sort_of("digits:2").name
    ('format', 'age', 'decimals')
    """
    head, _, tail = kind.partition(":")
    for name in (kind, f"{head}:{tail.partition(' ')[0]}", head, tail):
        if name in _SORTS:
            return _SORTS[name]
    return _ANY


def grade_of(finding: Finding) -> Grade:
    """Return how bad one figure's move is."""
    head, _, tail = finding.key.kind.partition(":")
    more = finding.now > finding.before
    if finding.key.kind == "parent:present":
        return "suspicious" if more else "breaking"
    if head == "value":
        return "suspicious" if tail == "number" and more else "breaking"
    if finding.key.kind == "present:null":
        return "breaking" if more else "suspicious"
    gross = finding.key.kind == "mean:number" and abs(finding.effect) >= _GROSS
    form = head == "text" and tail in _BREAKING_FORMS
    unit = finding.key.kind.startswith("number:epoch")
    return "breaking" if gross or form or unit or head in ("times", "plus") else "suspicious"
