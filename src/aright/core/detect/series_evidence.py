"""Evidence that the level of one series has shifted, and how lively the series is just now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.series_settings import BATCH
from aright.core.stats.shift_mixture import shiryaev_roberts_path

if TYPE_CHECKING:
    from aright.core.stats.shift_mixture import Bets

FloatArray: TypeAlias = npt.NDArray[np.float64]

_GAIN: Final = 0.12
_LIVELY_GAIN: Final = 0.25
_CALM: Final = 1.3
_BURST: Final = 12
_BURST_FROM: Final = 2.2


class SeriesEvidence:
    """One e-detector per bet, and the cumulative sum of each, which says whether evidence mounts now."""

    def __init__(self, bets: int) -> None:
        self._values: FloatArray = np.zeros(bets)
        self._sums: FloatArray = np.zeros(bets)

    def add(self, bets: Bets, scores: FloatArray, needed: float) -> FloatArray | None:
        """Weigh scores in order; return the detectors' values where their mean first reached ``needed``.

        The place is the length of the first axis returned: shape (rows until then, bets).
        """
        log_e = bets.log_e(scores)
        path = shiryaev_roberts_path(self._values, log_e)
        reached = np.flatnonzero(path.mean(axis=0) >= needed)
        if reached.size:
            return path[:, : int(reached[0]) + 1].T
        self._values = path[:, -1]
        climbs = np.cumsum(log_e, axis=1)
        self._sums = climbs[:, -1] - np.minimum(climbs.min(axis=1), -self._sums)
        return None

    @property
    def values(self) -> FloatArray:
        """The detectors' values, shape (bets,)."""
        return self._values

    @property
    def value(self) -> float:
        """Their mean; 0 before anything was bet."""
        return float(self._values.mean()) if self._values.size else 0.0

    @property
    def mounting(self) -> float:
        """Logarithm of the likeliest shift's evidence since it began; small while all is well."""
        return float(self._sums.max())


class SeriesBatch:
    """The scores of the batch that fills, and the variance of the scores lately.

    Variances are of differences of neighbours, so that a shift of the level does not look like unrest.

    Attributes:
        filled: rows in the batch that fills.
        total: the sum of their scores.
        swell: variance of the scores to reckon with, ≥ 1.
    """

    def __init__(self) -> None:
        self.filled, self.total, self.swell = 0, 0.0, 1.0
        self._squares, self._volatility = 0.0, 1.0
        self._last: FloatArray = np.zeros(0)
        self._recent: FloatArray = np.zeros(_BURST + 2)

    def variance(self, scores: FloatArray) -> FloatArray:
        """Return the variance to reckon with for each of these rows, from rows before it, shape (n,)."""
        line = np.concatenate((self._recent, scores))
        self._recent = line[-_BURST - 2 :]
        sums = np.concatenate((np.zeros(1), np.cumsum(np.diff(line) ** 2)))
        ends = np.arange(len(line) - len(scores), len(line)) - 1
        seen = (sums[ends] - sums[np.maximum(ends - _BURST, 0)]) / (2 * _BURST)
        return np.asarray(np.maximum(np.where(seen > _BURST_FROM, seen, 1.0), self.swell), dtype=np.float64)

    def add(self, scores: FloatArray) -> None:
        """Count rows of the batch."""
        line = np.concatenate((self._last, scores))
        self.filled += len(scores)
        self.total += float(scores.sum())
        self._squares += float((np.diff(line) ** 2).sum())
        self._last = line[-1:]

    def close(self, *, lively: bool) -> None:
        """End a full batch; a lively series' variance is followed faster and without a dead zone."""
        gain, calm = (_LIVELY_GAIN, 1.0) if lively else (_GAIN, _CALM)
        self._volatility += gain * (self._squares / (BATCH - 1) / 2 - self._volatility)
        self.swell = self._volatility if self._volatility > calm else 1.0
        self.clear()

    def clear(self) -> None:
        """Drop the batch that fills; what is known of the variance stays."""
        self.filled, self.total, self._squares = 0, 0.0, 0.0
        self._last = np.zeros(0)
