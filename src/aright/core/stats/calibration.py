"""Calibrating a score: the probability that its scores, or its scores and the rows' features, really mean.

Three ever richer models are tried and the one whose probabilities of held-out rows were best is kept: Platt's
line through the score's logit, a curve of it, and the curve with the features. With features the
calibration moves as the traffic does; from the score alone it stays what it was on average.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np

from aright.core.stats.additive import Additive, CodeArray, FloatArray, fit_additive, refit

if TYPE_CHECKING:
    from collections.abc import Sequence

Method: TypeAlias = Literal["raw", "line", "curve", "features"]

FOLDS: Final = 4
MOST_COLUMNS: Final = 24
FEWEST_PER_COLUMN: Final = 10
"""Rows of the rarer label per coefficient that a model must have to be tried (Peduzzi et al., 1996)."""
_LEAST = 1e-4
_SCORE_BINS: Final = 128
_KNOTS: Final = (0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True, kw_only=True)
class Term:
    """A column as codes.

    Attributes:
        codes: one per row; shape (rows,).
        basis: what each code contributes; shape (codes, basis columns).
    """

    codes: CodeArray
    basis: FloatArray


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What scores mean.

    Attributes:
        method: which model held-out rows chose.
        model: the model; ``None`` for scores that are taken as they are.
        edges: of the score's logit, between its codes; shape (codes - 2,).
        chosen: which of the features' terms the model has.
        base: the logit that a row without a score starts from.
        held_out: probabilities of the rows it was fitted on, each from a fit without it; shape (rows,).
        losses: mean log loss of held-out rows by method.
    """

    method: Method
    model: Additive | None
    edges: FloatArray
    chosen: tuple[int, ...]
    base: float
    held_out: FloatArray
    losses: dict[Method, float]

    def codes(self, score: FloatArray, features: Sequence[CodeArray]) -> list[CodeArray]:
        """Return the rows' codes for the model, the score's first."""
        if self.model is None:
            return []
        return [_score_codes(score, self.edges), *(features[index] for index in self.chosen)]

    def offset(self, score: FloatArray) -> FloatArray:
        """Return the rows' logits; shape (rows,)."""
        return _offset(score, self.base)

    def probability(self, score: FloatArray, features: Sequence[CodeArray] = ()) -> FloatArray:
        """Return the probability of each row.

        Args:
            score: in [0, 1], NaN for none; shape (rows,).
            features: codes of all features' terms, in the order of the fit.
        """
        offset = self.offset(score)
        if self.model is None:
            return np.asarray(0.5 + 0.5 * np.tanh(offset / 2), dtype=np.float64)
        return self.model.mean(self.codes(score, features), offset)


def calibrate(score: FloatArray, label: FloatArray, features: Sequence[Term] = ()) -> Calibration:
    """Return the calibration that predicted held-out rows best.

    Every fourth row is held out in turn. A model is tried only where there are ten rows of the rarer label
    for each coefficient of it; scores are taken as they are only where labels are too few for a line. Of very
    many features the 24 that the score leaves most to explain are looked at.

    Args:
        score: in [0, 1], NaN for none; shape (rows,).
        label: 0 or 1; shape (rows,).
        features: what else is known of the rows.

    Raises:
        ValueError: for scores outside of [0, 1].

    Sources: J. Platt, Probabilistic outputs for support vector machines (1999); A. Niculescu-Mizil and
    R. Caruana, Predicting good probabilities with supervised learning, ICML (2005).

    >>> rng = np.random.default_rng(7)
    >>> score = rng.random(4_000)
    >>> label = (rng.random(4_000) < score**2).astype(float)  # scores promise too much
    >>> found = calibrate(score, label)
    >>> found.method != "raw", found.probability(np.array([0.3, 0.9])).round(1)
    (True, array([0.1, 0.8]))
    """
    check_scores(score)
    base = _logit(np.array([(label.sum() + 0.5) / (len(label) + 1)]))[0]
    offset = _offset(score, float(base))
    edges = _edges(offset[np.isfinite(score)])
    coded = _score_codes(score, edges)
    line, curve = _score_bases(offset, coded, len(edges) + 2)
    screened = _screen(coded, len(edges) + 2, label, features)
    trials: list[tuple[Method, list[Term]]] = [
        ("line", [Term(codes=coded, basis=line)]),
        ("curve", [Term(codes=coded, basis=curve)]),
    ]
    if screened:
        wide = [Term(codes=coded, basis=curve), *(features[index] for index in screened)]
        trials.append(("features", wide))
    raw = 0.5 + 0.5 * np.tanh(offset / 2)
    best = Calibration(
        method="raw",
        model=None,
        edges=edges,
        chosen=(),
        base=float(base),
        held_out=raw,
        losses={"raw": _log_loss(raw, label)},
    )
    losses = dict(best.losses)
    rarer = min(label.sum(), len(label) - label.sum())
    for method, terms in trials:
        width = sum(term.basis.shape[1] for term in terms)
        if rarer < FEWEST_PER_COLUMN * width:
            continue
        model, held_out = _cross_fit(terms, label, offset)
        losses[method] = _log_loss(held_out, label)
        # A line begins at the scores as they are, and says how well it is known: it goes before them.
        if best.model is None or losses[method] < losses[best.method]:
            chosen = tuple(screened) if method == "features" else ()
            best = Calibration(
                method=method,
                model=model,
                edges=edges,
                chosen=chosen,
                base=float(base),
                held_out=held_out,
                losses=losses,
            )
    return best


