"""Columns as axes of a cube: dictionary codes, intervals of numbers, and rare values pooled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.sql import equals, identifier
from aright.core.diagnose.wording import number, shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MAX_VALUES: Final = 63
"""Values that an axis tells apart, the most frequent first; the others are pooled into one more."""

INTERVALS: Final = 8
"""Intervals that a column of numbers is cut into: of equally many rows, as far as ties allow."""

FEW: Final = 32
"""A column of whole numbers with no more distinct values than this names things: it is not cut."""

SAMPLED: Final = 100_000
"""Rows that tell where to cut: a bound's rank is then off by .2 % of the rows."""


@dataclass(frozen=True, eq=False)
class Axis:
    """One attribute of every row.

    Attributes:
        name: the column's name.
        labels: what a sentence calls each code.
        conditions: the SQL condition of each code.
        codes: per row.
        ordered: whether neighbouring codes are neighbouring intervals.
        pooled: the code that stands for all rare values together; -1 where there is none.
    """

    name: str
    labels: tuple[str, ...]
    conditions: tuple[str, ...]
    codes: NDArray[np.uint8]
    ordered: bool = False
    pooled: int = -1

    @property
    def size(self) -> int:
        """Return how many codes there are."""
        return len(self.labels)


def axes_of(table: pa.Table, names: Sequence[str]) -> list[Axis]:
    """Return an axis per column that has more than one value.

    Args:
        table: the rows.
        names: of columns of texts, dictionaries, booleans or numbers.

    Raises:
        ValueError: a column is missing or of a nested type; the text says which and what to do.

    >>> table = pa.table({"region": ["n", "s", None], "same": [1, 1, 1]})
    >>> [(each.name, each.labels) for each in axes_of(table, ["region", "same"])]
    [('region', ('n', 's', 'null'))]
    """
    found = []
    for name in names:
        if name not in table.column_names:
            msg = f"there is no column {name!r} to cut by: name columns of {table.column_names}"
            raise ValueError(msg)
        axis = _axis(name, table.column(name))
        if axis.size > 1:
            found.append(axis)
    return found


def _axis(name: str, column: pa.ChunkedArray) -> Axis:
    kind = column.type
    if pa.types.is_nested(kind):
        msg = f"column {name!r} holds {kind}: cut by texts, dictionaries, booleans or numbers"
        raise ValueError(msg)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _intervals(name, column)
    if pa.types.is_integer(kind) and len(pc.unique(column)) > FEW:
        return _intervals(name, column)
    return _values(name, column)


def _values(name: str, column: pa.ChunkedArray) -> Axis:
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    whole = encoded.unify_dictionaries().combine_chunks()
    values = whole.dictionary.cast(pa.string()).to_pylist()
    missing = len(values)
    indices = whole.indices
    if indices.null_count:
        indices = pc.fill_null(indices.cast(pa.int64()), missing)
    indices = indices.to_numpy(zero_copy_only=False)
    counts = np.bincount(indices, minlength=missing + 1)
    kept = [int(at) for at in np.argsort(-counts, kind="stable") if counts[at]]
    rare = kept[MAX_VALUES:] if len(kept) > MAX_VALUES + 1 else []
    kept = sorted(kept[: len(kept) - len(rare)])
    recode = np.zeros(missing + 1, dtype=np.uint8)
    recode[kept] = np.arange(len(kept))
    recode[rare] = len(kept)
    labels = [shown(values[at]) if at < missing else "null" for at in kept]
    conditions = [equals(name, values[at]) if at < missing else f"{identifier(name)} IS NULL" for at in kept]
    if rare:
        labels.append(f"none of the {len(kept)} most frequent")
        known = " OR ".join(conditions)
        conditions.append(f"NOT ({known})")
    return Axis(
        name,
        tuple(labels),
        tuple(conditions),
        recode[indices],
        pooled=len(kept) if rare else -1,
    )


def _intervals(name: str, column: pa.ChunkedArray) -> Axis:
    values = column.cast(pa.float64(), safe=False).to_numpy()
    known = np.isfinite(values)
    sample = values[:: max(len(values) // SAMPLED, 1)]
    sample = sample[np.isfinite(sample)]
    bounds = np.unique(np.quantile(sample, np.arange(1, INTERVALS) / INTERVALS)) if sample.size else sample
    bounds = bounds[bounds > sample.min()] if sample.size else bounds
    codes = np.zeros(len(values), dtype=np.uint8)
    for each in bounds:
        codes += values >= each
    quoted = identifier(name)
    finite = [f"isfinite({quoted})"] if pa.types.is_floating(column.type) else []  # SQL orders NaN above all
    cuts = [None, *bounds.tolist(), None]
    labels, conditions = [], []
    for low, high in pairwise(cuts):
        ends = [f"{quoted} >= {low!r}"] if low is not None else []
        ends += [f"{quoted} < {high!r}"] if high is not None else []
        labels.append(_interval(low, high))
        conditions.append(
            " AND ".join(ends + (finite if None in (low, high) else [])) or f"{quoted} IS NOT NULL"
        )
    if not bool(known.any()):
        labels, conditions = [], []
    if not bool(known.all()):
        codes[~known] = len(labels)
        labels.append("no number")
        conditions.append(" OR ".join([f"({quoted} IS NULL", *(f"NOT {each}" for each in finite)]) + ")")
    return Axis(name, tuple(labels), tuple(conditions), codes, ordered=True)


def _interval(low: float | None, high: float | None) -> str:
    """Return an interval in words.

    >>> _interval(None, 2.0), _interval(2.0, 3.5), _interval(3.5, None), _interval(None, None)
    ('< 2', 'from 2 to 3.5', '≥ 3.5', 'any number')
    """
    if low is None:
        return "any number" if high is None else f"< {number(high)}"
    return f"≥ {number(low)}" if high is None else f"from {number(low)} to {number(high)}"
