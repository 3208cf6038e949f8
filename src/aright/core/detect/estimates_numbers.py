"""Estimates for regressors: how large the error must be, learned from the prediction and the features.

Direct loss estimation: |error| and error² of the reference are regressed on what is known of a row, with a
log link, and summed over the window. Source: NannyML's documentation of DLE; here the model is additive, so
that its own uncertainty is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.detect.estimates import Columns, Expected, Measure, NoEstimate, Source
from aright.core.detect.estimates_columns import coder_of, numbers_of, term_of
from aright.core.stats.additive import fit_additive, refit
from aright.core.stats.calibration import FOLDS, MOST_COLUMNS
from aright.core.stats.expected_metrics import Metric, mean_loss, root_mean_loss

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from aright.core.detect.estimates_columns import CategoryCoder, NumberCoder
    from aright.core.stats.additive import Additive, FloatArray
    from aright.core.stats.calibration import Term

FEWEST_ROWS: Final = 50
_ROWS_PER_COEFFICIENT: Final = 10
_MEASURES: Final[dict[str, Callable[[FloatArray], Metric]]] = {"MAE": mean_loss, "RMSE": root_mean_loss}


@dataclass(frozen=True, kw_only=True)
class Loss:
    """What a reference taught of one kind of loss.

    Attributes:
        columns: which columns.
        metric: ``MAE`` of absolute errors or ``RMSE`` of squared ones.
        coders: how the columns of the model are coded; none for a constant.
        model: the expected loss, in units of ``scale``.
        scale: the reference's mean loss.
        spread: variance of a loss over its squared expectation.
    """

    columns: Columns
    metric: str
    coders: tuple[tuple[str, NumberCoder | CategoryCoder], ...]
    model: Additive
    scale: float
    spread: float

    def expect(self, window: pa.Table) -> Expected | NoEstimate:
        """Return the loss of each row, which needs no label."""
        if self.columns.prediction not in window.column_names:
            return NoEstimate("the rows have no predictions")
        n = window.num_rows
        missing = np.zeros(n, dtype=np.int32)
        codes = [
            coder.codes(window[name]) if name in window.column_names else missing
            for name, coder in self.coders
        ]
        mean = self.scale * self.model.mean(codes, np.zeros(n))
        source = Source(self.model, codes, lambda influence: influence[:, 0] * mean)
        measure = Measure(self.metric, "down", share=False, of=partial(_one, _MEASURES[self.metric]))
        return Expected(
            mean=mean[:, None], variance=self.spread * mean**2, sources=(source,), measures=(measure,)
        )

    def truth(self, window: pa.Table) -> FloatArray:
        """Return the losses; NaN where there is no label; shape (rows, 1)."""
        return _losses(window, self.columns, self.metric)[:, None]


def learn_loss(reference: pa.Table, columns: Columns, metric: str) -> Loss | NoEstimate:
    """Return what a reference with labels teaches of a regressor's loss, or why it teaches nothing.

    Args:
        reference: with the columns named.
        columns: the scores' names are not looked at.
        metric: ``MAE`` or ``RMSE``.
    """
    if not {columns.label, columns.prediction} <= {*reference.column_names}:
        return NoEstimate("the reference has no labels, or no predictions")
    losses = _losses(reference, columns, metric)
    known = reference.filter(np.isfinite(losses))
    losses = losses[np.isfinite(losses)]
    if len(losses) < FEWEST_ROWS:
        return NoEstimate(
            f"the reference has {len(losses)} rows with prediction and label, and {FEWEST_ROWS} are needed"
        )
    scale = float(losses.mean())
    if scale <= 0:
        return NoEstimate("the reference has no error at all to learn from")
    names = [columns.prediction, *(name for name in columns.features if name in known.column_names)]
    coders = [(name, coder) for name in names if (coder := coder_of(known[name])) is not None]
    terms = [term_of(coder, known[name]) for name, coder in coders]
    chosen, model = _best(terms, losses / scale)
    picked = tuple(coders[index] for index in chosen)
    mean = model.mean([terms[index].codes for index in chosen], np.zeros(len(losses)))
    spread = float(((losses / scale / np.maximum(mean, 1e-9) - 1) ** 2).mean())
    return Loss(columns=columns, metric=metric, coders=picked, model=model, scale=scale, spread=spread)


def _best(terms: list[Term], target: FloatArray) -> tuple[list[int], Additive]:
    """Return which terms predict held-out rows better than their mean does, none or all, and the fit."""
    nothing = np.zeros(len(target))
    constant = fit_additive([], [], target, nothing, family="log")
    chosen = sorted(sorted(range(len(terms)), key=lambda index: -_told(terms[index], target))[:MOST_COLUMNS])
    bases = [terms[index].basis for index in chosen]
    codes = [terms[index].codes for index in chosen]
    if not chosen or len(target) < _ROWS_PER_COEFFICIENT * sum(base.shape[1] for base in bases):
        return [], constant
    model = fit_additive(bases, codes, target, nothing, family="log")
    fold = np.arange(len(target)) % FOLDS
    loss = np.zeros(2)
    for each in range(FOLDS):
        rest, out = fold != each, fold == each
        part = [code[rest] for code in codes]
        fit = refit(model, part, target[rest], nothing[rest], share=rest.mean())
        guesses = (
            fit.mean([code[out] for code in codes], nothing[out]),
            np.full(out.sum(), target[rest].mean()),
        )
        loss += [_deviance(guess, target[out]) for guess in guesses]
    return (chosen, model) if loss[0] < loss[1] else ([], constant)


def _deviance(guess: FloatArray, target: FloatArray) -> float:
    return float((guess - target * np.log(np.maximum(guess, 1e-300))).sum())


def _told(term: Term, target: FloatArray) -> float:
    """Return the F statistic of a column's codes, to choose from very many columns."""
    sizes = np.bincount(term.codes, minlength=len(term.basis))
    seen = sizes > 0
    sums = np.bincount(term.codes, target, minlength=len(term.basis))[seen]
    between = float((sums**2 / sizes[seen]).sum() - target.sum() ** 2 / len(target))
    return between / max(int(seen.sum()) - 1, 1)


def _losses(table: pa.Table, columns: Columns, metric: str) -> FloatArray:
    error = numbers_of(table[columns.prediction]) - numbers_of(table[columns.label])
    return np.abs(error) if metric == "MAE" else error**2


def _one(function: Callable[[FloatArray], Metric], losses: FloatArray) -> Metric:
    value, influence = function(losses[:, 0])
    return Metric(value, influence[:, None])
