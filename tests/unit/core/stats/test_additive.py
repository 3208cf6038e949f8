"""The additive model: the same as a dense fit, however its columns are coded."""

import numpy as np
import pytest

from aright.core.stats.additive import PENALTY, fit_additive, gram, refit


def data(rng, rows=2_000):
    codes = [rng.integers(0, 5, rows).astype(np.int32), rng.integers(0, 3, rows).astype(np.int32)]
    bases = [np.eye(5)[:, 1:], np.array([[0.0, 1.0], [0.5, 0.0], [1.0, 2.0]])]
    dense = np.hstack([np.ones((rows, 1)), *(base[code] for base, code in zip(bases, codes, strict=True))])
    return bases, codes, dense


def test_cross_products_are_those_of_the_dense_design():
    rng = np.random.default_rng(1)
    bases, codes, dense = data(rng)
    weights = rng.random(len(dense))
    zeros = np.zeros(len(dense), dtype=np.int32)
    found = gram([np.ones((1, 1)), *bases], [zeros, *codes], weights)
    assert found == pytest.approx((dense * weights[:, None]).T @ dense)


@pytest.mark.parametrize("family", ["logistic", "log"])
def test_the_fit_solves_the_penalised_equations(family):
    rng = np.random.default_rng(2)
    bases, codes, dense = data(rng)
    offset = rng.normal(size=len(dense)) * 0.3
    linear = offset + dense @ rng.normal(size=dense.shape[1]) * 0.5
    if family == "logistic":
        target = (rng.random(len(dense)) < 1 / (1 + np.exp(-linear))).astype(float)
    else:
        target = rng.gamma(2.0, np.exp(linear) / 2)
    fit = fit_additive(bases, codes, target, offset, family=family)
    mean = fit.mean(codes, offset)
    penalty = np.full(dense.shape[1], PENALTY)
    penalty[0] = 1e-6
    assert dense.T @ (target - mean) == pytest.approx(penalty * fit.coefficients, abs=0.05)
    assert mean.sum() == pytest.approx(target.sum(), rel=1e-4)
    rest = np.arange(len(target)) % 4 > 0
    part = [code[rest] for code in codes], target[rest], offset[rest]
    direct, near = fit_additive(bases, *part, family=family), refit(fit, *part, share=0.75)
    assert near.coefficients == pytest.approx(direct.coefficients, abs=2e-3)


@pytest.mark.parametrize("family", ["logistic", "log"])
def test_the_covariance_is_that_of_repeated_fits(family):
    rng = np.random.default_rng(3)
    codes = [np.repeat([0, 1], 400).astype(np.int32)]
    offset, fits, said = np.zeros(800), [], []
    for _ in range(200):
        if family == "logistic":
            target = (rng.random(800) < np.repeat([0.3, 0.6], 400)).astype(float)
        else:
            target = rng.exponential(np.repeat([1.0, 3.0], 400))
        fit = fit_additive([np.eye(2)], codes, target, offset, family=family)
        fits.append(fit.linear([np.array([0], dtype=np.int32)], np.zeros(1))[0])
        design = fit.gradient([np.array([0], dtype=np.int32)], np.ones(1))
        said.append(design @ fit.covariance @ design)
    assert np.var(fits) == pytest.approx(np.mean(said), rel=0.35)


def test_a_separated_column_stays_finite():
    codes = [np.repeat([0, 1], 50).astype(np.int32)]
    target = np.repeat([0.0, 1.0], 50)
    fit = fit_additive([np.eye(2)], codes, target, np.zeros(100))
    assert np.isfinite(fit.coefficients).all()
    assert (np.abs(fit.mean(codes, np.zeros(100)) - target) < 0.2).all()
