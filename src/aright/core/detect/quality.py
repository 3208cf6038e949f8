"""How right the answers were, measured by their labels."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf, isnan, sqrt
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.investigation import Quality
from aright.core.stats.fisher import fisher_exact
from aright.core.stats.ranking_quality import Auc, auc, auc_interval, auc_p
from aright.core.stats.student import Sample, means_p, sample_of, student_quantile
from aright.core.stats.wilson import Interval, wilson

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_CLASSES: Final = 100
FEWEST_ANSWERS: Final = 10
"""Of answers known to be right or wrong, on either side; fewer are shown with their interval, not tested."""


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers of one table.

    Attributes:
        prediction: the answer given; shape (rows,).
        label: the truth, with nulls where it is not known; ``None`` for no column.
        score: the probability behind the answer; ``None`` for no column.
        classes: whether answers are classes; otherwise they are numbers.
    """

    prediction: pa.ChunkedArray
    label: pa.ChunkedArray | None
    score: pa.ChunkedArray | None
    classes: bool


def answers_of(
    prediction: pa.ChunkedArray, label: pa.ChunkedArray | None, score: pa.ChunkedArray | None
) -> Answers:
    """Return a table's answers; truth values are written as 0 and 1 where the other side is a number.

    >>> said, true = pa.chunked_array([[1, 0]]), pa.chunked_array([[True, False]])
    >>> answers = answers_of(said, true, None)
    >>> rightness(answers, 1.0).tolist()
    [1.0, 1.0]
    """
    if label is not None:
        prediction, label = _as_number(prediction, label), _as_number(label, prediction)
    return Answers(prediction=prediction, label=label, score=score, classes=are_classes(prediction, label))


def _as_number(column: pa.ChunkedArray, other: pa.ChunkedArray) -> pa.ChunkedArray:
    number = pa.types.is_integer(other.type) or pa.types.is_floating(other.type)
    return column.cast(pa.int8()) if number and pa.types.is_boolean(column.type) else column


def like(reference: Answers, current: Answers) -> Answers | None:
    """Return the current answers, taken for classes or for numbers as the reference's are.

    Returns:
        ``None`` where answers are numbers on one side and not on another.
    """
    both = (reference.prediction, reference.label, current.prediction, current.label)
    columns = [each for each in both if each is not None]
    if not reference.classes and not all(_are_numbers(each) for each in columns):
        return None
    return replace(current, classes=reference.classes)


def _are_numbers(column: pa.ChunkedArray) -> bool:
    kind = column.type
    return bool(
        pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_null(kind)
    )


def are_classes(prediction: pa.ChunkedArray, label: pa.ChunkedArray | None) -> bool:
    """Return whether answers are classes: texts, truth values, or few whole numbers."""
    column = prediction if label is None else label
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        values = [float(value) for value in column.drop_null().unique().to_pylist()]
        known = [value for value in values if not isnan(value)]
        return len(known) <= 20 and all(value.is_integer() for value in known)
    if pa.types.is_integer(column.type):
        return len(column.unique()) <= MOST_CLASSES
    return True


def rightness(answers: Answers, scale: float) -> npt.NDArray[np.float64]:
    """Return how right each answer was, in [0, 1]; NaN where the label is not known; shape (rows,).

    A class is right or wrong; a number loses by its distance from the truth over ``scale``, at most all.
    """
    if answers.label is None:
        return np.full(len(answers.prediction), np.nan)
    if answers.classes:
        same = pc.equal(class_texts(answers.prediction), class_texts(answers.label))
        return np.asarray(pc.fill_null(same.cast(pa.float64()), np.nan), dtype=np.float64)
    return 1.0 - np.clip(_distance(answers) / scale, 0.0, 1.0)


def scale_of(answers: Answers) -> float:
    """Return what counts as a wholly wrong number: four median distances from the truth in the reference."""
    if answers.classes or answers.label is None:
        return 1.0
    distance = _distance(answers)
    known = distance[np.isfinite(distance)]
    return float(4 * np.median(known)) or 1.0 if len(known) else 1.0


def measures(
    reference: Answers, current: Answers, right: tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
) -> list[Quality]:
    """Return measured qualities with their p-values, not yet corrected.

    Args:
        reference: with labels.
        current: with labels.
        right: ``rightness`` of both.
    """
    if not reference.classes:
        return [_mean_error(reference, current)]
    found = [_accuracy(*right)]
    positive = _positive(reference)
    if positive is None:
        return found
    areas = [_area(answers, positive) for answers in (reference, current)]
    if areas[0] is not None and areas[1] is not None:
        found.append(_ranking(areas[0], areas[1]))
    harmonic = [_f1(answers, positive) for answers in (reference, current)]
    if harmonic[0] is not None and harmonic[1] is not None:
        one, two = harmonic[0], harmonic[1]
        found.append(msgspec.structs.replace(_quality("F1", "up", one, two, 1.0), tested=False))
    return found


