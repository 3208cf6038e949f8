"""Additive regression on coded columns: a logistic or log-linear model whose terms are look-up tables.

Every column is a code per row, and a basis says what each code contributes. The normal equations are then
sums over pairs of codes, so that a column of fifty categories costs no more than one of three.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = npt.NDArray[np.float64]
CodeArray: TypeAlias = npt.NDArray[np.int32]
Family: TypeAlias = Literal["logistic", "log"]

PENALTY: Final = 4.0
"""Ridge on every coefficient but the intercept: effects are believed to be some ± .5 of the linear scale."""
_MOST_STEPS: Final = 25
_SMALL: Final = 1e-4
_CHORDS: Final = 4


@dataclass(frozen=True, kw_only=True)
class Additive:
    """A fitted model.

    Attributes:
        family: ``logistic`` for the probability of a 1, ``log`` for the mean of a value ≥ 0.
        bases: what each code of each column contributes; the first is the intercept's.
        coefficients: of all bases' columns, in order; shape (p,).
        covariance: of the coefficients; shape (p, p).
        inverse: of the penalised information; shape (p, p).
        ridge: the penalty.
    """

    family: Family
    bases: tuple[FloatArray, ...]
    coefficients: FloatArray
    covariance: FloatArray
    inverse: FloatArray
    ridge: float

    def linear(self, codes: Sequence[CodeArray], offset: FloatArray) -> FloatArray:
        """Return the linear predictor of rows; shape (rows,)."""
        return _linear(self.bases, _with_intercept(codes, len(offset)), self.coefficients, offset)

    def mean(self, codes: Sequence[CodeArray], offset: FloatArray) -> FloatArray:
        """Return the expected values of rows; shape (rows,)."""
        return _mean(self.family, self.linear(codes, offset))

    def slope(self, mean: FloatArray) -> FloatArray:
        """Return by how much an expected value moves with its linear predictor; shape of ``mean``."""
        return mean * (1 - mean) if self.family == "logistic" else mean

    def gradient(self, codes: Sequence[CodeArray], weights: FloatArray) -> FloatArray:
        """Return the weighted sum of the rows' designs; shape (p,)."""
        return _score(self.bases, _with_intercept(codes, len(weights)), weights)


def fit_additive(
    bases: Sequence[FloatArray],
    codes: Sequence[CodeArray],
    target: FloatArray,
    offset: FloatArray,
    *,
    family: Family = "logistic",
    ridge: float = PENALTY,
) -> Additive:
    """Return the ridge fit by Newton's method, with the covariance of its coefficients.

    That of the logistic model is the inverse of the penalised information; that of the log-linear one, whose
    variance is not known, is Huber's sandwich.

    Args:
        bases: one per column, shape (codes of it, its basis columns).
        codes: one per column, shape (rows,).
        target: 0 or 1, or ≥ 0 for ``log``; shape (rows,).
        offset: what the linear predictor has beside the columns, such as a score's logit; shape (rows,).
        family: which model.
        ridge: the penalty on half the squares of all coefficients but the intercept.

    Sources: S. Wood, Generalized Additive Models, 2nd ed. (2017), §6.1 and §7.1 (discretised columns);
    P. Huber, Proc. Fifth Berkeley Symposium 1 (1967).

    >>> codes = np.repeat([0, 1], 500).astype(np.int32)
    >>> target = np.r_[np.ones(100), np.zeros(400), np.ones(400), np.zeros(100)]
    >>> fit = fit_additive([np.eye(2)], [codes], target, np.zeros(1000))
    >>> fit.mean([np.array([0, 1], dtype=np.int32)], np.zeros(2)).round(2)
    array([0.21, 0.79])
    """
    everything = (np.ones((1, 1)), *bases)
    coded = _with_intercept(codes, len(target))
    penalty = _penalty(everything, ridge)
    now = np.zeros(len(penalty))
    if family == "log":
        now[0] = np.log(max(float(target.mean()), 1e-300)) - float(offset.mean())
    linear = _linear(everything, coded, now, offset)
    loss = _deviance(family, linear, target) + float(penalty @ now**2) / 2
    information = np.diag(penalty)
    for _ in range(_MOST_STEPS):
        mean = _mean(family, linear)
        weights = mean * (1 - mean) if family == "logistic" else mean
        information = gram(everything, coded, weights) + np.diag(penalty)
        step = np.linalg.solve(information, _score(everything, coded, target - mean) - penalty * now)
        scale = 1.0
        while True:
            tried = now + scale * step
            moved = _linear(everything, coded, tried, offset)
            less = _deviance(family, moved, target) + float(penalty @ tried**2) / 2
            if less <= loss or scale < _SMALL:
                break
            scale /= 2
        gained, now, linear, loss = loss - less, tried, moved, less
        if gained < _SMALL:
            break
    inverse = np.asarray(np.linalg.inv(information), dtype=np.float64)
    covariance = inverse
    if family == "log":
        residual = target - _mean(family, linear)
        covariance = inverse @ gram(everything, coded, residual**2) @ inverse
    return Additive(
        family=family,
        bases=everything,
        coefficients=now,
        covariance=covariance,
        inverse=inverse,
        ridge=ridge,
    )


