"""Matrix factorisation for implicit feedback, the recommender that the shop really runs."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float32]


def _solve_side(seen: Floats, other: Floats, alpha: float, ridge: float) -> Floats:
    """Return the factors of one side, each row's ridge regression on the other side solved exactly."""
    width = other.shape[1]
    outer = (other[:, :, None] * other[:, None, :]).reshape(len(other), width * width)
    shared = other.T @ other + ridge * np.eye(width, dtype=np.float32)
    normal = (alpha * (seen @ outer)).reshape(len(seen), width, width) + shared
    wanted = (1 + alpha) * (seen @ other)
    return np.linalg.solve(normal, wanted[:, :, None])[:, :, 0].astype(np.float32)


def _balance(users: Floats, items: Floats) -> tuple[Floats, Floats]:
    """Return factors of the same products, scaled so that users' vectors of two fits can be compared."""
    length = np.median(np.linalg.norm(users, axis=1))
    return users / length, items * length


def fit(
    seen: Floats,
    *,
    rng: np.random.Generator,
    width: int = 12,
    rounds: int = 6,
    alpha: float = 10.0,
    ridge: float = 4.0,
) -> tuple[Floats, Floats]:
    """Fit user and item factors by alternating least squares.

    Args:
        seen: 1 where a user took up an item, else 0; shape (users, items).
        rng: gives the starting item factors.
        width: latent dimensions.
        rounds: alternations.
        alpha: how much more a taken item weighs than one that was not.
        ridge: L2 penalty.

    Returns:
        User factors (users, width), a median user's of length 1, and item factors (items, width); a user's
        score of an item is their product.

    Y. Hu, Y. Koren, C. Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008.

    >>> tastes = np.kron(np.eye(2), np.ones((6, 4))).astype(np.float32)  # two camps
    >>> users, items = fit(tastes, rng=np.random.default_rng(1), width=2)
    >>> scores = users @ items.T
    >>> bool((scores[0, :4] > scores[0, 4:].max()).all())
    True
    """
    items = rng.normal(0, 0.1, (seen.shape[1], width)).astype(np.float32)
    turned = np.ascontiguousarray(seen.T)
    users = _solve_side(seen, items, alpha, ridge)
    for _ in range(rounds - 1):
        items = _solve_side(turned, users, alpha, ridge)
        users = _solve_side(seen, items, alpha, ridge)
    return _balance(users, items)


def best(scores: Floats, count: int) -> npt.NDArray[np.intp]:
    """Return the places of the ``count`` highest scores, the highest first.

    >>> best(np.array([0.1, 0.9, 0.5, 0.7], dtype=np.float32), 2).tolist()
    [1, 3]
    """
    top = np.argpartition(scores, -count)[-count:]
    return top[np.argsort(-scores[top], kind="stable")]
