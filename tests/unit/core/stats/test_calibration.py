"""Calibration: what scores mean, chosen by rows that were held out."""

import numpy as np
import pytest

from aright.core.stats.calibration import MOST_COLUMNS, Term, calibrate


def logistic(value):
    return 1 / (1 + np.exp(-value))


def term(codes, width):
    return Term(codes=codes.astype(np.int32), basis=np.eye(width))


def test_true_probabilities_are_left_nearly_as_they_are():
    rng = np.random.default_rng(1)
    score = rng.beta(2, 2, 5_000)
    label = (rng.random(5_000) < score).astype(float)
    found = calibrate(score, label)
    assert np.abs(found.probability(score) - score).max() < 0.05


def test_a_bent_score_is_straightened():
    rng = np.random.default_rng(2)
    score = rng.random(20_000)
    true = np.where(score < 0.5, 0.1, 0.1 + 1.4 * (score - 0.5))
    found = calibrate(score, (rng.random(20_000) < true).astype(float))
    assert found.method == "curve"
    assert np.abs(found.probability(score) - true).mean() < 0.02


def test_features_are_used_where_they_tell_and_left_where_they_do_not():
    rng = np.random.default_rng(3)
    score, codes = rng.random(4_000), rng.integers(0, 6, 4_000)
    logit = np.log(score / (1 - score))
    told = calibrate(
        score, (rng.random(4_000) < logistic(logit + codes / 3 - 1)).astype(float), [term(codes, 6)]
    )
    assert told.method == "features"
    assert told.losses["features"] < min(told.losses["line"], told.losses["curve"])
    noise = rng.integers(0, 40, 4_000)
    assert calibrate(score, (rng.random(4_000) < score).astype(float), [term(noise, 40)]).method != "features"


def test_held_out_probabilities_do_not_know_their_own_label():
    rng = np.random.default_rng(4)
    score, label = rng.random(400), (rng.random(400) < 0.5).astype(float)
    terms = [term(rng.integers(0, 4, 400), 4) for _ in range(3)]
    found = calibrate(score, label, terms)
    other = label.copy()
    other[0] = 1 - other[0]
    again = calibrate(score, other, terms)
    if found.method == again.method:
        assert again.held_out[0] == pytest.approx(found.held_out[0], abs=1e-3)


def test_rows_without_a_score_have_a_probability_of_their_own():
    rng = np.random.default_rng(5)
    score = rng.random(3_000)
    label = (rng.random(3_000) < score).astype(float)
    score[:600], label[:600] = np.nan, (rng.random(600) < 0.9)
    found = calibrate(score, label)
    assert found.probability(np.array([np.nan]))[0] == pytest.approx(0.9, abs=0.05)


def test_scores_of_nothing_but_nought_and_one_are_calibrated():
    rng = np.random.default_rng(6)
    score = rng.integers(0, 2, 4_000).astype(float)
    label = (rng.random(4_000) < np.where(score > 0, 0.8, 0.3)).astype(float)
    assert calibrate(score, label).probability(np.array([0.0, 1.0])) == pytest.approx([0.3, 0.8], abs=0.05)


def test_few_labels_leave_the_scores_as_they_are():
    found = calibrate(np.array([0.2, 0.6, 0.7]), np.array([0.0, 1.0, 1.0]))
    assert found.method == "raw"
    assert found.probability(np.array([0.4]), []) == pytest.approx([0.4])


def test_of_very_many_features_those_that_tell_are_looked_at():
    rng = np.random.default_rng(7)
    score = np.full(6_000, 0.5)
    columns = [rng.integers(0, 3, 6_000) for _ in range(MOST_COLUMNS + 10)]
    label = (rng.random(6_000) < logistic(columns[-1] - 1.0)).astype(float)
    found = calibrate(score, label, [term(codes, 3) for codes in columns])
    assert found.method == "features"
    assert len(found.chosen) == MOST_COLUMNS
    assert len(columns) - 1 in found.chosen
