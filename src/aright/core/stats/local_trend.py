"""Local trend: a level that may wander and a slope, tracked from batch to batch by Kalman's filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

FloatArray: TypeAlias = npt.NDArray[np.float64]

_MOST_STEPS: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Wander:
    """How a level may move, per batch of rows.

    Attributes:
        level: variance of its random steps.
        slope: variance of the random steps of its slope.
        steepest: the slope's limit; infinite where none is known.
    """

    level: float = 0.0
    slope: float = 0.0
    steepest: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is known of the level at the start of a batch, and of its slope per batch; with covariances."""

    at: float
    slope: float
    var: float
    covar: float
    slope_var: float


def unknown(wander: Wander, *, at: float, var: float) -> Level:
    """Return a level of which nothing but a guess is known; its slope is anything within the limit."""
    most = wander.steepest if np.isfinite(wander.steepest) else 1.0
    return Level(at=at, slope=0.0, var=var, covar=0.0, slope_var=most * most / 3)


def advanced(level: Level, wander: Wander, *, innovation: float, noise: float) -> Level:
    """Return the level after a batch whose mean was off its prediction.

    Args:
        level: at the start of the batch; the batch's mean is foretold as ``at + slope / 2``.
        wander: how it may move.
        innovation: the batch's mean less that.
        noise: variance of the batch's mean about the level.

    Source: A. C. Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989), §2.3 and
    ch. 3; the limit of the slope is ours.

    >>> wander = Wander()
    >>> level = unknown(wander, at=0.0, var=1e6)
    >>> for mean in (1.0, 2.0, 3.0):
    ...     level = advanced(level, wander, innovation=mean - level.at, noise=1.0)
    >>> round(level.at, 3), round(level.var, 3)
    (2.0, 0.333)
    """
    to_level = level.var + level.covar / 2
    to_slope = level.covar + level.slope_var / 2
    spread = to_level + to_slope / 2 + noise
    gain, slope_gain = to_level / spread, to_slope / spread
    slope = level.slope + slope_gain * innovation
    at = level.at + gain * innovation
    var = level.var - gain * to_level
    covar = level.covar - gain * to_slope
    slope_var = level.slope_var - slope_gain * to_slope
    slope = min(max(slope, -wander.steepest), wander.steepest)
    return Level(
        at=at + slope,
        slope=slope,
        var=var + 2 * covar + slope_var + wander.level,
        covar=covar + slope_var,
        slope_var=slope_var + wander.slope,
    )


def predicted_variance(level: Level) -> float:
    """Return the variance of what is foretold as a batch's mean."""
    return level.var + level.covar + level.slope_var / 4


class Tracked(NamedTuple):
    """Levels tracked under one way of wandering.

    Attributes:
        predictions: of each batch's mean, shape (batches,).
        variances: of each batch's mean about its prediction, shape (batches,).
        level: after the last batch.
    """

    predictions: FloatArray
    variances: FloatArray
    level: Level


def tracked(means: FloatArray, wander: Wander, *, noise: float, burn: int) -> Tracked:
    """Track one level through all batches; the first ``burn`` give the guess to start from."""
    level = unknown(wander, at=float(np.median(means[: max(burn, 1)])), var=noise)
    predictions, variances = np.zeros(len(means)), np.zeros(len(means))
    for number, mean in enumerate(means.tolist()):
        predictions[number] = level.at + level.slope / 2
        variances[number] = predicted_variance(level) + noise
        level = advanced(level, wander, innovation=mean - float(predictions[number]), noise=noise)
    return Tracked(predictions, variances, level)


def likelihoods(means: FloatArray, wanders: Sequence[Wander], *, noise: float, burn: int) -> FloatArray:
    """Return the log likelihoods of many ways of wandering, counted from batch ``burn`` on, shape (ways,).

    That of white noise of the same variance about a mean of 0 is taken off. Beyond 256 batches pairs of them
    are merged, again and again, which leaves slow wandering as visible as it was.

    >>> random = np.random.default_rng(2)
    >>> still, lively = Wander(), Wander(level=0.1)
    >>> answer = likelihoods(random.normal(size=200), [still, lively], noise=1.0, burn=4)
    >>> bool(answer[0] > answer[1])
    True
    """
    merged = 1
    while len(means) > _MOST_STEPS:
        means = means[len(means) % 2 :].reshape(-1, 2).mean(axis=1)
        merged, noise, burn = 2 * merged, noise / 2, max(burn // 2, 1)
    steps = merged * np.array([way.level for way in wanders])
    turns = merged**3 * np.array([way.slope for way in wanders])
    steepest = merged * np.array([way.steepest for way in wanders])
    start = unknown(Wander(), at=float(np.median(means[: max(burn, 1)])), var=noise)
    at, slope = np.full(len(wanders), start.at), np.zeros(len(wanders))
    var, covar = np.full(len(wanders), noise), np.zeros(len(wanders))
    slope_var = np.where(np.isfinite(steepest), steepest, 1.0) ** 2 / 3
    total = np.zeros(len(wanders))
    for number, mean in enumerate(means.tolist()):
        to_level, to_slope = var + covar / 2, covar + slope_var / 2
        spread = to_level + to_slope / 2 + noise
        off = mean - at - slope / 2
        if number >= burn:
            total += np.log(spread / noise) + off * off / spread
        gain, slope_gain = to_level / spread, to_slope / spread
        slope = np.clip(slope + slope_gain * off, -steepest, steepest)
        at = at + gain * off + slope
        covar_now = covar - gain * to_slope
        slope_now = slope_var - slope_gain * to_slope
        var = var - gain * to_level + 2 * covar_now + slope_now + steps
        covar, slope_var = covar_now + slope_now, slope_now + turns
    return np.asarray(-0.5 * total, dtype=np.float64)
