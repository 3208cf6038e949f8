"""Quality metrics of rows whose labels are probabilities, with what each row's label weighs in them.

A metric of known labels is the same function of zeros and ones. The influence of a row is the metric's
derivative by its label. So the metric of the labels as they really are is, to first order, the expected one
plus the influences times (label - probability): the delta method.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FloatArray: TypeAlias = npt.NDArray[np.float64]


class Metric(NamedTuple):
    """A metric.

    Attributes:
        value: of all rows; NaN where it is not defined, such as precision without a positive answer.
        influence: its derivative by each label; the labels' shape.
    """

    value: float
    influence: FloatArray


def accuracy(label: FloatArray, said: FloatArray, score: FloatArray) -> Metric:  # noqa: ARG001 - one signature
    """Return the share of right answers.

    Args:
        label: the probability of the positive class; shape (rows,).
        said: 1 where it was the answer, else 0; shape (rows,).
        score: its calibrated or raw score, NaN for none; shape (rows,).

    >>> accuracy(np.array([0.9, 0.2]), np.array([1.0, 1.0]), np.array([0.8, 0.6])).value
    0.55
    """
    if not len(label):
        return _nothing(label)
    right = said * label + (1 - said) * (1 - label)
    return Metric(float(right.mean()), (2 * said - 1) / len(label))


def precision(label: FloatArray, said: FloatArray, score: FloatArray) -> Metric:  # noqa: ARG001 - one signature
    """Return the share of positives among positive answers."""
    answers = said.sum()
    return _nothing(label) if not answers else Metric(float(said @ label / answers), said / answers)


def recall(label: FloatArray, said: FloatArray, score: FloatArray) -> Metric:  # noqa: ARG001 - one signature
    """Return the share of positives that were answered so."""
    positives = label.sum()
    if not positives:
        return _nothing(label)
    value = float(said @ label / positives)
    return Metric(value, (said - value) / positives)


def specificity(label: FloatArray, said: FloatArray, score: FloatArray) -> Metric:
    """Return the share of negatives that were answered so."""
    value, influence = recall(1 - label, 1 - said, score)
    return Metric(value, -influence)


def f1(label: FloatArray, said: FloatArray, score: FloatArray) -> Metric:  # noqa: ARG001 - one signature
    """Return the harmonic mean of precision and recall."""
    total = said.sum() + label.sum()
    if not total:
        return _nothing(label)
    value = float(2 * said @ label / total)
    return Metric(value, (2 * said - value) / total)


def area(label: FloatArray, said: FloatArray, score: FloatArray) -> Metric:  # noqa: ARG001 - one signature
    """Return the AUC: the chance that a positive row's score is above a negative one's, ties counted half.

    Rows without a score do not count, and no row is paired with itself, which would bias corrected labels.

    >>> area(np.array([0.0, 0.0, 1.0, 1.0]), np.zeros(4), np.array([0.1, 0.4, 0.35, 0.8])).value
    0.75
    """
    known = ~np.isnan(score)
    ones, zeros = label[known], 1 - label[known]
    positives, negatives = ones.sum(), zeros.sum()
    if positives <= 0 or negatives <= 0:
        return _nothing(label)
    _, where = np.unique(score[known], return_inverse=True)
    up, down = np.bincount(where, ones), np.bincount(where, zeros)
    below, above = np.cumsum(down) - down / 2, positives - np.cumsum(up) + up / 2
    own, turn = float(ones @ zeros), zeros - ones
    pairs = positives * negatives - own
    if pairs <= 0:
        return _nothing(label)
    value = float((up @ below - own / 2) / pairs)
    gain = (below - above)[where] - turn / 2
    influence = np.zeros(len(label))
    influence[known] = (gain - value * (negatives - positives - turn)) / pairs
    return Metric(value, influence)


def log_loss(label: FloatArray, said: FloatArray, score: FloatArray) -> Metric:  # noqa: ARG001 - one signature
    """Return the mean of -log of the score of what was true, the score kept 1e-12 off 0 and 1.

    Rows without a score do not count.
    """
    known = ~np.isnan(score)
    if not known.any():
        return _nothing(label)
    clipped = np.clip(np.where(known, score, 0.5), 1e-12, 1 - 1e-12)
    yes, no = np.log(clipped), np.log1p(-clipped)
    influence = np.where(known, no - yes, 0.0) / known.sum()
    return Metric(float(-(label * yes + (1 - label) * no)[known].mean()), influence)


BINARY: Final[Mapping[str, Callable[[FloatArray, FloatArray, FloatArray], Metric]]] = {
    "AUC": area,
    "F1": f1,
    "accuracy": accuracy,
    "precision": precision,
    "recall": recall,
    "specificity": specificity,
    "log loss": log_loss,
}
"""By the name that people know."""


def many_accuracy(labels: FloatArray, said: FloatArray) -> Metric:
    """Return the share of right answers of several classes; both arguments have the shape (rows, classes).

    >>> many_accuracy(np.array([[0.7, 0.2, 0.1]]), np.array([[1.0, 0.0, 0.0]])).value
    0.7
    """
    if not len(labels):
        return _nothing(labels)
    return Metric(float((labels * said).sum() / len(labels)), said / len(labels))


def many_f1(labels: FloatArray, said: FloatArray) -> Metric:
    """Return the mean of the classes' F1, of those that occur; both have the shape (rows, classes)."""
    each = [f1(labels[:, k], said[:, k], labels[:, k]) for k in range(labels.shape[1])]
    there = [k for k, one in enumerate(each) if not np.isnan(one.value)]
    if not there:
        return _nothing(labels)
    influence = np.zeros_like(labels)
    for k in there:
        influence[:, k] = each[k].influence / len(there)
    return Metric(float(np.mean([each[k].value for k in there])), influence)


def mean_loss(loss: FloatArray) -> Metric:
    """Return the mean of losses, such as the MAE of absolute errors; shape (rows,)."""
    if not len(loss):
        return _nothing(loss)
    return Metric(float(loss.mean()), np.full(len(loss), 1 / len(loss)))


def root_mean_loss(loss: FloatArray) -> Metric:
    """Return the root of the mean of losses, such as the RMSE of squared errors.

    >>> root_mean_loss(np.array([9.0, 16.0, 25.0, 14.0])).value
    4.0
    """
    mean, influence = mean_loss(loss)
    root = float(np.sqrt(max(mean, 0.0)))
    return Metric(root, influence / (2 * root) if root else influence)


def _nothing(like: FloatArray) -> Metric:
    return Metric(float("nan"), np.zeros_like(like))
