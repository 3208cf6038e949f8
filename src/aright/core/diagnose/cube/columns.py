"""Columns as arrays of numbers and times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray


def named(table: pa.Table, name: str, what: str) -> str:
    """Return a column's name.

    Raises:
        ValueError: the table has no such column; the text names those it has.

    >>> named(pa.table({"a": [1]}), "a", "value")
    'a'
    """
    if name not in table.column_names:
        msg = f"there is no column {name!r} for {what}: name one of {table.column_names}"
        raise ValueError(msg)
    return name


def numbers(table: pa.Table, name: str) -> NDArray[np.float64]:
    """Return a column's numbers; what is none counts as 0.

    Raises:
        ValueError: the column is missing, or holds no numbers.

    >>> numbers(pa.table({"a": [1.5, None]}), "a").tolist()
    [1.5, 0.0]
    """
    column = table.column(named(table, name, "numbers"))
    try:
        found = column.cast(pa.float64()).to_numpy()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        msg = f"column {name!r} must hold numbers, it holds {column.type}"
        raise ValueError(msg) from error
    values = np.asarray(found, dtype=np.float64)
    if np.isfinite(values.sum()):
        return values
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def times(table: pa.Table, name: str) -> NDArray[np.int64]:
    """Return a column's times: whole numbers as they are, timestamps as µs since the epoch.

    Raises:
        ValueError: the column is missing, or holds something else, or nothing somewhere.

    >>> times(pa.table({"a": [3, 4]}), "a").tolist()
    [3, 4]
    """
    column = table.column(named(table, name, "times"))
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz))
    try:
        return np.asarray(column.cast(pa.int64()).to_numpy(), dtype=np.int64)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        msg = f"column {name!r} must hold whole numbers or timestamps, none missing; it holds {column.type}"
        raise ValueError(msg) from error
