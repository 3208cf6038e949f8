"""How surely the loss of some rows rose above what is expected of each: a binned Bernoulli likelihood ratio.

Rows are pooled into bins of equal expected log-odds, so that a part of the traffic is a small histogram and
thousands of parts are fitted at once. The quasi-likelihood is the Bernoulli one, which is proper for any loss
in [0, 1] (Papke & Wooldridge 1996), divided by an over-dispersion.

Three ways to rise are weighed. The odds of all rows may be multiplied, as by a worse model; or a share of the
answers may be replaced, however safe they were before, by ones that are always lost (the excess risk of
Abbott's formula, 1925) or lost half of the time. With the first alone, those few rows that were hardly ever
lost would explain more than the whole part they belong to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

STEPS: Final = 30
LIMIT: Final = 8.0
"""Shifts beyond odds of e⁸ are all the same to us."""

HALVINGS: Final = 18
"""Of the interval that holds the share of replaced answers: it is known to 4·10⁻⁶ then."""

REPLACED: Final = (1.0, 0.5)
"""How often answers are lost that stand for others: always, or as by the toss of a coin."""


def shift(
    count: NDArray[np.float64],
    total: NDArray[np.float64],
    offset: NDArray[np.float64],
    prior: float | NDArray[np.float64] = 0.0,
) -> NDArray[np.float64]:
    """Return each part's shift of the log-odds that fits best, by Newton's method.

    Args:
        count: rows (weights) per part and bin, shape (parts, bins).
        total: sum of their losses per part, shape (parts,).
        offset: expected log-odds, shape (bins,) or (parts, bins).
        prior: precision of a normal prior around 0, one for all or one per part; 0 for none.

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


def level(
    count: NDArray[np.float64],
    total: NDArray[np.float64],
    offset: NDArray[np.float64],
    theta: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the log-likelihood (nats) of a shift ``theta`` less that of none.

    >>> n, o = np.array([[100.0]]), np.array([0.0])
    >>> round(float(level(n, np.array([65.0]), o, np.array([logit(0.65)]))[0]), 1)
    4.6
    """
    moved = np.logaddexp(0.0, offset + theta[:, None]) - np.logaddexp(0.0, offset)
    return np.asarray(theta * total - (count * moved).sum(axis=1), dtype=np.float64)


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
    found = np.maximum(level(count, total, offset, theta), 0.0)
    return np.asarray(np.where(theta > 0.0, found, 0.0), dtype=np.float64)


def replaced(
    count: NDArray[np.float64], lost: NDArray[np.float64], offset: NDArray[np.float64], bad: float
) -> NDArray[np.float64]:
    """Return the log-likelihood (nats) that replacing a share λ of the answers adds, at its best value.

    A row that is lost with probability p otherwise is lost with (1 − λ) p + λ · ``bad`` then.

    Args:
        count: rows (weights) per part and bin, shape (parts, bins).
        lost: sum of their losses, shape (parts, bins).
        offset: expected log-odds, shape (bins,) or (parts, bins).
        bad: how often an answer is lost that stands for another, in (0, 1].

    >>> n, o = np.array([[100.0, 100.0]]), np.array([0.0, -6.0])
    >>> lost = np.array([[60.0, 20.0]])
    >>> float(replaced(n, lost, o, 1.0)[0]) > float(gain(n, lost.sum(1), o, shift(n, lost.sum(1), o))[0])
    True
    """
    rate = sigmoid(np.clip(offset, -2.0 * LIMIT, 2.0 * LIMIT)) * np.ones_like(count)
    kept = count - lost
    up, down = bad / rate - 1.0, (1.0 - bad) / (1.0 - rate) - 1.0
    worse = ((count * (bad - rate)).sum(axis=1) > 0.0) & ((lost * up + kept * down).sum(axis=1) > 0.0)
    found = np.zeros(len(count))
    found[worse] = _replaced(*(each[worse] for each in (lost, kept, up, down)))
    return found


def _replaced(
    lost: NDArray[np.float64],
    kept: NDArray[np.float64],
    up: NDArray[np.float64],
    down: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the most that a share adds to parts to which a very small one adds something."""
    low, high = np.zeros(len(lost)), np.full(len(lost), 1.0 - 1e-6)
    for _ in range(HALVINGS):
        at = 0.5 * (low + high)
        slope = lost * up / (1.0 + at[:, None] * up) + kept * down / (1.0 + at[:, None] * down)
        rising = slope.sum(axis=1) > 0.0
        low, high = np.where(rising, at, low), np.where(rising, high, at)
    share = low[:, None]
    moved = (lost * np.log1p(share * up) + kept * np.log1p(share * down)).sum(axis=1)
    return np.asarray(np.maximum(moved, 0.0), dtype=np.float64)


def risen(
    count: NDArray[np.float64], lost: NDArray[np.float64], offset: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the log-likelihood (nats) that a rise of any kind adds, all taken to be as likely.

    Args:
        count: rows (weights) per part and bin, shape (parts, bins).
        lost: sum of their losses, shape (parts, bins).
        offset: expected log-odds, shape (bins,) or (parts, bins).

    >>> n, o = np.array([[100.0]]), np.array([0.0])
    >>> float(risen(n, np.array([[40.0]]), o)[0])
    0.0
    """
    total = lost.sum(axis=1)
    kinds = [replaced(count, lost, offset, bad) for bad in REPLACED]
    kinds.append(gain(count, total, offset, shift(count, total, offset)))
    mean = np.logaddexp.reduce(kinds, axis=0) - np.log(len(kinds))
    return np.asarray(np.maximum(mean, 0.0), dtype=np.float64)


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
