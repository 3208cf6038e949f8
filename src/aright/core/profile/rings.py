"""Counting cells of (group, bin) where groups come and go in order, as windows do."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

from aright.core.profile.bins import RAW_BINS, ZERO, Counts, Keys, ordered_keys
from aright.core.profile.columns import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.profile.cells import Indices

STRIDE: Final = 8_192
"""Rows between two looks at which groups are over, where they are not in order."""

_MOST_OPEN: Final = 32
"""Groups open at once; each takes room for all bins, a quarter of a megabyte of which little is touched."""

_FEWEST_ROWS: Final = 1_024
"""Rows per group from which on reading all its bins costs less than numbering those that occur."""

_MOST_ROWS: Final = 1 << 31
"""Rows that the counts, 32 bits wide, have room for."""

_OCTAVE: Final = 128
"""Bins of one sign and exponent, which are used together or not at all."""

_OCTAVES: Final = RAW_BINS // _OCTAVE

_ONE: Final = np.int32(1)


_TOGETHER: Final = 32
"""Rows that are made sparse together."""

Cells: TypeAlias = tuple[Keys, Counts]
"""The bins of one group that hold anything, ascending, and their counts."""

_Row: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int32]]
_Octaves: TypeAlias = np.ndarray[tuple[int, int], np.dtype[np.int32]]


class Pieces(NamedTuple):
    """Rows cut into pieces: one of each group where groups are in order, else strides.

    Attributes:
        ends: where each piece ends; shape (pieces,).
        low, high: the least and the greatest group of each piece; shape (pieces,).
    """

    ends: Indices
    low: Indices
    high: Indices


class Course(NamedTuple):
    """Which groups are open along the rows.

    Attributes:
        ends, low, high: of the pieces.
        over: groups below are over once the piece is; shape (pieces,).
        room: a power of two: groups that are open at the same time have different remainders.
        starts: for each row where the cells of its group start, or None where every piece is one group.
    """

    ends: list[int]
    low: list[int]
    high: list[int]
    over: list[int]
    room: int
    starts: Indices | None


def pieces_of(places: Indices) -> Pieces:
    """Return the pieces of rows with these groups, of at least one row.

    >>> pieces_of(np.repeat([0, 2], 20_000)).ends.tolist()
    [20000, 20000, 40000]
    >>> pieces_of(np.arange(20_000) % 2).ends.tolist()
    [8192, 16384, 20000]
    """
    few = int(places[-1]) - int(places[0]) < len(places) // _FEWEST_ROWS
    if few and _in_order(places[:STRIDE]) and _in_order(places):
        found = np.arange(places[0], places[-1] + 1)
        ends = np.searchsorted(places, found, side="right")
        return Pieces(ends, found, found)
    starts = np.arange(0, len(places), STRIDE)
    ends = np.append(starts[1:], len(places))
    return Pieces(ends, np.minimum.reduceat(places, starts), np.maximum.reduceat(places, starts))


def course_of(places: Indices, pieces: Pieces, groups: int) -> Course | None:
    """Return the course of the rows' groups, or None where too many are open at once or have too few rows.

    >>> places = np.repeat([0, 1, 2], 20_000)
    >>> course_of(places, pieces_of(places), 3).over
    [1, 2, 3]
    """
    if not max(1, _FEWEST_ROWS * groups) <= pieces.ends[-1] < _MOST_ROWS:
        return None
    still = np.minimum.accumulate(pieces.low[::-1])[::-1]  # the least group from this piece on
    most = int((np.maximum.accumulate(pieces.high) - still).max()) + 1
    if most > _MOST_OPEN:
        return None
    over = np.append(still[1:], groups)
    ends, low, high = (part.tolist() for part in pieces)
    room = 1 << (most - 1).bit_length()
    mixed = bool((pieces.low != pieces.high).any())
    starts = np.left_shift(places & (room - 1), 16) if mixed else None
    return Course(ends, low, high, over.tolist(), room, starts)


def _in_order(places: Indices) -> bool:
    return bool((places[1:] >= places[:-1]).all())


class RingTable:
    """Counts raw float bins by group, in one row of bins for each group that is open.

    A bin is its own place, and a row that is over is read out, cleared and used again, so that all that is
    counted into stays in the processor's cache however many groups there are.

    Args:
        groups: how many groups there are.
        course: of all rows that will be added.
    """

    def __init__(self, groups: int, course: Course) -> None:
        self.groups = groups
        self._course = course
        self._rows = np.zeros((course.room, RAW_BINS), np.int32)
        self._flat = self._rows.reshape(-1)
        self._cells = np.empty(STRIDE, np.int64)
        self._piece = 0
        self._seen = 0
        self._reader = _Reader()
        self._read = 0
        self._read_to(min(course.low))  # groups before the first one have no rows

    def add(self, raw: Indices, _groups: Indices) -> None:
        """Add one block of raw bins, in the order of all rows, whose groups the course knows."""
        self._reader.expect(raw)
        start = 0
        while start < len(raw):
            piece = self._piece
            end = min(len(raw), start + self._course.ends[piece] - self._seen)
            self._count(raw[start:end], piece)
            self._seen += end - start
            start = end
            if self._seen == self._course.ends[piece]:
                self._piece += 1
                self._read_to(self._course.over[piece])

    def finish(self) -> Iterator[Cells]:
        """Yield the counts of one group after the other; bins are ordered keys (see ``bins``)."""
        self._read_to(self.groups)
        return self._reader.finish()

    def _count(self, raw: Indices, piece: int) -> None:
        """Count the next rows, all of one piece."""
        low, starts = self._course.low[piece], self._course.starts
        if starts is None or low == self._course.high[piece]:
            np.add.at(self._rows[low & (self._course.room - 1)], raw, _ONE)
            return
        cells = np.add(starts[self._seen : self._seen + len(raw)], raw, out=self._cells[: len(raw)])
        np.add.at(self._flat, cells, _ONE)

    def _read_to(self, groups: int) -> None:
        """Read out and clear the rows of all groups below."""
        for group in range(self._read, groups):
            self._reader.read(self._rows[group & (self._course.room - 1)])
        self._read = groups


class _Reader:
    """Reads counts out of rows of all bins, where few octaves hold anything, and mostly the same ones."""

    def __init__(self) -> None:
        self._known: Indices = np.zeros(1, np.int64)  # octaves, ascending: those of positive numbers first
        self._of_known = np.arange(RAW_BINS) < _OCTAVE  # that of zero is where minus zero goes
        self._flags = np.empty(BLOCK, np.bool_)
        self._waiting: list[_Octaves] = []
        self._cells: list[Cells] = []

    def expect(self, raw: Indices) -> None:
        """Take up the octaves of these raw bins, before any of their rows is read."""
        flags = self._flags[: len(raw)]
        np.take(self._of_known, raw, out=flags, mode="clip")
        if flags.all():
            return
        self._settle()
        occurs = np.zeros(_OCTAVES, np.bool_)
        occurs[raw[~flags] // _OCTAVE] = True
        octaves = self._of_known.reshape(_OCTAVES, _OCTAVE)
        octaves[occurs] = True
        self._known = np.flatnonzero(octaves[:, 0])

    def read(self, row: _Row) -> None:
        """Read and clear a row."""
        row[0] += row[ZERO]  # minus zero is zero
        row[ZERO] = 0
        octaves = row.reshape(_OCTAVES, _OCTAVE)
        self._waiting.append(octaves[self._known])
        octaves[self._known] = 0
        if len(self._waiting) == _TOGETHER:
            self._settle()

    def finish(self) -> Iterator[Cells]:
        """Yield what was read, row by row."""
        self._settle()
        yield from self._cells

    def _settle(self) -> None:
        """Leave out the empty bins of the rows that wait, and bring the others into the numbers' order."""
        rows, bins = len(self._waiting), len(self._known) * _OCTAVE
        if not rows:
            return
        table = np.stack(self._waiting).reshape(rows, bins)
        self._waiting.clear()
        positive = int(np.searchsorted(self._known, ZERO // _OCTAVE)) * _OCTAVE
        flat = np.concatenate((table[:, positive:][:, ::-1], table[:, :positive]), axis=1).reshape(-1)
        raw = (self._known[:, None] * _OCTAVE + np.arange(_OCTAVE)).reshape(-1).astype(np.uint16)
        keys = np.sort(ordered_keys(raw))
        used = np.flatnonzero(flat != 0)
        ends = np.searchsorted(used, np.arange(rows + 1) * bins).tolist()
        found, counts = np.tile(keys, rows)[used], flat[used].astype(np.int64)
        self._cells += [(found[start:end], counts[start:end]) for start, end in pairwise(ends)]
