"""How long texts are, seen from their offsets alone: a thousandth of the cost of looking at each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa


def shortest_and_longest(texts: pa.StringArray) -> tuple[int, int]:
    """Return bytes of the shortest and the longest cell of a string array, (0, 0) for no cell.

    A null counts as whatever lies beneath it, mostly nothing: the answer may be too wide, never too narrow.

    >>> import pyarrow as pa
    >>> shortest_and_longest(pa.array(["abc", "d", "é"]))
    (1, 3)
    """
    if not len(texts):
        return 0, 0
    offsets = np.frombuffer(texts.buffers()[1], np.int32, len(texts) + 1, 4 * texts.offset)
    lengths = offsets[1:] - offsets[:-1]
    return int(lengths.min()), int(lengths.max())


def span_of(texts: pa.ChunkedArray) -> tuple[int, int]:
    """Return the like of a chunked array.

    >>> import pyarrow as pa
    >>> span_of(pa.chunked_array([["abc"], [], ["d"]]))
    (1, 3)
    """
    found = [shortest_and_longest(chunk) for chunk in texts.chunks if len(chunk)]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else (0, 0)


def may_hold(texts: pa.StringArray, length: int) -> bool:
    """Return whether a cell may be longer than ``length`` bytes; all cells together seldom are.

    >>> import pyarrow as pa
    >>> may_hold(pa.array(["a", "b"]), 1_000)
    False
    """
    data = texts.buffers()[2]
    return data is not None and bool(data.size > length)
