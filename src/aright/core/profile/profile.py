"""The profile of one column: all that comparing two windows needs, in a few kilobytes, merged by sum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from aright.core.profile.bins import RAW_BINS
from aright.core.profile.categories import Categories
from aright.core.profile.columns import CATEGORY, EMPTY, NUMBER, Kind
from aright.core.profile.numbers import Numbers, check_frames, merge_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.profile.bins import Counts
    from aright.core.profile.frame import ScaleFrame

_EMPTY = np.empty(0, np.int64)


class KindMismatchError(TypeError):
    """One profile is of numbers and the other of categories, so their counts have no cell in common."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A mergeable summary of one column.

    Attributes:
        rows: all rows, nulls included.
        nulls: rows without a value.
        numbers: what the column comes to where it is one of numbers.
        categories: the same where it is one of categories. A column of nothing but nulls, whose type says
            nothing, has neither and goes with both.
    """

    rows: int
    nulls: int
    numbers: Numbers | None = None
    categories: Categories | None = None

    @property
    def kind(self) -> Kind:
        """Return ``number``, ``category``, or ``empty`` where the column's type is null."""
        if self.numbers is not None:
            return NUMBER
        return EMPTY if self.categories is None else CATEGORY

    @property
    def ordered(self) -> bool:
        """Whether the cells have an order, as numbers do."""
        return self.numbers is not None

    @property
    def frame(self) -> ScaleFrame | None:
        """Return the frame in which numbers were binned."""
        return self.numbers.frame if self.numbers else None

    @property
    def invalid(self) -> int:
        """Return how many rows are NaN or infinite."""
        return self.numbers.invalid if self.numbers else 0

    @property
    def valid(self) -> int:
        """Return how many rows hold a finite number or a category."""
        return self.rows - self.nulls - self.invalid

    @property
    def null_share(self) -> float:
        """Return the share of rows without a value, NaN where there are no rows."""
        return self.nulls / self.rows if self.rows else math.nan

    @property
    def mean(self) -> float:
        """Return the mean (the column's unit), NaN for categories and where there is no number."""
        return self.numbers.mean if self.numbers else math.nan

    @property
    def sd(self) -> float:
        """Return the standard deviation (the column's unit), NaN for categories and below two numbers."""
        return self.numbers.sd if self.numbers else math.nan

    @property
    def minimum(self) -> float:
        """Return the least finite number, NaN where there is none."""
        return self.numbers.minimum if self.numbers and self.valid else math.nan

    @property
    def maximum(self) -> float:
        """Return the greatest finite number, NaN where there is none."""
        return self.numbers.maximum if self.numbers and self.valid else math.nan

    @property
    def distinct(self) -> int | None:
        """Return the number of distinct values (nulls apart): exact while few, else within about 5 %.

        None where the profile was made without counting them.
        """
        if self.numbers is None:
            return self.categories.distinct if self.categories else 0
        return self.numbers.distinct.estimate if self.numbers.distinct else None

    def shares(self) -> dict[str, float]:
        """Return each named category's share of the rows that hold a value; empty for numbers."""
        if self.categories is None or not self.valid:
            return {}
        counts = (self.categories.counts / self.valid).tolist()
        return dict(zip(self.categories.values, counts, strict=True))

    def merge(self, other: Profile) -> Profile:
        """Return the profile of both columns' rows together.

        Raises:
            KindMismatchError: where one is of numbers and the other of categories.
            FrameMismatchError: where both are of numbers, binned in different frames.

        >>> from aright.core.profile import profile_column
        >>> import pyarrow as pa
        >>> both = profile_column(pa.array([1.0, None])).merge(profile_column(pa.array([3.0])))
        >>> both.rows, both.nulls, both.mean
        (3, 1, 2.0)
        """
        return merge_all((self, other))

    def beside(self, other: Profile) -> tuple[Counts, Counts]:
        """Return both columns' counts over the same cells, in the numbers' order where there is one.

        Two arrays of one shape, rows without a value and non-finite numbers left out. Raises as ``merge``.
        """
        require_same_kind(self, other)
        if self.numbers and other.numbers:
            return _numbers_beside(self.numbers, other.numbers)
        if self.categories and other.categories:
            return self.categories.beside(other.categories)
        mine, theirs = _own_cells(self), _own_cells(other)
        return (mine, np.zeros_like(mine)) if len(mine) else (np.zeros_like(theirs), theirs)


def merge_all(profiles: Sequence[Profile]) -> Profile:
    """Return the profile of all rows together, faster than one ``merge`` after the other.

    No profile at all makes one of no rows. Raises as ``Profile.merge``.
    """
    numbers = [profile.numbers for profile in profiles if profile.numbers is not None]
    categories = [profile.categories for profile in profiles if profile.categories is not None]
    if numbers and categories:
        raise _mismatch()
    return Profile(
        rows=sum(profile.rows for profile in profiles),
        nulls=sum(profile.nulls for profile in profiles),
        numbers=merge_numbers(numbers) if numbers else None,
        categories=reduce(Categories.merge, categories) if categories else None,
    )


def require_same_kind(one: Profile, two: Profile) -> None:
    """Raise ``KindMismatchError`` where one profile is of numbers and the other of categories."""
    if {one.kind, two.kind} == {NUMBER, CATEGORY}:
        raise _mismatch()


def _mismatch() -> KindMismatchError:
    return KindMismatchError(
        "a column of numbers and one of categories cannot be compared or merged: its type has changed; "
        "cast one of them, or report the change of type"
    )


def _own_cells(profile: Profile) -> Counts:
    if profile.numbers is not None:
        return profile.numbers.counts
    return profile.categories.counts if profile.categories is not None else _EMPTY


def _numbers_beside(one: Numbers, two: Numbers) -> tuple[Counts, Counts]:
    """Return both over the bins that either holds; through full vectors, since sorting keys takes longer."""
    check_frames(one.frame, two.frame)
    full = np.zeros((2, RAW_BINS), np.int64)
    full[0, one.keys] = one.counts
    full[1, two.keys] = two.counts
    used = np.flatnonzero((full[0] | full[1]) != 0)
    return full[0, used], full[1, used]
