"""The door: a table in, who deviates out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.cube.axes import Axis, axes_of
from aright.core.diagnose.cube.counts import Counted, Past, usual_periods
from aright.core.diagnose.cube.fitting import fit_counts, fit_values
from aright.core.diagnose.cube.grid import Grid, sums_of
from aright.core.diagnose.cube.reaching import judge
from aright.core.diagnose.cube.rows import Rows, fit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.grid import Codes
    from aright.core.diagnose.cube.localization import Localization

MOST_CELLS: Final = 20_000
"""Distinct combinations that are judged cell by cell; with more, few rows share one, and rows are summed."""

MOST_PLACES: Final = 2.0**22
"""With more possible combinations than this and many rows they are not even counted."""

SEEN: Final = 10_000
"""Times looked at to tell whether there are few distinct ones."""

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
    given = table.column(_named(table, value, "value"))
    table = table.filter(pc.is_valid(given)) if given.null_count else table
    used = [each for each in (value, expected, weight, time) if each is not None]
    names = [each for each in table.column_names if each not in used] if attributes is None else attributes
    axes = axes_of(table, list(names))
    if expected is not None:
        codes = [each.codes for each in axes] or [np.zeros(table.num_rows, dtype=np.uint8)]
        grid = Grid([each.size for each in axes] or [1], codes)
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
    span = _Span(_times(table, time), since, until)
    shape = [each.size for each in axes] or [1]
    codes = [each.codes for each in axes] or [np.zeros(table.num_rows, dtype=np.uint8)]
    cell = _cells(codes, shape)
    if cell is None:
        return _by_rows(axes, (shape, codes), possible, lost, span)
    counted = _counted(cell, possible, lost, span)
    first = np.zeros(len(counted.now), dtype=np.intp)
    first[cell] = np.arange(table.num_rows)
    grid = Grid(shape, [each[first] for each in codes])
    past = _past(grid.codes, shape, counted.before, counted.before_lost)
    return judge(grid, axes, fit_counts(grid, counted), past)


@dataclass(frozen=True, eq=False)
class _Span:
    """What is judged against what: times, and the rows of the past and of now.

    Raises:
        ValueError: there are no rows on one of the sides.
    """

    at: NDArray[np.int64]
    since: int
    until: int | None

    def __post_init__(self) -> None:
        if not bool(self.now.any()) or not bool(self.past.any()):
            sides = f"{int(self.past.sum())} and {int(self.now.sum())}"
            msg = f"rows before and from {self.since} on are needed: there are {sides}"
            raise ValueError(msg)

    @property
    def now(self) -> NDArray[np.bool_]:
        return (self.at >= self.since) & (self.at < self.until if self.until is not None else True)

    @property
    def past(self) -> NDArray[np.bool_]:
        return self.at < self.since

    def usual(
        self, possible: NDArray[np.float64], lost: NDArray[np.float64]
    ) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the rows of the past without periods that had a fault of their own, and their periods."""
        past = np.flatnonzero(self.past)
        period = _periods(self.at[past], self.since)
        size = int(period.max()) + 1
        kept = usual_periods(sums_of(period, possible[past], size), sums_of(period, lost[past], size))[period]
        return past[kept], period[kept]


def _past(
    codes: Sequence[Codes], shape: Sequence[int], possible: NDArray[np.float64], lost: NDArray[np.float64]
) -> Past:
    by_axis = tuple(sums_of(each, possible, size) for each, size in zip(codes, shape, strict=True))
    return Past(float(possible.sum()), float(lost.sum()), by_axis)


def _by_rows(
    axes: Sequence[Axis],
    cut: tuple[list[int], list[NDArray[np.uint8]]],
    possible: NDArray[np.float64],
    lost: NDArray[np.float64],
    span: _Span,
) -> Localization:
    shape, codes = cut
    kept, period = span.usual(possible, lost)
    now = np.flatnonzero(span.now)
    none = np.zeros(0, dtype=np.intp)
    before = Rows(tuple(each[kept] for each in codes), possible[kept], lost[kept], period)
    after = Rows(tuple(each[now] for each in codes), possible[now], lost[now], none)
    grid, fit = fit_rows(shape, before, after)
    return judge(grid, axes, fit, _past(before.codes, shape, before.possible, before.lost))


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


def _cells(codes: Sequence[NDArray[np.uint8]], shape: Sequence[int]) -> NDArray[np.intp] | None:
    """Return which distinct combination every row is; ``None`` where there are too many of them."""
    rows = len(codes[0])
    if np.prod([float(each) for each in shape]) > MOST_PLACES and rows > 2 * MOST_CELLS:
        return None
    cell = np.zeros(rows, dtype=np.intp)
    for each, size in zip(codes, shape, strict=True):
        found, cell = np.unique(cell * size + each, return_inverse=True)
        if len(found) > MOST_CELLS:
            return None
    return cell


def _counted(
    cell: NDArray[np.intp], possible: NDArray[np.float64], lost: NDArray[np.float64], span: _Span
) -> Counted:
    """Return the counts of every cell, the past without periods that had a fault of their own."""
    cells = int(cell.max()) + 1
    kept, period = span.usual(possible, lost)
    now = span.now
    periods = int(period.max()) + 1
    key, which = np.unique(cell[kept] * periods + period, return_inverse=True)
    each_cell, each_period = np.divmod(key, periods)
    return Counted(
        sums_of(cell[kept], possible[kept], cells),
        sums_of(cell[kept], lost[kept], cells),
        sums_of(cell[now], possible[now], cells),
        sums_of(cell[now], lost[now], cells),
        (
            each_cell,
            each_period,
            sums_of(which, possible[kept], len(key)),
            sums_of(which, lost[kept], len(key)),
        ),
    )


def _periods(at: NDArray[np.int64], since: int) -> NDArray[np.intp]:
    """Return the period of every past row: its time, or one of equally long spans where there are many."""
    few = len(np.unique(at[:: max(len(at) // SEEN, 1)])) <= MOST_PERIODS
    if few:
        encoded = pa.array(at).dictionary_encode()
        if len(encoded.dictionary) <= MOST_PERIODS:
            return np.asarray(encoded.indices.to_numpy(), dtype=np.intp)
    start = int(at.min())
    width = max(-(-(since - start) // MOST_PERIODS), 1)
    return ((at - start) // width).astype(np.intp)
