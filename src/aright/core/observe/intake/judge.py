"""What every row is held to, column by column, whatever format it came in.

Each check first asks one question of the whole column; only where the answer is bad are rows looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, FEATURE
from aright.core.model.frame import Kind
from aright.core.model.times import DAY, MINUTE, Micros, iso
from aright.core.observe.intake.bounds import (
    FUTURE,
    MAX_ENDPOINTS,
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
from aright.core.observe.intake.sieve import Sieve
from aright.core.observe.intake.spans import may_hold, span_of
from aright.core.observe.intake.wire import FIXES

if TYPE_CHECKING:
    from aright.core.observe.intake.quarantine import Quarantine
    from aright.core.observe.intake.sieve import Mask, Numbers

# Typed once: pyarrow looks for pandas each time that it makes a scalar of a Python value.
_LONGEST = pa.scalar(MAX_STRING, pa.int32())
_MOST_ITEMS = pa.scalar(MAX_ITEMS, pa.int32())
_ZERO = pa.scalar(0, pa.float32())
_EMPTY = pa.scalar(0, pa.int32())
_NO = pa.scalar(False, pa.bool_())
_YES = pa.scalar(True, pa.bool_())
_NONE = pa.scalar(-1, pa.int32())

_FILLED: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.PREDICTIONS: ("id", "time", "service"),
    Kind.OUTCOMES: ("time", "service", "kind"),
    Kind.PROCESS: ("time", "service", "name", "value"),
    Kind.PAYLOADS: ("time", "service", "dependency", "endpoint"),
}
"""Columns without a null; every table has them by now."""


def judge(
    table: pa.Table, numbers: Numbers, kind: Kind, received_at: Micros, quarantine: Quarantine
) -> tuple[pa.Table, Numbers]:
    """Return the good rows with their numbers in the body; the bad ones go into the quarantine."""
    sieve = Sieve(table, numbers, quarantine)
    for name in _FILLED[kind]:
        _required(sieve, name)
    _times(sieve, received_at)
    _names(sieve, "service", MAX_SERVICE, MAX_SERVICES)
    _names(sieve, "kind", MAX_SERVICE, MAX_KINDS)
    _names(sieve, "name", MAX_NAME, MAX_METRICS)
    _names(sieve, "dependency", MAX_NAME, MAX_ENDPOINTS)
    _names(sieve, "endpoint", MAX_NAME, MAX_ENDPOINTS)
    for name, column in sieve.columns.items():
        _lengths(sieve, name, column)
    if kind is Kind.PAYLOADS:
        _latencies(sieve)
    elif kind is Kind.PREDICTIONS:
        _latencies(sieve)
        _items(sieve)
        _repeats(sieve)
    elif kind is Kind.OUTCOMES:
        _owners(sieve)
    else:
        _samples(sieve)
    good, kept = sieve.good()
    return _cut_text(good, quarantine), kept


def _required(sieve: Sieve, name: str) -> None:
    column = sieve.columns[name]
    if column.null_count:
        sieve.drop(pc.is_null(column), name, "required, but missing", FIXES.get(name, "fill it in"))
    if pa.types.is_dictionary(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type) and not span_of(column)[0]:
        blank = pc.equal(pc.binary_length(column), _EMPTY)
        sieve.drop(blank, name, "empty", FIXES.get(name, "fill it in"))


def _times(sieve: Sieve, received_at: Micros) -> None:
    at = sieve.columns["time"].cast(pa.int64())
    span = pc.min_max(at)
    first, last = span["min"].as_py(), span["max"].as_py()
    if first is None or (first >= received_at - PAST and last <= received_at + FUTURE):
        return

    def problem(row: int) -> str:
        return _when(at[row].as_py(), received_at)

    ahead = _clock_fix(FUTURE // MINUTE, "minutes ahead of")
    sieve.drop(pc.greater(at, pa.scalar(received_at + FUTURE)), "time", problem, ahead)
    behind = _clock_fix(PAST // DAY, "days behind")
    sieve.drop(pc.less(at, pa.scalar(received_at - PAST)), "time", problem, behind)


def _clock_fix(count: int, direction: str) -> str:
    return (
        f"set the sender's clock: rows may be {count} {direction} aright's at most; integers are microseconds"
    )


def _when(at: Micros, received_at: Micros) -> str:
    for unit, factor in (("seconds", 1_000_000), ("milliseconds", 1_000)):
        if abs(at * factor - received_at) < 365 * DAY:
            return f"{at} looks like {unit}; integers are microseconds"
    if abs(at // 1_000 - received_at) < 365 * DAY:
        return f"{at} looks like nanoseconds; integers are microseconds"
    side = "in the future" if at > received_at else "too long ago"
    shown = iso(at) if 0 <= at < 253_402_300_800_000_000 else str(at)
    return f"{shown} is {side}: our clock says {iso(received_at)}"


def _names(sieve: Sieve, name: str, longest: int, most: int) -> None:
    """Hold a column of names to what may be a name, and to so many different ones."""
    column = sieve.columns.get(name)
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


def _lengths(sieve: Sieve, name: str, column: pa.ChunkedArray) -> None:
    mask: Mask | pa.ChunkedArray
    if pa.types.is_dictionary(column.type):
        if not any(may_hold(chunk.dictionary, MAX_STRING) for chunk in column.chunks):
            return
        mask = np.concatenate([_long_codes(chunk) for chunk in column.chunks])
    elif pa.types.is_string(column.type) and name != "text":
        if span_of(column)[1] <= MAX_STRING:
            return
        mask = pc.greater(pc.binary_length(column), _LONGEST)
    else:
        return
    field = name.replace(ATTRIBUTE, "attributes.", 1) if name.startswith(ATTRIBUTE) else name
    field = field.replace(FEATURE, "features.", 1) if field.startswith(FEATURE) else field
    sieve.drop(mask, field, f"longer than {MAX_STRING:,} bytes", "shorten or hash it")


def _long_codes(chunk: pa.DictionaryArray) -> Mask:
    over = pc.greater(pc.binary_length(chunk.dictionary), _LONGEST)
    codes = pc.fill_null(chunk.indices, _NONE).to_numpy()
    return np.isin(codes, np.flatnonzero(over.to_numpy(zero_copy_only=False)))


def _latencies(sieve: Sieve) -> None:
    column = sieve.columns.get("latency_ms")
    if column is None:
        return
    wrong = pc.or_(pc.less(column, _ZERO), pc.invert(pc.is_finite(column)))
    if pc.any(wrong).as_py():
        sieve.drop(wrong, "latency_ms", "negative or not finite", "write milliseconds, or leave it out")


def _items(sieve: Sieve) -> None:
    column = sieve.columns.get("items")
    if column is None:
        return
    many = pc.greater(pc.list_value_length(column), _MOST_ITEMS)
    if pc.any(many).as_py():
        sieve.drop(many, "output.items", f"more than {MAX_ITEMS:,} items", "send the items shown")
    flat = pc.list_flatten(column)
    if flat.null_count or span_of(flat)[1] > MAX_STRING:
        wrong = pc.fill_null(pc.greater(pc.binary_length(flat), _LONGEST), _YES)
        mask = np.zeros(len(column), np.bool_)
        mask[pc.list_parent_indices(column).to_numpy()[wrong.to_numpy()]] = True
        sieve.drop(
            mask, "output.items", f"an item is null or longer than {MAX_STRING:,} bytes", "send item ids"
        )


def _repeats(sieve: Sieve) -> None:
    ids = sieve.columns["id"]
    if pc.count_distinct(ids).as_py() == len(ids):
        return
    standing = np.flatnonzero(sieve.keep)
    codes = ids.take(pa.array(standing)).combine_chunks().dictionary_encode().indices.to_numpy()
    mask = np.ones(len(ids), np.bool_)
    mask[standing[np.unique(codes, return_index=True)[1]]] = False

    def problem(row: int) -> str:
        return f'id "{ids[row].as_py()[:100]}" is in this body already; its first row was taken'

    sieve.drop(mask, "id", problem, FIXES["id"])


def _owners(sieve: Sieve) -> None:
    given: Mask = np.zeros(sieve.table.num_rows, np.bool_)
    for name in ("prediction_id", "unit"):
        column = sieve.columns.get(name)
        if column is not None:
            given |= pc.fill_null(pc.greater(pc.binary_length(column), _EMPTY), _NO).to_numpy()
    sieve.drop(
        ~given,
        "prediction_id",
        "neither prediction_id nor unit is given",
        "write the prediction's id, or its unit",
    )


def _samples(sieve: Sieve) -> None:
    column = sieve.columns.get("value")
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
