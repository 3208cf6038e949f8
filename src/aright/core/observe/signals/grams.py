"""Runs of characters or words of many texts at once, as hashes: what signals of texts are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.profile.hashing import Hashes, stir

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.observe.signals.values import FloatArray

_A, _Z, _FIRST_WIDE = np.uint64(ord("a")), np.uint64(ord("z")), np.uint64(0xAA)
_MARKS: Final = tuple(
    (np.uint64(low), np.uint64(high))
    for low, high in (
        (0xAB, 0xB4),
        (0xB6, 0xB9),
        (0xBB, 0xBF),
        (0x2000, 0x2BFF),
        (0x3000, 0x3004),
        (0xFF00, 0xFF20),
    )
)
"""Beyond ASCII: marks, arrows, signs and wide marks. All else counts as letters."""

_SHORT: Final = np.uint64(40)
_LOW: Final = np.uint64(2**40 - 1)
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


def letters(texts: pa.Array, *, longest: int) -> Tokens:
    """Return the letters of the first characters of each text; what stands between words is one space.

    >>> letters(pa.array(["A, b-1!"]), longest=9).codes.tolist() == [ord(sign) for sign in "a b "]
    True
    """
    found = characters(texts, longest=longest)
    codes = found.codes
    is_letter = (codes >= _FIRST_WIDE) | ((codes >= _A) & (codes <= _Z))
    for low, high in _MARKS:
        is_letter &= (codes < low) | (codes > high)
    follows = np.concatenate(([False], is_letter[:-1] & (found.rows[1:] == found.rows[:-1])))[: len(codes)]
    kept = is_letter | follows
    plain = np.where(is_letter, codes, np.uint64(ord(" ")))
    return Tokens(found.rows[kept], plain[kept], found.texts)


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
    """Return the tokens, each once for each text; their codes are shortened to 40 bits, and ascend in a text.

    >>> distinct(words(pa.array(["a b a"]), longest=9)).rows
    array([0, 0])
    """
    keys = np.sort((tokens.rows.astype(np.uint64) << _SHORT) | (stir(tokens.codes) >> np.uint64(24)))
    fresh = keys[np.concatenate((np.ones(min(len(keys), 1), dtype=np.bool_), keys[1:] != keys[:-1]))]
    return Tokens((fresh >> _SHORT).astype(np.int64), fresh & _LOW, tokens.texts)


def also_in(one: Tokens, other: Tokens) -> FloatArray:
    """Return 1 for each of some distinct tokens that the same text of others has too, and else 0.

    >>> first, second = (distinct(words(pa.array([text]), longest=9)) for text in ("a b", "b c"))
    >>> also_in(first, first).tolist(), len(also_in(first, second))
    ([1.0, 1.0], 2)
    """
    keys, known = ((part.rows.astype(np.uint64) << _SHORT) | part.codes for part in (one, other))
    places = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
    return (known[places] == keys).astype(np.float64) if len(known) else np.zeros(len(keys))
