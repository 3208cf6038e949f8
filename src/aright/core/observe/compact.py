"""Compact copies: rows that are kept for long hold on neither to bodies nor to countless values."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE

MOST_VALUES: Final = 512
"""Values of an attribute that are kept, the most frequent; others become null."""

_PLACES: Final = ("version", "pool", "host")


def compact(table: pa.Table, *, most: int = MOST_VALUES) -> tuple[pa.Table, int]:
    """Return a copy of the rows, and how many values of attributes were left out of it.

    >>> colours = pa.array(["red", "red", "blue"]).dictionary_encode()
    >>> kept, left_out = compact(pa.table({"attr.colour": colours, "feat.colour": colours}), most=1)
    >>> kept["attr.colour"].to_pylist(), kept["feat.colour"].to_pylist(), left_out
    (['red', 'red', None], ['red', 'red', 'blue'], 1)
    """
    columns, left_out = {}, 0
    for name in table.column_names:
        column = table[name].combine_chunks()
        if isinstance(column, pa.ChunkedArray):  # a table without rows has no chunk
            column = pa.array([], column.type)
        if pa.types.is_dictionary(column.type):
            bounded = name.startswith(ATTRIBUTE) or name in _PLACES
            columns[name], lost = _bounded(column, most if bounded else len(column))
            left_out += lost
        else:
            columns[name] = column.take(pa.array(np.arange(len(column))))
    return pa.table(columns), left_out


def _bounded(column: pa.DictionaryArray, most: int) -> tuple[pa.DictionaryArray, int]:
    indices = np.asarray(pc.fill_null(column.indices, -1), dtype=np.int64)
    counts = np.bincount(indices[indices >= 0], minlength=len(column.dictionary))
    kept = np.flatnonzero(counts > 0)
    if len(kept) > most:
        kept = np.sort(kept[np.argsort(-counts[kept], kind="stable")[:most]])
    places = np.full(len(counts) + 1, -1, dtype=np.int32)  # the last is that of nulls
    places[kept] = np.arange(len(kept), dtype=np.int32)
    codes = places[indices]
    made = pa.DictionaryArray.from_arrays(
        pa.array(codes, mask=codes < 0), column.dictionary.take(pa.array(kept))
    )
    return made, int(np.count_nonzero((indices >= 0) & (codes < 0)))
