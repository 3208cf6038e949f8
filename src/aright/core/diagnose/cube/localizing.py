"""The door: a table in, who deviates out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.cube.axes import Axis, axes_of
from aright.core.diagnose.cube.counts import Counted, usual_periods
from aright.core.diagnose.cube.fitting import fit_counts, fit_values
from aright.core.diagnose.cube.grid import Grid
from aright.core.diagnose.cube.reaching import judge
from aright.core.diagnose.likelihood import sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.localization import Localization

MOST_PERIODS: Final = 50
"""Periods that the past is cut into where rows have times of their own."""


def localize(
    table: pa.Table,
    *,
    value: str,
    expected: str | None = None,
    weight: str | None = None,
    time: str | None = None,
    since: int | None = None,
    until: int | None = None,
    attributes: Sequence[str] | None = None,
) -> Localization:
    """Return which parts of a table deviate.

    Three shapes of tables are understood:

    - real and predicted values: ``value`` and ``expected``, one row per leaf;
    - counted events: ``value`` of ``weight`` events were lost, per leaf and time, before ``since`` and after;
    - rows: ``value`` is a loss in [0, 1] per row, before and from ``since`` on.

    Args:
        table: the rows.
        value: column of real values, or of losses.
        expected: column of predicted values; without it the rows before ``since`` tell what is usual.
        weight: column of how many events each row counts; 1 per row without it.
        time: column of times (any whole numbers or timestamps).
        since: first time of what is judged (timestamps: µs since the epoch, UTC).
        until: end of it, itself not part; all that follows ``since`` when ``None``.
        attributes: columns to cut by; all others when ``None``.

    Raises:
        ValueError: columns are missing, of the wrong type, or do not fit together; the text says which.

    >>> leaves = pa.table({
    ...     "shop": [f"s{at % 20}" for at in range(400)],
    ...     "kind": [f"k{at // 20}" for at in range(400)],
    ...     "sold": [50.0 + at % 3 if at % 20 == 7 else 100.0 + at % 3 for at in range(400)],
    ...     "forecast": [101.0] * 400,
    ... })
    >>> found = localize(leaves, value="sold", expected="forecast")
    >>> print(found.reach.value, found.roots[0].where)
    segment "shop" = 's7'
    """
    table = table.filter(pc.is_valid(table.column(_named(table, value, "value"))))
    used = [each for each in (value, expected, weight, time) if each is not None]
    names = [each for each in table.column_names if each not in used] if attributes is None else attributes
    axes = axes_of(table, list(names))
    if expected is not None:
        grid = _grid(axes, [each.codes for each in axes], table.num_rows)
        real, predicted = _numbers(table, value), _numbers(table, expected)
        return judge(grid, axes, fit_values(grid, real, predicted), None)
    if time is None or since is None:
        msg = "without predictions give the column of times and since when rows are judged"
        raise ValueError(msg)
    possible = _numbers(table, weight) if weight is not None else np.ones(table.num_rows)
    lost = _numbers(table, value)
    if bool((lost < 0.0).any()) or bool((lost > possible + 1e-9).any()):
        msg = f"column {value!r} must lie between 0 and {weight or 1}: give losses, not amounts"
        raise ValueError(msg)
    at = _times(table, time)
    codes, cell = _cells([each.codes for each in axes], table.num_rows)
    counted = _counted(cell, possible, lost, at, (since, until))
    grid = _grid(axes, codes, len(counted.now))
    return judge(grid, axes, fit_counts(grid, counted), counted)


def _named(table: pa.Table, name: str, what: str) -> str:
    if name not in table.column_names:
        msg = f"there is no column {name!r} for {what}: name one of {table.column_names}"
        raise ValueError(msg)
    return name


def _numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    column = table.column(_named(table, name, "numbers"))
    try:
        found = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        msg = f"column {name!r} must hold numbers, it holds {column.type}"
        raise ValueError(msg) from error
    return np.nan_to_num(np.asarray(found, dtype=np.float64), nan=0.0, posinf=0.0, neginf=0.0)


def _times(table: pa.Table, name: str) -> NDArray[np.int64]:
    column = table.column(_named(table, name, "times"))
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz))
    try:
        return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        msg = f"column {name!r} must hold whole numbers or timestamps, none missing; it holds {column.type}"
        raise ValueError(msg) from error


def _grid(axes: Sequence[Axis], codes: Sequence[NDArray[np.intp]], cells: int) -> Grid:
    if not axes:
        return Grid((1,), [np.zeros(cells, dtype=np.intp)])
    return Grid([each.size for each in axes], codes)


def _cells(codes: Sequence[NDArray[np.intp]], rows: int) -> tuple[list[NDArray[np.intp]], NDArray[np.intp]]:
    """Return the codes of the distinct combinations, and which of them every row is."""
    cell = np.zeros(rows, dtype=np.intp)
    for each in codes:
        _, cell = np.unique(cell * (int(each.max(initial=0)) + 1) + each, return_inverse=True)
    first = np.zeros(int(cell.max(initial=0)) + 1, dtype=np.intp)
    first[cell] = np.arange(rows)
    return [each[first] for each in codes], cell


def _counted(
    cell: NDArray[np.intp],
    possible: NDArray[np.float64],
    lost: NDArray[np.float64],
    at: NDArray[np.int64],
    span: tuple[int, int | None],
) -> Counted:
    """Return the counts of every cell, the past without periods that had a fault of their own."""
    since, until = span
    cells = int(cell.max(initial=0)) + 1
    now = (at >= since) & (at < until if until is not None else True)
    past = at < since
    if not bool(now.any()) or not bool(past.any()):
        msg = f"rows before and from {since} on are needed: there are {int(past.sum())} and {int(now.sum())}"
        raise ValueError(msg)
    period = _periods(at[past], since)
    periods = int(period.max()) + 1
    usual = usual_periods(sums(period, possible[past], periods), sums(period, lost[past], periods))
    kept = np.flatnonzero(past)[usual[period]]
    period = period[usual[period]]
    key, which = np.unique(cell[kept] * periods + period, return_inverse=True)
    each_cell, each_period = np.divmod(key, periods)
    by_period = (
        each_cell,
        each_period,
        sums(which, possible[kept], len(key)),
        sums(which, lost[kept], len(key)),
    )
    return Counted(
        sums(cell[kept], possible[kept], cells),
        sums(cell[kept], lost[kept], cells),
        sums(cell[now], possible[now], cells),
        sums(cell[now], lost[now], cells),
        by_period,
    )


def _periods(at: NDArray[np.int64], since: int) -> NDArray[np.intp]:
    """Return the period of every past row: its time, or one of equally long spans where there are many."""
    distinct, which = np.unique(at, return_inverse=True)
    if len(distinct) <= MOST_PERIODS:
        return which
    start = int(distinct[0])
    width = max(-(-(since - start) // MOST_PERIODS), 1)
    return ((at - start) // width).astype(np.intp)
