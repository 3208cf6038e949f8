"""The quality of rows without labels beside the measured one of their reference."""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, sqrt
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa

from aright.core.detect.estimates import Columns, NoEstimate, estimate
from aright.core.detect.estimates_classes import Classifier, learn_classes
from aright.core.detect.quality import FEWEST_ANSWERS, measures, rightness
from aright.core.stats.wilson import Z_95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.detect.estimates import Estimate
    from aright.core.detect.quality import Answers
    from aright.core.model.investigation import Quality
    from aright.core.stats.additive import FloatArray

_PREDICTION: Final = "prediction"
_LABEL: Final = "label"
_SCORE: Final = "score"


@dataclass(frozen=True, kw_only=True)
class Taught:
    """What a reference with labels taught of its answers.

    Attributes:
        classifier: its estimator.
        answers: the reference's.
        features: names of the features it looks at.
    """

    classifier: Classifier
    answers: Answers
    features: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Guess:
    """How right answers without labels must be.

    Attributes:
        right: how right each row probably is; shape (rows,).
        qualities: accuracy, and of two classes AUC and F1, with p-values not yet corrected.
    """

    right: FloatArray
    qualities: tuple[Quality, ...]


def taught_by(answers: Answers, table: pa.Table, features: Sequence[str]) -> Taught | NoEstimate:
    """Return what a reference teaches.

    Args:
        answers: the reference's, with labels.
        table: its rows.
        features: columns of it that are known of later rows, too.
    """
    if not answers.classes or answers.label is None:
        return NoEstimate("the reference has no labels of classes")
    columns = Columns(
        prediction=_PREDICTION,
        label=_LABEL,
        score="" if answers.score is None else _SCORE,
        features=tuple(_column(name) for name in features),
    )
    try:
        found = learn_classes(_rows(answers, table, features), columns)
    except ValueError as error:
        return NoEstimate(f"the reference's {error}")
    if isinstance(found, NoEstimate):
        return found
    return Taught(classifier=found, answers=answers, features=tuple(features))


def guess(taught: Taught, answers: Answers, table: pa.Table) -> Guess | NoEstimate:
    """Return how right answers without labels must be, and how sure it is that this has changed.

    A difference is judged by the errors of both sides: the estimate's own with the chance in its labels, and
    the measured one's.
    """
    rows = _rows(answers, table, taught.features)
    try:
        right = taught.classifier.rightness(rows)
        estimates = right if isinstance(right, NoEstimate) else estimate(taught.classifier, rows)
    except ValueError as error:
        return NoEstimate(f"the current rows' {error}")
    if isinstance(right, NoEstimate):
        return right
    if isinstance(estimates, NoEstimate):
        return estimates
    by_name = {one.metric: one for one in estimates}
    if taught.classifier.confidence:
        by_name.pop("AUC", None)  # measured by the score as it is, which then says another thing
    before = rightness(taught.answers, 1.0)
    known = measures(taught.answers, taught.answers, (before, before))
    return Guess(
        right=right,
        qualities=tuple(
            _beside(one, by_name[one.metric], len(right)) for one in known if one.metric in by_name
        ),
    )


def _beside(known: Quality, found: Estimate, rows: int) -> Quality:
    """Return a measured quality of the reference with the estimated one of the current rows beside it."""
    half = (known.before_high - known.before_low) / (2 * Z_95)
    error = sqrt(found.label_error**2 + found.calibration_error**2 + half**2)
    tested = known.tested and rows >= FEWEST_ANSWERS
    return msgspec.structs.replace(
        known,
        now=found.value,
        now_low=found.low,
        now_high=found.high,
        p_value=erfc(abs(found.value - known.before) / error / sqrt(2)) if tested and error else 1.0,
        tested=tested,
        estimated=True,
    )


def _rows(answers: Answers, table: pa.Table, features: Sequence[str]) -> pa.Table:
    """Return the columns that an estimate looks at, under names that no feature can take."""
    columns = {_column(name): table[name] for name in features if name in table.column_names}
    told = {_PREDICTION: answers.prediction, _LABEL: answers.label, _SCORE: answers.score}
    return pa.table({**columns, **{name: each for name, each in told.items() if each is not None}})


def _column(feature: str) -> str:
    return f"feature {feature}"
