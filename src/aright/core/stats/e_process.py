"""E-values against "the mean of these values in [0, 1] is not beyond a limit"."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


def shifted(share: FloatArray, odds_ratio: FloatArray) -> FloatArray:
    """Return the shares whose odds are ``odds_ratio`` times those of ``share``.

    >>> shifted(np.array([0.25]), np.array([3.0]))
    array([0.5])
    """
    return np.asarray(share * odds_ratio / (1 - share + share * odds_ratio), dtype=np.float64)


def log_rest(share: FloatArray, odds_ratio: FloatArray) -> FloatArray:
    """Return log((1 − shifted) / (1 − share)), the part of the log-likelihood ratio that each unit costs.

    >>> log_rest(np.array([0.25]), np.array([3.0])).round(4)
    array([-0.4055])
    """
    return np.asarray(-np.log1p(share * (odds_ratio - 1)), dtype=np.float64)


def log_e(n: FloatArray, total: FloatArray, share: FloatArray, odds_ratio: FloatArray) -> FloatArray:
    """Return the logarithm of the likelihood ratio of "odds times ``odds_ratio``" against ``share``.

    With ``odds_ratio`` > 1 it is an e-value against "every mean ≤ share", with < 1 against "every mean ≥
    share": for 0/1 values by the likelihood, for any others in [0, 1] because exp is convex. Products over
    windows of it are e-processes, so it may be looked at after every window.

    Args:
        n: units counted, any shape that broadcasts with the others.
        total: the sum of their values, in [0, n].
        share: the limit of the null hypothesis, in (0, 1).
        odds_ratio: how far the alternative is from it, ≠ 1.

    Source: A. Ramdas, P. Grünwald, V. Vovk, G. Shafer, Game-theoretic statistics and safe anytime-valid
    inference, Statistical Science 38 (2023).

    >>> log_e(np.array([100.0]), np.array([50.0]), np.array([0.25]), np.array([3.0])).round(2)
    array([14.38])
    """
    return np.asarray(total * np.log(odds_ratio) + n * log_rest(share, odds_ratio), dtype=np.float64)