def check_scores(score: FloatArray) -> None:
    """Raise ``ValueError`` for scores that are no probabilities."""
    known = score[~np.isnan(score)]
    if len(known) and (known.min() < 0 or known.max() > 1):
        raise ValueError(
            f"scores must be probabilities in [0, 1], but reach from {known.min():g} to {known.max():g}: "
            "give the model's probabilities, or turn margins into them (1 / (1 + exp(-margin)))"
        )


def _cross_fit(terms: Sequence[Term], label: FloatArray, offset: FloatArray) -> tuple[Additive, FloatArray]:
    """Return the fit on all rows, and each row's probability by a fit without its quarter."""
    bases, codes = [term.basis for term in terms], [term.codes for term in terms]
    model = fit_additive(bases, codes, label, offset)
    fold = np.arange(len(label)) % FOLDS
    held_out = np.empty(len(label))
    for each in range(FOLDS):
        rest, out = fold != each, fold == each
        part = [code[rest] for code in codes]
        fit = refit(model, part, label[rest], offset[rest], share=rest.mean())
        held_out[out] = fit.mean([code[out] for code in codes], offset[out])
    return model, held_out


def _screen(coded: CodeArray, codes: int, label: FloatArray, features: Sequence[Term]) -> list[int]:
    """Return which features the score leaves something to explain for, at most ``MOST_COLUMNS``, in order."""
    usable = [index for index, term in enumerate(features) if len(term.basis) > 1 and term.basis.shape[1]]
    if len(usable) <= MOST_COLUMNS:
        return usable
    sizes = np.bincount(coded, minlength=codes)
    mean = np.bincount(coded, label, minlength=codes) / np.maximum(sizes, 1)
    residual = label - mean[coded]
    spread = (mean * (1 - mean))[coded]
    weight = {index: _chi_square(features[index], residual, spread) for index in usable}
    return sorted(sorted(usable, key=lambda index: -weight[index])[:MOST_COLUMNS])


def _chi_square(term: Term, residual: FloatArray, spread: FloatArray) -> float:
    """Return χ² per degree of freedom of what is left in a column's codes."""
    left = np.bincount(term.codes, residual, minlength=len(term.basis))
    noise = np.bincount(term.codes, spread, minlength=len(term.basis))
    seen = noise > 1
    return float((left[seen] ** 2 / noise[seen]).sum() / max(seen.sum() - 1, 1))


def _edges(logits: FloatArray) -> FloatArray:
    if not len(logits):
        return np.empty(0)
    values = np.unique(logits)
    if len(values) <= _SCORE_BINS:
        return np.asarray((values[1:] + values[:-1]) / 2, dtype=np.float64)
    return np.unique(np.quantile(logits, np.arange(1, _SCORE_BINS) / _SCORE_BINS))


def _score_codes(score: FloatArray, edges: FloatArray) -> CodeArray:
    """Return 0 for no score, else 1 + the bin of its logit."""
    codes = np.searchsorted(edges, _offset(score, 0.0), side="right").astype(np.int32) + 1
    return np.where(np.isnan(score), 0, codes).astype(np.int32)


def _score_bases(offset: FloatArray, coded: CodeArray, codes: int) -> tuple[FloatArray, FloatArray]:
    """Return the bases of the line and of the curve; the last column tells rows without a score."""
    sizes = np.bincount(coded, minlength=codes)
    logits = np.bincount(coded, offset, minlength=codes) / np.maximum(sizes, 1)
    missing = np.zeros(codes)
    missing[0] = 1.0
    line = np.where(missing, 0.0, logits)
    known = offset[coded > 0]
    knots = np.unique(np.quantile(known, _KNOTS)) if len(known) else np.empty(0)
    hinges = [np.where(missing, 0.0, np.maximum(logits - knot, 0.0)) for knot in knots]
    extra = [missing] if sizes[0] else []
    return np.stack([line, *extra], axis=1), np.stack([line, *hinges, *extra], axis=1)


def _offset(score: FloatArray, base: float) -> FloatArray:
    return np.where(np.isnan(score), base, _logit(np.where(np.isnan(score), 0.5, score)))


def _logit(probability: FloatArray) -> FloatArray:
    clipped = np.clip(probability, _LEAST, 1 - _LEAST)
    return np.asarray(np.log(clipped / (1 - clipped)), dtype=np.float64)


def _log_loss(probability: FloatArray, label: FloatArray) -> float:
    clipped = np.clip(probability, 1e-12, 1 - 1e-12)
    return float(-(label * np.log(clipped) + (1 - label) * np.log(1 - clipped)).mean())
