"""Normal scores: each value's rank among a reference, as the normal deviate of that rank."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

_MOST_KNOTS: Final = 129


@dataclass(frozen=True, slots=True)
class NormalScores:
    """A map from values to normal scores, bounded, so that no tail can outweigh the rest.

    On normal data it is nearly the identity and loses nothing; on any other it gives what a rank test would.
    Values that tie share the middle of their ranks. Scores are made to have mean 0 and variance 1 over the
    reference. Source: B. L. van der Waerden, Order tests for the two-sample problem, Indagationes
    Mathematicae 14 (1952).

    Attributes:
        knots: values in rising order, shape (k,).
        scores: of the knots, shape (k,).
    """

    knots: FloatArray
    scores: FloatArray

    def __call__(self, values: FloatArray) -> FloatArray:
        """Return the scores of values, any shape; linear between knots, constant beyond the outermost."""
        return np.asarray(np.interp(values, self.knots, self.scores), dtype=np.float64)


def normal_scores(reference: FloatArray, *, bound: float, margin: float) -> NormalScores:
    """Learn the map.

    Args:
        reference: values, shape (n,), n ≥ 2.
        bound: the largest score.
        margin: how far beyond the reference's ends the bound is reached, > 0; so a reference without any
            spread still tells a new value from its own.

    >>> scores = normal_scores(np.random.default_rng(3).normal(size=5_000), bound=3.5, margin=1.0)
    >>> scores(np.array([-9.0, -1.0, 1.0, 9.0])).round(1)
    array([-3.5, -1. ,  1. ,  3.5])
    """
    ordered = np.sort(reference)
    n = len(ordered)
    count = min(_MOST_KNOTS, n)
    # Knots stand closer together in the tails, where scores bend most.
    ranks = (n - 1) * (1 - np.cos(np.pi * np.arange(count) / max(count - 1, 1))) / 2
    knots = np.unique(ordered[np.round(ranks).astype(np.int64)])
    low = np.searchsorted(ordered, knots, side="left")
    high = np.searchsorted(ordered, knots, side="right")
    normal = NormalDist()
    scores = np.array([normal.inv_cdf(p) for p in (low + high) / (2 * n)])
    knots = np.concatenate((knots[:1] - margin, knots, knots[-1:] + margin))
    raw = NormalScores(knots, np.concatenate(([-bound], np.clip(scores, -bound, bound), [bound])))
    # Scores of the reference itself decide about centre and spread; a tie-ridden one is left narrower.
    own = raw(ordered)
    spread = max(float(own.std()), 0.5)
    return NormalScores(knots, np.clip((raw.scores - own.mean()) / spread, -bound, bound))