def refit(
    model: Additive, codes: Sequence[CodeArray], target: FloatArray, offset: FloatArray, *, share: float
) -> Additive:
    """Return the fit to a share of the rows that a model was fitted to, such as all folds but one.

    The information is taken for that share of the model's, so that no cross products are needed: the chord
    method, whose error shrinks by a factor of the order of √(p / rows) with each of its steps. Covariances
    stay those of the model.

    Args:
        model: fitted to all rows.
        codes: of the share's rows, as for the model.
        target: of them.
        offset: of them.
        share: how much of all rows they are, in (0, 1].

    >>> codes = np.repeat([0, 1], 500).astype(np.int32)
    >>> target = np.tile([1.0, 1.0, 0.0, 0.0], 250)
    >>> half = np.arange(1000) % 4 < 3
    >>> model = fit_additive([np.eye(2)], [codes], target, np.zeros(1000))
    >>> fit = refit(model, [codes[half]], target[half], np.zeros(750), share=0.75)
    >>> fit.mean([codes[:1]], np.zeros(1)).round(2)
    array([0.67])
    """
    coded = _with_intercept(codes, len(target))
    penalty, now = _penalty(model.bases, model.ridge), model.coefficients
    for _ in range(_CHORDS):
        mean = _mean(model.family, _linear(model.bases, coded, now, offset))
        score = _score(model.bases, coded, target - mean) - penalty * now
        now = now + model.inverse @ score / share
    return replace(model, coefficients=now)


def _penalty(bases: Sequence[FloatArray], ridge: float) -> FloatArray:
    penalty = np.full(sum(base.shape[1] for base in bases), ridge)
    penalty[0] = 1e-6
    return penalty


def gram(bases: Sequence[FloatArray], codes: Sequence[CodeArray], weights: FloatArray) -> FloatArray:
    """Return the weighted cross products of the design, XᵀWX, by sums over pairs of codes; shape (p, p)."""
    ends = np.cumsum([0, *(base.shape[1] for base in bases)])
    full = np.zeros((ends[-1], ends[-1]))
    for i, (one, left) in enumerate(zip(bases, codes, strict=True)):
        for j in range(i, len(bases)):
            other = bases[j]
            k = len(other)
            if i == j:
                sums = np.bincount(left, weights, minlength=len(one))
                block = (one * sums[:, None]).T @ one
            else:
                cells = np.bincount(left * np.int32(k) + codes[j], weights, minlength=len(one) * k)
                block = one.T @ cells.reshape(len(one), k) @ other
            full[ends[i] : ends[i + 1], ends[j] : ends[j + 1]] = block
            full[ends[j] : ends[j + 1], ends[i] : ends[i + 1]] = block.T
    return full


def _with_intercept(codes: Sequence[CodeArray], rows: int) -> tuple[CodeArray, ...]:
    return (np.zeros(rows, dtype=np.int32), *codes)


def _linear(
    bases: Sequence[FloatArray], codes: Sequence[CodeArray], coefficients: FloatArray, offset: FloatArray
) -> FloatArray:
    total, at = offset.copy(), 0
    for base, code in zip(bases, codes, strict=True):
        width = base.shape[1]
        total += (base @ coefficients[at : at + width])[code]
        at += width
    return total


def _score(bases: Sequence[FloatArray], codes: Sequence[CodeArray], weights: FloatArray) -> FloatArray:
    return np.concatenate(
        [
            base.T @ np.bincount(code, weights, minlength=len(base))
            for base, code in zip(bases, codes, strict=True)
        ]
    )


def _mean(family: Family, linear: FloatArray) -> FloatArray:
    if family == "logistic":
        return np.asarray(0.5 + 0.5 * np.tanh(linear / 2), dtype=np.float64)
    return np.asarray(np.exp(np.clip(linear, -700, 700)), dtype=np.float64)


def _deviance(family: Family, linear: FloatArray, target: FloatArray) -> float:
    """Return minus the log-likelihood, up to what does not depend on the model."""
    if family == "logistic":
        softplus = np.maximum(linear, 0.0) + np.log1p(np.exp(-np.abs(linear)))
        return float(softplus.sum() - target @ linear)
    return float(_mean(family, linear).sum() - target @ linear)
