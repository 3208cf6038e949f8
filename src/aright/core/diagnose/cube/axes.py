"""Columns as axes of a cube: dictionary codes, intervals of numbers, and rare values pooled."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.cube.threads import side_by_side
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


LISTED: Final = 5
"""Rare values that a sentence lists, the most frequent first."""


@dataclass(frozen=True, eq=False)
class Values:
    """All values of a column, also those that are pooled.

    Attributes:
        names: of the values; ``None`` stands for null.
        of: per row, which it has.
        rare: which are pooled, the most frequent first.
    """

    names: tuple[str | None, ...]
    of: NDArray[np.intp]
    rare: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Axis:
    """One attribute of every row.

    Attributes:
        name: the column's name.
        labels: what a sentence calls each code.
        conditions: the SQL condition of each code.
        codes: per row.
        cuts: bounds of the intervals that the first codes are, ``None`` where one is open; empty for values.
        finite: SQL text that tells numbers from what is none; empty where all are.
        pooled: the code that stands for all rare values together; -1 where there is none.
        values: what is pooled; ``None`` where nothing is.
    """

    name: str
    labels: tuple[str, ...]
    conditions: tuple[str, ...]
    codes: NDArray[np.uint8]
    cuts: tuple[float | None, ...] = ()
    finite: str = ""
    pooled: int = -1
    values: Values | None = None

    @property
    def size(self) -> int:
        """Return how many codes there are."""
        return len(self.labels)

    @property
    def ordered(self) -> int:
        """Return how many codes are neighbouring intervals: the first ones, in their order."""
        return max(len(self.cuts) - 1, 0)

    def label(self, low: int, high: int) -> str:
        """Return what a sentence calls the codes from ``low`` to ``high``."""
        return self.labels[low] if low == high else _interval(self.cuts[low], self.cuts[high + 1])

    def condition(self, low: int, high: int) -> str:
        """Return the SQL condition of the codes from ``low`` to ``high``."""
        if low == high:
            return self.conditions[low]
        return _between(self.name, self.cuts[low], self.cuts[high + 1], self.finite)

    def restored(self, chosen: Sequence[int]) -> Axis:
        """Return the axis with codes for some rare values too.

        >>> (axis,) = axes_of(pa.table({"x": [f"v{at // (1 + (at < 140))}" for at in range(210)]}), ["x"])
        >>> axis.size, axis.restored([axis.values.rare[3]]).size
        (64, 65)
        """
        if self.values is None or not chosen:
            return self
        rare = set(self.values.rare)
        kept = [at for at in range(len(self.values.names)) if at not in rare or at in chosen]
        left = [at for at in self.values.rare if at not in chosen]
        present = np.bincount(self.values.of, minlength=len(self.values.names)) > 0
        return _coded(self.name, self.values.names, self.values.of, [at for at in kept if present[at]], left)


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
    for name in names:
        if name not in table.column_names:
            msg = f"there is no column {name!r} to cut by: name columns of {table.column_names}"
            raise ValueError(msg)
    found = side_by_side(lambda name: _axis(name, table.column(name)), names, table.num_rows)
    return [each for each in found if each.size > 1]


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
    seen = pc.value_counts(indices)
    counts = np.zeros(missing + 1, dtype=np.int64)
    counts[seen.field("values").to_numpy()] = seen.field("counts").to_numpy()
    indices = indices.to_numpy(zero_copy_only=False)
    kept = [int(at) for at in np.argsort(-counts, kind="stable") if counts[at]]
    rare = kept[MAX_VALUES:] if len(kept) > MAX_VALUES + 1 else []
    return _coded(name, (*values, None), indices, sorted(kept[: len(kept) - len(rare)]), rare)


def _coded(
    name: str,
    values: Sequence[str | None],
    indices: NDArray[np.intp],
    kept: Sequence[int],
    rare: Sequence[int],
) -> Axis:
    """Return the axis of some values, and of all rare ones as one more."""
    recode = np.zeros(len(values), dtype=np.uint8)
    recode[list(kept)] = np.arange(len(kept))
    recode[list(rare)] = len(kept)
    labels = [_named(values[at]) for at in kept]
    conditions = [_equal(name, values[at]) for at in kept]
    if rare:
        labels.append(_pooled([_named(values[at]) for at in rare[:LISTED]], len(rare)))
        known = " OR ".join(conditions)
        null = f" OR {identifier(name)} IS NULL" if any(values[at] is None for at in rare) else ""
        conditions.append(f"(NOT ({known}){null})" if null else f"NOT ({known})")
    return Axis(
        name,
        tuple(labels),
        tuple(conditions),
        recode[indices],
        pooled=len(kept) if rare else -1,
        values=Values(tuple(values), indices, tuple(rare)) if rare else None,
    )


def _named(value: str | None) -> str:
    return "null" if value is None else shown(value)


def _equal(name: str, value: str | None) -> str:
    return f"{identifier(name)} IS NULL" if value is None else equals(name, value)


def _pooled(names: Sequence[str], count: int) -> str:
    """Return what all rare values together are called.

    >>> _pooled(["a", "b"], 2), _pooled(["a", "b"], 9)
    ('one of 2 rare values (a, b)', 'one of 9 rare values (a, b, …)')
    """
    more = ", …" if count > len(names) else ""
    return f"one of {count:,} rare values ({', '.join(names)}{more})"


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
    finite = f"isfinite({quoted})" if pa.types.is_floating(column.type) else ""  # SQL orders NaN above all
    cuts: tuple[float | None, ...] = (None, *bounds.tolist(), None) if bool(known.any()) else ()
    labels = [_interval(low, high) for low, high in pairwise(cuts)]
    conditions = [_between(name, low, high, finite) for low, high in pairwise(cuts)]
    if not bool(known.all()):
        codes[~known] = len(labels)
        labels.append("no number")
        conditions.append(f"({quoted} IS NULL OR NOT {finite})" if finite else f"({quoted} IS NULL)")
    return Axis(name, tuple(labels), tuple(conditions), codes, cuts, finite)


def _between(name: str, low: float | None, high: float | None, finite: str) -> str:
    """Return the SQL condition of an interval.

    >>> print(_between("x", 1.5, None, 'isfinite("x")'))
    "x" >= 1.5 AND isfinite("x")
    """
    quoted = identifier(name)
    ends = [f"{quoted} >= {low!r}"] if low is not None else []
    ends += [f"{quoted} < {high!r}"] if high is not None else []
    ends += [finite] if finite and (low is None or high is None) else []
    return " AND ".join(ends) or f"{quoted} IS NOT NULL"


def _interval(low: float | None, high: float | None) -> str:
    """Return an interval in words.

    >>> _interval(None, 2.0), _interval(2.0, 3.5), _interval(3.5, None), _interval(None, None)
    ('< 2', 'from 2 to 3.5', '≥ 3.5', 'any number')
    """
    if low is None:
        return "any number" if high is None else f"< {number(high)}"
    return f"≥ {number(low)}" if high is None else f"from {number(low)} to {number(high)}"
