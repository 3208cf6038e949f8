"""Effects of model and inputs on the loss, with intervals that hold for bounded losses of whole units.

The mean loss rose by T = (loss now) − (loss before), which all stored rows tell. The model's part M is how
much more the new version loses than the old one on the same inputs; only rows that were replayed tell it, and
each by itself, so that how hard an input is cancels. The inputs' part is what is left: I = T − M. That is the
estimator of *prediction-powered inference* (Angelopoulos and others, Science 382, 2023): many rows with a
loss that is known anyway, few rows with the loss that would have been. It is exact: with M on the reference
inputs, I is the inputs' part under the new version; with M on the current ones, that under the old version.

**Units.** Every estimate is a sum over units, and its variance that of the units' parts (the linearisation of
two-phase samples, Särndal, Swensson and Wretman, Model Assisted Survey Sampling, 1992, ch. 9), so that rows
of one unit may go together as they like, also across the two sides.

**Few losses.** Where hardly a row lost, the variance seen is no bound of the one that is there. The upper end
solves Δ² = z² · (V + b·Δ), with b what one unit can move the estimate by: events that were not seen, but
would move it by Δ, bring at least that variance. For a share that is Wilson's interval of a small share: no
loss among n gives an upper end of z²/n. The lower end gives one such unit away (continuity): nine answers
that got worse and none that got better are needed at p = .004, where the sign test needs eight. Both
quantiles are Student's for the units of the smaller sample.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.stats.student import student_quantile

if TYPE_CHECKING:
    from aright.core.diagnose.shadow.pool import Floats, Ints, Pairs, Pool

FEWEST_UNITS: Final = 10
"""Units that an interval needs: of fewer, the spread between units is hardly known."""


@dataclass(frozen=True, eq=False)
class Effect:
    """A difference of mean losses; above 0 is worse.

    Attributes:
        value: the estimate, in [-1, 1].
        parts: what each unit moves it by, of all units by code.
        step: the most that one more unit that lost could move it by.
        units: units in the smaller sample that it is of.
    """

    value: float
    parts: Floats
    step: float
    units: int

    def __add__(self, other: Effect) -> Effect:
        return self._with(other, 1.0)

    def __sub__(self, other: Effect) -> Effect:
        return self._with(other, -1.0)

    def __mul__(self, factor: float) -> Effect:
        return Effect(self.value * factor, self.parts * factor, self.step * abs(factor), self.units)

    def _with(self, other: Effect, sign: float) -> Effect:
        return Effect(
            self.value + sign * other.value,
            self.parts + sign * other.parts,
            max(self.step, other.step),
            min(self.units, other.units),
        )

    @property
    def variance(self) -> float:
        """The variance of the estimate, from unit to unit."""
        return float(self.parts @ self.parts) * self.units / max(self.units - 1, 1)

    @property
    def error(self) -> float:
        """The standard error, never less than what one unit more would bring."""
        return float(np.sqrt(self.variance + self.step**2))

    def low(self, p: float) -> float:
        """Return what it is below with probability ``p`` at most."""
        return self.value - self.step - self._quantile(p) * float(np.sqrt(self.variance))

    def high(self, p: float) -> float:
        """Return what it is above with probability ``p`` at most."""
        z = self._quantile(p)
        half = z * self.step / 2.0
        return self.value + z * (half + float(np.sqrt(self.variance + half**2)))

    def _quantile(self, p: float) -> float:
        if self.units < FEWEST_UNITS:
            return float("inf")
        return _student(self.units - 1, 2.0 * p)


@lru_cache(maxsize=256)
def _student(df: int, p: float) -> float:
    return student_quantile(df, p)


def loss_of(pool: Pool, units: int) -> Effect:
    """Return the mean loss of a side's stored rows.

    Args:
        pool: the side.
        units: codes of units there are on both sides together.
    """
    weight = pool.weight / pool.weight.sum()
    mean = float(weight @ pool.loss)
    parts = _by_unit(pool.unit, weight * (pool.loss - mean), units)
    step = float(np.bincount(pool.unit, weights=weight).max())
    return Effect(mean, parts, step, len(np.unique(pool.unit)))


def worse_by(pool: Pool, pairs: Pairs, units: int) -> Effect | None:
    """Return by how much the new version loses more than the old one on a side's inputs.

    Each stratum of the drawing counts for its share of the stored rows. ``None`` where a stratum that has
    rows has no pair yet.
    """
    weight, lost = pool.weight / pool.weight.sum(), pool.lost
    mean, step = np.zeros(len(pool)), 0.0
    parts = np.zeros(units)
    for stratum in (False, True):
        inside = lost == stratum
        share = float(weight[inside].sum())
        if not share:
            continue
        seen = lost[pairs.row] == stratum
        if not seen.any():
            return None
        rows, worse = pairs.row[seen], pairs.worse[seen]
        own = weight[rows] / weight[rows].sum()
        mean[inside] = own @ worse
        parts += _by_unit(pool.unit[rows], share * own * (worse - mean[rows]), units)
        step = max(step, share * float(np.bincount(pool.unit[rows], weights=own).max()))
    value = float(weight @ mean)
    parts += _by_unit(pool.unit, weight * (mean - value), units)
    return Effect(value, parts, step, len(np.unique(pool.unit[pairs.row])))


def pooled(one: Effect, other: Effect) -> Effect:
    """Return the mean of two estimates of the same, each by how exact it is."""
    wide = [each.error**2 for each in (one, other)]
    share = wide[1] / (wide[0] + wide[1])
    return one * share + other * (1.0 - share)


def _by_unit(unit: Ints, values: Floats, units: int) -> Floats:
    return np.asarray(np.bincount(unit, weights=values, minlength=units), dtype=np.float64)
