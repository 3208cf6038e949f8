"""How surely the loss of some rows rose above what is expected of each: a binned Bernoulli likelihood ratio.

Rows are pooled into bins of equal expected log-odds, so that a part of the traffic is a small histogram and
thousands of parts are fitted at once. The quasi-likelihood is the Bernoulli one, which is proper for any loss
in [0, 1] (Papke & Wooldridge 1996), divided by an over-dispersion.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS: Final = 30
LIMIT: Final = 8.0
"""Shifts beyond odds of e⁸ are all the same to us."""


def shift(
    count: NDArray[np.float64], total: NDArray[np.float64], offset: NDArray[np.float64], prior: float = 0.0
) -> NDArray[np.float64]:
    """Return each part's shift of the log-odds that fits best, by Newton's method.

    Args:
        count: rows (weights) per part and bin, shape (parts, bins).
        total: sum of their losses per part, shape (parts,).
        offset: expected log-odds, shape (bins,) or (parts, bins).
        prior: precision of a normal prior around 0; 0 for none.

    >>> n, o = np.array([[100.0]]), np.array([0.0])
    >>> round(float(shift(n, np.array([73.1]), o)[0]), 2)
    1.0
    """
    theta = np.zeros(len(total))
    for _ in range(STEPS):
        rate = sigmoid(offset + theta[:, None])
        slope = total - (count * rate).sum(axis=1) - prior * theta
        curve = (count * rate * (1.0 - rate)).sum(axis=1) + prior
        step = np.clip(slope / np.maximum(curve, 1e-9), -1.5, 1.5)
        better = np.clip(theta + step, -LIMIT, LIMIT)
        settled = float(np.abs(better - theta).max(initial=0.0)) < 1e-5
        theta = better
        if settled:
            break
    return theta


def gain(
    count: NDArray[np.float64],
    total: NDArray[np.float64],
    offset: NDArray[np.float64],
    theta: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the log-likelihood (nats) that a shift ``theta`` adds; 0 where the loss did not rise.

    >>> n, o = np.array([[100.0]]), np.array([0.0])
    >>> lost = np.array([65.0])
    >>> round(float(gain(n, lost, o, shift(n, lost, o))[0]), 1)
    4.6
    """
    moved = (count * (np.logaddexp(0.0, offset + theta[:, None]) - np.logaddexp(0.0, offset))).sum(axis=1)
    found = np.maximum(theta * total - moved, 0.0)
    return np.asarray(np.where(theta > 0.0, found, 0.0), dtype=np.float64)


def information(count: NDArray[np.float64], offset: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what each part's rows tell of their shift at 0 (Fisher information).

    >>> float(information(np.array([[100.0]]), np.array([0.0]))[0])
    25.0
    """
    rate = sigmoid(offset)
    return np.asarray((count * rate * (1.0 - rate)).sum(axis=1), dtype=np.float64)


def sums(codes: NDArray[np.int64], weight: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the sum of weights per code.

    >>> sums(np.array([0, 2, 2]), np.array([1.0, 2.0, 3.0]), 3).tolist()
    [1.0, 0.0, 5.0]
    """
    return np.asarray(np.bincount(codes, weights=weight, minlength=size), dtype=np.float64)


def sigmoid(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 1 / (1 + exp(−x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)), dtype=np.float64)


def logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the log-odds of probabilities strictly between 0 and 1."""
    return np.log(p) - np.log1p(-p)
