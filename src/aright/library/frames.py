"""Frames: Arrow tables, and all that can become one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol, TypeAlias, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import TIME

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.times import Micros


class BadFrameError(ValueError):
    """A frame cannot be used as it was meant. Its text names the frame, the column and what to do."""


@runtime_checkable
class ArrowStream(Protocol):
    """What Arrow, pandas, Polars and DuckDB frames have in common: the Arrow C stream."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return a capsule; see the Arrow PyCapsule interface."""
        ...


Frame: TypeAlias = "pa.Table | ArrowStream | Mapping[str, object]"
"""An Arrow table, anything that gives an Arrow stream, or columns by name."""

When: TypeAlias = "int | str"
"""An instant: µs since the epoch, UTC, or RFC 3339 text."""


def as_table(frame: Frame, what: str) -> pa.Table:
    """Return a frame as an Arrow table.

    Args:
        frame: see ``Frame``.
        what: what it is called in an error.

    Raises:
        BadFrameError: it is none of these.

    >>> as_table({"a": [1, 2]}, "metrics").num_rows
    2
    >>> as_table([1], "metrics")
    Traceback (most recent call last):
    ...
    aright.library.frames.BadFrameError: metrics is a list: give an Arrow, pandas or Polars frame, or ...
    """
    if isinstance(frame, pa.Table):
        return frame
    try:
        if isinstance(frame, ArrowStream):
            return pa.table(frame)
        if isinstance(frame, Mapping):
            return pa.table(dict(frame))
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise BadFrameError(f"{what} cannot be read as a table: {error}") from error
    raise BadFrameError(
        f"{what} is a {type(frame).__name__}: give an Arrow, pandas or Polars frame, or a dictionary of "
        "columns"
    )


def fitted(frame: Frame, what: str, fields: Mapping[str, pa.DataType], needed: Iterable[str]) -> pa.Table:
    """Return a frame with just these columns, cast to their types; those it lacks are null.

    Args:
        frame: any frame.
        what: what it is called in an error.
        fields: columns wanted.
        needed: of these, the ones that must be there.

    Raises:
        BadFrameError: a needed column is missing, or one cannot be cast.
    """
    table = as_table(frame, what)
    for name in needed:
        if name not in table.column_names:
            raise BadFrameError(
                f"{what} has no column {name!r}: it needs {', '.join(needed)}, and has "
                f"{', '.join(table.column_names) or 'none'}"
            )
    columns: dict[str, pa.Array | pa.ChunkedArray] = {}
    for name, kind in fields.items():
        if name not in table.column_names:
            columns[name] = pa.nulls(table.num_rows, kind)
            continue
        columns[name] = _cast(table[name], kind, f"{what}: the column {name!r}")
    return pa.table(columns)


def times(column: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Return instants: timestamps (those without a zone are UTC), µs since the epoch, or RFC 3339 text.

    Raises:
        BadFrameError: some are none of these, or are missing.
    """
    if column.null_count and len(column):
        raise BadFrameError(
            f"{where} has no time in {column.null_count:,} of {len(column):,} rows: leave these rows out"
        )
    return _cast(column, TIME, where)


def names_in(given: str | Iterable[str] | None) -> tuple[str, ...] | None:
    """Return names of columns; one alone may stand for itself.

    >>> names_in("region"), names_in(["region", "plan"]), names_in(None)
    (('region',), ('region', 'plan'), None)
    """
    if given is None:
        return None
    return (given,) if isinstance(given, str) else tuple(given)


def _cast(column: pa.ChunkedArray, kind: pa.DataType, where: str) -> pa.ChunkedArray:
    try:
        plain = column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column
        if kind == TIME:
            plain = _in_utc(plain)
        if pa.types.is_floating(plain.type) and pa.types.is_integer(kind):
            return plain.cast(kind, safe=False)
        if pa.types.is_dictionary(kind):
            return plain.cast(pa.string()).dictionary_encode().cast(kind)
        return plain.cast(kind, safe=not pa.types.is_timestamp(kind) and not pa.types.is_floating(kind))
    except (pa.ArrowException, ValueError) as error:
        if kind == TIME:
            raise BadFrameError(_no_time(column, where)) from error
        raise BadFrameError(f"{where} is {column.type} and cannot become {kind}: {error}") from error


def _in_utc(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column whose times without a zone are in UTC, also where they are text."""
    plain = column
    if pa.types.is_string(column.type):
        try:
            plain = column.cast(pa.timestamp("us"))
        except (pa.ArrowException, ValueError):
            return column
    if pa.types.is_timestamp(plain.type) and plain.type.tz is None:
        return pc.assume_timezone(plain, "UTC")
    return plain


def _no_time(column: pa.ChunkedArray, where: str) -> str:
    """Return what is wrong with a column of times: the first value that is none, where it is text."""
    given = f"is {column.type}"
    if pa.types.is_string(column.type):
        given = next((f"has {text!r}" for text in column.to_pylist() if not _is_time(text)), given)
    return (
        f"{where} {given}, which is no time: give timestamps, µs since 1970 (UTC) as whole numbers, or text "
        "such as 2026-11-23T18:00:00Z"
    )


def _is_time(text: str | None) -> bool:
    try:
        _in_utc(pa.chunked_array([pa.array([text], pa.string())])).cast(TIME)
    except (pa.ArrowException, ValueError):
        return False
    return True


def instant(when: When, what: str) -> Micros:
    """Return an instant as µs, UTC.

    >>> instant("2026-01-01T00:00:01Z", "since"), instant(5, "since")
    (1767225601000000, 5)
    """
    if isinstance(when, int):
        return when
    text: pa.Array = pa.array([when])
    micros: int = pc.cast(_cast(pa.chunked_array([text]), TIME, what), pa.int64())[0].as_py()
    return micros
