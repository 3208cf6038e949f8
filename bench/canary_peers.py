"""Simulated judges that canaries are given to elsewhere, on counts of requests.

None of these is the other project's code: each is the rule that its documents tell, at its plainest.
"""

from __future__ import annotations

from math import exp, lgamma, log, log1p, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]
    Flags = npt.NDArray[np.bool_]

Z_99: Final = 2.3263478740408408


class FixedZ:
    """A pooled one-sided two-proportion z-test at 1 %, of all requests so far, at every look."""

    def __init__(self, runs: int) -> None:
        self.back: Flags = np.zeros(runs, dtype=np.bool_)
        self._n = np.zeros((2, runs))
        self._k = np.zeros((2, runs))

    def add(self, units: FloatArray, failed: FloatArray) -> None:
        """Count an interval, shape (2, runs) each, and judge."""
        self._n += units
        self._k += failed
        pooled = self._k.sum(axis=0) / np.maximum(self._n.sum(axis=0), 1)
        spread = np.sqrt(pooled * (1 - pooled) * (1 / np.maximum(self._n, 1)).sum(axis=0))
        shares = self._k / np.maximum(self._n, 1)
        self.back |= (shares[1] - shares[0]) > Z_99 * np.maximum(spread, 1e-12)


class Threshold:
    """A limit on each interval's rate, and on how many intervals may break it.

    So Argo Rollouts (``failureCondition`` with ``failureLimit``) and Flagger (``thresholdRange`` with
    ``threshold``) are set up.

    Args:
        runs: how many there are.
        limit: largest rate of an interval.
        failures: intervals that may break it.
    """

    def __init__(self, runs: int, limit: float = 0.05, failures: int = 3) -> None:
        self._limit, self._most = limit, failures
        self._broken = np.zeros(runs)

    def add(self, units: FloatArray, failed: FloatArray) -> None:
        """Count an interval, and judge."""
        self._broken += failed[1] > self._limit * units[1]

    @property
    def back(self) -> Flags:
        """Which are rolled back."""
        return self._broken > self._most


class MannWhitney:
    """Rates per interval, by the 98 % interval of the Mann–Whitney shift, as Kayenta's judge does.

    It is "high" where the lower end is above a quarter of the estimated shift; judged every ten intervals.
    """

    def __init__(self, runs: int, every: int = 10) -> None:
        self.back: Flags = np.zeros(runs, dtype=np.bool_)
        self.last: Flags = np.zeros(runs, dtype=np.bool_)
        self._every = every
        self._rates: list[FloatArray] = []

    def add(self, units: FloatArray, failed: FloatArray) -> None:
        """Count an interval, and judge where it is time to."""
        self._rates.append((failed / np.maximum(units, 1)).astype(np.float32))
        if len(self._rates) % self._every == 0:
            self.last = self._judge()
            self.back |= self.last

    def _judge(self) -> Flags:
        rates = np.stack(self._rates)
        n = len(rates)
        rank = max(int(n * n / 2 - Z_99 * sqrt(n * n * (2 * n + 1) / 12)), 0)
        found = []
        for at in range(0, rates.shape[2], 200):
            part = rates[:, :, at : at + 200]
            shifts = np.sort((part[:, None, 1] - part[None, :, 0]).reshape(n * n, -1), axis=0)
            found.append(shifts[rank] > 0.25 * np.abs(shifts[n * n // 2]))
        return np.concatenate(found)


def upper_bound(found: int, runs: int, confidence: float = 0.975) -> float:
    """Return Clopper and Pearson's upper end, of a two-sided interval at 95 % if nothing else is said.

    >>> round(upper_bound(0, 5000), 6), round(upper_bound(36, 5000), 4)
    (0.000738, 0.01)
    """
    low, high = found / runs, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        logs = [
            _log_choose(runs, k) + k * log(middle) + (runs - k) * log1p(-middle) for k in range(found + 1)
        ]
        below = sum(exp(term) for term in logs) > 1 - confidence
        low, high = (middle, high) if below else (low, middle)
    return high


def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
