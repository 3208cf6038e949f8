"""Profiles as bytes: a small versioned msgpack document, checked when it is read."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec
import numpy as np

from aright.core.profile.categories import BUCKETS, LIMIT, Categories
from aright.core.profile.distinct import Distinct
from aright.core.profile.frame import ScaleFrame
from aright.core.profile.numbers import Numbers
from aright.core.profile.profile import Profile

if TYPE_CHECKING:
    from aright.core.profile.bins import Counts

_VERSION: Final = 1
_WIDTHS: Final = (1, 2, 4, 8)
_Array: TypeAlias = np.ndarray[tuple[int], np.dtype[Any]]


class BrokenProfileError(ValueError):
    """The bytes are not a profile, or one of a newer version; the message says which."""


class _Sketch(msgspec.Struct, frozen=True, array_like=True):
    level: int
    hashes: bytes


class _Numbers(msgspec.Struct, frozen=True, array_like=True):
    frame: tuple[float, float] | None
    keys: bytes
    counts: bytes
    invalid: int
    total: float
    squares: float
    minimum: float
    maximum: float
    distinct: _Sketch | None


class _Categories(msgspec.Struct, frozen=True, array_like=True):
    values: tuple[str, ...]
    counts: bytes
    tail: bytes | None
    sketch: _Sketch | None


class _Document(msgspec.Struct, frozen=True, array_like=True):
    version: int
    rows: int
    nulls: int
    numbers: _Numbers | None
    categories: _Categories | None


def encode(profile: Profile) -> bytes:
    """Return the profile as bytes, the same for equal profiles on every machine.

    >>> import pyarrow as pa
    >>> from aright.core.profile import profile_column
    >>> decode(encode(profile_column(pa.array([1.5, None])))).mean
    1.5
    """
    numbers, categories = profile.numbers, profile.categories
    return msgspec.msgpack.encode(
        _Document(
            _VERSION,
            profile.rows,
            profile.nulls,
            _pack_numbers(numbers) if numbers is not None else None,
            _pack_categories(categories) if categories is not None else None,
        )
    )


def decode(data: bytes) -> Profile:
    """Return the profile that ``encode`` wrote.

    Raises:
        BrokenProfileError: where the bytes are none, are damaged, or contradict themselves.
    """
    try:
        document = msgspec.msgpack.decode(data, type=_Document)
        if document.version != _VERSION:
            raise BrokenProfileError(
                f"the profile has version {document.version}, and this release reads {_VERSION}: upgrade, or "
                "profile the rows again"
            )
        numbers = _unpack_numbers(document.numbers) if document.numbers else None
        categories = _unpack_categories(document.categories) if document.categories else None
    except (msgspec.DecodeError, ValueError, OverflowError) as error:
        if isinstance(error, BrokenProfileError):
            raise
        raise BrokenProfileError(f"these bytes are no profile ({error}): profile the rows again") from error
    profile = Profile(document.rows, document.nulls, numbers, categories)
    held = numbers.valid if numbers else categories.valid if categories else 0
    _require(
        not (numbers and categories) and document.nulls >= 0 and held == profile.valid, "its rows add up"
    )
    return profile


def _require(holds: bool, what: str) -> None:  # noqa: FBT001 - reads like an assertion
    if not holds:
        raise BrokenProfileError(
            f"the profile contradicts itself (not so that {what}): profile the rows again"
        )


def _pack_counts(counts: Counts) -> bytes:
    """Return counts in the least width that holds them; the first byte says which."""
    largest = int(counts.max()) if len(counts) else 0
    width = next(width for width in _WIDTHS if width == 8 or largest < 1 << 8 * width)
    return bytes((width,)) + counts.astype(f"<u{width}").tobytes()


def _unpack_counts(data: bytes, least: int) -> Counts:
    _require(bool(data) and data[0] in _WIDTHS, "counts have a width")
    counts = np.frombuffer(data, f"<u{data[0]}", offset=1).astype(np.int64)
    _require(not len(counts) or int(counts.min()) >= least, "counts are positive")
    return counts


def _rising(values: _Array) -> bool:
    return bool((values[1:] > values[:-1]).all())


def _pack_sketch(sketch: Distinct | None) -> _Sketch | None:
    return _Sketch(sketch.level, sketch.hashes.astype("<u4").tobytes()) if sketch is not None else None


def _unpack_sketch(stored: _Sketch | None) -> Distinct | None:
    if stored is None:
        return None
    hashes = np.frombuffer(stored.hashes, "<u4").astype(np.uint32)
    fits = not len(hashes) or int(hashes[-1]) < 1 << (32 - min(32, max(0, stored.level)))
    _require(
        0 <= stored.level <= 32 and fits and _rising(hashes), "hashes are sorted and below the threshold"
    )
    return Distinct(stored.level, hashes)


def _pack_numbers(numbers: Numbers) -> _Numbers:
    frame = numbers.frame
    return _Numbers(
        (frame.centre, frame.scale) if frame else None,
        numbers.keys.astype("<u2").tobytes(),
        _pack_counts(numbers.counts),
        numbers.invalid,
        numbers.total,
        numbers.squares,
        numbers.minimum,
        numbers.maximum,
        _pack_sketch(numbers.distinct),
    )


def _unpack_numbers(stored: _Numbers) -> Numbers:
    keys = np.frombuffer(stored.keys, "<u2").astype(np.uint16)
    counts = _unpack_counts(stored.counts, 1)
    _require(len(keys) == len(counts) and _rising(keys), "every bin has one count")
    _require(stored.invalid >= 0, "counts are positive")
    return Numbers(
        frame=ScaleFrame(*stored.frame) if stored.frame else None,
        keys=keys,
        counts=counts,
        invalid=stored.invalid,
        total=stored.total,
        squares=stored.squares,
        minimum=stored.minimum,
        maximum=stored.maximum,
        distinct=_unpack_sketch(stored.distinct),
    )


def _pack_categories(categories: Categories) -> _Categories:
    return _Categories(
        categories.values,
        _pack_counts(categories.counts),
        _pack_counts(categories.tail) if categories.tail is not None else None,
        _pack_sketch(categories.sketch),
    )


def _unpack_categories(stored: _Categories) -> Categories:
    values = stored.values
    counts = _unpack_counts(stored.counts, 1)
    rising = all(one < two for one, two in pairwise(values))
    _require(len(values) == len(counts) <= LIMIT and rising, "every value has one count")
    tail = _unpack_counts(stored.tail, 0) if stored.tail is not None else None
    sketch = _unpack_sketch(stored.sketch)
    _require((tail is None) == (sketch is None), "a tail has its distinct values counted")
    _require(tail is None or len(tail) == BUCKETS, "a tail has all its buckets")
    return Categories(values, counts, tail, sketch)
