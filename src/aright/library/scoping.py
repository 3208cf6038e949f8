"""``aright.scope``: which parts of a table deviate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.cube import localize
from aright.core.model.times import iso
from aright.library.frames import BadFrameError, Frame, When, as_table, instant, names_in, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.diagnose.cube import Localization
    from aright.core.model.times import Micros


def scope(
    frame: Frame,
    *,
    value: str,
    expected: str | None = None,
    weight: str | None = None,
    time: str | None = None,
    since: When | None = None,
    until: When | None = None,
    attributes: str | Sequence[str] | None = None,
    seed: int = 0,
) -> Localization:
    """Return which parts of a table deviate: segments, all alike, a shift of the mix, or none surely.

    Three shapes of tables are understood: leaves with real and predicted values (``value``, ``expected``),
    counts of lost events per leaf and time (``value`` of ``weight``), and rows with a loss in [0, 1].

    Args:
        frame: the rows.
        value: column of real values, or of losses.
        expected: column of predicted values; without it what came before ``since`` tells what is usual.
        weight: column of how many events each row counts; 1 per row without it.
        time: column of times.
        since: first time of what is judged, in the column's own unit; text is RFC 3339.
        until: end of it, itself not part; all that follows where not given.
        attributes: column or columns to cut by; all others where not given.
        seed: of the tables drawn to tell what noise alone shows.

    Raises:
        BadFrameError: columns are missing, of the wrong type, or do not fit together.

    >>> shops = [f"s{at % 20}" for at in range(400)]
    >>> kinds = [f"k{at // 20}" for at in range(400)]
    >>> sold = [50.0 + at % 3 if at % 20 == 7 else 100.0 + at % 3 for at in range(400)]
    >>> frame = {"shop": shops, "kind": kinds, "sold": sold, "forecast": [101.0] * 400}
    >>> print(scope(frame, value="sold", expected="forecast").roots[0].where)
    "shop" = 's7'
    """
    table = as_table(frame, "frame")
    begin, end = (
        None if at is None else instant(at, what) for at, what in ((since, "since"), (until, "until"))
    )
    if expected is None and time in table.column_names and begin is not None:
        _on_both_sides(table[time], str(time), begin)
    try:
        return localize(
            table,
            value=value,
            expected=expected,
            weight=weight,
            time=time,
            since=begin,
            until=end,
            attributes=names_in(attributes),
            rng=np.random.default_rng(seed),
        )
    except ValueError as wrong:
        raise BadFrameError(str(wrong)) from wrong


def _on_both_sides(column: pa.ChunkedArray, name: str, since: Micros) -> None:
    """Raise ``BadFrameError`` where all timestamps lie on one side of what is judged, times told as times."""
    if not pa.types.is_timestamp(column.type) or column.null_count == len(column):
        return
    known = pc.min_max(times(column.drop_null(), f"frame: the column {name!r}").cast(pa.int64())).as_py()
    first, last = known["min"], known["max"]
    if not first < since <= last:
        raise BadFrameError(
            f"all rows are on one side of since, {iso(since)}: the column {name!r} goes from {iso(first)} to "
            f"{iso(last)}; give rows of before, too, or another since"
        )
