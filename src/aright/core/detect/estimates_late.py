"""Labels that come late take the place of estimates, row by row, and correct those that are still without.

Early labels are seldom a random sample: a quick answer is another answer. So what labels say beyond the
estimate is weighted by how improbable a label was where it came, as a model of the missing ones tells
(augmented inverse probability weighting): right where either that model or the calibration is.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.detect.estimates import FEWEST_ROWS, NoEstimate, interval, model_variance
from aright.core.detect.estimates_columns import coder_of, term_of
from aright.core.stats.additive import fit_additive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import pyarrow as pa

    from aright.core.detect.estimates import Better, Estimator, Expected, Measure
    from aright.core.stats.additive import FloatArray

FEWEST_LABELS: Final = 10
"""For labels to say anything of the rows without one."""
_ROWS_PER_COEFFICIENT: Final = 10
_LEAST_CHANCE: Final = 0.01
_RIDGE: Final = 0.5
"""Light: what the model of missing labels shrinks away stays as bias."""
_CONTRADICTION: Final = 3.0
"""Standard errors by which labels must differ from estimates to be believed against the doubt given."""


@dataclass(frozen=True, kw_only=True)
class Blend:
    """One metric of a window, by the labels that came and the estimates of the others.

    Attributes:
        metric: its name.
        better: which way is better.
        value: of all rows.
        low: lower end of the 95 % interval for what it will be when all labels have come.
        high: upper end of it.
        labelled: share of rows with a label.
        trust: how much of what labels say beyond their estimates is taken over for the other rows, in [0, 1].
    """

    metric: str
    better: Better
    value: float
    low: float
    high: float
    labelled: float
    trust: float


def blend(
    estimator: Estimator,
    window: pa.Table,
    *,
    missing_by: Sequence[str],
    doubt: Mapping[str, float] | None = None,
) -> tuple[Blend, ...] | NoEstimate:
    """Return a window's metrics, realised where there are labels and estimated where there are none.

    Args:
        estimator: learned from a reference.
        window: with a column of labels, null where they have not come; or without the column.
        missing_by: columns that may tell which rows have their label already: features, the answer, the
            score, the time. A window needs overlap in them; chances below 1 % are taken for 1 %.
        doubt: by metric, how far the calibration may be off beyond its own error: ``Usual.doubt``. With it,
            few labels move the estimate little, and as many as contradict it move it wholly. Without,
            labels are taken over as they are: unbiased, and at first with a wide interval.

    Sources: J. Robins, A. Rotnitzky and L. Zhao, JASA 89 (1994); A. Angelopoulos et al., Prediction-powered
    inference, Science 382 (2023).
    """
    if window.num_rows < FEWEST_ROWS:
        return NoEstimate(f"{window.num_rows} rows are too few: {FEWEST_ROWS} are needed")
    expected = estimator.expect(window)
    if isinstance(expected, NoEstimate):
        return expected
    truth = _truth(estimator, window, expected)
    has = np.isfinite(truth.sum(axis=1))
    weights = _weights(window, has, missing_by)
    blended = [
        _blended(
            expected, truth, has, weights, measure, None if doubt is None else doubt.get(measure.name, 0.0)
        )
        for measure in expected.measures
    ]
    return tuple(one for one in blended if one is not None)


def _truth(estimator: Estimator, window: pa.Table, expected: Expected) -> FloatArray:
    there = estimator.columns.label in window.column_names
    return estimator.truth(window) if there else np.full_like(expected.mean, np.nan)


def _blended(
    expected: Expected,
    truth: FloatArray,
    has: npt.NDArray[np.bool_],
    weights: FloatArray,
    measure: Measure,
    doubt: float | None,
) -> Blend | None:
    mixed = np.where(has[:, None], truth, expected.mean)
    residual = np.where(has[:, None], truth - expected.mean, 0.0)
    value, influence = measure.of(mixed)
    trust, left, chance = 0.0, 0.0, 0.0
    # Influences are those at the corrected labels, which are known only after a first pass.
    for _ in range(2 if weights.any() else 1):
        trust, left, chance = _errors(expected, has, weights, influence, residual, doubt)
        value, influence = measure.of(mixed + trust * weights[:, None] * residual)
    if isnan(value):
        return None
    low, high = interval(value, sqrt(left + chance), share=measure.share)
    return Blend(
        metric=measure.name,
        better=measure.better,
        value=value,
        low=low,
        high=high,
        labelled=float(has.mean()),
        trust=trust,
    )


def _errors(
    expected: Expected,
    has: npt.NDArray[np.bool_],
    weights: FloatArray,
    influence: FloatArray,
    residual: FloatArray,
    doubt: float | None,
) -> tuple[float, float, float]:
    """Return the trust in labels, the correction's variance that is left, and that of chance in labels."""
    waiting = np.where(has[:, None], 0.0, influence)
    chance = float(expected.noise(waiting).sum())
    prior = model_variance(expected.sources, expected.gradients(waiting))
    prior += 0.0 if doubt is None else (doubt * (1 - has.mean())) ** 2
    if not weights.any():
        return 0.0, prior, chance
    surprise = (influence * residual).sum(axis=1)
    noise = float((weights**2 * surprise**2).sum())
    told = float(weights @ surprise)
    believed = np.inf if doubt is None else prior
    if told**2 > _CONTRADICTION**2 * (prior + noise):
        believed = max(believed, told**2)
    trust = _trust(believed, noise)
    # Labels that are trusted tell how much chance there is in the others, too.
    return trust, noise * trust, (1 - trust) * chance + trust * float(weights @ surprise**2)


def _trust(believed: float, noise: float) -> float:
    """Return the weight of a measurement with ``noise`` of something believed to vary by ``believed``."""
    if np.isinf(believed) or not noise:
        return 1.0
    return float(believed / (believed + noise))


def _weights(window: pa.Table, has: npt.NDArray[np.bool_], missing_by: Sequence[str]) -> FloatArray:
    """Return for how many rows without a label each row with one stands; all 0 where too few have one.

    The odds of having none, scaled so that they stand for all such rows (Hájek).
    """
    waiting = len(has) - has.sum()
    if has.sum() < FEWEST_LABELS or not waiting:
        return np.zeros(len(has))
    odds = np.where(has, 1.0, 0.0)
    named = [window[name] for name in missing_by if name in window.column_names]
    terms = [term_of(coder, column) for column in named if (coder := coder_of(column)) is not None]
    width = sum(term.basis.shape[1] for term in terms)
    if width and min(has.sum(), waiting) >= _ROWS_PER_COEFFICIENT * width:
        codes, nothing = [term.codes for term in terms], np.zeros(len(has))
        bases, come = [term.basis for term in terms], has.astype(np.float64)
        model = fit_additive(bases, codes, come, nothing, ridge=_RIDGE)
        chances = np.maximum(model.mean(codes, nothing), _LEAST_CHANCE)
        odds = np.where(has, (1 - chances) / chances, 0.0)
    total = odds.sum()
    return np.asarray(odds * (waiting / total) if total else odds, dtype=np.float64)
