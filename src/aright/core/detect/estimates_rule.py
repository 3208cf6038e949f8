"""When an estimate is an alarm: rows answered worse than the reference's, and unusual windows.

Both judge the expected metric, free of the chance in labels: that would hide whatever is small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isnan, sqrt
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.detect.estimates import FEWEST_ROWS, NoEstimate, estimates_of
from aright.core.stats.student import student_quantile

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.detect.estimates import Estimate, Estimator, Measure, Source
    from aright.core.stats.additive import FloatArray

FEWEST_WINDOWS: Final = 5
MANY_WINDOWS: Final = 20
UNUSUAL: Final = 0.0027
"""The two-sided probability of three standard deviations, as on Shewhart's charts."""


@dataclass(frozen=True, kw_only=True)
class Usual:
    """One metric in the reference.

    Attributes:
        value: of all its rows, expected as a window's would be.
        measured: with its labels.
        spread: standard deviation of the expected metric between windows of the size that is judged.
        windows: how many windows that is known from, the shorter ones.
        rows_share: a window's rows over the reference's.
        doubt: standard deviation of what labels said beyond the expectation and their own chance.
        gradients: derivative by the coefficients of each source.
    """

    value: float
    measured: float
    spread: float
    windows: int
    rows_share: float
    doubt: float
    gradients: tuple[FloatArray, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Usuals:
    """What is usual.

    Attributes:
        metrics: by name.
        sources: what the expectations come from.
    """

    metrics: dict[str, Usual]
    sources: tuple[Source, ...] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What an estimate says beside the reference.

    Attributes:
        metric: its name.
        loss: by how much it is expected to be worse; below 0 for better.
        worse: whether these rows are credibly answered worse than the reference's on average.
        unusual: whether they are worse by more than windows of the reference differ.
        mean_error: standard error of ``loss`` for ``worse``.
        usual_error: standard error of it for ``unusual``.
    """

    metric: str
    loss: float
    worse: bool
    unusual: bool
    mean_error: float
    usual_error: float


def usuals(estimator: Estimator, reference: pa.Table, size: int) -> Usuals | NoEstimate:
    """Return what is usual in windows of ``size`` rows, by consecutive windows of the reference.

    It is cut into windows of that size, and into at least twenty, whose spread is scaled by the root of the
    sizes, as that of means. The larger spread counts: few windows may look more alike than they are, and
    short ones do not see what changes slowly.
    """
    whole = estimator.expect(reference)
    if isinstance(whole, NoEstimate):
        return whole
    rows = reference.num_rows
    if rows < MANY_WINDOWS * FEWEST_ROWS:
        return NoEstimate(f"the reference has {rows} rows, too few to cut into windows")
    measured = _measured(estimator, reference, whole.measures)
    cuts = [
        (sqrt(width / size), [_window(estimator, reference.slice(at, width)) for at in _starts(rows, width)])
        for width in sorted({min(size, rows // FEWEST_WINDOWS), min(size, rows // MANY_WINDOWS)})
    ]
    found = {}
    for one in estimates_of(whole):
        name = one.metric
        columns = [(scale, [window[name] for window in seen if name in window]) for scale, seen in cuts]
        counts = [len(values) for _, values in columns]
        if min(counts) < FEWEST_WINDOWS or name not in measured:
            continue
        found[name] = Usual(
            value=one.value,
            measured=measured[name],
            spread=max(scale * _spread(values) for scale, values in columns),
            windows=max(counts),
            rows_share=size / rows,
            doubt=_doubt(columns[-1][1]) * columns[-1][0],
            gradients=one.gradients,
        )
    return Usuals(metrics=found, sources=whole.sources)


def _starts(rows: int, width: int) -> range:
    return range(0, rows - width + 1, width)


def _spread(values: list[tuple[float, float, float]]) -> float:
    return float(np.std([expected for expected, _, _ in values], ddof=1))


def judge(usual: Usuals, estimate: Estimate) -> Judgement | None:
    """Return whether an estimate is worse than the reference; ``None`` for a metric that had no value there.

    ``worse``: the expected metric is beyond the one-sided 97.5 % limit of the reference's mean. Its error is
    the mean's, from how windows differ, and the calibration's in the difference. That is a statement about
    these rows; windows of an unchanged service differ too, and every fourth or so is a little worse than the
    mean: a notice, never a page. ``unusual`` asks for three standard deviations of windows, or as many as are
    the same to Student's t, and may wake somebody.
    """
    normal = usual.metrics.get(estimate.metric)
    if normal is None:
        return None
    loss = (normal.value - estimate.value) * (1 if estimate.better == "up" else -1)
    known = _difference(usual.sources, estimate.gradients, normal.gradients)
    # Not more windows than the reference holds of this size: cutting it finer taught no more of its mean.
    mean_error = sqrt(known + normal.spread**2 * min(normal.rows_share, 1.0))
    usual_error = sqrt(mean_error**2 + normal.spread**2)
    return Judgement(
        metric=estimate.metric,
        loss=loss,
        worse=loss > student_quantile(normal.windows - 1) * mean_error,
        unusual=loss > student_quantile(normal.windows - 1, UNUSUAL) * usual_error,
        mean_error=mean_error,
        usual_error=usual_error,
    )


def _difference(
    sources: tuple[Source, ...], one: tuple[FloatArray, ...], other: tuple[FloatArray, ...]
) -> float:
    """Return the calibration's variance of a difference: what both share cancels."""
    total = 0.0
    for source, left, right in zip(sources, one, other, strict=True):
        apart = left - right
        total += float(apart @ source.model.covariance @ apart)
    return total


def _window(estimator: Estimator, rows: pa.Table) -> dict[str, tuple[float, float, float]]:
    """Return each metric of a window of the reference: expected, measured, and the labels' variance."""
    expected = estimator.expect(rows)
    if isinstance(expected, NoEstimate):
        return {}
    measured = _measured(estimator, rows, expected.measures)
    return {
        one.metric: (one.value, measured[one.metric], one.label_error**2)
        for one in estimates_of(expected)
        if one.metric in measured
    }


def _measured(estimator: Estimator, rows: pa.Table, measures: tuple[Measure, ...]) -> dict[str, float]:
    truth = estimator.truth(rows)
    if np.isnan(truth).any():
        return {}
    values = {measure.name: measure.of(truth).value for measure in measures}
    return {name: value for name, value in values.items() if not isnan(value)}


def _doubt(values: list[tuple[float, float, float]]) -> float:
    """Return how far labels were from expectations beyond their own chance, by moments; 0 for no more."""
    excess = np.mean([(value - truth) ** 2 - chance for value, truth, chance in values])
    return sqrt(max(float(excess), 0.0))
