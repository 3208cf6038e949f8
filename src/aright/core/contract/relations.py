"""How the fields of one record go together: order, ratios, products, sums, categories."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.contract.cells import Cells, cells_of
from aright.core.contract.summary import JOINED
from aright.core.profile.words import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Matrix: TypeAlias = npt.NDArray[np.float64]
Series: TypeAlias = npt.NDArray[np.float64]

_TOLERANCE: Final = 2e-3
_FAR: Final = 1e100
_FEWEST: Final = 8
_MOST_THREE: Final = 10
_GLANCE: Final = 64
"""Rows of which an eighth must show a product or a sum before all rows are looked at."""
_MOST_VALUES: Final = 8
_MOST_DISTINCT: Final = 16


def relate_numbers(names: Sequence[str], columns: Matrix) -> dict[str, list[float]]:
    """Return sums over rows that tell how columns of numbers go together.

    Args:
        names: of the columns, shape (k,), in order.
        columns: shape (rows, k); NaN where a row has no number.

    ``pair␟a␟b`` → rows with both, rows with a < b, rows with a = b. ``bond␟a␟b`` → n, Σa, Σb, Σa², Σb², Σab.
    ``ratio␟a␟b``, where all of both are above zero: the same of logarithms. ``times␟a␟b␟c`` and
    ``plus␟a␟b␟c`` → rows with all three, rows where a·b = c or a + b = c within two thousandths.
    """
    sums: dict[str, list[float]] = {}
    there = ~np.isnan(columns)
    plain = _moments(np.where(np.abs(columns) < _FAR, columns, np.nan))
    logs, above = _logs(columns)
    ratios = _moments(logs)
    both = there.T.astype(np.float64) @ there
    with np.errstate(invalid="ignore"):
        less = (columns[:, :, None] < columns[:, None, :]).sum(0)
        equal = (columns[:, :, None] == columns[:, None, :]).sum(0)
    pairs = [(i, j) for i, j in itertools.combinations(range(len(names)), 2) if both[i, j]]
    for i, j in pairs:
        ends = f"{JOINED}{names[i]}{JOINED}{names[j]}"
        sums["pair" + ends] = [float(both[i, j]), float(less[i, j]), float(equal[i, j])]
        sums["bond" + ends] = plain(i, j)
        if above[i] and above[j]:
            sums["ratio" + ends] = ratios(i, j)
    few = min(len(names), _MOST_THREE)
    with np.errstate(invalid="ignore", over="ignore"):
        within = list(itertools.combinations(range(few), 2))
        _relate_three(names[:few], columns[:, :few], within, sums)
    return sums


def _moments(columns: Matrix) -> Callable[[int, int], list[float]]:
    """Return what tells n, Σa, Σb, Σa², Σb², Σab of two columns, over rows where both are finite."""
    finite = np.isfinite(columns)
    mask, held = finite.astype(np.float64), np.where(finite, columns, 0.0)
    n, x, xx, xy = mask.T @ mask, held.T @ mask, (held * held).T @ mask, held.T @ held
    return lambda i, j: [float(each) for each in (n[i, j], x[i, j], x[j, i], xx[i, j], xx[j, i], xy[i, j])]


def _logs(columns: Matrix) -> tuple[Matrix, list[bool]]:
    """Return ln x of columns whose numbers are all above zero, NaN elsewhere; and which these are."""
    with np.errstate(divide="ignore", invalid="ignore"):
        above = np.all((columns > 0) | np.isnan(columns), axis=0)
        logs = np.where(above[None, :], np.log(np.where(columns > 0, columns, np.nan)), np.nan)
    return logs, [bool(each) for each in above]


def _relate_three(
    names: Sequence[str], columns: Matrix, pairs: list[tuple[int, int]], sums: dict[str, list[float]]
) -> None:
    """Add products and sums of two columns that are a third."""
    if len(names) < 3:
        return
    glance = columns[:: max(len(columns) // _GLANCE, 1)]
    one, two = (glance[:, list(side)] for side in zip(*pairs, strict=True))
    third = glance[:, None, :]
    size = np.abs(third)
    for name, made in (("times", one * two), ("plus", one + two)):
        scale = size if name == "times" else np.maximum(size, np.maximum(abs(one), abs(two))[:, :, None])
        held = (np.abs(made[:, :, None] - third) <= _TOLERANCE * scale).sum(0)
        there = (~np.isnan(made))[:, :, None] & (~np.isnan(glance))[:, None, :]
        for place, k in np.argwhere(held * 8 >= there.sum(0)).tolist():
            i, j = pairs[place]
            if k not in (i, j):
                n, true = _holds(name, columns[:, i], columns[:, j], columns[:, k])
                if true * 4 >= n > 0:
                    sums[JOINED.join((name, names[i], names[j], names[k]))] = [n, true]


def _holds(name: str, one: Series, two: Series, third: Series) -> tuple[float, float]:
    """Return the rows with all three, and those where the first two make the third."""
    made, size = (
        (one * two, np.abs(third)) if name == "times" else (one + two, np.abs([one, two, third]).max(0))
    )
    held = np.abs(made - third) <= _TOLERANCE * size
    return float((~np.isnan(made) & ~np.isnan(third)).sum()), float(held.sum())


def relate_moments(names: Sequence[str], columns: Matrix) -> dict[str, list[float]]:
    """Return, for pairs of times (s): rows, rows with a < b, rows with a = b, Σ(b - a), Σ(b - a)² (hours)."""
    sums: dict[str, list[float]] = {}
    for i, j in itertools.combinations(range(len(names)), 2):
        gap = (columns[:, j] - columns[:, i]) / 3_600
        gap = gap[np.isfinite(gap)]
        if len(gap):
            sums[JOINED.join(("gap", names[i], names[j]))] = [
                float(len(gap)),
                float((gap > 0).sum()),
                float((gap == 0).sum()),
                float(gap.sum()),
                float((gap * gap).sum()),
            ]
    return sums


def relate_categories(
    categories: Mapping[str, Sequence[object]], names: Sequence[str], columns: Matrix
) -> dict[str, list[float]]:
    """Return, per value of a category and column of numbers: n, Σ and Σ² of cube roots."""
    sums: dict[str, list[float]] = {}
    if not names:
        return sums
    finite = np.isfinite(columns)
    mask, roots = finite.astype(np.float64), np.where(finite, np.cbrt(columns), 0.0)
    for category, values in categories.items():
        for value, count in Counter(values).most_common(_MOST_VALUES):
            if count < _FEWEST or value is None:
                continue
            rows = np.fromiter((each == value for each in values), bool, len(values))
            n, total, squares = mask[rows].sum(0), roots[rows].sum(0), (roots[rows] ** 2).sum(0)
            told = f"group{JOINED}{category}{JOINED}{text_of(value)}{JOINED}"
            for place, name in enumerate(names):
                if n[place]:
                    sums[told + name] = [
                        float(n[place]),
                        float(total[place]),
                        float(squares[place]),
                    ]
    return sums


def link_categories(categories: Mapping[str, Sequence[object]]) -> dict[str, Cells]:
    """Return how often values of two categories came together."""
    return {
        JOINED.join((one, two)): cells_of(
            {
                f"{text_of(first)} ∧ {text_of(second)}": count
                for (first, second), count in Counter(
                    zip(categories[one], categories[two], strict=True)
                ).items()
                if first is not None and second is not None
            }
        )
        for one, two in itertools.combinations(categories, 2)
    }


def is_category(values: Sequence[object]) -> bool:
    """Whether a column is one of a few texts or truths that come again and again.

    >>> is_category(["a", "b", "a", "b", None]), is_category(["a", "b", "c"]), is_category([1, 1, 1, 1])
    (True, False, False)
    """
    kinds = set(map(type, values)) - {type(None)}
    if not kinds or not kinds <= {str, bool}:
        return False
    distinct = len(set(values) - {None})
    return 2 <= distinct <= _MOST_DISTINCT and distinct * 2 <= len(values)
