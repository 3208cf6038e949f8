"""Evidence: e-detectors of many streams over a grid of changes, and since when each change is likeliest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.reference import DISPERSION, HIGH, LOW
from aright.core.model.signal import Bad
from aright.core.stats.e_detector import shiryaev_roberts
from aright.core.stats.e_process import log_rest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.times import Micros

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]


WEAK: Final = 3.0
"""Nats that chance reaches once in twenty: a change with no more may not have begun yet."""

_LEAST: Final = 1e-9


class Since(NamedTuple):
    """What was counted since a change is likeliest to have happened.

    Attributes:
        start: start of the first window of it (µs, UTC).
        n: units since.
        total: the sum of their values.
    """

    start: Micros
    n: float
    total: float


class Evidence:
    """The first half of the grid looks for a rise, the second half for a fall."""

    def __init__(self, odds_ratios: Sequence[float]) -> None:
        ratios = np.asarray(odds_ratios, dtype=np.float64)
        self._ratios = np.concatenate((ratios, 1 / ratios))
        self._points = len(self._ratios)
        self._rest: FloatArray = np.zeros((0, self._points))
        self._weights: FloatArray = np.zeros((0, self._points))
        self._dispersion: FloatArray = np.ones(0)
        self._values: FloatArray = np.zeros((0, self._points))
        self._sums: FloatArray = np.zeros((0, self._points))
        self._since: FloatArray = np.zeros((0, self._points, 2))
        self._start: IntArray = np.zeros((0, self._points), dtype=np.int64)

    def grow(self, streams: int, bad: Sequence[Bad]) -> None:
        """Make room for as many streams in all; ``bad`` says which way the new ones worsen."""
        more = streams - len(self._values)
        blank = np.zeros((more, self._points))
        self._rest = np.concatenate((self._rest, blank))
        self._weights = np.concatenate((self._weights, np.array([self._weights_of(way) for way in bad])))
        self._dispersion = np.concatenate((self._dispersion, np.ones(more)))
        self._values = np.concatenate((self._values, blank))
        self._sums = np.concatenate((self._sums, blank))
        self._since = np.concatenate((self._since, np.zeros((more, self._points, 2))))
        self._start = np.concatenate((self._start, np.zeros((more, self._points), dtype=np.int64)))

    def keep(self, rows: IntArray) -> None:
        """Forget all streams but these, which take the first rows in this order."""
        self._rest = self._rest[rows]
        self._weights = self._weights[rows]
        self._dispersion = self._dispersion[rows]
        self._values = self._values[rows]
        self._sums = self._sums[rows]
        self._since = self._since[rows]
        self._start = self._start[rows]

    def set_references(self, rows: IntArray, references: FloatArray) -> None:
        """Judge these streams against new references from now on; what has gathered is kept."""
        half = self._points // 2
        self._rest[rows, :half] = log_rest(references[:, HIGH, None], self._ratios[:half])
        self._rest[rows, half:] = log_rest(references[:, LOW, None], self._ratios[half:])
        self._dispersion[rows] = references[:, DISPERSION]

    def add(self, rows: IntArray, n: FloatArray, total: FloatArray, *, start: Micros, cap: float) -> None:
        """Weigh a window of each of these streams; none counts for more than e to the power of ``cap``.

        A smaller e-value is an e-value still, and a single burst of events cannot alarm by itself. A
        detector's value is held below the square of what three such windows give, so that streams can come
        back. A window far beyond the grid is where a change begins, if there was but weak evidence of one
        before, and what was counted is unlikely at the window's rate.
        """
        units, sums = (n / self._dispersion[rows])[:, None], (total / self._dispersion[rows])[:, None]
        whole = sums * np.log(self._ratios) + units * self._rest[rows]
        log_e = np.minimum(whole, cap)
        self._values[rows] = np.minimum(shiryaev_roberts(self._values[rows], log_e), np.exp(6 * cap))
        begins = self._sums[rows] <= 0
        beyond = whole > cap
        if bool(beyond.any()):
            begins |= beyond & (self._sums[rows] < WEAK) & self._unlikely(rows, n, total)
        self._start[rows] = np.where(begins, start, self._start[rows])
        counted = np.stack((n, total), axis=1)[:, None, :]
        self._since[rows] = np.where(begins[:, :, None], 0.0, self._since[rows]) + counted
        self._sums[rows] = np.maximum(self._sums[rows] + log_e, 0.0)

    def _unlikely(self, rows: IntArray, n: FloatArray, total: FloatArray) -> npt.NDArray[np.bool_]:
        """Return of which changes all that was counted so far speaks against the rate of one more window."""
        bound = np.clip(np.expm1(-self._rest[rows]) / (self._ratios - 1.0), _LEAST, 1.0 - _LEAST)
        rate = ((total + 0.5) / (n + 1.0))[:, None]
        counted, lost = self._since[rows, :, 0], self._since[rows, :, 1]
        likely = lost * np.log(rate / bound) + (counted - lost) * np.log((1.0 - rate) / (1.0 - bound))
        return np.asarray(likely < 0.0)

    def values(self, rows: IntArray) -> FloatArray:
        """Return the detectors' values, shape (rows,)."""
        return np.asarray((self._values[rows] * self._weights[rows]).sum(axis=1), dtype=np.float64)

    def mounting(self, rows: IntArray) -> FloatArray:
        """Return the logarithm of the likeliest change's evidence since it began, shape (rows,).

        Unlike the detector's value, which near the limit grows by one a window, this one stays small while a
        stream is healthy.
        """
        return np.asarray((self._sums[rows] * (self._weights[rows] > 0)).max(axis=1, initial=0.0), np.float64)

    def since(self, row: int) -> Since:
        """Return since when the likeliest change of a stream has been going on."""
        best = int(np.argmax(self._values[row] * self._weights[row]))
        n, total = self._since[row, best]
        return Since(int(self._start[row, best]), float(n), float(total))

    def restart(self, rows: IntArray) -> None:
        """Forget what has gathered for these streams."""
        self._values[rows] = 0
        self._sums[rows] = 0

    def _weights_of(self, bad: Bad) -> FloatArray:
        half = self._points // 2
        up, down = {Bad.UP: (1.0, 0.0), Bad.DOWN: (0.0, 1.0), Bad.BOTH: (0.5, 0.5)}[bad]
        return np.concatenate((np.full(half, up / half), np.full(half, down / half)))
