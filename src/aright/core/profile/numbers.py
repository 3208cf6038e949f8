"""What a column of numbers comes to: sparse ordered counts, moments, extremes, distinct values."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from aright.core.profile.bins import RAW_BINS, Counts, Keys
from aright.core.profile.frame import FrameMismatchError, ScaleFrame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.profile.distinct import Distinct


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """The finite numbers of a column, as counts that merge by sum.

    Attributes:
        frame: in which they were binned, or None for the numbers as they are.
        keys: the bins that hold anything, in ascending order (see ``bins``).
        counts: rows per bin, each above 0; of ``keys``' shape.
        invalid: rows that are NaN or infinite; they are in no bin and no moment.
        total: sum of the values about the frame's centre (the column's unit), in float64.
        squares: sum of the squares of the same (its unit squared); NaN where moments were not asked for.
        minimum, maximum: of the values (the column's unit); +inf and -inf where there is none.
        distinct: sketch of the distinct float32 values in the frame, or None where it was not asked for.
    """

    frame: ScaleFrame | None
    keys: Keys
    counts: Counts
    invalid: int
    total: float
    squares: float
    minimum: float
    maximum: float
    distinct: Distinct | None

    @property
    def valid(self) -> int:
        """Return how many finite numbers were counted."""
        return int(self.counts.sum())

    @property
    def centre(self) -> float:
        """Return the value about which the moments were taken."""
        return self.frame.centre if self.frame else 0.0

    @property
    def mean(self) -> float:
        """Return the arithmetic mean, NaN where there is no number."""
        valid = self.valid
        return self.centre + self.total / valid if valid else math.nan

    @property
    def sd(self) -> float:
        """Return the standard deviation with n - 1 below the line, NaN for fewer than two numbers."""
        valid = self.valid
        if valid < 2 or math.isinf(self.squares):
            return math.nan if valid < 2 else math.inf
        about_mean = self.squares - self.total * (self.total / valid)
        return math.sqrt(max(0.0, about_mean) / (valid - 1)) if not math.isnan(about_mean) else math.nan

    def merge(self, other: Numbers) -> Numbers:
        """Return both together; raises ``FrameMismatchError`` where they were binned in different frames."""
        return merge_numbers((self, other))


def merge_numbers(parts: Sequence[Numbers]) -> Numbers:
    """Return all parts (at least one) together, in one pass over their bins."""
    first = parts[0]
    for part in parts:
        check_frames(first.frame, part.frame)
    sketch = first.distinct
    for part in parts[1:]:
        sketch = sketch.merge(part.distinct) if sketch and part.distinct else None
    keys, counts = merge_counts([(part.keys, part.counts) for part in parts])
    return Numbers(
        frame=first.frame,
        keys=keys,
        counts=counts,
        invalid=sum(part.invalid for part in parts),
        total=math.fsum(part.total for part in parts),
        squares=math.fsum(part.squares for part in parts),
        minimum=min(part.minimum for part in parts),
        maximum=max(part.maximum for part in parts),
        distinct=sketch,
    )


def merge_counts(parts: Sequence[tuple[Keys, Counts]]) -> tuple[Keys, Counts]:
    """Return the sums of sparse count vectors, sparse and in order."""
    if sum(len(keys) for keys, _ in parts) > RAW_BINS // 4:
        full = np.zeros(RAW_BINS, np.int64)
        for keys, counts in parts:
            full[keys] += counts
        used = np.flatnonzero(full != 0)
        return used.astype(np.uint16), full[used]
    keys, place = np.unique(np.concatenate([keys for keys, _ in parts]), return_inverse=True)
    counts = np.zeros(len(keys), np.int64)
    np.add.at(counts, place, np.concatenate([counts for _, counts in parts]))
    return keys, counts


def check_frames(one: ScaleFrame | None, two: ScaleFrame | None) -> None:
    """Raise ``FrameMismatchError`` unless the frames are the same."""
    if one != two:
        raise FrameMismatchError(
            f"counts binned in {one} and in {two} cannot be compared: profile both columns with the frame of "
            "the reference, profile_column(column, frame_of(reference))"
        )
