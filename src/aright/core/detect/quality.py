"""How right the answers were: measured where there are labels, estimated from calibrated scores where not.

The estimate is confidence-based: in each band of scores the share of right answers is taken to be what it was
in the reference. It holds as long as scores mean what they meant; a change of the concept it cannot see.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import erfc, isnan, sqrt
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.investigation import Quality
from aright.core.stats.ranking_quality import auc
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    import numpy.typing as npt

BANDS: Final = 50
MOST_CLASSES: Final = 100
_Z95: Final = 1.96


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
        ``None`` where the reference's are numbers and these are not.
    """
    columns = [each for each in (current.prediction, current.label) if each is not None]
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


def estimated_rightness(reference: Answers, current: Answers) -> npt.NDArray[np.float64] | None:
    """Return how right each current answer probably was, read from its score; ``None`` where that cannot be.

    Within each answered class, the reference's scores are cut into up to 50 bands of equal size.
    """
    if reference.label is None or reference.score is None or current.score is None or not reference.classes:
        return None
    right = rightness(reference, 1.0)
    before, now = _floats(reference.score), _floats(current.score)
    answered, answering = _as_texts(reference.prediction), _as_texts(current.prediction)
    usable = np.isfinite(right) & np.isfinite(before)
    if usable.sum() < 10 * BANDS:
        return None
    guess = np.full(len(now), float(right[usable].mean()))
    for answer in np.unique(answered[usable]):
        mine, theirs = usable & (answered == answer), (answering == answer) & np.isfinite(now)
        if mine.sum() < 2 * BANDS or not theirs.any():
            continue
        edges = np.unique(np.quantile(before[mine], np.arange(1, BANDS) / BANDS))
        bands = np.searchsorted(edges, before[mine])
        counts = np.bincount(bands, minlength=len(edges) + 1)
        sums = np.bincount(bands, right[mine], minlength=len(edges) + 1)
        means = np.divide(sums, counts, out=np.full(len(counts), right[mine].mean()), where=counts > 0)
        guess[theirs] = means[np.searchsorted(edges, now[theirs])]
    return guess


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
        found.append(_of_errors("AUC", "up", areas[0], areas[1], tested=True))
    harmonic = [_f1(answers, positive) for answers in (reference, current)]
    if harmonic[0] is not None and harmonic[1] is not None:
        one, two = harmonic[0], harmonic[1]
        found.append(msgspec.structs.replace(_quality("F1", "up", one, two, 1.0), tested=False))
    return found


def estimated(reference: npt.NDArray[np.float64], guess: npt.NDArray[np.float64]) -> Quality:
    """Return the estimated accuracy beside the reference's measured one; it is not tested, only shown."""
    known = reference[np.isfinite(reference)]
    before = wilson(len(known), float(known.sum()))
    now = wilson(len(guess), float(guess.sum()))
    return Quality(
        metric="accuracy",
        better="up",
        before=float(known.mean()),
        before_low=before.low,
        before_high=before.high,
        now=float(guess.mean()),
        now_low=now.low,
        now_high=now.high,
        p_value=_two_sided(_gap(known, guess)),
        estimated=True,
    )


def _accuracy(before: npt.NDArray[np.float64], now: npt.NDArray[np.float64]) -> Quality:
    one, two = before[np.isfinite(before)], now[np.isfinite(now)]
    first, second = wilson(len(one), float(one.sum())), wilson(len(two), float(two.sum()))
    return _quality(
        "accuracy",
        "up",
        (float(one.mean()), first.low, first.high),
        (float(two.mean()), second.low, second.high),
        _two_sided(_gap(one, two)),
    )


def _gap(one: npt.NDArray[np.float64], two: npt.NDArray[np.float64]) -> float:
    spread = sqrt(one.var() / max(len(one), 1) + two.var() / max(len(two), 1))
    return float((two.mean() - one.mean()) / spread) if spread else 0.0


def _mean_error(reference: Answers, current: Answers) -> Quality:
    pairs = []
    for answers in (reference, current):
        distance = _distance(answers)
        known = distance[np.isfinite(distance)]
        pairs.append((float(known.mean()), float(known.std() / sqrt(len(known)))))
    return _of_errors("mean absolute error", "down", pairs[0], pairs[1], tested=True)


def _of_errors(
    metric: str, better: str, before: tuple[float, float], now: tuple[float, float], *, tested: bool
) -> Quality:
    spread = sqrt(before[1] ** 2 + now[1] ** 2)
    p_value = _two_sided((now[0] - before[0]) / spread) if tested and spread else 1.0
    one, two = ((value, value - _Z95 * error, value + _Z95 * error) for value, error in (before, now))
    return _quality(metric, better, one, two, p_value)


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


def _area(answers: Answers, positive: str) -> tuple[float, float] | None:
    if answers.score is None or answers.label is None:
        return None
    score, label = _floats(answers.score), _as_texts(answers.label)
    known = np.isfinite(score) & np.asarray(answers.label.is_valid())
    found = auc(score[known], label[known] == positive)
    return (found.area, found.error) if found else None


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


def _two_sided(z: float) -> float:
    return erfc(abs(z) / sqrt(2))
