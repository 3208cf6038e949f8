"""The window kernel: profiles of one column for many groups at once, in few passes over the rows.

A group is whatever the caller numbers: a window, a segment, a window of a segment. Raw bins are renumbered
as they turn up, so that only those that occur take room, and bin and group together number one cell: one
bincount serves all groups.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from aright.core.profile.bins import INVALID_ABOVE, INVALID_BELOW, LARGEST, Floats
from aright.core.profile.categories import Categories, bound
from aright.core.profile.cells import BinTable, CellTable, Indices, Tally
from aright.core.profile.codes import clean_codes, one_dictionary, words_of
from aright.core.profile.columns import BLOCK, CATEGORY, EMPTY, number_parts, require_kind, values_of
from aright.core.profile.moments import Moments, add_moments, no_moments
from aright.core.profile.numbers import Numbers
from aright.core.profile.profile import Profile

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.profile.frame import ScaleFrame

Groups: TypeAlias = np.ndarray[tuple[int], np.dtype[np.signedinteger]]
_Narrow: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]


def profile_groups(
    array: pa.Array | pa.ChunkedArray,
    groups: Groups,
    n_groups: int,
    frame: ScaleFrame | None = None,
    *,
    moments: bool = True,
) -> list[Profile]:
    """Return the profile of each group's rows, as ``profile_column`` would make it, but for distinct numbers.

    Args:
        array: the column, of n rows.
        groups: which group each row belongs to, shape (n,); rows of a negative one are left out.
        n_groups: how many groups there are; every group number is below it.
        frame: the reference's frame, used where the column is one of numbers.
        moments: whether means, deviations and extremes are wanted; without them they are NaN and the counts
            come in a third of the time. Numbers of distinct numbers are never counted here.

    Raises:
        ValueError: where ``groups`` does not fit the column or ``n_groups``.
        UnsupportedColumnError: where the type has no profile.

    >>> import pyarrow as pa
    >>> column = pa.array([1.0, 2.0, None, 5.0])
    >>> [profile.mean for profile in profile_groups(column, np.array([0, 0, 1, 1]), 2)]
    [1.5, 5.0]
    """
    kind = require_kind(array.type)
    places = _places(array, groups, n_groups)
    width = n_groups + 1
    if kind == EMPTY:
        rows = np.bincount(places, minlength=width).tolist()
        profiles = [Profile(count, count) for count in rows]
    elif kind == CATEGORY:
        profiles = _of_categories(array, places, width)
    else:
        profiles = _of_numbers(array, places, width, frame, with_moments=moments)
    return profiles[:n_groups]


def _places(array: pa.Array | pa.ChunkedArray, groups: Groups, n_groups: int) -> Indices:
    """Return the groups as indices, rows that are left out in one more group at the end."""
    if len(groups) != len(array):
        raise ValueError(f"{len(array)} rows need {len(array)} group numbers, not {len(groups)}")
    if not len(groups):
        return np.empty(0, np.int64)
    if int(groups.max()) >= n_groups:
        raise ValueError(f"group numbers must be below {n_groups}, not {int(groups.max())}")
    places = groups.astype(np.int64, copy=False)
    return np.where(places < 0, n_groups, places) if int(places.min()) < 0 else places


def _of_numbers(
    array: pa.Array | pa.ChunkedArray,
    places: Indices,
    width: int,
    frame: ScaleFrame | None,
    *,
    with_moments: bool,
) -> list[Profile]:
    table = BinTable(width)
    sums = no_moments(width) if with_moments else None
    nulls = np.zeros(width, np.int64)
    raw = np.empty(BLOCK, np.int64)
    offset = 0
    for part in number_parts(array):
        of_part = places[offset : offset + len(part)]
        offset += len(part)
        narrow, wide = _centred(part, frame, wanted=with_moments)
        if part.null_count:
            nulls += np.bincount(of_part[_null_places(part)], minlength=width)
        block = raw[: len(part)]
        np.right_shift(narrow.view(np.uint32), np.uint32(16), out=block)
        table.add(block, of_part)
        if sums is not None:
            _add_finite(sums, wide, of_part)
    return _assemble(table.finish(), nulls, sums, frame)


def _centred(part: pa.Array, frame: ScaleFrame | None, *, wanted: bool) -> tuple[_Narrow, Floats]:
    """Return the part's values as they are binned, and about the frame's centre; nulls are NaN in both."""
    values = values_of(part)
    if frame is None and values.dtype == np.float32:
        narrow = values
        if part.null_count:
            narrow = values.copy()
            narrow[_null_places(part)] = np.nan
        return narrow, narrow.astype(np.float64) if wanted else np.empty(0)
    wide = values.astype(np.float64)
    if part.null_count:
        wide[_null_places(part)] = np.nan
    if frame is not None:
        wide -= frame.centre
    scaled = wide / frame.scale if frame is not None else wide
    with np.errstate(over="ignore"):
        narrow = scaled.astype(np.float32)
    beyond = np.flatnonzero(np.isinf(narrow))
    finite = beyond[np.isfinite(wide[beyond])]
    narrow[finite] = np.copysign(LARGEST, wide[finite])
    return narrow, wide


def _null_places(part: pa.Array) -> Indices:
    return np.flatnonzero(part.is_null().to_numpy(zero_copy_only=False))


def _add_finite(sums: Moments, wide: Floats, places: Indices) -> None:
    finite = np.isfinite(wide)
    if finite.all():
        add_moments(sums, wide, places)
    else:
        add_moments(sums, wide[finite], places[finite])


def _assemble(found: Tally, nulls: Indices, sums: Moments | None, frame: ScaleFrame | None) -> list[Profile]:
    centre = frame.centre if frame else 0.0
    profiles = []
    for group, (bins, counts) in enumerate(found.groups()):
        finite = (bins > INVALID_BELOW) & (bins < INVALID_ABOVE)
        total, squares, low, high = (
            (float(values[group]) for values in sums) if sums is not None else (math.nan,) * 4
        )
        numbers = Numbers(
            frame=frame,
            keys=bins[finite].astype(np.uint16),
            counts=counts[finite],
            invalid=int(counts[~finite].sum()) - int(nulls[group]),
            total=total,
            squares=squares,
            minimum=centre + low,
            maximum=centre + high,
            distinct=None,
        )
        profiles.append(Profile(int(counts.sum()), int(nulls[group]), numbers=numbers))
    return profiles


def _of_categories(array: pa.Array | pa.ChunkedArray, places: Indices, width: int) -> list[Profile]:
    encoded = one_dictionary(array)
    words, codes = words_of(encoded.dictionary), clean_codes(encoded)
    distinct = sorted({word for word in words if word is not None})
    number = {word: place for place, word in enumerate(distinct)}
    absent = len(distinct)
    renumbered = np.array([absent if word is None else number[word] for word in words] + [absent], np.int64)
    table = CellTable(width, absent + 1)
    for start in range(0, len(codes), BLOCK):
        table.add(renumbered[codes[start : start + BLOCK]], places[start : start + BLOCK])
    profiles = []
    for bins, counts in table.finish(np.arange(absent + 1)).groups():
        named = bins < absent
        values = tuple(distinct[place] for place in bins[named].tolist())
        categories: Categories = bound(values, counts[named])
        rows = int(counts.sum())
        profiles.append(Profile(rows, rows - categories.valid, categories=categories))
    return profiles
