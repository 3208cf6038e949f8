"""The window kernel: profiles of one column for many groups at once, in few passes over the rows.

A group is whatever the caller numbers: a window, a segment, a window of a segment. Raw bins are renumbered
as they turn up, so that only those that occur take room, and bin and group together number one cell: one
bincount serves all groups.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from aright.core.profile.bins import INVALID_ABOVE, INVALID_BELOW, LARGEST, Floats
from aright.core.profile.categories import Categories, bound
from aright.core.profile.cells import BinTable, CellTable, Indices
from aright.core.profile.codes import clean_codes, one_dictionary, words_of
from aright.core.profile.columns import (
    BLOCK,
    CATEGORY,
    EMPTY,
    Values,
    number_parts,
    require_kind,
    values_of,
)
from aright.core.profile.masks import null_places
from aright.core.profile.moments import Moments, add_moments, no_moments
from aright.core.profile.numbers import Numbers
from aright.core.profile.profile import Profile
from aright.core.profile.rings import Course, RingTable, course_of, pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pyarrow as pa

    from aright.core.profile.bins import Counts, Keys
    from aright.core.profile.frame import ScaleFrame

Groups: TypeAlias = np.ndarray[tuple[int], np.dtype[np.signedinteger]]
_Narrow: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Which group each row belongs to.

    Attributes:
        places: the group of each row; ``groups`` where it is left out; shape (rows,).
        groups: how many groups there are.
        course: where groups come and go in order, how.
    """

    places: Indices
    groups: int
    course: Course | None


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
    return profile_grouped(array, grouping_of(groups, n_groups), frame, moments=moments)


def profile_grouped(
    array: pa.Array | pa.ChunkedArray,
    grouping: Grouping,
    frame: ScaleFrame | None = None,
    *,
    moments: bool = True,
) -> list[Profile]:
    """Return what ``profile_groups`` does, of one of several columns whose rows have the same groups."""
    kind = require_kind(array.type)
    places, width = grouping.places, grouping.groups + 1
    if len(places) != len(array):
        raise ValueError(f"{len(array)} rows need {len(array)} group numbers, not {len(places)}")
    if kind == EMPTY:
        rows = np.bincount(places, minlength=width).tolist()
        profiles = [Profile(count, count) for count in rows]
    elif kind == CATEGORY:
        profiles = _of_categories(array, places, width)
    else:
        table = BinTable(width) if grouping.course is None else RingTable(width, grouping.course)
        profiles = _of_numbers(array, places, table, frame, no_moments(width) if moments else None)
    return profiles[: grouping.groups]


def grouping_of(groups: Groups, n_groups: int) -> Grouping:
    """Return what the kernel has to know of the rows' groups; see ``profile_groups``.

    >>> grouping_of(np.array([0, -1, 1]), 2).places.tolist()
    [0, 2, 1]
    """
    places = groups.astype(np.int64, copy=False)
    if not len(places):
        return Grouping(places, n_groups, None)
    pieces = pieces_of(places)
    if int(pieces.high.max()) >= n_groups:
        raise ValueError(f"group numbers must be below {n_groups}, not {int(pieces.high.max())}")
    if int(pieces.low.min()) < 0:
        return Grouping(np.where(places < 0, n_groups, places), n_groups, None)
    return Grouping(places, n_groups, course_of(places, pieces, n_groups))


def _of_numbers(
    array: pa.Array | pa.ChunkedArray,
    places: Indices,
    table: BinTable | RingTable,
    frame: ScaleFrame | None,
    sums: Moments | None,
) -> list[Profile]:
    width = table.groups
    nulls = np.zeros(width, np.int64)
    raw, filled = np.empty(BLOCK, np.int64), np.empty(BLOCK, np.float32)
    offset = 0
    for part in number_parts(array):
        of_part = places[offset : offset + len(part)]
        offset += len(part)
        values = values_of(part)
        if part.null_count:
            absent = null_places(part)
            nulls += np.bincount(of_part[absent], minlength=width)
            values = _without(values, absent, filled)
        narrow, wide = _centred(values, frame, wanted=sums is not None)
        block = raw[: len(part)]
        np.right_shift(narrow.view(np.uint32), np.uint32(16), out=block)
        table.add(block, of_part)
        if sums is not None:
            _add_finite(sums, wide, of_part)
    return _assemble(table.finish(), nulls, sums, frame)


