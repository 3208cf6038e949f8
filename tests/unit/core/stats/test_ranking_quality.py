"""The area under the ROC curve: its value, its interval and its test hold for few rows and near 1."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import mannwhitneyu, norm

from aright.core.stats.ranking_quality import Auc, auc, auc_interval, auc_p


def drawn(random, hits, misses, apart):
    score = np.concatenate([random.normal(apart, 1, hits), random.normal(0, 1, misses)])
    return auc(score, np.arange(hits + misses) < hits)


def test_it_is_mann_whitneys_u():
    random = np.random.default_rng(1)
    score = random.integers(0, 9, 200).astype(float)  # with ties
    positive = random.random(200) < 0.3

    found = auc(score, positive)

    assert found is not None
    u = mannwhitneyu(score[positive], score[~positive]).statistic
    assert found.area == pytest.approx(u / (positive.sum() * (~positive).sum()))
    assert (found.hits, found.misses) == (positive.sum(), (~positive).sum())


def test_one_class_has_none():
    assert auc(np.array([0.1, 0.2]), np.array([True, True])) is None


@pytest.mark.parametrize("area", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_an_interval_holds_its_area_and_narrows(area):
    few, many = (auc_interval(Auc(area, 0.0, n, n)) for n in (8, 800))

    for low, high in (few, many):
        assert 0.0 <= low <= area <= high <= 1.0
    assert many[1] - many[0] < 0.3 * (few[1] - few[0])


@pytest.mark.parametrize(("hits", "misses"), [(12, 12), (10, 60), (200, 300)])
@pytest.mark.parametrize("apart", [0.0, 1.0, 2.5])
def test_intervals_cover_the_truth(hits, misses, apart):
    random = np.random.default_rng(7)
    truth = norm.cdf(apart / np.sqrt(2))

    covered = 0
    for _ in range(400):
        low, high = auc_interval(drawn(random, hits, misses, apart))
        covered += low <= truth <= high

    assert covered >= 362  # of 400 at 95 %: fewer than 362 come in 1 of 5,000 runs


@pytest.mark.parametrize("apart", [0.0, 1.0, 2.5])
def test_a_difference_by_chance_is_seldom_found(apart):
    random = np.random.default_rng(7)

    found = sum(
        auc_p(drawn(random, 300, 300, apart), drawn(random, 12, 12, apart)) <= 0.05 for _ in range(400)
    )

    assert found <= 36  # of 400 at .05; more in 1 of 1,000 runs


def test_a_difference_that_is_there_is_found_and_an_area_of_one_is_no_certainty():
    random = np.random.default_rng(7)

    assert auc_p(drawn(random, 900, 900, 2.0), drawn(random, 900, 900, 1.0)) < 1e-9
    assert auc_p(Auc(1.0, 0.0, 9, 9), Auc(1.0, 0.0, 5, 5)) == 1.0
    assert auc_p(Auc(0.8, 0.01, 900, 900), Auc(1.0, 0.0, 4, 4)) > 0.1
