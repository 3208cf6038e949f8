"""What loss each row should have, as the reference has it: main effects of its attributes.

A segment with a naturally higher loss is no finding, and a shift of the mix towards it is no rise; both need
an expectation per row. It is a logistic model of main effects, fitted by backfitting (Hastie & Tibshirani
1990) with a ridge, so that rare values lean on the overall rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.likelihood import sigmoid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from aright.core.diagnose.rows import Attribute

RIDGE: Final = 4.0
"""Prior precision of one value's effect: a standard deviation of ½ on the log-odds."""

SWEEPS: Final = 12


def expected_log_odds(
    loss: NDArray[np.float64],
    weight: NDArray[np.float64],
    fit: NDArray[np.bool_],
    attributes: Sequence[Attribute],
) -> NDArray[np.float64]:
    """Return every row's expected log-odds of loss, learned from the rows where ``fit`` holds.

    Args:
        loss: in [0, 1]; ignored where ``fit`` is false.
        weight: per row, 0 or more.
        fit: the rows to learn from.
        attributes: with codes per row; a value never seen while fitting has no effect of its own.

    >>> loss = np.array([0.0, 1.0] * 50)
    >>> odds = expected_log_odds(loss, np.ones(100), np.ones(100, dtype=bool), [])
    >>> round(float(odds[0]), 6)
    0.0
    """
    y, w = loss[fit], weight[fit]
    rate = (float(w @ y) + 0.5) / (float(w.sum()) + 1.0)
    odds = np.full(len(loss), np.log(rate / (1.0 - rate)))
    effects = [np.zeros(len(each.values) + 1) for each in attributes]
    for _ in range(SWEEPS):
        largest = 0.0
        for at, each in enumerate(attributes):
            step = _newton(y, w, odds[fit], each.codes[fit], effects[at])
            effects[at] += step
            odds += step[each.codes]
            largest = max(largest, float(np.abs(step).max()))
        if largest < 1e-3:
            break
        odds += _intercept(y, w, odds[fit])
    return odds


def _newton(
    y: NDArray[np.float64],
    w: NDArray[np.float64],
    odds: NDArray[np.float64],
    codes: NDArray[np.int32],
    effect: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return one damped Newton step of one attribute's effects."""
    p = sigmoid(odds)
    size = len(effect)
    slope = np.bincount(codes, weights=w * (y - p), minlength=size) - RIDGE * effect
    curve = np.bincount(codes, weights=w * p * (1.0 - p), minlength=size) + RIDGE
    return np.clip(slope / curve, -1.0, 1.0)


def _intercept(y: NDArray[np.float64], w: NDArray[np.float64], odds: NDArray[np.float64]) -> float:
    p = sigmoid(odds)
    step = float(w @ (y - p)) / (float(w @ (p * (1.0 - p))) + 0.5)
    return min(max(step, -1.0), 1.0)