def _without(values: Values, absent: Indices, room: _Narrow) -> Values:
    """Return a copy of the values with NaN in the places of nulls."""
    if values.dtype == np.float32:
        copy: Values = room[: len(values)]
        copy[:] = values
    else:
        copy = values.astype(np.float64)
    copy[absent] = np.nan
    return copy


def _centred(values: Values, frame: ScaleFrame | None, *, wanted: bool) -> tuple[_Narrow, Floats]:
    """Return the values as they are binned, and about the frame's centre; nulls are NaN in both."""
    if frame is None and values.dtype == np.float32:
        return values, values.astype(np.float64) if wanted else np.empty(0)
    wide = values.astype(np.float64)
    if frame is not None:
        wide -= frame.centre
    scaled = wide / frame.scale if frame is not None else wide
    with np.errstate(over="ignore"):
        narrow = scaled.astype(np.float32)
    beyond = np.flatnonzero(np.isinf(narrow))
    finite = beyond[np.isfinite(wide[beyond])]
    narrow[finite] = np.copysign(LARGEST, wide[finite])
    return narrow, wide


def _add_finite(sums: Moments, wide: Floats, places: Indices) -> None:
    finite = np.isfinite(wide)
    if finite.all():
        add_moments(sums, wide, places)
    else:
        add_moments(sums, wide[finite], places[finite])


def _assemble(
    found: Iterable[tuple[Keys, Counts]], nulls: Indices, sums: Moments | None, frame: ScaleFrame | None
) -> list[Profile]:
    centre = frame.centre if frame else 0.0
    profiles = []
    for group, (bins, counts) in enumerate(found):
        keys, finite = _finite(bins, counts)
        rows, valid = int(counts.sum()), int(finite.sum())
        total, squares, low, high = (
            (float(values[group]) for values in sums) if sums is not None else (math.nan,) * 4
        )
        numbers = Numbers(
            frame=frame,
            keys=keys.copy(),
            counts=finite.copy(),
            invalid=rows - valid - int(nulls[group]),
            total=total,
            squares=squares,
            minimum=centre + low,
            maximum=centre + high,
            distinct=None,
        )
        profiles.append(Profile(rows, int(nulls[group]), numbers=numbers))
    return profiles


def _finite(bins: Keys, counts: Counts) -> tuple[Keys, Counts]:
    """Return what is counted of finite numbers; bins are in order, so infinity and NaN are at the ends."""
    if not len(bins) or (bins[0] > INVALID_BELOW and bins[-1] < INVALID_ABOVE):
        return bins, counts
    first, end = bins.searchsorted((INVALID_BELOW + 1, INVALID_ABOVE)).tolist()
    return bins[first:end], counts[first:end]


def _of_categories(array: pa.Array | pa.ChunkedArray, places: Indices, width: int) -> list[Profile]:
    encoded = one_dictionary(array)
    words = words_of(encoded.dictionary)
    distinct = sorted({word for word in words if word is not None})
    number = {word: place for place, word in enumerate(distinct)}
    absent = len(distinct)
    renumbered = np.array([absent if word is None else number[word] for word in words] + [absent], np.int64)
    table = CellTable(width, absent + 1)
    for start in range(0, len(encoded), BLOCK):
        codes = clean_codes(encoded.slice(start, BLOCK))
        table.add(renumbered[codes], places[start : start + BLOCK])
    every = np.array(distinct, np.object_)
    profiles = []
    for bins, counts in table.finish(np.arange(absent + 1)).groups():
        named = int(bins.searchsorted(absent))
        values = tuple(every[bins[:named]].tolist())
        categories: Categories = bound(values, counts[:named].copy())
        rows = int(counts.sum())
        profiles.append(Profile(rows, rows - categories.valid, categories=categories))
    return profiles
