"""Counting cells of (group, bin) for many groups at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np

from aright.core.profile.bins import RAW_BINS, ZERO, Counts, Keys, ordered_keys
from aright.core.profile.columns import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator

Indices: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]

_DENSE: Final = 1 << 24
"""Cells that are counted in a table, of at most 128 MB; beyond it rows are sorted by cell, block by block."""

_FIRST_BINS: Final = 4_096


class Tally(NamedTuple):
    """The cells that hold anything, group by group, bins in ascending order within a group.

    Attributes:
        starts: where each group's cells begin, and where the last one's end; shape (groups + 1,).
        bins: of each cell.
        counts: of each cell, above 0.
    """

    starts: Indices
    bins: Indices
    counts: Counts

    def groups(self) -> Iterator[tuple[Indices, Counts]]:
        """Yield the bins and counts of one group after the other."""
        for start, end in zip(self.starts[:-1].tolist(), self.starts[1:].tolist(), strict=True):
            yield self.bins[start:end], self.counts[start:end]


class CellTable:
    """Counts of (group, bin).

    They lie group by group: rows come in the order of time, so that the groups of one time stay in the
    processor's cache.

    Args:
        groups: how many groups there are.
        bins: how many bins there are, as far as is known.
    """

    def __init__(self, groups: int, bins: int) -> None:
        self._groups = groups
        self.bins = bins
        self._table: Counts | None = None
        self._sparse: list[tuple[Indices, Counts]] = []
        if groups * bins <= _DENSE:
            self._table = np.zeros(groups * bins, np.int64)

    def add(self, bins: Indices, groups: Indices) -> None:
        """Count one row of each bin and group; both of one shape."""
        cells = groups * self.bins
        cells += bins
        if self._table is None:
            self._sparse.append(_sums(cells, np.ones(len(cells), np.int64)))
        else:
            np.add.at(self._table, cells, 1)  # a fifth faster than bincount, and nothing to add up afterwards

    def widened(self, bins: int) -> CellTable:
        """Return the same counts in a table with room for ``bins`` bins, more than there are."""
        wider = CellTable(self._groups, bins)
        if self._table is not None and wider._table is not None:
            wider._table.reshape(-1, bins)[:, : self.bins] = self._table.reshape(-1, self.bins)
            return wider
        cells, counts = self._all()
        group, place = np.divmod(cells, self.bins)
        wider._sparse.append((group * bins + place, counts))
        return wider

    def finish(self, keys: Indices) -> Tally:
        """Return the counts; ``keys`` (all different, at most ``bins``) stands for each bin in the tally."""
        order = np.argsort(keys)
        if self._table is not None:
            table = self._table.reshape(-1, self.bins)[:, order].ravel()
            cells = np.flatnonzero(table != 0)
            counts = table[cells]
        else:
            rank = np.argsort(order)
            cells, counts = self._all()
            group, place = np.divmod(cells, self.bins)
            cells, counts = _sums(group * len(keys) + rank[place], counts)
        ends = np.arange(self._groups + 1) * len(keys)
        starts = np.searchsorted(cells, ends)
        cells -= np.repeat(ends[:-1], np.diff(starts))
        return Tally(starts, keys[order][cells], counts)

    def _all(self) -> tuple[Indices, Counts]:
        """Return the cells that hold anything, and their counts."""
        if self._table is not None:
            cells = np.flatnonzero(self._table != 0)
            return cells, self._table[cells]
        none = np.empty(0, np.int64)
        return _sums(
            np.concatenate([none, *(cells for cells, _ in self._sparse)]),
            np.concatenate([none, *(counts for _, counts in self._sparse)]),
        )


class BinTable:
    """Counts raw float bins by group, numbering bins as they turn up.

    Args:
        groups: how many groups there are.
    """

    def __init__(self, groups: int) -> None:
        self.groups = groups
        self._table = CellTable(groups, _FIRST_BINS)
        self._place_of = np.full(RAW_BINS, -1, np.int64)
        self._keys: list[Keys] = [np.empty(0, np.uint16)]
        self._known = 0
        self._places = np.empty(BLOCK, np.int64)

    def add(self, raw: Indices, groups: Indices) -> None:
        """Add one block of raw bins and their groups; both of one shape, at most ``BLOCK`` rows."""
        places = self._places[: len(raw)]
        np.take(self._place_of, raw, out=places, mode="clip")
        if len(raw) and int(places.min()) < 0:
            unknown = np.flatnonzero(places < 0)
            self._learn(raw[unknown])
            places[unknown] = self._place_of[raw[unknown]]
        self._table.add(places, groups)

    def finish(self) -> Iterator[tuple[Keys, Counts]]:
        """Yield the counts of one group after the other; bins are ordered keys (see ``bins``)."""
        tally = self._table.finish(np.concatenate(self._keys).astype(np.int64))
        return ((bins.astype(np.uint16), counts) for bins, counts in tally.groups())

    def _learn(self, raw: Indices) -> None:
        """Give each raw bin a place that has none yet; minus zero gets that of zero."""
        occurs = np.zeros(RAW_BINS, np.bool_)
        occurs[raw] = True
        occurs[0] |= occurs[ZERO]
        occurs[ZERO] = False
        fresh = np.flatnonzero(occurs & (self._place_of < 0))
        self._place_of[fresh] = self._known + np.arange(len(fresh))
        self._place_of[ZERO] = self._place_of[0]
        self._keys.append(ordered_keys(fresh.astype(np.uint16)))
        self._known += len(fresh)
        if self._known > self._table.bins:
            self._table = self._table.widened(2 * self._known)


def _sums(cells: Indices, counts: Counts) -> tuple[Indices, Counts]:
    """Return the distinct cells, sorted, and the sums of their counts."""
    order = np.argsort(cells, kind="stable")
    ordered = cells[order]
    first = np.flatnonzero(np.diff(ordered, prepend=-1))
    return ordered[first], np.add.reduceat(counts[order], first) if len(first) else counts
