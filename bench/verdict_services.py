"""Simulated services whose quality falls, with two versions that may be asked about any stored input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import numpy as np
from scipy.special import ndtr

from aright.core.diagnose.shadow.pool import Pool

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from aright.core.diagnose.shadow.pool import Floats, Ints

Fault: TypeAlias = Literal["data", "model", "both", "none", "corner"]

FAMILIES: Final = ("right or wrong", "graded", "ranking", "regression")
TRIVIAL: Final = 0.15
"""A drift that is no fault, in smallest faults, at most."""

RANKS: Final = 1.0 - 1.0 / np.arange(2, 12)
"""Loss of an answer that is not first in a list: 1 - 1/rank, each rank as likely."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One service and what goes wrong.

    Attributes:
        fault: what.
        family: what its losses are like.
        base: mean loss before.
        effect: what a fault of the model, and of the inputs, costs (loss).
        drift: what new model and inputs cost besides, by no fault; below 0 they are better.
        rows: stored rows with their truth, before and now.
        per_unit: rows of a unit, on average.
        alike: correlation of what a unit's rows lose.
        churn: share of the inputs that the new version answers anew.
        noise: share of the answers that a second run of the same version gives anew.
        mislabelled: share of the truths that are wrong.
        part: share of the inputs that a fault is limited to, where it is.
        shifted: how much more often now's inputs are of another segment, which is no harder.
    """

    fault: Fault
    family: str
    base: float
    effect: tuple[float, float]
    drift: tuple[float, float]
    rows: tuple[int, int]
    per_unit: float
    alike: float
    churn: float
    noise: float
    mislabelled: float
    part: float
    shifted: float

    @property
    def model(self) -> float:
        """What the model's fault costs; 0 without one."""
        return self.effect[0] if self.fault in {"model", "both"} else 0.0

    @property
    def inputs(self) -> float:
        """What the inputs' fault costs; 0 without one."""
        return self.effect[1] if self.fault in {"data", "both"} else 0.0


def draw_plan(fault: Fault, rng: np.random.Generator, *, small: bool) -> Plan:
    """Return a service at random; ``small`` faults are as small as is held to matter.

    A small fault is one of d = .2 standard deviations of the loss, or of as much as the usual loss where
    that is less: 2 → 4 %. Large ones are up to .5.
    """
    family = FAMILIES[int(rng.integers(len(FAMILIES)))]
    base = float(np.exp(rng.uniform(np.log(0.02), np.log(0.3))))
    least = max(min(0.2 * spread_of(family, base), base), 0.02)
    effects = [least if small else float(np.exp(rng.uniform(np.log(1.5 * least), np.log(0.5)))) for _ in "mi"]
    if fault == "both" and max(effects) > 5 * min(effects):
        effects = [max(effects), max(effects) / 5] if rng.random() < 0.5 else [max(effects) / 5, max(effects)]
    most = 0.95 - base
    scale = min(1.0, most / sum(effects))
    return Plan(
        fault=fault,
        family=family,
        base=base,
        effect=(effects[0] * scale, effects[1] * scale),
        drift=(TRIVIAL * least * float(rng.uniform(-1, 1)), TRIVIAL * least * float(rng.uniform(-1, 1))),
        rows=_sizes(rng, small=small),
        per_unit=float(rng.choice([1.0, 1.0, 2.0, 4.0])),
        alike=float(rng.uniform(0.0, 0.1)),
        churn=float(rng.uniform(0.0, 0.2)),
        noise=float(rng.choice([0.0, 0.0, 0.05])),
        mislabelled=float(rng.choice([0.0, 0.0, 0.02])),
        part=max(float(rng.choice([1.0, 1.0, 0.5, 0.25])), min(1.0, sum(effects) * scale / most)),
        shifted=float(rng.choice([0.0, 0.3, 0.6])),
    )


def _sizes(rng: np.random.Generator, *, small: bool) -> tuple[int, int]:
    low, high = (10_000, 40_000) if small else (2_000, 40_000)
    before, now = np.exp(rng.uniform(np.log(low), np.log(high), 2))
    return int(before), int(now)


def spread_of(family: str, mean: float) -> float:
    """Return the standard deviation of a family's losses."""
    rng = np.random.default_rng(0)
    return float(loss_of(family, np.full(20_000, mean), rng.random(20_000)).std())


