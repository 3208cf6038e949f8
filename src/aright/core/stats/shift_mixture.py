"""A mixture of Gaussian e-detectors: did the mean of standardised values shift, by whatever size?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

SHIFTS: Final = (0.225, 0.45, 0.9, 1.8)
"""Sizes of shifts to bet on, in standard deviations; what lies between two is told nearly as fast."""

_LARGEST: Final = 1e250
_SMALLEST: Final = -30.0
_BEYOND_CHANCE: Final = 3.0
_LOWER: Final = 0.8
_MOST_STEPS: Final = 20


@dataclass(frozen=True, slots=True)
class Bets:
    """What is bet on.

    Attributes:
        stakes: what each bet multiplies a value by, signed, shape (k,).
        costs: what each row costs each bet, shape (k,), > 0.
        slack: how far the mean may stray without being a shift, for each, shape (k,), ≥ 0.
    """

    stakes: FloatArray
    costs: FloatArray
    slack: FloatArray

    def log_e(self, values: FloatArray) -> FloatArray:
        """Return each bet's log e-value of each value, shape (k, n).

        With stake λ it is λ(z − slack) − cost; E exp of it is at most 1 for values whose mean is within the
        slack and whose log E exp(λz) is at most the cost.
        """
        signed = np.sign(self.stakes) * self.slack
        return np.asarray(
            self.stakes[:, None] * (values[None, :] - signed[:, None]) - self.costs[:, None], dtype=np.float64
        )


def bets_on(shifts: FloatArray, reference: FloatArray, *, inflation: FloatArray, slack: FloatArray) -> Bets:
    """Return bets on shifts of these sizes, that healthy values do not win.

    Args:
        shifts: signed, in standard deviations, shape (k,).
        reference: healthy values, about standard and bounded, shape (n,).
        inflation: variance of long sums over white noise's, for each shift, ≥ 1.
        slack: for each shift, ≥ 0.

    A bet's cost is what the reference itself says about its moments, and at least what standard normal values
    would cost: so values that are skewed, or ties, win nothing either. Sums that vary c times as much as
    white noise's are bet on with the stake θ/c and cost c times as much.

    >>> normal = np.random.default_rng(1).normal(size=10_000)
    >>> one = np.ones(1)
    >>> bets_on(one, normal, inflation=one, slack=0 * one).costs.round(1)
    array([0.5])
    """
    stakes = shifts / inflation
    moments = np.log(np.exp(stakes[:, None] * reference[None, :]).mean(axis=1))
    return Bets(stakes, inflation * np.maximum(moments, stakes**2 / 2), slack)


def backtested(bets: Bets, reference: FloatArray) -> Bets:
    """Return bets made so careful that the reference itself, in its order, would not have alarmed them.

    Healthy values that come in bursts win a bet that single values would not. Of white noise the largest
    cumulative sum over n values is above log n + 3 once in twenty references or less; where it is above, the
    bet's stake is lowered, and its cost with it, until it is not.

    Args:
        bets: to be made more careful.
        reference: healthy scores in order, shape (n,).

    >>> normal = np.random.default_rng(1).normal(size=2_000)
    >>> plain = bets_on(np.array([0.9]), normal, inflation=np.ones(1), slack=np.zeros(1))
    >>> bool(backtested(plain, normal).stakes == plain.stakes)
    True
    >>> bursts = np.where(np.arange(2_000) % 200 < 10, 2.5, normal)
    >>> bool(backtested(plain, bursts - bursts.mean()).stakes < plain.stakes)
    True
    """
    stakes, costs = bets.stakes.copy(), bets.costs.copy()
    limit = math.log(len(reference)) + _BEYOND_CHANCE
    for _ in range(_MOST_STEPS):
        log_e = Bets(stakes, costs, bets.slack).log_e(reference)
        sums = np.concatenate((np.zeros((len(stakes), 1)), np.cumsum(log_e, axis=1)), axis=1)
        climbed = (sums - np.minimum.accumulate(sums, axis=1)).max(axis=1)
        high = climbed > limit
        if not high.any():
            break
        stakes, costs = np.where(high, _LOWER * stakes, stakes), np.where(high, _LOWER * costs, costs)
    return Bets(stakes, costs, bets.slack)


def shiryaev_roberts_path(start: FloatArray, log_e: FloatArray) -> FloatArray:
    """Return the e-detectors R ← (1 + R) · e after each of a few values, shape (k, n).

    Args:
        start: values before, shape (k,).
        log_e: shape (k, n), a few dozen: sums must stay within ± 600; below −30 counts as −30.

    Source: J. Shin, A. Ramdas, A. Rinaldo, E-detectors, New England Journal of Statistics in Data Science 2
    (2024). A mixture, that is a mean over bets with weights of sum 1, is an e-detector too.

    >>> shiryaev_roberts_path(np.zeros(1), np.log(np.array([[0.5, 0.5, 4.0, 4.0]]))).round(2)
    array([[ 0.5 ,  0.75,  7.  , 32.  ]])
    """
    log_e = np.maximum(log_e, _SMALLEST)
    sums = np.cumsum(log_e, axis=1)
    before = np.cumsum(np.exp(log_e - sums), axis=1)  # Σ exp(−C_{j−1}), each row's own start included
    return np.asarray(np.minimum(np.exp(sums) * (start[:, None] + before), _LARGEST), dtype=np.float64)


def onset(log_e: FloatArray) -> int:
    """Return since which value the evidence of one bet is largest, given its log e-values up to now.

    >>> onset(np.array([-1.0, -1.0, 2.0, -0.5, 3.0]))
    2
    """
    return int(len(log_e) - 1 - np.argmax(np.cumsum(log_e[::-1])))
