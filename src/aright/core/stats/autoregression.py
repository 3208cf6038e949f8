"""Autoregression: how much of a value the values just before it foretell."""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


def fit_autoregression(values: FloatArray, *, most: int) -> FloatArray:
    """Return the coefficients of lags 1, 2, …, as many as Schwarz's criterion (BIC) favours; maybe none.

    Args:
        values: equally spaced, shape (n,); their mean is taken off.
        most: the largest order to try; at most a tenth of the values are used as lags.

    Yule and Walker's equations are solved by Levinson and Durbin's recursion, so the result is always
    stationary. Source: G. Schwarz, Estimating the dimension of a model, Annals of Statistics 6 (1978); J.
    Durbin, The fitting of time-series models, Revue de l'Institut International de Statistique 28 (1960).

    >>> noise = np.random.default_rng(1).normal(size=4_000)
    >>> values = np.zeros(4_000)
    >>> for row in range(1, 4_000):
    ...     values[row] = 0.5 * values[row - 1] + noise[row]
    >>> fit_autoregression(values, most=8).round(1)
    array([0.5])
    """
    n = len(values)
    covariances = autocovariances(values, most=min(most, n // 10))
    variance = float(covariances[0]) if len(covariances) else 0.0
    best: FloatArray = np.zeros(0)
    if variance <= 0:
        return best
    start, now = variance, np.zeros(0)
    least = 0.0
    for order in range(1, len(covariances)):
        ahead = covariances[order] - now @ covariances[order - 1 : 0 : -1]
        reflection = float(ahead) / variance
        now = np.append(now - reflection * now[::-1], reflection)
        variance *= 1 - reflection * reflection
        if variance <= 1e-9 * start:
            return now
        criterion = n * math.log(variance / start) + order * math.log(n)
        if criterion < least:
            least, best = criterion, now
    return best


def autocovariances(values: FloatArray, *, most: int) -> FloatArray:
    """Return the autocovariances at lags 0 … ``most``, each divided by n.

    >>> autocovariances(np.array([1.0, -1.0, 1.0, -1.0]), most=1)
    array([ 1.  , -0.75])
    """
    centred = values - values.mean() if len(values) else values
    n = len(centred)
    return np.array([float(centred[lag:] @ centred[: n - lag]) / n for lag in range(min(most + 1, n))])


def filtered(values: FloatArray, coefficients: FloatArray) -> FloatArray:
    """Return what each value has that those before it do not foretell, shape (n - order,).

    >>> filtered(np.array([1.0, 2.0, 3.0]), np.array([0.5]))
    array([1.5, 2. ])
    """
    order, n = len(coefficients), len(values)
    if n <= order:
        return np.zeros(0)
    result = values[order:].copy()
    for lag in range(1, order + 1):
        result -= coefficients[lag - 1] * values[order - lag : n - lag]
    return result
