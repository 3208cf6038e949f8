"""Metrics of expected labels, and the influence of each."""

import numpy as np
import pytest

from aright.core.stats.expected_metrics import (
    BINARY,
    many_accuracy,
    many_f1,
    mean_loss,
    root_mean_loss,
)
from aright.core.stats.ranking_quality import auc


def rows(rng, n=40):
    score = np.round(rng.random(n), 1)
    return rng.random(n), (score > 0.5).astype(float), score


@pytest.mark.parametrize("name", BINARY)
def test_the_influence_is_the_derivative(name):
    rng = np.random.default_rng(1)
    label, said, score = rows(rng)
    score[3] = np.nan
    value, influence = BINARY[name](label, said, score)
    for row in (0, 3, 17):
        moved = label.copy()
        moved[row] += 1e-6
        slope = (BINARY[name](moved, said, score).value - value) / 1e-6
        assert slope == pytest.approx(influence[row], abs=1e-5)


@pytest.mark.parametrize("function", [many_accuracy, many_f1])
def test_the_influence_of_many_classes_is_the_derivative(function):
    rng = np.random.default_rng(2)
    labels = rng.dirichlet(np.ones(3), 30)
    said = np.eye(3)[rng.integers(0, 3, 30)]
    value, influence = function(labels, said)
    moved = labels.copy()
    moved[4, 1] += 1e-6
    assert (function(moved, said).value - value) / 1e-6 == pytest.approx(influence[4, 1], abs=1e-5)


def test_known_labels_give_the_metrics_themselves():
    rng = np.random.default_rng(3)
    score = np.round(rng.random(200), 1)
    label = (rng.random(200) < score).astype(float)
    said = (score > 0.4).astype(float)
    found = {name: function(label, said, score).value for name, function in BINARY.items()}
    hits = (label * said).sum()
    measured = auc(score, label > 0)
    assert measured is not None
    assert found["AUC"] == pytest.approx(measured.area)
    assert found["accuracy"] == pytest.approx((label == said).mean())
    assert found["precision"] == pytest.approx(hits / said.sum())
    assert found["recall"] == pytest.approx(hits / label.sum())
    assert found["F1"] == pytest.approx(2 * hits / (said.sum() + label.sum()))
    assert found["specificity"] == pytest.approx(((1 - label) * (1 - said)).sum() / (1 - label).sum())


def test_what_is_not_defined_is_no_number():
    none = np.zeros(0)
    zeros, nothing = np.zeros(3), np.full(3, np.nan)
    assert np.isnan([function(none, none, none).value for function in BINARY.values()]).all()
    assert np.isnan(BINARY["AUC"](zeros, zeros, np.array([0.1, 0.2, 0.3])).value)
    assert np.isnan(BINARY["log loss"](zeros, zeros, nothing).value)
    assert np.isnan(many_accuracy(np.zeros((0, 2)), np.zeros((0, 2))).value)
    assert np.isnan(many_f1(np.zeros((2, 2)), np.zeros((2, 2))).value)
    assert np.isnan(mean_loss(none).value)
    assert root_mean_loss(zeros).value == 0.0
