"""What a finding's rows are set beside: the same filter over the reference, or what there was in its place.

Where a value came up, such as a firmware, no row of the reference has it, and the filter of the finding
selects nothing there. That is not to say that nothing is known of before: the very units that have the value
now were served then, and are their own baseline, as a paired comparison has it. Where these cannot be told,
the rest of the filter says which part of the traffic is hit, and that part was there before as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.properties import ENOUGH, NEW
from aright.core.model.filter_text import write_filter
from aright.core.model.filters import Compare, Every
from aright.engine.evidence_redaction import bare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.model.filters import Filter

Chosen: TypeAlias = Literal["filter", "units", "part"]
"""``filter``: by the finding's own filter; ``units``: what the units of its rows were served before;
``part``: by the conditions of the filter that were met before."""

UNIT: Final = "unit"


@dataclass(frozen=True)
class Past:
    """Rows of the reference that a finding's rows are set beside.

    Attributes:
        rows: by time.
        chosen: how they were chosen.
        where: the filter that selects them; of ``units``, without the condition on these.
        because: why not by the finding's own filter, as one sentence; empty where by that.
    """

    rows: pa.Table
    chosen: Chosen
    where: Filter
    because: str = ""


def past_of(
    reference: pa.Table,
    *,
    bounds: Sequence[Filter],
    told: Sequence[Filter],
    now: Callable[[], pa.Table],
    matching: Callable[[pa.Table, Filter], pa.Table],
) -> Past:
    """Return the rows of the reference that stand beside those of a finding.

    Args:
        reference: all rows of its span.
        bounds: conditions that hold for any row of the reference: its service and span.
        told: the conditions of the finding.
        now: returns the finding's own rows, of the time judged.
        matching: returns the rows that a filter selects.
    """
    least = max(NEW * reference.num_rows, 1)
    usual = Past(matching(reference, Every((*bounds, *told))), "filter", Every((*bounds, *told)))
    if not told or usual.rows.num_rows >= least:
        return usual
    kept = tuple(part for part in told if matching(reference, Every((*bounds, part))).num_rows >= least)
    new = [part for part in told if part not in kept]
    came = f"No row of the reference, or hardly one, has {_words(new or told)}"
    where = Every((*bounds, *(kept if new else ())))
    units = _units(now())
    theirs = _served_to(matching(reference, where), units)
    if theirs.num_rows >= ENOUGH:
        many = f"{len(_units(theirs)):,} of the {len(units):,} units that have it now"
        return Past(theirs, "units", where, f"{came}: these are what {many} were given before.")
    rest = matching(reference, where) if new else usual.rows
    if rest.num_rows > usual.rows.num_rows:
        part = f"the part where {_words(kept)}" if kept else "all of the service"
        return Past(
            rest, "part", where, f"{came}, and its units were not seen before: this is {part} before."
        )
    return Past(usual.rows, "filter", usual.where, f"{came}, and its units were not seen before.")


def _units(rows: pa.Table) -> pa.Array:
    """Return the units of rows, as text."""
    if UNIT not in rows.schema.names:
        return pa.array([], pa.string())
    return pc.unique(rows[UNIT].cast(pa.string()).drop_null())


def _served_to(rows: pa.Table, units: pa.Array) -> pa.Table:
    """Return the rows of some units; none where rows name none."""
    if UNIT not in rows.schema.names:
        return rows.slice(0, 0)
    return rows.filter(pc.is_in(rows[UNIT].cast(pa.string()), value_set=units))


def _words(parts: Sequence[Filter]) -> str:
    return " and ".join(_phrase(part) for part in parts)


def _phrase(part: Filter) -> str:
    """Return a condition in words where it is a plain one, else as SQL.

    >>> _phrase(Compare("attr.firmware", "=", "7.2"))
    'firmware = 7.2'
    """
    if isinstance(part, Compare) and part.operator == "=":
        return f"{bare(part.column)} = {part.value}"
    return write_filter(part)
