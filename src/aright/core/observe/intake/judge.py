"""What every row is held to, column by column, whatever format it came in.

Each check first asks one question of the whole column; only where the answer is bad are rows looked for.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, FEATURE
from aright.core.model.frame import Kind
from aright.core.model.times import DAY, MINUTE, Micros, iso
from aright.core.observe.intake.bounds import (
    FUTURE,
    MAX_ITEMS,
    MAX_KINDS,
    MAX_METRICS,
    MAX_NAME,
    MAX_SERVICE,
    MAX_SERVICES,
    MAX_STRING,
    MAX_TEXT,
    PAST,
    nameable,
)
from aright.core.observe.intake.wire import FIXES

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.observe.intake.quarantine import Quarantine

# Typed once: pyarrow looks for pandas each time that it makes a scalar of a Python value.
_LONGEST = pa.scalar(MAX_STRING, pa.int32())
_MOST_ITEMS = pa.scalar(MAX_ITEMS, pa.int32())
_ZERO = pa.scalar(0, pa.float32())
_EMPTY = pa.scalar(0, pa.int32())
_NO = pa.scalar(False, pa.bool_())
_YES = pa.scalar(True, pa.bool_())
_NONE = pa.scalar(-1, pa.int32())

_TEXTS: Final = ("id", "service", "kind", "name")

Mask: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
Numbers: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]


def judge(
    table: pa.Table, numbers: Numbers, kind: Kind, received_at: Micros, quarantine: Quarantine
) -> tuple[pa.Table, Numbers]:
    """Return the good rows with their numbers in the body; the bad ones go into the quarantine."""
    sieve = _Sieve(table, numbers, quarantine)
    for name in ("id", "time", "service", "kind", "name", "value"):
        if name in table.column_names and not (name == "value" and kind is Kind.OUTCOMES):
            _required(sieve, name)
    _times(sieve, received_at)
    _names(sieve, "service", MAX_SERVICE, MAX_SERVICES)
    _names(sieve, "kind", MAX_SERVICE, MAX_KINDS)
    _names(sieve, "name", MAX_NAME, MAX_METRICS)
    for name in table.column_names:
        _lengths(sieve, name)
    if kind is Kind.PREDICTIONS:
        _latencies(sieve)
        _items(sieve)
        _repeats(sieve)
    elif kind is Kind.OUTCOMES:
        _owners(sieve)
    else:
        _samples(sieve)
    good, kept = sieve.good()
    return _cut_text(good, quarantine), kept


class _Sieve:
    """Rows still thought good; a row falls out at the first check that it fails."""

    def __init__(self, table: pa.Table, numbers: Numbers, quarantine: Quarantine) -> None:
        self.table = table
        self._numbers = numbers
        self._quarantine = quarantine
        self.keep: Mask = np.ones(table.num_rows, np.bool_)

    def column(self, name: str) -> pa.ChunkedArray | None:
        return self.table[name] if name in self.table.column_names else None

    def drop(
        self, bad: pa.ChunkedArray | Mask, field: str, problem: Callable[[int], str] | str, fix: str
    ) -> None:
        mask = bad if isinstance(bad, np.ndarray) else pc.fill_null(bad, _NO).to_numpy().astype(np.bool_)
        rows = np.flatnonzero(mask & self.keep)
        self.keep[rows] = False
        for seen, row in enumerate(rows):
            if not self._quarantine.wants_more:
                self._quarantine.add_uncounted(len(rows) - seen)
                return
            said = problem if isinstance(problem, str) else problem(int(row))
            self._quarantine.add(int(self._numbers[row]), field, said, fix, row_text(self.table, int(row)))

    def good(self) -> tuple[pa.Table, Numbers]:
        if self.keep.all():
            return self.table, self._numbers
        return self.table.filter(pa.array(self.keep)), self._numbers[self.keep]


def row_text(table: pa.Table, row: int) -> str:
    """Return a row's filled cells as JSON, times as microseconds."""
    cells = {}
    for name in table.column_names:
        column = table[name].slice(row, 1)
        value = (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column)[0].as_py()
        if value is not None:
            cells[name] = value
        if len(cells) == 40:
            break
    return json.dumps(cells, ensure_ascii=False, default=str)


def _required(sieve: _Sieve, name: str) -> None:
    column = sieve.table[name]
    if column.null_count:
        sieve.drop(pc.is_null(column), name, "required, but missing", FIXES.get(name, "fill it in"))
    if name in _TEXTS:
        texts = column if pa.types.is_string(column.type) else column.cast(pa.string())
        blank = pc.equal(pc.binary_length(texts), _EMPTY)
        if pc.any(blank).as_py():
            sieve.drop(blank, name, "empty", FIXES.get(name, "fill it in"))


