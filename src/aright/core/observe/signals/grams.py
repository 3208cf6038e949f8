"""Runs of characters or words of many texts at once, as hashes: what signals of texts are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.observe.hashing import Hashes, stir

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.observe.signals.values import FloatArray

_ODD: Final = np.uint64(0x9E3779B97F4A7C15)


class Tokens(NamedTuple):
    """Tokens of many texts, one behind the other.

    Attributes:
        rows: which text each token is of, ascending, shape (tokens,).
        codes: equal for equal tokens, shape (tokens,).
        texts: how many texts there are.
    """

    rows: npt.NDArray[np.int64]
    codes: Hashes
    texts: int


def characters(texts: pa.Array, *, longest: int) -> Tokens:
    """Return the first characters of each text, in lower case.

    >>> characters(pa.array(["Ab", "", "b"]), longest=5)[:2]
    (array([0, 0, 2]), array([97, 98, 98], dtype=uint64))
    """
    cut = pc.utf8_lower(pc.utf8_slice_codeunits(texts, 0, longest))
    lengths = np.asarray(pc.utf8_length(cut), dtype=np.int64)
    plain = "".join(cut.to_pylist()).encode("utf-32-le", "replace")
    codes = np.frombuffer(plain, np.uint32).astype(np.uint64)
    return Tokens(np.repeat(np.arange(len(texts)), lengths), codes, len(texts))


def words(texts: pa.Array, *, longest: int) -> Tokens:
    """Return the words of the first characters of each text; what stands between white space is a word.

    >>> words(pa.array(["a b a", "b"]), longest=9)[:2]
    (array([0, 0, 0, 1]), array([0, 1, 0, 1], dtype=uint64))
    """
    lists = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(texts, 0, longest)))
    rows = np.asarray(pc.list_parent_indices(lists), dtype=np.int64)
    codes = np.asarray(pc.list_flatten(lists).dictionary_encode().indices, dtype=np.uint64)
    return Tokens(rows, codes, len(texts))


def runs(tokens: Tokens, size: int) -> Tokens:
    """Return the runs of ``size`` neighbouring tokens of the same text, hashed.

    >>> runs(words(pa.array(["a b a b", "b"]), longest=9), 2).rows
    array([0, 0, 0])
    """
    many = len(tokens.rows) - size + 1
    if many <= 0:
        return Tokens(tokens.rows[:0], tokens.codes[:0], tokens.texts)
    hashed = np.zeros(many, dtype=np.uint64)
    for at in range(size):
        hashed = stir(hashed * _ODD + tokens.codes[at : at + many] + np.uint64(1))
    whole = tokens.rows[:many] == tokens.rows[size - 1 :]
    return Tokens(tokens.rows[:many][whole], hashed[whole], tokens.texts)


def per_text(tokens: Tokens, weights: FloatArray | None = None) -> FloatArray:
    """Return the count, or the sum of the weights, of each text's tokens."""
    return np.bincount(tokens.rows, weights, minlength=tokens.texts).astype(np.float64)


def distinct(tokens: Tokens) -> Tokens:
    """Return the tokens, each once for each text.

    >>> distinct(words(pa.array(["a b a"]), longest=9)).rows
    array([0, 0])
    """
    keys = stir(tokens.codes ^ stir(tokens.rows.astype(np.uint64)))
    _, first = np.unique(keys, return_index=True)
    first.sort()
    return Tokens(tokens.rows[first], tokens.codes[first], tokens.texts)
