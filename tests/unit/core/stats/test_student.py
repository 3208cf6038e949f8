"""Differences of means: the tails of the book, and no certainty from a handful."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student
from scipy.stats import ttest_ind

from aright.core.stats.student import Sample, means_p, sample_of, student_p, student_quantile


@pytest.mark.parametrize("df", [1, 2, 5, 29.5, 998, 1e5, 5e6, 1e8])
@pytest.mark.parametrize("t", [0.0, 0.01, 0.5, 1.0, 1.7, -2.0, 5.0, 20.0])
def test_tails_are_those_of_scipy(t, df):
    assert student_p(t, df) == pytest.approx(2 * student.sf(abs(t), df), rel=1e-6)


@pytest.mark.parametrize("df", [1, 4, 30, 1e4])
def test_a_quantile_has_its_tail(df):
    assert student_quantile(df) == pytest.approx(student.ppf(0.975, df), rel=1e-6)
    assert student_quantile(df, 0.01) == pytest.approx(student.ppf(0.995, df), rel=1e-6)


def test_the_larger_of_welchs_and_students_p_value_is_taken():
    random = np.random.default_rng(1)
    for _ in range(50):
        one, two = random.normal(0, 1, random.integers(2, 60)), random.normal(0.5, 2, random.integers(2, 60))

        found = means_p(sample_of(one), sample_of(two))

        both = [ttest_ind(one, two, equal_var=alike).pvalue for alike in (True, False)]
        assert found == pytest.approx(max(both), rel=1e-6)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Sample(0, float("nan"), 0.0), Sample(5, 1.0, 1.0)),
        (Sample(1, 1.0, 0.0), Sample(1, 2.0, 0.0)),
        (Sample(50, 1.0, 0.0), Sample(50, 2.0, 0.0)),
    ],
)
def test_without_spread_there_is_no_finding(one, two):
    assert means_p(one, two) == means_p(two, one) == 1.0


def test_moments_are_numpys():
    three = sample_of(np.array([1.0, 2.0, 4.0]))
    assert three.n == 3
    assert (three.mean, three.variance) == pytest.approx((7 / 3, 7 / 3))
    assert sample_of(np.array([3.0])) == Sample(1, 3.0, 0.0)
    assert sample_of(np.array([])).n == 0
