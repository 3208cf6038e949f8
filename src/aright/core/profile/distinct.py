"""Counting distinct values: exact while they are few, a mergeable estimate beyond.

Adaptive sampling after Wegman: keep the hashes below a threshold; whenever more than the capacity are kept,
halve the threshold. What is kept depends on the set of values alone, not on their order or on how the
rows were split, so merging sketches of parts gives exactly the sketch of the whole. The relative standard
error is about 1.2 / √capacity, here 5 %. P. Flajolet, "On adaptive sampling", Computing 34 (1990).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np

CAPACITY: Final = 512
_MULTIPLIER: Final = np.uint32(0x9E37_79B1)  # odd, so that multiplying is a bijection; ⌊2^32 / golden ratio⌋
_TABLE_BITS: Final = 14
_SLOT_SHIFT: Final = np.uint32(32 - _TABLE_BITS)
_SPARSE: Final = 4  # the level from which fewer than one row in 16 passes the threshold

Hashes: TypeAlias = np.ndarray[tuple[int], np.dtype[np.uint32]]
Flags: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True, slots=True, eq=False)
class Distinct:
    """The distinct values of a column.

    Attributes:
        level: how often the threshold was halved; 0 means that the count is exact.
        hashes: the kept hashes, sorted, each below 2^(32 - level).
    """

    level: int = 0
    hashes: Hashes = field(default_factory=lambda: np.empty(0, np.uint32))

    @property
    def exact(self) -> bool:
        """Whether the estimate is the true count (of float32 values, or of 32-bit hashes of text)."""
        return self.level == 0

    @property
    def estimate(self) -> int:
        """Return the number of distinct values.

        >>> distinct_of(np.array([7, 7, 9], np.uint32)).estimate
        2
        """
        return len(self.hashes) << self.level

    def merge(self, other: Distinct) -> Distinct:
        """Return the sketch of both columns' values together."""
        level = max(self.level, other.level)
        return Distinct(*_shrink(level, _distinct(np.concatenate((self.hashes, other.hashes)))))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Distinct):
            return NotImplemented
        return self.level == other.level and np.array_equal(self.hashes, other.hashes)

    def __hash__(self) -> int:
        return hash((self.level, self.hashes.tobytes()))


class DistinctCounter:
    """Counts distinct values block by block.

    While few have been halved away, most rows repeat a value: a table of the last hash seen in each slot
    drops them, since sorting repeats is slow. Later the threshold alone drops nearly every row.
    """

    def __init__(self) -> None:
        self._level = 0
        self._kept = np.empty(0, np.uint32)
        self._waiting: list[Hashes] = []
        self._waits = 0
        self._table = np.zeros(1 << _TABLE_BITS, np.uint32)
        self._table[0] = 0xFFFF_FFFF  # belongs to the last slot, so hash 0 does not seem to be in the first

    def add(self, hashes: Hashes, flags: Flags) -> None:
        """Count hashes in any order; ``flags`` of their shape is room to work in, overwritten."""
        start, size = 0, 4 * CAPACITY
        while self._level < _SPARSE and start < len(hashes):
            part = hashes[start : start + size]
            room = flags[start : start + size]
            start, size = start + size, 4 * size  # small slices first, so that the threshold falls early
            np.not_equal(self._last(part), part, out=room)
            unknown = part[room.nonzero()[0]]
            if len(unknown):
                self._remember(unknown)
                self._keep(unknown, room[: len(unknown)])
        if start < len(hashes):
            self._keep(hashes[start:], flags[start:])

    def finish(self) -> Distinct:
        """Return what was counted."""
        self._settle()
        return Distinct(self._level, self._kept)

    def _last(self, part: Hashes) -> Hashes:
        """Return the last hash seen in each one's slot."""
        slots = np.empty(len(part), np.int64)
        np.right_shift(part, _SLOT_SHIFT, out=slots)
        return np.take(self._table, slots, mode="clip")

    def _remember(self, hashes: Hashes) -> None:
        self._table[hashes >> _SLOT_SHIFT] = hashes

    def _keep(self, hashes: Hashes, flags: Flags) -> None:
        if self._level:
            np.less(hashes, np.uint32(1 << (32 - self._level)), out=flags)
            hashes = hashes[flags.nonzero()[0]]
        if not len(hashes):
            return
        # Sorting a handful at a time would cost more than counting them: they wait until there are enough.
        self._waiting.append(hashes)
        self._waits += len(hashes)
        if self._waits > CAPACITY:
            self._settle()

    def _settle(self) -> None:
        every = np.concatenate((self._kept, *self._waiting))
        self._level, self._kept = _shrink(self._level, _distinct(every))
        self._waiting, self._waits = [], 0


def distinct_of(hashes: Hashes) -> Distinct:
    """Return the sketch of these hashes."""
    counter = DistinctCounter()
    counter.add(hashes, np.empty(len(hashes), np.bool_))
    return counter.finish()


def hash_bits(bits: Hashes, out: Hashes | None = None) -> Hashes:
    """Return the hashes of float32 bit patterns: an odd multiple modulo 2^32 (Fibonacci hashing)."""
    return np.multiply(bits, _MULTIPLIER, out=out)


def _shrink(level: int, hashes: Hashes) -> tuple[int, Hashes]:
    """Return the least level from ``level`` on that keeps at most the capacity, and what it keeps."""
    if level:
        hashes = hashes[: np.searchsorted(hashes, np.uint32(1 << (32 - level)))]
    while len(hashes) > CAPACITY:
        level += 1
        hashes = hashes[: np.searchsorted(hashes, np.uint32(1 << (32 - level)))]
    return level, hashes


def _distinct(hashes: Hashes) -> Hashes:
    """Return the distinct values, sorted; np.unique takes 20 times as long on a few thousand."""
    ordered = np.sort(hashes)
    fresh = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    return ordered[fresh]
