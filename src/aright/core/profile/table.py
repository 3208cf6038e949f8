"""Profiles of Arrow columns and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.profile.codes import profile_categories
from aright.core.profile.columns import BLOCK, EMPTY, NUMBER, require_kind
from aright.core.profile.kernel import Scratch, profile_numbers
from aright.core.profile.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from aright.core.profile.frame import ScaleFrame


def profile_column(array: pa.Array | pa.ChunkedArray, frame: ScaleFrame | None = None) -> Profile:
    """Return the profile of one column, in one pass.

    Args:
        array: numbers, decimals, temporal values, text, booleans, or a dictionary of these.
        frame: the reference's frame (``frame_of``), used where the column is one of numbers.

    Raises:
        UnsupportedColumnError: where the type has no profile (lists, structs, binary).

    >>> import pyarrow as pa
    >>> seen = profile_column(pa.array([0.5, None, 1.5, float("nan")]))
    >>> seen.rows, seen.nulls, seen.invalid, seen.mean, seen.distinct
    (4, 1, 1, 1.0, 2)
    >>> profile_column(pa.array(["a", "b", "a"])).shares()["a"]
    0.6666666666666666
    """
    return _profile(array, frame, None)


def _profile(array: pa.Array | pa.ChunkedArray, frame: ScaleFrame | None, scratch: Scratch | None) -> Profile:
    kind = require_kind(array.type)
    rows, nulls = len(array), array.null_count
    if kind == EMPTY:
        return Profile(rows, rows)
    if kind == NUMBER:
        numbers = profile_numbers(array, frame, scratch)
        # A dictionary may hold a null that its indices do not show.
        return Profile(rows, rows - numbers.valid - numbers.invalid, numbers=numbers)
    categories = profile_categories(array)
    return Profile(rows, max(nulls, rows - categories.valid), categories=categories)


def profile_table(
    table: pa.Table | pa.RecordBatch,
    columns: Sequence[str] | None = None,
    frames: Mapping[str, ScaleFrame | None] | None = None,
) -> dict[str, Profile]:
    """Return the profiles of the named columns (all columns where None), each in its frame, if it has one.

    Raises:
        KeyError: where a column is missing.
        UnsupportedColumnError: where a column's type has no profile; the message names it.
    """
    names = table.schema.names if columns is None else columns
    for name in names:
        require_kind(table.schema.field(name).type, name)
    known = frames or {}
    scratch = Scratch(min(BLOCK, table.num_rows))
    return {name: _profile(table.column(name), known.get(name), scratch) for name in names}
