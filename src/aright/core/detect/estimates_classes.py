"""Estimates for classifiers: two classes by one score, more by a score each or by the answer's confidence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow.compute as pc

from aright.core.detect.estimates import Columns, Expected, Measure, NoEstimate, Source
from aright.core.detect.estimates_columns import coder_of, numbers_of, term_of, texts_of
from aright.core.stats.calibration import calibrate, check_scores
from aright.core.stats.expected_metrics import BINARY, Metric, many_accuracy, many_f1

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from aright.core.detect.estimates_columns import CategoryCoder, NumberCoder
    from aright.core.stats.additive import CodeArray, FloatArray
    from aright.core.stats.calibration import Calibration, Term

MOST_CLASSES: Final = 20
FEWEST_OF_A_LABEL: Final = 30
"""Rows of the reference, of either label; a line through the scores needs as many."""
_CONFIDENT = 0.98


@dataclass(frozen=True, kw_only=True)
class Classifier:
    """What a reference taught of a classifier.

    Attributes:
        columns: which columns.
        classes: whose probability is estimated: the positive one, all of many, or none where the target is
            whether the answer was right.
        confidence: whether the score is the confidence in the answer.
        coders: how the features and the answer are coded.
        calibrations: one per estimated probability.
    """

    columns: Columns
    classes: tuple[str, ...]
    confidence: bool
    coders: tuple[tuple[str, NumberCoder | CategoryCoder], ...]
    calibrations: tuple[Calibration, ...]

    def expect(self, window: pa.Table) -> Expected | NoEstimate:
        """Return the probability of each class for rows that need no label.

        Raises:
            ValueError: for scores outside of [0, 1].
        """
        scores = _scores(window, self.columns)
        if isinstance(scores, NoEstimate):
            return scores
        features = [_codes(coder, window, name) for name, coder in self.coders]
        said = texts_of(window[self.columns.prediction])
        if self.confidence and self.classes:
            scores = _turned(scores, _is(said, self.classes[0]))
        each = [cal.probability(scores[:, k], features) for k, cal in enumerate(self.calibrations)]
        mean = np.stack(each, axis=1)
        alone = mean.copy()
        if len(self.classes) > 1:
            mean /= np.maximum(mean.sum(axis=1, keepdims=True), 1e-12)
        sources = []
        for k, cal in enumerate(self.calibrations):
            if cal.model is not None:
                slope = partial(_slope, k, mean, alone)
                sources.append(Source(cal.model, cal.codes(scores[:, k], features), slope))
        return Expected(
            mean=mean, variance=None, sources=tuple(sources), measures=self._measures(said, scores)
        )

    def rightness(self, window: pa.Table) -> FloatArray | NoEstimate:
        """Return the probability that each answer is right; shape (rows,).

        Raises:
            ValueError: for scores outside of [0, 1].
        """
        expected = self.expect(window)
        if isinstance(expected, NoEstimate):
            return expected
        if not self.classes:
            return expected.mean[:, 0]
        said = texts_of(window[self.columns.prediction])
        answers = np.stack([_is(said, name) for name in self.classes], axis=1)
        if len(self.classes) == 1:
            return np.where(answers[:, 0] > 0, expected.mean[:, 0], 1 - expected.mean[:, 0])
        return np.asarray((expected.mean * answers).sum(axis=1), dtype=np.float64)

    def truth(self, window: pa.Table) -> FloatArray:
        """Return the labels, 0 or 1 in the shape of the expected ones; NaN where not known."""
        label = texts_of(window[self.columns.label])
        known = np.asarray(label.is_valid())[:, None]
        if self.classes:
            columns = [_is(label, name) for name in self.classes]
        else:
            columns = [_same(texts_of(window[self.columns.prediction]), label)]
        return np.where(known, np.stack(columns, axis=1), np.nan)

    def _measures(self, said: pa.ChunkedArray, scores: FloatArray) -> tuple[Measure, ...]:
        if not self.classes:
            return (Measure("accuracy", "up", share=True, of=_mean_of_one),)
        if len(self.classes) == 1:
            answer, score = _is(said, self.classes[0]), scores[:, 0]
            return tuple(
                Measure(
                    name,
                    "down" if name == "log loss" else "up",
                    share=name != "log loss",
                    of=partial(_binary, function, answer, score),
                )
                for name, function in BINARY.items()
            )
        answers = np.stack([_is(said, name) for name in self.classes], axis=1)
        return (
            Measure("accuracy", "up", share=True, of=lambda labels: many_accuracy(labels, answers)),
            Measure("macro F1", "up", share=True, of=lambda labels: many_f1(labels, answers)),
        )


def learn_classes(reference: pa.Table, columns: Columns) -> Classifier | NoEstimate:
    """Return what a reference with labels teaches, or why it teaches nothing.

    Rows without a label are left out. More than two classes with one score alone have an estimated accuracy
    only, the score being taken for the confidence in the answer.

    Raises:
        ValueError: for scores outside of [0, 1].
    """
    if columns.label not in reference.column_names:
        return NoEstimate("the reference has no labels")
    known = reference.filter(texts_of(reference[columns.label]).is_valid())
    scores = _scores(known, columns)
    if isinstance(scores, NoEstimate):
        return NoEstimate(scores.reason.replace("the rows have", "the reference has"))
    label, said = texts_of(known[columns.label]), texts_of(known[columns.prediction])
    classes = tuple(sorted(str(name) for name in pc.unique(label).to_pylist()))
    targets, wanted = _targets(label, said, classes, columns)
    if reason := _too_little(classes, columns, targets):
        return NoEstimate(reason)
    present = (name for name in (*columns.features, columns.prediction) if name in known.column_names)
    coders = tuple((name, coder) for name in present if (coder := coder_of(known[name])) is not None)
    terms = [term_of(coder, known[name]) for name, coder in coders]
    confidence, calibrations = _calibrated(scores, targets, terms, said, wanted)
    return Classifier(
        columns=columns,
        classes=wanted,
        confidence=confidence,
        coders=coders,
        calibrations=calibrations,
    )


def _too_little(classes: tuple[str, ...], columns: Columns, targets: list[FloatArray]) -> str:
    """Return why labels are too few to learn from; empty where they are not."""
    if not classes:
        return "the reference has no labels"
    if len(classes) < 2:
        return "the reference's labels have only one class"
    if len(columns.scores) > MOST_CLASSES:
        return f"there are scores of {len(columns.scores)} classes, and {MOST_CLASSES} are estimated at most"
    rarest = int(min(min(target.sum(), len(target) - target.sum()) for target in targets))
    if rarest < FEWEST_OF_A_LABEL:
        return f"the reference has {rarest} rows of its rarest label, and {FEWEST_OF_A_LABEL} are needed"
    return ""


def _targets(
    label: pa.ChunkedArray, said: pa.ChunkedArray, classes: tuple[str, ...], columns: Columns
) -> tuple[list[FloatArray], tuple[str, ...]]:
    """Return what is calibrated: the positive class, every class, or whether the answer is right."""
    if columns.scores:
        wanted = tuple(name for name, _ in columns.scores)
        return [_is(label, name) for name in wanted], wanted
    if len(classes) == 2:
        return [_is(label, classes[1])], (classes[1],)
    return [_same(said, label)], ()


def _calibrated(
    scores: FloatArray,
    targets: list[FloatArray],
    terms: list[Term],
    said: pa.ChunkedArray,
    wanted: tuple[str, ...],
) -> tuple[bool, tuple[Calibration, ...]]:
    """Return whether the one score of two classes is a confidence, and the calibrations."""
    if len(wanted) != 1:
        return not wanted, tuple(calibrate(scores[:, k], target, terms) for k, target in enumerate(targets))
    turned = _turned(scores, _is(said, wanted[0]))
    losses = [_rough_loss(each[:, 0], targets[0]) for each in (scores, turned)]
    confidence = losses[1] < _CONFIDENT * losses[0]
    return confidence, (calibrate((turned if confidence else scores)[:, 0], targets[0], terms),)


def _rough_loss(score: FloatArray, label: FloatArray) -> float:
    known = ~np.isnan(score)
    near = np.clip(score[known], 0.01, 0.99)
    return (
        float(-np.where(label[known] > 0, np.log(near), np.log(1 - near)).mean()) if known.any() else np.inf
    )


def _turned(scores: FloatArray, answer: FloatArray) -> FloatArray:
    """Return the positive class's probability from the confidence in the answer."""
    return np.where(answer[:, None] > 0, scores, 1 - scores)


