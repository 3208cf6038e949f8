"""Arrow columns of any castable type become columns of ours, without touching those that are already."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import CATEGORY, TIME
from aright.core.model.tables import as_text
from aright.core.model.times import Micros, from_datetime
from aright.core.observe.intake.bounds import MAX_GROWN

if TYPE_CHECKING:
    from collections.abc import Callable

_types = pa.types

_SMALL: Final = (pa.int8(), pa.int16(), pa.uint8(), pa.uint16(), pa.float16(), pa.bool_())


class ColumnError(Exception):
    """The column cannot be converted at all."""


class CellError(Exception):
    """Some cells cannot be converted.

    Attributes:
        cells: their rows, and what stands there.
        wanted: what should.
        rest: the converted column, null in those rows.
    """

    def __init__(self, cells: list[tuple[int, str]], wanted: str, rest: pa.ChunkedArray) -> None:
        super().__init__(f"{len(cells)} cells are no {wanted}")
        self.cells = cells
        self.wanted = wanted
        self.rest = rest


def as_type(column: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray | None:
    """Return the column in ``target`` type, ``None`` where it is null throughout.

    Raises ``ColumnError`` and ``CellError``.

    >>> as_type(pa.chunked_array([["a", "b"]]), CATEGORY).type == CATEGORY
    True
    """
    column = _storage(column)
    if _types.is_null(column.type):
        return None
    if target == CATEGORY:
        return _category(column)
    if column.type == target:
        return column
    column = _dense(column)
    convert = _CONVERTERS.get(target)
    return convert(column) if convert else _plain(column, target)


def as_feature(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Return a feature as float32, float64 or category, ``None`` where it is null throughout.

    >>> as_feature(pa.chunked_array([[True, None]])).type
    DataType(float)
    """
    column = _storage(column)
    if _types.is_null(column.type):
        return None
    if _types.is_dictionary(column.type) and not _is_text(column.type.value_type):
        column = _dense(column)
    if column.type in (pa.float32(), pa.float64()):
        return column
    if column.type in _SMALL:
        return column.cast(pa.float32(), safe=False)
    if _types.is_integer(column.type) or _types.is_decimal(column.type):
        return column.cast(pa.float64(), safe=False)
    if _types.is_dictionary(column.type) or _is_text(column.type):
        return _category(column)
    raise ColumnError(f"is of type {column.type}, neither a number nor text")


