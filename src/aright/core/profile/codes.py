"""The kernel for one column of categories: counting dictionary codes, in blocks, nulls included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from aright.core.profile.categories import Categories, categories_of
from aright.core.profile.columns import BLOCK, chunks_of, number_parts, values_of
from aright.core.profile.words import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.profile.bins import Counts


class BrokenColumnError(ValueError):
    """A dictionary column whose codes point outside its dictionary."""


def profile_categories(array: pa.Array | pa.ChunkedArray) -> Categories:
    """Return what a column of text, booleans or a dictionary of them comes to."""
    seen = Categories()
    for part in encoded(array):
        seen = seen.merge(_named(part.dictionary, code_counts(part)))
    return seen


def encoded(array: pa.Array | pa.ChunkedArray) -> Iterator[pa.DictionaryArray]:
    """Yield the column as dictionary arrays; text that is none yet by blocks, which bounds what is held."""
    for chunk in chunks_of(array):
        storage = chunk.storage if isinstance(chunk, pa.ExtensionArray) else chunk
        if isinstance(storage, pa.DictionaryArray):
            yield storage
            continue
        if pa.types.is_string_view(storage.type):
            storage = storage.cast(pa.large_string())
        for start in range(0, len(storage), BLOCK):
            yield storage.slice(start, BLOCK).dictionary_encode()


def code_counts(array: pa.DictionaryArray) -> Counts:
    """Return how often each code of a dictionary array comes, nulls left out; of its dictionary's length.

    Raises:
        BrokenColumnError: where a code points outside the dictionary.
    """
    size = len(array.dictionary)
    counts = np.zeros(size + 1, np.int64)
    rows = max(BLOCK, 4 * size)
    buffer = np.empty(min(rows, len(array)), np.int64)
    for part in number_parts(_with_room(array.indices, size), rows):
        codes = buffer[: len(part)]
        codes[:] = values_of(part.fill_null(size) if part.null_count else part)
        if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) <= size:
            raise BrokenColumnError(
                f"a dictionary column of {size} values holds the code {int(codes.max())}: the file or "
                "message it came from is broken; write it again"
            )
        counts += np.bincount(codes, minlength=size + 1)
    return counts[:size]


def _with_room(indices: pa.Array, size: int) -> pa.Array:
    """Return the indices in a type that can hold ``size`` too, which stands for null."""
    fits = not indices.null_count or size <= np.iinfo(indices.type.to_pandas_dtype()).max
    return indices if fits else indices.cast(pa.int64(), safe=False)


def words_of(values: pa.Array) -> list[str | None]:
    """Return a dictionary's values as text of bounded length, null ones as None; bad UTF-8 is escaped."""
    try:
        return [None if value is None else text_of(value) for value in values.to_pylist()]
    except UnicodeDecodeError:
        raw = values.cast(pa.large_binary()).to_pylist()
        return [None if value is None else text_of(value) for value in raw]


def _named(dictionary: pa.Array, counts: Counts) -> Categories:
    used = np.flatnonzero(counts)
    sums: dict[str, int] = {}
    words = words_of(dictionary.take(pa.array(used)))
    for word, count in zip(words, counts[used].tolist(), strict=True):
        if word is not None:
            sums[word] = sums.get(word, 0) + count
    return categories_of(sums)
