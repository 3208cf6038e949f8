"""The kernel for one column of categories: counting dictionary codes, in blocks, nulls included."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

from aright.core.profile.categories import Categories, bound, categories_of
from aright.core.profile.columns import BLOCK, chunks_of, number_parts, values_of
from aright.core.profile.masks import row_masks
from aright.core.profile.words import LONGEST, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.profile.bins import Counts


_UNSIGNED: Final = {4: np.uint32, 8: np.uint64}


class BrokenColumnError(ValueError):
    """A dictionary column whose codes point outside its dictionary."""


def profile_categories(array: pa.Array | pa.ChunkedArray) -> Categories:
    """Return what a column of text, booleans or a dictionary of them comes to."""
    seen = Categories()
    dictionary: pa.Array | None = None
    counts: Counts = np.empty(0, np.int64)
    for part in encoded(array):
        if dictionary is not None and part.dictionary.equals(dictionary):
            counts += code_counts(
                part
            )  # files repeat a dictionary for every chunk: its values are named once
            continue
        if dictionary is not None:
            seen = seen.merge(_named(dictionary, counts))
        dictionary, counts = part.dictionary, code_counts(part)
    return seen if dictionary is None else seen.merge(_named(dictionary, counts))


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


def one_dictionary(array: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Return the whole column as one dictionary array."""
    parts = list(encoded(array))
    if not parts:
        return pa.array([], pa.string()).dictionary_encode()
    if len(parts) == 1:
        return parts[0]
    return pa.chunked_array(parts).unify_dictionaries().combine_chunks()


def code_counts(array: pa.DictionaryArray) -> Counts:
    """Return how often each code of a dictionary array comes, nulls left out; of its dictionary's length.

    Raises:
        BrokenColumnError: where a code points outside the dictionary.
    """
    size = len(array.dictionary)
    counts = np.zeros(max(1, size), np.int64)
    rows = min(BLOCK, len(array))
    codes = np.empty(rows, np.int64)
    for part in number_parts(_whole_words(array.indices)):
        values = values_of(part)
        words = values.view(_UNSIGNED[values.itemsize])
        if part.null_count:  # null slots may hold anything: they count as code 0 and are taken off again
            masks = row_masks(part, np.empty(len(part) + 16, words.dtype))
            words = np.bitwise_and(words, masks, out=masks)
            counts[0] -= part.null_count
        # A negative code is larger than all others when read without its sign.
        if int(words.max(initial=0)) >= len(counts) or (not size and part.null_count < len(part)):
            raise broken_codes(size)
        block = codes[: len(part)]
        block[:] = words
        np.add.at(counts, block, 1)
    return counts[:size]


def _whole_words(indices: pa.Array) -> pa.Array:
    """Return the indices in at least 32 bits, for which there are masks."""
    return indices if indices.type.bit_width >= 32 else indices.cast(pa.int32())


def broken_codes(size: int) -> BrokenColumnError:
    """Return the error of a code outside a dictionary of ``size`` values."""
    return BrokenColumnError(
        f"a dictionary column of {size} values holds a code outside of it: the file or message that it came "
        "from is broken; write it again"
    )


def clean_codes(array: pa.DictionaryArray) -> Counts:
    """Return the codes of a dictionary array, null ones as the dictionary's length; shape (rows,).

    Raises:
        BrokenColumnError: where a code points outside the dictionary.
    """
    size = len(array.dictionary)
    indices = _with_room(array.indices, size)
    codes = values_of(indices.fill_null(size) if indices.null_count else indices).astype(np.int64)
    if len(codes) and not 0 <= int(codes.min()) <= int(codes.max()) <= size:
        raise broken_codes(size)
    return codes


def _with_room(indices: pa.Array, size: int) -> pa.Array:
    """Return the indices in a type that can hold ``size`` too, which stands for null."""
    fits = not indices.null_count or size <= np.iinfo(indices.type.to_pandas_dtype()).max
    return indices if fits else indices.cast(pa.int64(), safe=False)


def words_of(values: pa.Array) -> list[str | None]:
    """Return a dictionary's values as text of bounded length, null ones as None; bad UTF-8 is escaped."""
    try:
        words: list[object] = values.to_pylist()
    except UnicodeDecodeError:
        words = values.cast(pa.large_binary()).to_pylist()
    return [_word(value) for value in words]


def _word(value: object) -> str | None:
    if isinstance(value, str) and len(value) <= LONGEST:
        return value
    return None if value is None else text_of(value)


def _named(dictionary: pa.Array, counts: Counts) -> Categories:
    used = np.flatnonzero(counts != 0)
    words = words_of(dictionary if len(used) == len(dictionary) else dictionary.take(pa.array(used)))
    found = counts[used]
    named = [(word, place) for place, word in enumerate(words) if word is not None]
    named.sort()
    values = tuple(word for word, _ in named)
    if len(set(values)) < len(values):  # a dictionary may hold a value twice
        sums: dict[str, int] = {}
        for word, place in named:
            sums[word] = sums.get(word, 0) + int(found[place])
        return categories_of(sums)
    return bound(values, found[[place for _, place in named]])
