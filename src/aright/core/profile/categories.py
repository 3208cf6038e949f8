"""What a column of categories comes to: exact counts while the values are few, an honest tail beyond."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.profile.distinct import Distinct, distinct_of
from aright.core.profile.words import hash_words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.profile.bins import Counts

LIMIT: Final = 4_096
"""Up to this many distinct values every one is counted by name."""

NAMED: Final = 1_024
"""Beyond ``LIMIT`` only the most frequent ones keep their names."""

BUCKETS: Final = 1_024
"""Rows of nameless values are counted by a hash of the value, so that tails still merge and compare."""


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """The values of a column and how often each came.

    Attributes:
        values: in ascending order.
        counts: rows per value, each above 0; of ``values``' length. Exact while there is no tail, else a
            lower bound (a value may have been in the tail before it became frequent).
        tail: rows of values without a name, by hash bucket (shape 1,024), or None while every value is named.
        sketch: the distinct values, kept only beside a tail.
    """

    values: tuple[str, ...] = ()
    counts: Counts = field(default_factory=lambda: np.empty(0, np.int64))
    tail: Counts | None = None
    sketch: Distinct | None = None

    @property
    def valid(self) -> int:
        """Return how many rows hold a value."""
        return int(self.counts.sum()) + self.other

    @property
    def other(self) -> int:
        """Return how many rows hold a value that is not named."""
        return 0 if self.tail is None else int(self.tail.sum())

    @property
    def distinct(self) -> int:
        """Return the number of distinct values: exact while there is no tail, else within about 5 %."""
        return len(self.values) if self.sketch is None else self.sketch.estimate

    def merge(self, other: Categories) -> Categories:
        """Return both together; buckets and distinct values are those of the rows counted as one."""
        if self.values == other.values:
            values, counts = self.values, self.counts + other.counts
        else:
            sums = dict(zip(self.values, self.counts.tolist(), strict=True))
            for value, count in zip(other.values, other.counts.tolist(), strict=True):
                sums[value] = sums.get(value, 0) + count
            values = tuple(sorted(sums))
            counts = np.fromiter((sums[value] for value in values), np.int64, len(values))
        if self.tail is None and other.tail is None:
            return bound(values, counts)
        tail = np.zeros(BUCKETS, np.int64)
        for part in (self.tail, other.tail):
            if part is not None:
                tail += part
        return bound(values, counts, tail, self._sketched().merge(other._sketched()))

    def beside(self, other: Categories) -> tuple[Counts, Counts]:
        """Return both columns' counts over the same cells: values, or buckets where either has a tail."""
        if self.tail is not None or other.tail is not None:
            return self.bucketed(), other.bucketed()
        if self.values == other.values:
            return self.counts, other.counts
        places = {value: place for place, value in enumerate(dict.fromkeys(self.values + other.values))}
        both = np.zeros((2, len(places)), np.int64)
        for row, part in zip(both, (self, other), strict=True):
            row[[places[value] for value in part.values]] = part.counts
        return both[0], both[1]

    def bucketed(self) -> Counts:
        """Return all rows by hash bucket (shape 1,024), named values included."""
        rows = np.bincount(_bucket(hash_words(self.values)), weights=self.counts, minlength=BUCKETS)
        rows = rows.astype(np.int64)
        return rows if self.tail is None else rows + self.tail

    def _sketched(self) -> Distinct:
        return distinct_of(hash_words(self.values)) if self.sketch is None else self.sketch


def categories_of(counts: Mapping[str, int]) -> Categories:
    """Return the categories with these counts; those of 0 are left out.

    >>> categories_of({"b": 1, "a": 2, "c": 0}).values
    ('a', 'b')
    """
    values = tuple(sorted(value for value, count in counts.items() if count > 0))
    return bound(values, np.fromiter((counts[value] for value in values), np.int64, len(values)))


def bound(
    values: tuple[str, ...], counts: Counts, tail: Counts | None = None, sketch: Distinct | None = None
) -> Categories:
    """Return the categories, the rarest beyond the limit moved into the tail (equals by their hash)."""
    if len(values) <= LIMIT:
        return Categories(values, counts, tail, sketch)
    hashes = hash_words(values)
    order = np.lexsort((hashes, -counts))
    named, nameless = np.sort(order[:NAMED]), order[NAMED:]
    rows = np.bincount(_bucket(hashes[nameless]), weights=counts[nameless], minlength=BUCKETS).astype(
        np.int64
    )
    return Categories(
        tuple(values[place] for place in named),
        counts[named],
        rows if tail is None else rows + tail,
        distinct_of(hashes).merge(sketch) if sketch else distinct_of(hashes),
    )


def _bucket(hashes: np.ndarray[tuple[int], np.dtype[np.uint32]]) -> Counts:
    return (hashes >> np.uint32(22)).astype(np.int64)
