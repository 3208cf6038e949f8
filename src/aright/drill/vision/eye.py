"""The classifier: softmax regression on where in a picture there is which colour, and where edges are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = npt.NDArray[np.float32]

SIDE: Final = 24
"""Width and height of the pictures that it is given (pixels)."""

_BLOCK: Final = 4


@dataclass(frozen=True, slots=True)
class Eye:
    """One version's weights.

    Attributes:
        mean: of each property, in training.
        scale: standard deviation of each.
        weights: shape (properties + 1, kinds), the last row for the constant.
    """

    mean: Floats
    scale: Floats
    weights: Floats

    def chances(self, pictures: Floats) -> Floats:
        """Return how likely each kind is; ``pictures`` has shape (n, 24, 24, 3), 0 to 1."""
        return _softmax(_with_constant((properties(pictures) - self.mean) / self.scale) @ self.weights)


def properties(pictures: Floats) -> Floats:
    """Return the properties that are weighed, shape (n, 180).

    Of each block of 4 × 4 pixels the mean of each colour and, in luma, how much it changes across and down.

    >>> properties(np.zeros((2, 24, 24, 3), dtype=np.float32)).shape
    (2, 180)
    """
    luma = (pictures[..., 0] + pictures[..., 1] + pictures[..., 2]) / 3
    across, down = np.zeros((2, *luma.shape), dtype=np.float32)
    np.abs(luma[:, :, 1:] - luma[:, :, :-1], out=across[:, :, :-1])
    np.abs(luma[:, 1:] - luma[:, :-1], out=down[:, :-1])
    return np.concatenate([_by_block(each) for each in (pictures, across, down)], axis=1)


def _by_block(values: Floats) -> Floats:
    """Return the mean of each block of 4 × 4 pixels, shape (n, 36 × values per pixel): an axis at a time."""
    count, blocks = len(values), SIDE // _BLOCK
    rows = values.reshape(count, blocks, _BLOCK, -1).sum(axis=2)
    columns = rows.reshape(count, blocks * blocks, _BLOCK, -1).sum(axis=2)
    return np.asarray(columns.reshape(count, -1) / _BLOCK**2, dtype=np.float32)


def train(pictures: Floats, kinds: Sequence[int], *, rounds: int = 150, ridge: float = 1e-3) -> Eye:
    """Fit softmax regression by gradient descent with Nesterov's momentum.

    Args:
        pictures: shape (n, 24, 24, 3), 0 to 1.
        kinds: of each, from 0.
        rounds: steps of the descent.
        ridge: L2 penalty.

    C. M. Bishop, Pattern Recognition and Machine Learning (2006), 4.3.4; Y. Nesterov (1983).

    >>> dark, light = np.full((8, 24, 24, 3), 0.2, np.float32), np.full((8, 24, 24, 3), 0.8, np.float32)
    >>> eye = train(np.concatenate([dark, light]), [0] * 8 + [1] * 8)
    >>> eye.chances(light[:1]).argmax()
    np.int64(1)
    """
    raw = properties(pictures)
    mean, scale = raw.mean(axis=0), raw.std(axis=0) + np.float32(1e-3)
    known = _with_constant((raw - mean) / scale)
    wanted = np.eye(max(kinds) + 1, dtype=np.float32)[np.asarray(kinds)]
    weights = np.zeros((known.shape[1], wanted.shape[1]), dtype=np.float32)
    step = np.float32(4.0 / np.linalg.norm(known, 2) ** 2)  # the loss curves no more than that, halved
    before = weights
    for turn in range(rounds):
        ahead = weights + np.float32(turn / (turn + 3)) * (weights - before)
        slope = known.T @ (_softmax(known @ ahead) - wanted) + np.float32(ridge * len(known)) * ahead
        before, weights = weights, ahead - step * slope
    return Eye(mean=mean, scale=scale, weights=weights)


def _with_constant(rows: Floats) -> Floats:
    return np.concatenate([rows, np.ones((len(rows), 1), dtype=np.float32)], axis=1).astype(np.float32)


def _softmax(scores: Floats) -> Floats:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)