def _scores(table: pa.Table, columns: Columns) -> FloatArray | NoEstimate:
    """Return the scores, shape (rows, 1 or classes), or why there are none."""
    if columns.prediction not in table.column_names:
        return NoEstimate("the rows have no predictions")
    names = [column for _, column in columns.scores] or [columns.score]
    absent = [name for name in names if name not in table.column_names]
    if absent:
        return NoEstimate("the rows have no scores" + (f": no column {absent[0]!r}" if absent[0] else ""))
    found = np.stack([numbers_of(table[name]) for name in names], axis=1)
    if 2 * np.isnan(found).any(axis=1).sum() > len(found):
        return NoEstimate(
            "most of the rows have no score" if not np.isnan(found).all() else "the rows have no scores"
        )
    for column in found.T:
        check_scores(column)
    return found


def _codes(coder: NumberCoder | CategoryCoder, window: pa.Table, name: str) -> CodeArray:
    """Return a column's codes; one that is gone is all missing."""
    if name not in window.column_names:
        return np.zeros(window.num_rows, dtype=np.int32)
    return coder.codes(window[name])


def _slope(k: int, mean: FloatArray, alone: FloatArray, influence: FloatArray) -> FloatArray:
    """Return a metric's derivative by each row's linear predictor of class ``k``."""
    if mean.shape[1] == 1:
        return influence[:, 0] * mean[:, 0] * (1 - mean[:, 0])
    centred = influence[:, k] - (influence * mean).sum(axis=1)
    return np.asarray(mean[:, k] * centred * (1 - alone[:, k]), dtype=np.float64)


def _binary(
    function: Callable[[FloatArray, FloatArray, FloatArray], Metric],
    answer: FloatArray,
    score: FloatArray,
    labels: FloatArray,
) -> Metric:
    value, influence = function(labels[:, 0], answer, score)
    return Metric(value, influence[:, None])


def _mean_of_one(right: FloatArray) -> Metric:
    return Metric(float(right.mean()), np.full_like(right, 1 / max(len(right), 1)))


def _is(column: pa.ChunkedArray, value: str) -> FloatArray:
    return np.asarray(pc.fill_null(pc.equal(column, value), False).to_numpy(), dtype=np.float64)


def _same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> FloatArray:
    return np.asarray(pc.fill_null(pc.equal(one, other), False).to_numpy(), dtype=np.float64)