def _storage(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if isinstance(column.type, pa.BaseExtensionType):
        return pa.chunked_array([chunk.storage for chunk in column.chunks], column.type.storage_type)
    return column


def _is_text(kind: pa.DataType) -> bool:
    return bool(_types.is_string(kind) or _types.is_large_string(kind) or _types.is_string_view(kind))


def _category(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if _types.is_dictionary(column.type):
        if column.type.value_type == pa.string() and all(_is_tidy(chunk) for chunk in column.chunks):
            return column if column.type == CATEGORY else _indexed(column)
        column = _dense(column)
    texts = column if column.type == pa.string() else _text(column)
    return pc.dictionary_encode(texts)


def _indexed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    chunks = [
        pa.DictionaryArray.from_arrays(chunk.indices.cast(pa.int32()), chunk.dictionary)
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, CATEGORY)


def _is_tidy(chunk: pa.DictionaryArray) -> bool:
    """Tell a dictionary that others may rely on: no null, no repeat, not much larger than what uses it."""
    values = chunk.dictionary
    if values.null_count or len(values) > len(chunk) + 1_024:
        return False
    if len(values) <= 256:
        return len(set(values.to_pylist())) == len(values)  # no kernel is called as cheaply
    return bool(pc.count_distinct(values).as_py() == len(values))


def _dense(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Unpack dictionaries and views, unless a hostile one would grow beyond all bounds."""
    kind = column.type
    values = kind.value_type if _types.is_dictionary(kind) else kind
    unread = _types.is_nested(values) or _types.is_dictionary(values)
    if _types.is_run_end_encoded(kind) or (values is not kind and unread):
        raise ColumnError(f"is of type {kind}, which is not read")
    if _is_text(values) and sum(_grown(chunk) for chunk in column.chunks) > MAX_GROWN:
        raise ColumnError(f"would take more than {MAX_GROWN:,} bytes")
    return column if values is kind else column.cast(values)


def _grown(chunk: pa.Array) -> int:
    """Return how many bytes the text of a dictionary or of views takes, written out."""
    if _types.is_dictionary(chunk.type):
        lengths = pa.array(_lengths(chunk.dictionary)).take(chunk.indices)
        return int(pc.sum(lengths).as_py() or 0)
    return int(_lengths(chunk).sum()) if _types.is_string_view(chunk.type) else 0


def _lengths(texts: pa.Array) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    if not _types.is_string_view(texts.type):
        lengths: np.ndarray[tuple[int], np.dtype[np.int64]] = (
            pc.fill_null(pc.binary_length(texts), 0).cast(pa.int64()).to_numpy()
        )
        return lengths
    # There is no kernel for views: each is 16 bytes, of which the first four are its length.
    views = np.frombuffer(texts.buffers()[1], np.int32)[::4][texts.offset : texts.offset + len(texts)]
    valid: np.ndarray[tuple[int], np.dtype[np.bool_]] = texts.is_valid().to_numpy(zero_copy_only=False)
    return np.where(valid, views, 0).astype(np.int64)


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if _is_text(column.type) or _types.is_integer(column.type):
        return column.cast(pa.string())
    if _types.is_floating(column.type) or _types.is_boolean(column.type):
        return pa.chunked_array([pa.array([as_text(value) for value in column.to_pylist()], pa.string())])
    raise ColumnError(f"is of type {column.type}, not text")


def _items(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not (
        _types.is_list(column.type)
        or _types.is_large_list(column.type)
        or _types.is_fixed_size_list(column.type)
    ):
        raise ColumnError(f"is of type {column.type}, not a list")
    values = column.type.value_type
    if not (_is_text(values) or _types.is_integer(values)):
        raise ColumnError(f"is a list of {values}, not of text")
    return column.cast(pa.list_(pa.string()))


def _time(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if _types.is_timestamp(column.type):
        return _instants(column)
    if _types.is_integer(column.type):
        return _plain(column, pa.int64()).cast(TIME)
    if not _is_text(column.type):
        raise ColumnError(f"is of type {column.type}, not a time")
    try:
        return column.cast(pa.string()).cast(TIME)
    except pa.ArrowInvalid:
        return _each(column, _instant, TIME, "time with a zone, such as 2026-01-31T12:00:00Z")


def _instants(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Bring timestamps of any unit to microseconds; without a zone they are UTC, as Arrow users mean them."""
    zoned = pa.timestamp(column.type.unit, tz="UTC")
    try:
        return column.cast(pa.int64()).cast(zoned).cast(TIME, safe=column.type.unit in {"s", "ms"})
    except pa.ArrowInvalid as error:
        raise ColumnError("has instants beyond the range of microseconds") from error


def _instant(value: object) -> Micros:
    at = datetime.fromisoformat(str(value))
    return from_datetime(at)  # raises where the zone is missing


def _plain(column: pa.ChunkedArray, target: pa.DataType) -> pa.ChunkedArray:
    """Cast numbers and booleans; text is read as a number cell by cell."""
    readable = _types.is_primitive(column.type) or _types.is_decimal(column.type) or _is_text(column.type)
    if not readable or _types.is_temporal(column.type):
        raise ColumnError(f"is of type {column.type}, not {target}")
    try:
        return column.cast(target, safe=_types.is_integer(target) or _is_text(column.type))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return _each(column, _caster(target), target, str(target))


def _caster(target: pa.DataType) -> Callable[[object], object]:
    return lambda value: pa.scalar(value).cast(target).as_py()


def _each(
    column: pa.ChunkedArray, convert: Callable[[object], object], target: pa.DataType, wanted: str
) -> pa.ChunkedArray:
    values: list[object] = []
    wrong: list[tuple[int, str]] = []
    for row, value in enumerate(column.to_pylist()):
        try:
            values.append(None if value is None else convert(value))
        except (ValueError, OverflowError, pa.ArrowException):
            values.append(None)
            wrong.append((row, str(value)))
    rest = pa.chunked_array([pa.array(values, target)])
    if wrong:
        raise CellError(wrong, wanted, rest)
    return rest


_CONVERTERS: Final[dict[pa.DataType, Callable[[pa.ChunkedArray], pa.ChunkedArray]]] = {
    TIME: _time,
    pa.string(): _text,
    pa.list_(pa.string()): _items,
}
