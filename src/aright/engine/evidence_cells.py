"""The cells of rows as programs take them: plain JSON values, and CSV that no spreadsheet runs."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.model.times import to_datetime

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Cell: TypeAlias = str | float | bool | list[str] | None

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""What a spreadsheet takes for the beginning of a formula, as OWASP lists it."""


def cells(rows: pa.Table) -> list[dict[str, Cell]]:
    """Return the rows as JSON values: times as RFC 3339, numbers as short as they are exact.

    >>> times = pa.array([5], pa.timestamp("us", tz="UTC"))
    >>> cells(pa.table({"time": times, "x": pa.array([0.1], pa.float32())}))
    [{'time': '1970-01-01T00:00:00.000005Z', 'x': 0.1}]
    """
    names = rows.column_names
    columns = [_column(rows[name]) for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def csv_text(rows: pa.Table) -> str:
    """Return the rows as CSV (RFC 4180) with a header; text that a spreadsheet would run gets a quote.

    >>> csv_text(pa.table({"x": [-1.5, None], "who": ["=1+1", "a,b"]})).splitlines()
    ['x,who', "-1.5,'=1+1", ',"a,b"']
    """
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([_defused(name) for name in rows.column_names])
    for row in cells(rows):
        writer.writerow([_told(value) for value in row.values()])
    return made.getvalue()


def _column(column: pa.ChunkedArray) -> Sequence[Cell]:
    kind = column.type
    if pa.types.is_timestamp(kind):
        return _each(column.cast(pa.int64()), _time)
    if pa.types.is_float32(kind):
        return _each(column, lambda value: float(str(np.float32(value))))
    values: list[Cell] = column.to_pylist()
    return values


def _time(at: float) -> str:
    return to_datetime(int(at)).isoformat().replace("+00:00", "Z")


def _each(column: pa.ChunkedArray, told: Callable[[float], Cell]) -> list[Cell]:
    return [None if value is None else told(value) for value in column.to_pylist()]


def _told(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _defused(msgspec.json.encode(value).decode())
    return _defused(value) if isinstance(value, str) else repr(value)


def _defused(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text