def unmeasured(reference: Answers, current: Answers) -> str:
    """Return why there is no AUC though there are classes and scores; empty where no word is needed.

    >>> labels = [pa.chunked_array([each]) for each in ([0, 1], [1, 1])]
    >>> said, score = pa.chunked_array([[0, 1]]), pa.chunked_array([[0.1, 0.9]])
    >>> unmeasured(*(answers_of(said, label, score) for label in labels))
    'AUC needs two classes: the current labels have only one'
    """
    sides = (("the reference's labels", reference), ("the current labels", current))
    if not reference.classes or any(each.score is None or each.label is None for _, each in sides):
        return ""
    for name, each in sides:
        classes = len(class_texts(each.label).drop_null().unique())
        if classes != 2:
            return f"AUC needs two classes: {name} have {'only one' if classes == 1 else classes or 'none'}"
    return ""


def _accuracy(before: npt.NDArray[np.float64], now: npt.NDArray[np.float64]) -> Quality:
    sides = [each[np.isfinite(each)] for each in (before, now)]
    (n, hits), (m, hits_now) = ((len(each), int(each.sum())) for each in sides)
    limits = wilson(n, hits), wilson(m, hits_now)
    found = _quality(
        "accuracy",
        "up",
        (hits / n, *limits[0]),
        (hits_now / m, *limits[1]),
        fisher_exact(hits, n, hits_now, m),
    )
    return found if min(n, m) >= FEWEST_ANSWERS else _untested(found)


def _mean_error(reference: Answers, current: Answers) -> Quality:
    distances = (_distance(answers) for answers in (reference, current))
    one, two = (sample_of(each[np.isfinite(each)]) for each in distances)
    limits = _mean_interval(one, one), _mean_interval(two, one)
    found = _quality(
        "mean absolute error", "down", (one.mean, *limits[0]), (two.mean, *limits[1]), means_p(one, two)
    )
    return found if min(one.n, two.n) >= FEWEST_ANSWERS else _untested(found)


def _mean_interval(sample: Sample, reference: Sample) -> Interval:
    """Return the 95 % interval of a mean distance; one value alone has the reference's spread."""
    own = sample if sample.n > 1 else reference
    if own.n < 2:
        return Interval(0.0, inf)
    half = student_quantile(own.n - 1) * sqrt(own.variance / sample.n)
    return Interval(max(sample.mean - half, 0.0), sample.mean + half)


def _ranking(one: Auc, two: Auc) -> Quality:
    limits = auc_interval(one), auc_interval(two)
    found = _quality("AUC", "up", (one.area, *limits[0]), (two.area, *limits[1]), auc_p(one, two))
    fewest = min(one.hits, one.misses, two.hits, two.misses)
    return found if fewest >= FEWEST_ANSWERS else _untested(found)


def _untested(found: Quality) -> Quality:
    return msgspec.structs.replace(found, tested=False, p_value=1.0)


def _quality(
    metric: str,
    better: str,
    before: tuple[float, float, float],
    now: tuple[float, float, float],
    p_value: float,
) -> Quality:
    return Quality(
        metric=metric,
        better=better,
        before=before[0],
        before_low=before[1],
        before_high=before[2],
        now=now[0],
        now_low=now[1],
        now_high=now[2],
        p_value=p_value,
    )


def _positive(reference: Answers) -> str | None:
    """Return which of two classes is the positive one: the later in order, such as 1 or "yes"."""
    if reference.label is None:
        return None
    values = sorted(value for value in class_texts(reference.label).unique().to_pylist() if value is not None)
    return values[-1] if len(values) == 2 else None


def _area(answers: Answers, positive: str) -> Auc | None:
    if answers.score is None or answers.label is None:
        return None
    score, label = _floats(answers.score), _as_texts(answers.label)
    known = np.isfinite(score) & np.asarray(answers.label.is_valid())
    return auc(score[known], label[known] == positive)


def _f1(answers: Answers, positive: str) -> tuple[float, float, float] | None:
    """Return F1 with its interval: a function of TP / (TP + FP + FN), which is a share."""
    if answers.label is None:
        return None
    known = np.asarray(answers.label.is_valid())
    said = _as_texts(answers.prediction)[known] == positive
    true = _as_texts(answers.label)[known] == positive
    hits, any_of = int((said & true).sum()), int((said | true).sum())
    if not any_of:
        return None
    limits = wilson(any_of, hits)
    return _harmonic(hits / any_of), _harmonic(limits.low), _harmonic(limits.high)


def _harmonic(share: float) -> float:
    return 2 * share / (1 + share)


def class_texts(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return classes as text, whole numbers without a point; NaN is no class.

    >>> class_texts(pa.chunked_array([[1.0, float("nan"), None]])).to_pylist()
    ['1', None, None]
    """
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.is_finite(column), column, None)
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        column = column.cast(pa.int64(), safe=False)
    return column.cast(pa.string())


def _as_texts(column: pa.ChunkedArray) -> npt.NDArray[np.str_]:
    return np.asarray(pc.fill_null(class_texts(column), "").to_pylist(), dtype=np.str_)


def _floats(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    return np.asarray(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan), dtype=np.float64)


def _distance(answers: Answers) -> npt.NDArray[np.float64]:
    label = answers.label
    if label is None:
        return np.full(len(answers.prediction), np.nan)
    return np.abs(_floats(answers.prediction) - _floats(label))
