"""Signals of lists: coverage, personalisation, popularity (Ge, Delgado-Battenfeld & Jannach, RecSys 2010).

Lists are sampled by a hash of their prediction's id, the same in every run, so that these signals do not
depend on how much traffic there is.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

SAMPLED: Final = 100
"""Lists that are looked at in a window; with fewer there, coverage and personalisation say nothing."""

LONGEST: Final = 50
"""Items of a list that are looked at."""

MOST_ITEMS: Final = 200_000
"""Items whose popularity is known; further ones count as never shown before."""

Listed = tuple[str, str, tuple[str, ...]]
"""A prediction's id, its unit and its items."""


def sample_lists(lists: Sequence[Listed]) -> list[Listed]:
    """Return the lists with the smallest hashes of their ids, in that order."""
    return sorted(lists, key=lambda entry: (crc32(entry[0].encode()), entry[0]))[:SAMPLED]


def personalisation(sampled: Sequence[Listed]) -> tuple[int, float]:
    """Return (pairs, sum over pairs of 1 − overlap): neighbours in the sample that are of different units.

    Overlap is the share of the shorter list's items that are in the other.

    >>> personalisation([("1", "u", ("a", "b")), ("2", "v", ("b", "c")), ("3", "w", ("b", "c"))])
    (2, 0.5)
    """
    pairs, differing = 0, 0.0
    for (_, one_unit, one), (_, other_unit, other) in pairwise(sampled):
        if one_unit == other_unit or not one or not other:
            continue
        first, second = set(one), set(other)
        pairs += 1
        differing += 1.0 - len(first & second) / min(len(first), len(second))
    return pairs, differing


class Items:
    """How often items have been shown, over all closed windows.

    >>> items = Items()
    >>> items.learn([("a", "b"), ("a",)])
    >>> items.coverage([("1", "u", ("a",))]), items.popularity(("a",)), items.popularity(("new",))
    ((2, 1), 1.0, 0.0)
    """

    def __init__(self) -> None:
        self._shown: Counter[str] = Counter()
        self._rank: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._shown)

    def learn(self, lists: Sequence[tuple[str, ...]]) -> None:
        """Count what a closed window showed."""
        for items in lists:
            for item in items[:LONGEST]:
                if item in self._shown or len(self._shown) < MOST_ITEMS:
                    self._shown[item] += 1
        self._rank = _ranks(self._shown)

    def coverage(self, sampled: Sequence[Listed]) -> tuple[int, int]:
        """Return (items known, those of them that the sample shows)."""
        seen = {item for _, _, items in sampled for item in items[:LONGEST]}
        return len(self._shown), sum(item in self._shown for item in seen)

    def popularity(self, items: tuple[str, ...]) -> float:
        """Return the mean percentile of a list's items among the known ones, by how often each was shown."""
        known = items[:LONGEST]
        return sum(self._rank.get(item, 0.0) for item in known) / len(known) if known else 0.0


def _ranks(shown: Counter[str]) -> dict[str, float]:
    names = list(shown)
    counts: npt.NDArray[np.int64] = np.fromiter(shown.values(), dtype=np.int64, count=len(names))
    ordered = np.sort(counts)
    above = np.searchsorted(ordered, counts, side="right") / max(len(names), 1)
    return dict(zip(names, above.tolist(), strict=True))
