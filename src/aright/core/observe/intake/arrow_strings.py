"""Columns of text whose UTF-8 is broken in places: good cells are kept."""

from __future__ import annotations

import pyarrow as pa

_BINARY = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}


def mend(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray, list[int]]:
    r"""Return the column with cells that are no UTF-8 made null, and those cells' rows.

    Another column is returned as it is: its damage is not to be mended.

    >>> broken = pa.chunked_array([pa.array([b"a", b"\xff"]).view(pa.string())])
    >>> mended, rows = mend(broken)
    >>> mended.to_pylist(), rows
    (['a', None], [1])
    """
    binary = _BINARY.get(column.type)
    if binary is None:
        return column, []
    chunks, rows, first = [], [], 0
    for chunk in column.chunks:
        raw = chunk.view(binary)
        try:
            raw.validate(full=True)  # offsets beyond the data are no matter of UTF-8
        except (pa.ArrowException, ValueError):
            return column, []
        values = [_decoded(value) for value in raw.to_pylist()]
        rows += [first + at for at, value in enumerate(values) if value is None and raw[at].is_valid]
        chunks.append(pa.array(values, column.type))
        first += len(chunk)
    return pa.chunked_array(chunks, column.type), rows


def _decoded(value: bytes | None) -> str | None:
    try:
        return None if value is None else value.decode()
    except UnicodeDecodeError:
        return None
