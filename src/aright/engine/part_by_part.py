"""The current rows of each value of a column, each compared with the whole reference."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.counts import counted
from aright.core.model.investigation import Part
from aright.core.profile import kind_of
from aright.engine.comparing import NothingToCompareError, compare_tables

if TYPE_CHECKING:
    from aright.core.detect.estimates import NoEstimate
    from aright.core.detect.estimates_quality import Taught
    from aright.core.model.investigation import Quality
    from aright.core.observe.roles import Roles
    from aright.engine.comparing import Question

MOST_PARTS: Final = 50
FEWEST_ROWS: Final = 30


def part_by_part(
    reference: pa.Table,
    current: pa.Table,
    roles: Roles,
    question: Question,
    taught: Taught | NoEstimate | None = None,
) -> tuple[tuple[Part, ...], tuple[str, ...]]:
    """Return the parts in the order of their values, and notes of what has none.

    All parts are one family: the error asked for holds for them together. What the reference has ``taught``
    for estimates is not learned again.

    Raises ``NothingToCompareError`` where the current rows have no such column.
    """
    by = question.by
    if by not in current.column_names:
        raise NothingToCompareError(f"the current rows have no column {by!r} to look at them by")
    if kind_of(current[by].type) is None:
        raise NothingToCompareError(f"rows cannot be looked at by {by!r}: it is of type {current[by].type}")
    keys = current[by].cast(pa.string())
    counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(keys.drop_null()).to_pylist()}
    large = [
        value for value in sorted(counts, key=lambda each: -counts[each]) if counts[value] >= FEWEST_ROWS
    ]
    shown = large[:MOST_PARTS]
    each = replace(question, alpha=question.alpha / max(len(shown), 1))
    parts = tuple(
        _part(value, reference, current.filter(pc.equal(keys, value)), roles, each, len(shown), taught)
        for value in sorted(shown, key=_in_order)
    )
    return parts, tuple(_notes(by, counts, large, keys.null_count))


def _part(
    value: str,
    reference: pa.Table,
    rows: pa.Table,
    roles: Roles,
    question: Question,
    parts: int,
    taught: Taught | NoEstimate | None,
) -> Part:
    found = compare_tables(reference, rows, roles, question, taught=taught)
    return Part(
        value=value,
        rows=rows.num_rows,
        moved=tuple(one.column for one in found.moved if one.size != "negligible"),
        quality=tuple(_corrected(one, parts) for one in found.quality),
    )


def _corrected(one: Quality, parts: int) -> Quality:
    return msgspec.structs.replace(one, p_value=min(1.0, one.p_value * parts))


def _in_order(value: str) -> tuple[float, str]:
    """Sort numbers as numbers, before all else.

    >>> sorted(["b", "10", "9"], key=_in_order)
    ['9', '10', 'b']
    """
    try:
        number = float(value)
    except ValueError:
        return float("inf"), value
    return (number, value) if number == number else (float("inf"), value)  # noqa: PLR0124  NaN has no order


def _notes(by: str, counts: dict[str, int], large: list[str], nulls: int) -> list[str]:
    notes = []
    if not large:
        has = "its only value has not" if len(counts) == 1 else f"none of its {len(counts):,} values has"
        notes.append(f"by {by} there are no parts: {has} {FEWEST_ROWS} rows; name a column of fewer values")
    elif few := len(counts) - len(large):
        were = "was" if few == 1 else "were"
        notes.append(f"by {by}: {counted(few, 'value')} of fewer than {FEWEST_ROWS} rows {were} left out")
    if len(large) > MOST_PARTS:
        notes.append(f"by {by}: of {len(large):,} values the {MOST_PARTS} with the most rows are shown")
    if nulls:
        notes.append(
            f"by {by}: {counted(nulls, 'row')} without a value {'is' if nulls == 1 else 'are'} in no part"
        )
    return notes