def loss_of(family: str, mean: Floats, luck: Floats) -> Floats:
    """Return losses in [0, 1] with given means (below .95), lower for more luck, which is uniform."""
    mean = np.clip(mean, 1e-4, 0.95)
    if family == "right or wrong":
        return (luck < mean).astype(np.float64)
    if family == "graded":
        return np.asarray((1.0 - luck) ** (1.0 / mean - 1.0))
    if family == "ranking":
        missed = np.minimum(mean / RANKS.mean(), 1.0)
        place = np.minimum((luck / missed * len(RANKS)).astype(np.int64), len(RANKS) - 1)
        return np.where(luck < missed, RANKS[place], 0.0)
    return np.asarray(np.minimum(-np.log1p(-np.minimum(1.0 - luck, 1.0 - 1e-12)) * mean, 1.0))


def mean_of(plan: Plan, effect: float, drift: float) -> float:
    """Return the mean loss, as labels tell it, where a part of the inputs loses more by a fault."""
    hit = _mean(plan.family, plan.base + drift + effect / plan.part)
    mean = plan.part * hit + (1.0 - plan.part) * _mean(plan.family, plan.base + drift)
    return mean + plan.mislabelled * (1.0 - 2.0 * mean)


def _mean(family: str, mean: float) -> float:
    mean = min(mean, 0.95)
    if family == "ranking":
        return min(mean, float(RANKS.mean()))
    return mean * -float(np.expm1(-1.0 / mean)) if family == "regression" else mean


@dataclass(frozen=True, kw_only=True, eq=False)
class Inputs:
    """One side's stored inputs; arrays have the shape (rows,).

    Attributes:
        unit: whose.
        other: whether of the other segment, which is no harder.
        luck: uniform; the higher, the less both versions lose.
        anew: the new version's own luck where it answers anew, else -1.
        broken: whether a fault of the inputs can hit it.
        weak: whether a fault of the model can hit it.
        mislabelled: whether its truth is wrong.
    """

    unit: Ints
    other: NDArray[np.bool_]
    luck: Floats
    anew: Floats
    broken: NDArray[np.bool_]
    weak: NDArray[np.bool_]
    mislabelled: NDArray[np.bool_]


class Service:
    """A service and both its versions, which may be asked about any stored input.

    Attributes:
        inputs: of before and of now.
        reference: what the old version served.
        current: what the new version served.
        asked: inputs replayed so far.
    """

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        self._plan, self._rng = plan, rng
        self.inputs = self._draw(plan.rows[0], now=False), self._draw(plan.rows[1], now=True)
        self.asked = 0
        self.reference, self.current = (
            Pool(self.inputs[now].unit, self._losses(np.arange(plan.rows[now]), now=bool(now), new=bool(now)))
            for now in (0, 1)
        )

    def run(self, rows: Ints, *, current: bool) -> tuple[Floats, Floats]:
        """Run rows on both versions; one in a hundred inputs is refused."""
        self.asked += len(rows)
        old, new = (self._losses(rows, now=current, new=version) for version in (False, True))
        return np.where(self._rng.random(len(rows)) < 0.01, np.nan, old), new

    def _draw(self, rows: int, *, now: bool) -> Inputs:
        plan, rng = self._plan, self._rng
        units = max(int(rows / plan.per_unit), 2)
        unit = rng.integers(units, size=rows) if plan.per_unit > 1 else np.arange(rows)
        own, shared = rng.normal(size=rows), rng.normal(size=max(units, rows))[unit]
        hit = rng.random(max(units, rows)), rng.random(max(units, rows))
        return Inputs(
            unit=unit,
            other=rng.random(rows) < 0.3 + (plan.shifted if now else 0.0),
            # a unit's rows share part of their luck
            luck=ndtr(np.sqrt(1.0 - plan.alike) * own + np.sqrt(plan.alike) * shared),
            anew=np.where(rng.random(rows) < plan.churn, rng.random(rows), -1.0),
            broken=hit[0][unit] < plan.part,  # a fault hits units, such as those with one device
            weak=hit[1][unit] < plan.part,
            mislabelled=rng.random(rows) < plan.mislabelled,
        )

    def _losses(self, rows: Ints, *, now: bool, new: bool) -> Floats:
        plan, known = self._plan, self.inputs[now]
        mean = np.full(len(rows), plan.base + plan.drift[0] * new + plan.drift[1] * now)
        spoilt = plan.effect[1] if plan.fault == "corner" and now and new else plan.inputs * now
        mean += np.where(known.broken[rows], spoilt / plan.part, 0.0)
        mean += np.where(known.weak[rows], plan.model * new / plan.part, 0.0)
        luck = known.luck[rows]
        if new:
            luck = np.where(known.anew[rows] >= 0.0, known.anew[rows], luck)
        again = self._rng.random(len(luck)) < plan.noise
        loss = loss_of(plan.family, mean, np.where(again, self._rng.random(len(luck)), luck))
        return np.where(known.mislabelled[rows], 1.0 - loss, loss)
