"""Histories: sums over the windows of many streams, from which references are made."""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

LEVELS: Final = 8
"""Blocks of 1, 2, 4 … 128 windows, so that slow swings show as over-dispersion of long blocks."""

BLOCKS, UNITS, TOTAL, SQUARES = range(4)


class History:
    """Sums per stream and block length; the latest windows wait in a gap before they count.

    Attributes:
        sums: shape (streams, LEVELS, 4): blocks, units, total, and the sum of total² / units.
    """

    def __init__(self, gap: int) -> None:
        self._gap = gap
        self.sums: FloatArray = np.zeros((0, LEVELS, 4))
        self._pending: FloatArray = np.zeros((0, LEVELS, 2))
        self._half: npt.NDArray[np.bool_] = np.zeros((0, LEVELS), dtype=np.bool_)
        self._waiting: FloatArray = np.zeros((0, max(gap, 1), 2))
        self._came: IntArray = np.zeros(0, dtype=np.int64)

    def grow(self, streams: int) -> None:
        """Make room for as many streams in all."""
        more = streams - len(self.sums)
        self.sums = np.concatenate((self.sums, np.zeros((more, LEVELS, 4))))
        self._pending = np.concatenate((self._pending, np.zeros((more, LEVELS, 2))))
        self._half = np.concatenate((self._half, np.zeros((more, LEVELS), dtype=np.bool_)))
        self._waiting = np.concatenate((self._waiting, np.zeros((more, *self._waiting.shape[1:]))))
        self._came = np.concatenate((self._came, np.zeros(more, dtype=np.int64)))

    def keep(self, rows: IntArray) -> None:
        """Forget all streams but these, which take the first rows in this order."""
        self.sums = self.sums[rows]
        self._pending = self._pending[rows]
        self._half = self._half[rows]
        self._waiting = self._waiting[rows]
        self._came = self._came[rows]

    def windows(self, rows: IntArray) -> FloatArray:
        """Return how many windows count, shape (rows,)."""
        return np.asarray(self.sums[rows, 0, BLOCKS], dtype=np.float64)

    def add(self, rows: IntArray, n: FloatArray, total: FloatArray) -> None:
        """Count a window of each of these streams now."""
        for level in range(LEVELS):
            if not rows.size:
                return
            sums = self.sums[rows, level]
            self.sums[rows, level] = sums + np.stack((np.ones_like(n), n, total, total * total / n), axis=1)
            pending = self._pending[rows, level] + np.stack((n, total), axis=1)
            complete = self._half[rows, level]
            self._half[rows, level] = ~complete
            self._pending[rows, level] = np.where(complete[:, None], 0.0, pending)
            rows, n, total = rows[complete], pending[complete, 0], pending[complete, 1]

    def add_later(self, rows: IntArray, n: FloatArray, total: FloatArray) -> None:
        """Let a window of each of these streams wait in the gap; what has waited long enough counts now."""
        if not self._gap:
            self.add(rows, n, total)
            return
        slot = self._came[rows] % self._gap
        due = self._came[rows] >= self._gap
        old = self._waiting[rows, slot]
        self._waiting[rows, slot] = np.stack((n, total), axis=1)
        self._came[rows] += 1
        self.add(rows[due], old[due, 0], old[due, 1])

    def drop_waiting(self, rows: IntArray) -> None:
        """Forget the windows in the gap."""
        self._came[rows] = 0

    def clear(self, rows: IntArray) -> None:
        """Forget everything of these streams."""
        self.sums[rows] = 0
        self._pending[rows] = 0
        self._half[rows] = False
        self._came[rows] = 0
