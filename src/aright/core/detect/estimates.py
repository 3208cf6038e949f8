"""Performance without labels: what the answers' quality must be by what the reference's labels taught.

A learned estimator says of every row how probable each label is (or how large its loss), by score and
features. A metric of these is the estimate. Its interval holds what the labels, once they come, will most
likely make of it: the chance in each label, and how little the reference's rows settle the calibration. Where
the meaning of inputs has changed (the concept, not the mix), no estimate without labels can see it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import exp, isnan, log, sqrt
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, Protocol, TypeAlias

import numpy as np

from aright.core.stats.wilson import Z_95, Interval

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from aright.core.stats.additive import Additive, CodeArray, FloatArray
    from aright.core.stats.expected_metrics import Metric

Better: TypeAlias = Literal["up", "down"]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Which columns an estimate is made of; an empty name means that there is none.

    Attributes:
        prediction: the answer given: a class or a number.
        label: the truth, in the reference.
        score: the probability of the positive class (the later of two in order), or the confidence in the
            answer; which one it is, the reference shows.
        scores: of more classes, each class (as text) with the column of its probability.
        features: what else is known of a row.
    """

    prediction: str
    label: str
    score: str = ""
    scores: tuple[tuple[str, str], ...] = ()
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoEstimate:
    """There is no estimate.

    Attributes:
        reason: why, in words for a person.
    """

    reason: str


class Measure(NamedTuple):
    """A metric that can be had of expected labels and of known ones alike.

    Attributes:
        name: such as ``F1``.
        better: which way is better.
        share: whether it lies in [0, 1]; otherwise it is ≥ 0.
        of: the metric of labels or losses, shape (rows, classes); its influence has the same shape.
    """

    name: str
    better: Better
    share: bool
    of: Callable[[FloatArray], Metric]


class Source(NamedTuple):
    """A model that one column of expectations comes from.

    Attributes:
        model: the additive model.
        codes: the rows' codes for it.
        slope: from a metric's influences, shape (rows, classes), by how much it moves with each row's linear
            predictor; shape (rows,).
    """

    model: Additive
    codes: list[CodeArray]
    slope: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What is expected of rows.

    Attributes:
        mean: expected labels (one column for two classes) or losses; shape (rows, classes).
        variance: of each loss about its expectation; ``None`` for labels, whose chance follows from ``mean``.
        sources: where the expectations come from.
        measures: the metrics of these rows.
    """

    mean: FloatArray
    variance: FloatArray | None
    sources: tuple[Source, ...]
    measures: tuple[Measure, ...]

    def noise(self, influence: FloatArray) -> FloatArray:
        """Return each row's part of a metric's variance that lies in its label; shape (rows,)."""
        if self.variance is not None:
            return influence[:, 0] ** 2 * self.variance
        second = (influence**2 * self.mean).sum(axis=1)
        spread = second - (influence * self.mean).sum(axis=1) ** 2
        return np.asarray(np.maximum(spread, 0.0), dtype=np.float64)

    def gradients(self, influence: FloatArray) -> tuple[FloatArray, ...]:
        """Return a metric's derivative by the coefficients of each source."""
        return tuple(each.model.gradient(each.codes, each.slope(influence)) for each in self.sources)


class Estimator(Protocol):
    """What has learned from a reference with labels what to expect of rows without."""

    @property
    def columns(self) -> Columns:
        """Which columns it looks at."""

    def expect(self, window: pa.Table) -> Expected | NoEstimate:
        """Return what to expect of rows that need no label."""

    def truth(self, window: pa.Table) -> FloatArray:
        """Return the labels or losses in the shape of ``Expected.mean``; NaN where not known."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One metric of rows without labels.

    Attributes:
        metric: its name.
        better: which way is better.
        value: what is expected.
        low: lower end of the 95 % interval for what the labels will say.
        high: upper end of it.
        label_error: standard error from the chance in the labels.
        calibration_error: standard error from what the reference leaves open.
        share: whether the metric lies in [0, 1].
        gradients: derivative by the coefficients of each source.
    """

    metric: str
    better: Better
    value: float
    low: float
    high: float
    label_error: float
    calibration_error: float
    share: bool
    gradients: tuple[FloatArray, ...] = field(repr=False)


FEWEST_ROWS: Final = 5
"""Of a window, for it to have an estimate."""


def estimate(estimator: Estimator, window: pa.Table) -> tuple[Estimate, ...] | NoEstimate:
    """Return the metrics to be expected of a window without labels.

    Metrics that the window does not define (precision without one positive answer) are left out.
    """
    if window.num_rows < FEWEST_ROWS:
        return NoEstimate(f"{window.num_rows} rows are too few: {FEWEST_ROWS} are needed")
    expected = estimator.expect(window)
    return expected if isinstance(expected, NoEstimate) else estimates_of(expected)


def estimates_of(expected: Expected) -> tuple[Estimate, ...]:
    """Return the metrics of what is expected, those that are defined."""
    found = []
    for measure in expected.measures:
        value, influence = measure.of(expected.mean)
        if isnan(value):
            continue
        gradients = expected.gradients(influence)
        chance = float(expected.noise(influence).sum())
        doubt = model_variance(expected.sources, gradients)
        low, high = interval(value, sqrt(chance + doubt), share=measure.share)
        found.append(
            Estimate(
                metric=measure.name,
                better=measure.better,
                value=value,
                low=low,
                high=high,
                label_error=sqrt(chance),
                calibration_error=sqrt(doubt),
                share=measure.share,
                gradients=gradients,
            )
        )
    return tuple(found)


def model_variance(sources: tuple[Source, ...], gradients: tuple[FloatArray, ...]) -> float:
    """Return the variance of what has these derivatives; classes' models are taken for independent."""
    return float(
        sum(
            gradient @ source.model.covariance @ gradient
            for source, gradient in zip(sources, gradients, strict=True)
        )
    )


def interval(value: float, error: float, *, share: bool, z: float = Z_95) -> Interval:
    """Return an interval that stays within the metric's range: even on the scale of log odds or logarithms.

    >>> [round(end, 3) for end in interval(0.98, 0.01, share=True)]
    [0.947, 0.993]
    """
    if share and 0 < value < 1:
        centre, half = log(value / (1 - value)), z * error / (value * (1 - value))
        return Interval(*(1 / (1 + exp(-min(max(centre + sign * half, -700), 700))) for sign in (-1, 1)))
    if value > 0 and not share:
        factor = exp(min(z * error / value, 700))
        return Interval(value / factor, value * factor)
    return Interval(max(value - z * error, 0.0), min(value + z * error, 1.0) if share else value + z * error)
