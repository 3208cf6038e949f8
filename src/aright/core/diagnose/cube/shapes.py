"""The shapes of tables that are understood: leaves with predictions, and events lost before and now."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
import pyarrow as pa

from aright.core.diagnose.cube.counts import Counted, Past, usual_periods
from aright.core.diagnose.cube.fitting import fit_counts, fit_values
from aright.core.diagnose.cube.grid import Grid, sums_of
from aright.core.diagnose.cube.restoring import Compared, Seen
from aright.core.diagnose.cube.rows import Rows, fit_rows
from aright.core.diagnose.cube.threads import side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.cube.axes import Axis
    from aright.core.diagnose.cube.fitting import Fit
    from aright.core.diagnose.cube.grid import Codes

MOST_CELLS: Final = 20_000
"""Distinct combinations that are judged cell by cell; with more, few rows share one, and rows are summed."""

MOST_PLACES: Final = 2.0**22
"""With more possible combinations than this and many rows they are not even counted."""

SEEN: Final = 10_000
"""Times looked at to tell whether there are few distinct ones."""

MOST_PERIODS: Final = 50
"""Periods that the past is cut into where rows have times of their own."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """What was found in a table cut by some axes.

    Attributes:
        grid: the cells.
        fit: the roots.
        past: what was before, where losses are counted.
        cell: which cell every row is; ``None`` where rows of now are the cells.
    """

    grid: Grid
    fit: Fit
    past: Past | None = None
    cell: NDArray[np.intp] | None = None


class Told(Protocol):
    """A table of one shape."""

    def fitted(self, axes: Sequence[Axis]) -> Fitted:
        """Return what is found where it is cut by these axes."""
        ...

    def compared(self, fitted: Fitted) -> Compared:
        """Return what its rows show, and what was expected of them."""
        ...


@dataclass(frozen=True, eq=False)
class Leaves:
    """Real and predicted values, one row per leaf."""

    real: NDArray[np.float64]
    predicted: NDArray[np.float64]

    def fitted(self, axes: Sequence[Axis]) -> Fitted:
        """Return what is found where they are cut by these axes."""
        shape, codes = _cut(axes, len(self.real))
        grid = Grid(shape, codes, ordered=[each.ordered for each in axes])
        return Fitted(grid, fit_values(grid, self.real, self.predicted))

    def compared(self, fitted: Fitted) -> Compared:
        """Return what they show beside what was predicted, times what all of them share."""
        usual = self.predicted * fitted.fit.common
        return Compared(Seen(np.arange(len(usual)), self.real, usual), fitted.fit.variance)


@dataclass(frozen=True, eq=False)
class Span:
    """What is judged against what: times, and the rows of the past and of now.

    Raises:
        ValueError: there are no rows on one of the sides.
    """

    at: NDArray[np.int64]
    since: int
    until: int | None

    def __post_init__(self) -> None:
        if not self.now.size or not self.past.size:
            sides = f"{self.past.size} and {self.now.size}"
            msg = f"rows before and from {self.since} on are needed: there are {sides}"
            raise ValueError(msg)

    @cached_property
    def now(self) -> NDArray[np.intp]:
        """Which rows are judged."""
        late = self.at >= self.since
        return np.flatnonzero(late & (self.at < self.until) if self.until is not None else late)

    @cached_property
    def past(self) -> NDArray[np.intp]:
        """Which rows tell what is usual."""
        return np.flatnonzero(self.at < self.since)


@dataclass(frozen=True, eq=False)
class Events:
    """Events that were possible and lost, per row."""

    possible: NDArray[np.float64]
    lost: NDArray[np.float64]
    span: Span

    @cached_property
    def usual(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Rows of the past without periods that had a fault of their own, and their periods."""
        past = self.span.past
        period = _periods(self.span.at[_slice(past)], self.span.since)
        size = int(period.max()) + 1
        possible, lost = (sums_of(period, each[_slice(past)], size) for each in (self.possible, self.lost))
        fit = usual_periods(possible, lost)
        if bool(fit.all()):
            return past, period
        kept = fit[period]
        return past[kept], period[kept]

    def fitted(self, axes: Sequence[Axis]) -> Fitted:
        """Return what is found where they are cut by these axes."""
        shape, codes = _cut(axes, len(self.lost))
        cell = _cells(codes, shape)
        return self._by_rows(axes, codes) if cell is None else self._by_cells(axes, codes, cell)

    def compared(self, fitted: Fitted) -> Compared:
        """Return what rows lose beside what was expected of them, before and now."""
        fit, now, (kept, _) = fitted.fit, self.span.now, self.usual
        before = np.zeros(0) if fit.usual is None else fit.usual
        expected = fit.expected
        if fitted.cell is not None:
            known = fit.volume > 0.0
            cells = fitted.cell
            rate = np.divide(fit.expected, fit.volume, out=np.zeros(len(known)), where=known)
            kept = kept[known[cells[kept]]]
            expected, before = (rate[cells[each]] * self.possible[each] for each in (now, kept))
        return Compared(
            Seen(now, self.lost[now], expected * fit.common),
            expected,
            Seen(kept, self.lost[kept], before),
            fit.spread,
        )

    def _by_cells(
        self, axes: Sequence[Axis], codes: list[NDArray[np.uint8]], cell: NDArray[np.intp]
    ) -> Fitted:
        counted = self._counted(cell)
        first = np.zeros(len(counted.now), dtype=np.intp)
        first[cell] = np.arange(len(cell))
        shape = [each.size for each in axes] or [1]
        grid = Grid(shape, [each[first] for each in codes], ordered=[each.ordered for each in axes])
        past = _past(grid.codes, shape, counted.before, counted.before_lost)
        return Fitted(grid, fit_counts(grid, counted), past, cell)

    def _by_rows(self, axes: Sequence[Axis], codes: list[NDArray[np.uint8]]) -> Fitted:
        kept, period = self.usual
        old, new = _slice(kept), _slice(self.span.now)
        none = np.zeros(0, dtype=np.intp)
        before = Rows(tuple(each[old] for each in codes), self.possible[old], self.lost[old], period)
        after = Rows(tuple(each[new] for each in codes), self.possible[new], self.lost[new], none)
        shape = [each.size for each in axes]
        grid, fit = fit_rows(shape, before, after, [each.ordered for each in axes])
        return Fitted(grid, fit, _past(before.codes, shape, before.possible, before.lost))

    def _counted(self, cell: NDArray[np.intp]) -> Counted:
        """Return the counts of every cell, the past without periods that had a fault of their own."""
        cells = int(cell.max()) + 1
        kept, period = self.usual
        now = self.span.now
        periods = int(period.max()) + 1
        key, which = np.unique(cell[kept] * periods + period, return_inverse=True)
        each_cell, each_period = np.divmod(key, periods)
        possible, lost = self.possible, self.lost
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


def _cut(axes: Sequence[Axis], rows: int) -> tuple[list[int], list[NDArray[np.uint8]]]:
    """Return the codes per axis; without any, one axis of one code."""
    codes = [each.codes for each in axes] or [np.zeros(rows, dtype=np.uint8)]
    return [each.size for each in axes] or [1], codes


def _slice(at: NDArray[np.intp]) -> slice | NDArray[np.intp]:
    """Return rows that follow each other as a slice: nothing needs to be copied.

    >>> _slice(np.array([2, 3, 4])), _slice(np.array([2, 4])).tolist()
    (slice(2, 5, None), [2, 4])
    """
    if at.size and int(at[-1]) - int(at[0]) + 1 == at.size:
        return slice(int(at[0]), int(at[-1]) + 1)
    return at


def _past(
    codes: Sequence[Codes], shape: Sequence[int], possible: NDArray[np.float64], lost: NDArray[np.float64]
) -> Past:
    by_axis = side_by_side(
        lambda axis: sums_of(codes[axis], possible, shape[axis]), range(len(shape)), len(lost)
    )
    return Past(float(possible.sum()), float(lost.sum()), tuple(by_axis))


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
