"""Judge: one window of rows against a guard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, FEATURE
from aright.core.model.probability import percent
from aright.core.model.signal import ALL
from aright.core.prevent.measures import BY, measure
from aright.core.prevent.payloads import BREAK, KIND, breaks_of, of_endpoint

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.guard import Guard
    from aright.core.model.signal import Segment

SHOWN: Final = 80


@dataclass(frozen=True)
class Breach:
    """A limit that one window broke.

    Attributes:
        name: the measure, a key of the guard's limits.
        value: what it was.
        limit: the largest value allowed.
        text: both in one sentence.
    """

    name: str
    value: float
    limit: float
    text: str


def judge(guard: Guard, rows: pa.Table) -> list[Breach]:
    """Return the limits that one window breaks; none where it has too few rows to be judged.

    Joined rows are judged, or payloads where the guard is on those.

    >>> import pyarrow as pa
    >>> from aright.core.model.guard import Guard
    >>> guard = Guard(key="G", service="s", incident="I", kind="source_contract", subject="f", title="",
    ...     limits={"null_share:f": 0.1}, min_rows=2, created_at=0)
    >>> [breach.text for breach in judge(guard, pa.table({"feat.f": [None, 1.0]}))]
    ['null share of f is 50\u202f%, at most 10\u202f% is allowed']
    """
    watched = watched_by(guard, rows)
    if watched.num_rows < guard.min_rows:
        return []
    if guard.kind == KIND:
        return [Breach(BREAK + each.path, each.now, 0.0, each.sentence) for each in breaks_of(guard, watched)]
    found = []
    for name, limit in sorted(guard.limits.items()):
        found_now = measure(name, watched, least=guard.min_rows)
        if found_now is not None and found_now.low > limit:
            text = f"{in_words(name)} is {value_told(name, found_now.value)}, "
            text += f"at most {value_told(name, limit)} is allowed"
            found.append(Breach(name, found_now.value, limit, text))
    return found


def watched_by(guard: Guard, rows: pa.Table) -> pa.Table:
    """Return the rows of a window that a guard looks at: its endpoint's payloads or its segment's answers."""
    if guard.kind == KIND:
        return of_endpoint(rows, guard.subject)
    return within(served(rows), guard.segment)


def served(rows: pa.Table) -> pa.Table:
    """Return the rows that users saw: shadow answers are left out."""
    if "arm" not in rows.schema.names or rows.num_rows == 0:
        return rows
    return rows.filter(pc.fill_null(pc.not_equal(rows["arm"], "shadow"), fill_value=True))


def within(rows: pa.Table, segment: Segment) -> pa.Table:
    """Return the rows of a segment; a segment whose attribute no row has selects none."""
    if segment == ALL or rows.num_rows == 0:
        return rows
    name = ATTRIBUTE + segment.attribute
    column = name if name in rows.schema.names else segment.attribute
    if column not in rows.schema.names:
        return rows.slice(0, 0)
    return rows.filter(pc.fill_null(pc.equal(rows[column], segment.value), fill_value=False))


def value_told(name: str, value: float) -> str:
    """Return a measure's value for people: a share as a percentage, all else in the feature's own unit.

    >>> value_told("null_share:f", 0.108), value_told("p90:f", 1234.5), value_told("loss_rise:click", 0.02)
    ('11\u202f%', '1,234', '2.0\u202f%')
    """
    what = name.partition(":")[0].removesuffix("_rise")
    if what.endswith("_share") or what in {"loss", "rate", "errors", "worst_loss"}:
        return percent(value)
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def in_words(name: str) -> str:
    """Return a measure for people.

    >>> in_words("p90:basket.size"), in_words("loss_rise:click")
    ('p90 of basket.size', 'loss rise of click')
    >>> in_words("worst_loss:click by attr.app")
    'worst loss of click by app'
    """
    what, _, subject = name.partition(":")
    told = subject.replace(BY + ATTRIBUTE, BY).replace(BY + FEATURE, BY)
    plain = "".join(each if each.isprintable() else "?" for each in told[:SHOWN])
    return f"{what.replace('_', ' ')} of {plain}"
