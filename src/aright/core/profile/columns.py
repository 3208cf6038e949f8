"""Arrow columns as the kernel reads them: which kind a type is, and its values as plain arrays."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind: TypeAlias = Literal["number", "category", "empty"]

NUMBER: Final = "number"
CATEGORY: Final = "category"
EMPTY: Final = "empty"

BLOCK: Final = 65_536
"""Rows handled at a time: few enough for the cache, many enough for the interpreter not to matter."""

Values: TypeAlias = np.ndarray[tuple[int], np.dtype[Any]]  # any numeric dtype: blocks keep the column's own

_WIDTHS: Final = {8: pa.int8(), 16: pa.int16(), 32: pa.int32(), 64: pa.int64()}


class UnsupportedColumnError(TypeError):
    """A column's type has no profile, such as a list or a struct; the message says what to do."""


def kind_of(data_type: pa.DataType) -> Kind | None:
    """Return what a column of this type is profiled as, or None where it cannot be.

    Numbers, decimals and everything temporal are numbers; text and booleans are categories; a dictionary is
    what its values are, but for booleans. A column of type null is ``empty`` and agrees with both.

    >>> kind_of(pa.float32()), kind_of(pa.bool_()), kind_of(pa.null()), kind_of(pa.list_(pa.int8()))
    ('number', 'category', 'empty', None)
    """
    types = pa.types
    if types.is_dictionary(data_type):
        return kind_of(data_type.value_type)
    if types.is_integer(data_type) or types.is_floating(data_type):
        return NUMBER
    if types.is_decimal(data_type) or types.is_temporal(data_type):
        return None if types.is_interval(data_type) else NUMBER
    if types.is_boolean(data_type) or _is_text(data_type):
        return CATEGORY
    return EMPTY if types.is_null(data_type) else None


def require_kind(data_type: pa.DataType, name: str = "") -> Kind:
    """Return the kind of a type.

    Raises:
        UnsupportedColumnError: where the type has none.
    """
    kind = kind_of(data_type)
    if kind is None:
        where = f"column {name!r}" if name else "the column"
        raise UnsupportedColumnError(
            f"{where} has the type {data_type}, which has no profile: leave it out, or turn it into numbers, "
            "text or booleans first (for a list, its length or its items one per row)"
        )
    return kind


def chunks_of(array: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    """Return the column's chunks; an array is its own only one."""
    return array.chunks if isinstance(array, pa.ChunkedArray) else [array]


def number_parts(array: pa.Array | pa.ChunkedArray, rows: int = BLOCK) -> Iterator[pa.Array]:
    """Yield slices of at most ``rows`` rows whose values are a bare buffer of numbers."""
    for chunk in chunks_of(array):
        plain = plain_numbers(chunk)
        for start in range(0, len(plain), rows):
            yield plain.slice(start, rows)


def plain_numbers(array: pa.Array) -> pa.Array:
    """Return a chunk of numbers of any type as one that ``values_of`` can read."""
    types = pa.types
    data_type = array.type
    if isinstance(array, pa.ExtensionArray):
        return plain_numbers(array.storage)
    if types.is_dictionary(data_type):
        return plain_numbers(array.dictionary_decode())
    if types.is_decimal(data_type):
        return array.cast(pa.float64())
    if types.is_temporal(data_type):
        return array.view(_WIDTHS[data_type.bit_width])
    return array


def values_of(array: pa.Array) -> Values:
    """Return the values of a plain part without a copy; what a null slot holds means nothing."""
    data = array.buffers()[1]
    dtype = dtype_of(array.type)
    if data is None or not len(array):
        return np.zeros(len(array), dtype)
    return np.frombuffer(data, dtype, count=len(array), offset=array.offset * dtype.itemsize)


@cache
def dtype_of(data_type: pa.DataType) -> np.dtype[Any]:
    """Return numpy's name for a type of plain numbers.

    >>> dtype_of(pa.float32())
    dtype('float32')
    """
    dtype: np.dtype[Any] = np.dtype(data_type.to_pandas_dtype())
    return dtype


def _is_text(data_type: pa.DataType) -> bool:
    types = pa.types
    return bool(
        types.is_string(data_type) or types.is_large_string(data_type) or types.is_string_view(data_type)
    )
