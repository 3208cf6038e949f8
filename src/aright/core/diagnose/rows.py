"""Arrow rows as the arrays that a diagnosis computes on: the reference first, the current rows behind it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.succession import carried_back
from aright.core.model.columns import ATTRIBUTE, TIME, names_with
from aright.core.model.tables import units_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

SYSTEM: Final = ("version", "model", "arm", "pool", "host")
"""Columns that say what served a row; they are cut by like attributes of the people served."""

MAX_VALUES: Final = 64
"""Values looked at per attribute, the most frequent first; the others are one "rest" that is never blamed."""

MAX_ATTRIBUTES: Final = 64
"""Attributes looked at, in the schema's order, so that hostile rows cannot make a diagnosis endless."""


MOST_BEFORE: Final = 40_000
MOST_NOW: Final = 40_000
"""Rows judged on either side: more tell hardly more, and a diagnosis is wanted within seconds."""


@dataclass(frozen=True, eq=False)
class Attribute:
    """One attribute of every row.

    Attributes:
        name: as a segment names it.
        column: the column it stands in.
        system: whether it says what served the row rather than whom it served.
        values: the values, by code.
        codes: per row; ``len(values)`` stands for null and for values beyond ``MAX_VALUES``.
        carried: the same with values that came up carried back over the earlier rows of their units, see
            ``succession``; ``None`` where there are none.
    """

    name: str
    column: str
    system: bool
    values: tuple[str, ...]
    codes: NDArray[np.int32]
    carried: NDArray[np.int32] | None = None

    @property
    def cut(self) -> NDArray[np.int32]:
        """What parts are cut by: the code per row, of a unit that changed over its new one all along."""
        return self.codes if self.carried is None else self.carried

    def keep(self, mask: NDArray[np.bool_]) -> Attribute:
        """Return only the rows where ``mask`` holds."""
        carried = None if self.carried is None else self.carried[mask]
        return replace(self, codes=self.codes[mask], carried=carried)


@dataclass(frozen=True, eq=False)
class Rows:
    """Reference and current rows together.

    Attributes:
        table: all rows, the reference first.
        now: true for current rows.
        time: µs since the epoch, UTC.
        unit: code of the randomisation unit; a row without one is its own.
        attributes: what they can be cut by.
        every: of so many current units one was kept; 1 unless there were very many rows.
    """

    table: pa.Table
    now: NDArray[np.bool_]
    time: NDArray[np.int64]
    unit: NDArray[np.int64]
    attributes: tuple[Attribute, ...]
    every: int = 1

    def __len__(self) -> int:
        return len(self.now)

    @property
    def counted(self) -> str:
        """What a share of them is a share of, in a sentence: users where rows name them, else answers."""
        return units_of(self.table)

    def keep(self, mask: NDArray[np.bool_]) -> Rows:
        """Return only the rows where ``mask`` holds."""
        return Rows(
            self.table.filter(pa.array(mask)),
            self.now[mask],
            self.time[mask],
            self.unit[mask],
            tuple(each.keep(mask) for each in self.attributes),
            self.every,
        )

    def attribute(self, name: str) -> Attribute | None:
        """Return the attribute of that name, or ``None``."""
        return next((each for each in self.attributes if each.name == name), None)


def load(reference: pa.Table, current: pa.Table) -> Rows:
    """Return the rows of both tables; rows that no user saw (``arm`` is ``shadow``) are left out.

    Columns missing on one side count as null there.

    >>> from datetime import UTC, datetime
    >>> table = pa.table({
    ...     "time": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * 2, TIME),
    ...     "attr.region": ["north", "south"],
    ... })
    >>> [(each.name, each.values) for each in load(table, table).attributes]
    [('region', ('north', 'south'))]
    """
    (before, _), (after, every) = (
        _thinned(_served(reference), MOST_BEFORE),
        _thinned(_served(current), MOST_NOW),
    )
    table = pa.concat_tables([before, after], promote_options="permissive").combine_chunks()
    now = np.zeros(table.num_rows, dtype=np.bool_)
    now[before.num_rows :] = True
    time = np.asarray(table["time"].cast(TIME).cast(pa.int64()).to_numpy(), dtype=np.int64)
    unit = _units(table)
    attributes = tuple(
        each if each.system else carried_back(each, now, time, unit) for each in _attributes(table)
    )
    return Rows(table, now, time, unit, attributes, every)


def numbers(table: pa.Table, column: str) -> NDArray[np.float64]:
    """Return a numeric or boolean column as floats: nulls are NaN, and a missing column is all NaN."""
    if column not in table.schema.names:
        return np.full(table.num_rows, np.nan)
    values = table[column]
    if not (pa.types.is_floating(values.type) or pa.types.is_integer(values.type)):
        if not pa.types.is_boolean(values.type):
            return np.full(table.num_rows, np.nan)
        values = values.cast(pa.int8())
    return np.asarray(values.cast(pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)


def codes_of(table: pa.Table, column: str, limit: int) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """Return a text column's values (the most frequent first, at most ``limit``) and the rows' codes.

    Null and rarer values get the code ``len(values)``.
    """
    values = table[column].combine_chunks()
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    encoded = pc.dictionary_encode(values.cast(pa.string()))
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    raw = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    counts = np.bincount(raw[raw >= 0], minlength=len(encoded.dictionary))
    kept = np.argsort(-counts, kind="stable")[:limit]
    names: tuple[str, ...] = tuple(encoded.dictionary[int(index)].as_py() for index in kept)
    code = np.full(len(counts) + 1, len(names), dtype=np.int32)
    code[kept] = np.arange(len(names), dtype=np.int32)
    return names, code[raw]


def _served(table: pa.Table) -> pa.Table:
    """Drop shadow rows, and make categories plain text so that both tables' dictionaries can be joined."""
    fields = [
        pa.field(each.name, pa.string() if pa.types.is_dictionary(each.type) else each.type)
        for each in table.schema
    ]
    plain = table.cast(pa.schema(fields))
    if "arm" not in plain.schema.names:
        return plain
    return plain.filter(pc.fill_null(pc.not_equal(plain["arm"], "shadow"), fill_value=True))


def _thinned(table: pa.Table, most: int) -> tuple[pa.Table, int]:
    """Keep every k-th unit with all its rows where there are more rows than needed; return k as well."""
    every = -(-table.num_rows // most)
    if every <= 1:
        return table, 1
    return table.filter(pa.array(_units(table) % every == 0)), every


def _units(table: pa.Table) -> NDArray[np.int64]:
    if "unit" not in table.schema.names:
        return np.arange(table.num_rows, dtype=np.int64)
    encoded = pc.dictionary_encode(table["unit"].combine_chunks().cast(pa.string()))
    raw = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    alone = raw < 0
    raw[alone] = len(encoded.dictionary) + np.arange(int(alone.sum()))
    return raw


def _attributes(table: pa.Table) -> Sequence[Attribute]:
    given = names_with(table.schema, ATTRIBUTE)[:MAX_ATTRIBUTES]
    system = [name for name in SYSTEM if name in table.schema.names and name not in given]
    found = []
    for name, column, is_system in [
        *((name, ATTRIBUTE + name, False) for name in given),
        *((name, name, True) for name in system),
    ]:
        values, codes = codes_of(table, column, MAX_VALUES)
        if len(np.unique(codes)) > 1:
            found.append(Attribute(name, column, is_system, values, codes))
    return found