def _times(sieve: _Sieve, received_at: Micros) -> None:
    column = sieve.column("time")
    if column is None or not len(column):
        return
    at = column.cast(pa.int64())
    first, last = pc.min_max(at).as_py().values()
    if first is None or (first >= received_at - PAST and last <= received_at + FUTURE):
        return

    def problem(row: int) -> str:
        return _when(at[row].as_py(), received_at)

    sieve.drop(
        pc.greater(at, received_at + FUTURE), "time", problem, _clock_fix(FUTURE // MINUTE, "minutes ahead")
    )
    sieve.drop(pc.less(at, received_at - PAST), "time", problem, _clock_fix(PAST // DAY, "days behind"))


def _clock_fix(count: int, direction: str) -> str:
    return f"set the sender's clock: rows may be at most {count} {direction} ours; integers are microseconds"


def _when(at: Micros, received_at: Micros) -> str:
    for unit, factor in (("seconds", 1_000_000), ("milliseconds", 1_000)):
        if abs(at * factor - received_at) < 365 * DAY:
            return f"{at} looks like {unit}; integers are microseconds"
    if abs(at // 1_000 - received_at) < 365 * DAY:
        return f"{at} looks like nanoseconds; integers are microseconds"
    side = "in the future" if at > received_at else "too long ago"
    shown = iso(at) if 0 <= at < 253_402_300_800_000_000 else str(at)
    return f"{shown} is {side}: our clock says {iso(received_at)}"


def _names(sieve: _Sieve, name: str, longest: int, most: int) -> None:
    """Hold a column of names to what may be a name, and to so many different ones."""
    column = sieve.column(name)
    if column is None:
        return
    seen = [value for value in pc.unique(column).to_pylist() if value]
    wrong = [value for value in seen if not nameable(value, longest)]
    if wrong:
        fix = f"use printable text of at most {longest} bytes"
        sieve.drop(_among(column, wrong), name, "no usable name", fix)
    if len(seen) > most:
        problem = f"more than {most} different ones in one body"
        sieve.drop(_among(column, seen[most:]), name, problem, "send them in several bodies")


def _among(column: pa.ChunkedArray, values: list[str]) -> pa.ChunkedArray:
    return pc.is_in(column.cast(pa.string()), value_set=pa.array(values, pa.string()))


def _lengths(sieve: _Sieve, name: str) -> None:
    column = sieve.table[name]
    if pa.types.is_dictionary(column.type):
        long = [_long_codes(chunk) for chunk in column.chunks]
        if not any(mask.any() for mask in long):
            return
        mask = np.concatenate(long)
    elif pa.types.is_string(column.type) and name != "text":
        over = pc.greater(pc.binary_length(column), _LONGEST)
        if not pc.any(over).as_py():
            return
        mask = pc.fill_null(over, _NO).to_numpy()
    else:
        return
    field = name.replace(ATTRIBUTE, "attributes.", 1) if name.startswith(ATTRIBUTE) else name
    field = field.replace(FEATURE, "features.", 1) if field.startswith(FEATURE) else field
    sieve.drop(mask, field, f"longer than {MAX_STRING:,} bytes", "shorten or hash it")


def _long_codes(chunk: pa.DictionaryArray) -> Mask:
    over = pc.greater(pc.binary_length(chunk.dictionary), _LONGEST)
    if not pc.any(over).as_py():
        return np.zeros(len(chunk), np.bool_)
    codes = pc.fill_null(chunk.indices, _NONE).to_numpy()
    return np.isin(codes, np.flatnonzero(over.to_numpy(zero_copy_only=False)))


def _latencies(sieve: _Sieve) -> None:
    column = sieve.column("latency_ms")
    if column is None:
        return
    wrong = pc.or_(pc.less(column, _ZERO), pc.invert(pc.is_finite(column)))
    if pc.any(wrong).as_py():
        sieve.drop(wrong, "latency_ms", "negative or not finite", "write milliseconds, or leave it out")


def _items(sieve: _Sieve) -> None:
    column = sieve.column("items")
    if column is None:
        return
    many = pc.greater(pc.list_value_length(column), _MOST_ITEMS)
    if pc.any(many).as_py():
        sieve.drop(many, "output.items", f"more than {MAX_ITEMS:,} items", "send the items shown")
    flat = pc.list_flatten(column)
    wrong = pc.fill_null(pc.greater(pc.binary_length(flat), _LONGEST), _YES)
    if pc.any(wrong).as_py():
        mask = np.zeros(len(column), np.bool_)
        mask[pc.list_parent_indices(column).to_numpy()[wrong.to_numpy()]] = True
        sieve.drop(
            mask, "output.items", f"an item is null or longer than {MAX_STRING:,} bytes", "send item ids"
        )


def _repeats(sieve: _Sieve) -> None:
    ids = sieve.table["id"]
    if pc.count_distinct(ids).as_py() == len(ids):
        return
    standing = np.flatnonzero(sieve.keep)
    codes = ids.take(pa.array(standing)).combine_chunks().dictionary_encode().indices.to_numpy()
    mask = np.ones(len(ids), np.bool_)
    mask[standing[np.unique(codes, return_index=True)[1]]] = False

    def problem(row: int) -> str:
        return f'id "{ids[row].as_py()[:100]}" is in this body already; its first row was taken'

    sieve.drop(mask, "id", problem, FIXES["id"])


def _owners(sieve: _Sieve) -> None:
    given: Mask = np.zeros(sieve.table.num_rows, np.bool_)
    for name in ("prediction_id", "unit"):
        column = sieve.column(name)
        if column is not None:
            given |= pc.fill_null(pc.greater(pc.binary_length(column), _EMPTY), _NO).to_numpy()
    sieve.drop(
        ~given,
        "prediction_id",
        "neither prediction_id nor unit is given",
        "write the prediction's id, or its unit",
    )


def _samples(sieve: _Sieve) -> None:
    column = sieve.column("value")
    if column is not None:
        sieve.drop(pc.invert(pc.is_finite(column)), "value", "not a finite number", "write a finite number")


def _cut_text(table: pa.Table, quarantine: Quarantine) -> pa.Table:
    if "text" not in table.column_names:
        return table
    column = table["text"]
    if (pc.max(pc.binary_length(column)).as_py() or 0) <= MAX_TEXT:
        return table
    quarantine.note("text", f"longer than {MAX_TEXT:,} characters: cut", "send the part that matters")
    cut = pc.utf8_slice_codeunits(column, 0, MAX_TEXT)
    return table.set_column(table.column_names.index("text"), "text", cut)
