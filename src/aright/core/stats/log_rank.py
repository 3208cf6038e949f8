"""The anytime-valid log-rank test: how much oftener units fail on one side than on the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = npt.NDArray[np.float64]

STEPS: Final = 20
"""Ratios of the grid in each decade."""

GRID: Final[FloatArray] = 10.0 ** (np.arange(-2 * STEPS, 2 * STEPS + 1) / STEPS)
"""Ratios at which a confidence sequence is known: 0.01 to 100, 12 % apart."""

_RISES: Final = (2, 4, 6, 10, 14, 20)
RISES: Final[FloatArray] = 10.0 ** (np.array(_RISES) / STEPS)
"""Alternatives, as multiples of the null's ratio: 1.26, 1.58, 2.0, 3.2, 5.0 and 10."""

_NOTHING: Final = 1e-9
"""A weight that is left over by rounding alone."""

_FALL: Final = 2
"""Steps of the grid from a null's ratio to its alternative, where that null is not above 1."""


class LogRank:
    """E-values for hypotheses on the ratio of failing, of many streams side by side.

    In an interval ``n_s`` and ``n_c`` units are at risk on the stable side and on the canary's, and
    ``k_s`` and ``k_c`` of them fail for the first time; ``s = n_c / (n_c + n_s)``, ``k = k_c + k_s``. For
    ratios ``m`` and ``a`` the interval counts

        (a / m)^k_c · ((1 + s (m − 1)) / (1 + s (a − 1)))^k

    and the product over intervals is an e-process against "the ratio is at most m" for ``a > m``, and against
    "it is at least m" for ``a < m``. Two proofs, each under what it supposes:

    *Units fail independently*, with mean probabilities ``p_c`` and ``p_s`` on the sides. With ``C`` the
    second factor's base, the expectation is ``∏ (1 + p (aC/m − 1)) · ∏ (1 + p (C − 1))`` over units of the
    canary and of the stable side, by ``1 + x ≤ exp(x)`` at most ``exp(n_c p_c (aC/m − 1) + n_s p_s (C −
    1))``. At ``p_c = m p_s`` the exponent is ``(n_c + n_s) p_s (C (1 + s (a − 1)) − (1 + s (m − 1))) =
    0``, and moving ``p_c`` further into the null makes it negative. It holds for any ``p_s``, rare or not,
    and for one that differs in every interval: base rate, share and calls for more traffic may change as
    they like between intervals.

    *Failing does not depend on the side* (``m = 1``), and sides are drawn at random among those at risk:
    units that fail together (an outage, a burst) are a fixed set then, of which the canary has as many as
    a draw without replacement gives it. Such draws are negatively associated, so the expectation is at
    most that of independent draws, which is 1.

    A loss between 0 and 1 counts as that part of a failure: ``E r^(x b) ≤ (E r^b)^x`` for ``x`` in [0, 1] by
    Jensen's inequality, so both proofs hold with sums in place of counts.

    Sources: J. ter Schure, M. F. Pérez-Ortiz, A. Ly, P. Grünwald, The anytime-valid logrank test (2024);
    W. Hoeffding, Probability inequalities for sums of bounded random variables, JASA 58 (1963), §6;
    K. Joag-Dev, F. Proschan, Negative association of random variables, Annals of Statistics 11 (1983).

    Args:
        streams: how many there are.
        points: ratios that hypotheses may name; the grid and 1 if left out.

    >>> trial = LogRank(1, (1.0, 2.0))
    >>> trial.add(units=(np.array([950.0]), np.array([50.0])), failed=(np.array([19.0]), np.array([5.0])))
    >>> trial.log_e(null=1.0, alternative=2.0).round(2)
    array([2.29])
    """

    def __init__(self, streams: int, points: Sequence[float] | FloatArray = GRID) -> None:
        self.points: FloatArray = np.unique(np.append(np.asarray(points, dtype=np.float64), 1.0))
        self.failed: FloatArray = np.zeros((2, streams))
        self.units: FloatArray = np.zeros((2, streams))
        self._costs: FloatArray = np.zeros((streams, len(self.points)))

    def add(self, *, units: tuple[FloatArray, FloatArray], failed: tuple[FloatArray, FloatArray]) -> None:
        """Count an interval; each array has the shape (streams,), of the stable side and of the canary.

        Args:
            units: those at risk. An interval with units on one side alone tells nothing, and adds nothing.
            failed: the sums of the losses of those that failed now for the first time.
        """
        stable, canary = units
        told = (stable > 0) & (canary > 0)
        share = np.divide(canary, stable + canary, out=np.zeros_like(canary, dtype=np.float64), where=told)
        both = np.where(told, failed[0] + failed[1], 0.0)
        self._costs += both[:, None] * np.log1p(share[:, None] * (self.points - 1.0))
        self.failed += np.where(told, np.stack(failed), 0.0)
        self.units += np.where(told, np.stack(units), 0.0)

    def extend(self, streams: int) -> None:
        """Take up further streams, of which nothing is known yet."""
        more = streams - self.failed.shape[1]
        self.failed = np.pad(self.failed, ((0, 0), (0, more)))
        self.units = np.pad(self.units, ((0, 0), (0, more)))
        self._costs = np.pad(self._costs, ((0, more), (0, 0)))

    def keep(self, which: npt.NDArray[np.bool_]) -> None:
        """Go on with some streams alone."""
        self.failed, self.units = self.failed[:, which], self.units[:, which]
        self._costs = self._costs[which]

    def log_e(self, *, null: float, alternative: float) -> FloatArray:
        """Return logarithms of e-values, shape (streams,), against ratios from ``null`` on, away from it.

        Raises:
            KeyError: if one of the two is none of the points.
        """
        gain = self.failed[1] * np.log(alternative / null)
        return np.asarray(gain - self._costs[:, self._at(alternative)] + self._costs[:, self._at(null)])

    def harm(self, weights: Sequence[float] | FloatArray) -> FloatArray:
        """Return logarithms of e-values, shape (streams,), against "not worse": a mixture over ``RISES``.

        >>> LogRank(1).harm((0.05, 0.15, 0.4, 0.2, 0.1, 0.1))
        array([0.])
        """
        single = np.stack([self.log_e(null=1.0, alternative=rise) for rise in RISES])
        return log_mean(single, np.asarray(weights, dtype=np.float64)[:, None])

    def fit(self, margin: float) -> FloatArray:
        """Return logarithms of e-values, shape (streams,), against "worse by ``margin`` or more".

        The alternative is a ratio of 1: that of a version as good as the other.
        """
        return self.log_e(null=margin, alternative=1.0)

    def interval(
        self, weights: Sequence[float] | FloatArray, *, alpha: float, beta: float
    ) -> tuple[FloatArray, FloatArray]:
        """Return lower and upper ends of the ratio, shape (streams,) each; valid at all times together.

        The lower end misses with probability ``alpha`` at most, by the mixture of ``harm`` at every point of
        the grid; the upper one with ``beta``, by what ``fit`` does. The ends are points that are ruled out
        themselves; 0 and infinity where nothing is. Needs all points of ``GRID``.
        """
        on_grid = self._costs[:, np.searchsorted(self.points, GRID * (1 - 1e-9))]
        ratios = np.log(GRID)
        weight = np.asarray(weights, dtype=np.float64)
        low = np.zeros(len(on_grid))
        high = np.full(len(on_grid), np.inf)
        lower = self._against_at_most(on_grid, ratios, weight) < -np.log(alpha)
        upper = self._against_at_least(on_grid, ratios) < -np.log(beta)
        first = np.argmax(lower, axis=1)
        low = np.where(lower.any(axis=1) & (first > 0), GRID[first - 1], low)
        last = len(GRID) - 1 - np.argmax(upper[:, ::-1], axis=1)
        high = np.where(
            upper.any(axis=1) & (last < len(GRID) - 1), GRID[np.minimum(last + 1, len(GRID) - 1)], high
        )
        return low, np.maximum(high, low)

    def _against_at_most(self, costs: FloatArray, ratios: FloatArray, weights: FloatArray) -> FloatArray:
        """Return log e against "at most m" for each m of the grid whose alternatives are on it, else 0."""
        inside = len(ratios) - _RISES[-1]
        single = [
            self.failed[1][:, None] * (ratios[rise] - ratios[0])
            - costs[:, rise : rise + inside]
            + costs[:, :inside]
            for rise in _RISES
        ]
        mixed = log_mean(np.stack(single), weights[:, None, None])
        return np.pad(mixed, ((0, 0), (0, len(ratios) - inside)))

    def _against_at_least(self, costs: FloatArray, ratios: FloatArray) -> FloatArray:
        """Return log e against "at least m" for each m of the grid: 1 is the alternative above it."""
        here = np.arange(len(ratios))
        other = np.where(ratios > 1e-9, 2 * STEPS, np.maximum(here - _FALL, 0))
        gain = self.failed[1][:, None] * (ratios[other] - ratios)
        return np.asarray(gain - costs[:, other] + costs)

    def _at(self, ratio: float) -> int:
        at = int(np.argmin(np.abs(self.points - ratio)))
        if abs(self.points[at] - ratio) > 1e-9 * ratio:
            raise KeyError(f"{ratio:g} is none of the points of this test: name it when it is made")
        return at


def log_mean(log_e: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the logarithm of the weighted mean of e-values along the first axis.

    What is missing of a weight of 1 counts as e-values of 1: bets that were never made. So a mean of
    e-processes that begin at different times is an e-process, if a weight is set before its process
    begins.

    >>> log_mean(np.log(np.array([[4.0], [1.0]])), np.array([[0.5], [0.25]])).round(3)
    array([0.916])
    """
    rest = 1.0 - np.sum(weights, axis=0)
    kept = np.where(rest > _NOTHING, rest, 0.0)
    most = np.maximum(np.max(log_e, axis=0), np.where(kept > 0, 0.0, -np.inf))
    total = np.sum(weights * np.exp(log_e - most), axis=0) + kept * np.exp(-np.maximum(most, 0.0))
    return np.asarray(most + np.log(total), dtype=np.float64)
