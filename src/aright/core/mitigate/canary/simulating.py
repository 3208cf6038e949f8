"""Many releases side by side, of counts alone: how long they take, and how often they go wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from aright.core.mitigate.canary.family import EVERYWHERE, PARTS, margin_of, together
from aright.core.mitigate.canary.parts import equal_weights
from aright.core.stats.log_rank import RISES, LogRank

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.release import Policy

FloatArray = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

UNDER_WAY: Final = 0
PROMOTED: Final = 1
ROLLED_BACK: Final = 2


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """What is simulated: every unit comes once, and fails in each metric by chance.

    Attributes:
        units: that come between two looks, in the mean.
        base: share of the stable version's units that fail, by metric.
        ratio: how many times as often the candidate's fail.
        parts: share of the units in each part; empty for no parts.
        part_ratio: how many times as often, besides, the candidate's fail in the first part's first metric.
        drift: by what base rates are multiplied at a look; ``None`` for a steady rate.
        shares: the canary's share at a look, whatever is judged; ``None`` lets the judge decide.
    """

    units: float
    base: tuple[float, ...]
    ratio: float = 1.0
    parts: tuple[float, ...] = ()
    part_ratio: float = 1.0
    drift: Callable[[int], float] | None = None
    shares: Callable[[int], float] | None = None


@dataclass(frozen=True, kw_only=True)
class Counts:
    """One interval of many releases; arrays have the shape (2, releases, metrics, 1 + parts), all first.

    Attributes:
        units: those that came, on the stable side and on the canary.
        failed: those of them that failed.
    """

    units: FloatArray
    failed: FloatArray


class Ramps:
    """Judges of many releases, by the e-values that ``Judge`` counts by; rows are left out.

    Args:
        policy: how releases are let through.
        runs: how many there are.
        metrics: metrics of each, all of which roll back.
        parts: parts of each, known from the beginning.
    """

    def __init__(self, policy: Policy, *, runs: int, metrics: int = 1, parts: int = 0) -> None:
        self._policy = policy
        self._shape = (runs, metrics, parts)
        points = [*RISES, *policy.step_margins, policy.segment_margin]
        self._all = LogRank(runs * metrics, points)
        self._parts = LogRank(runs * metrics * parts, points)
        self._weights = equal_weights(parts)
        margins = [margin_of(policy, policy.metrics[0], step) for step in range(len(policy.steps))]
        self._margins = np.array(margins)

    def add(self, counts: Counts) -> None:
        """Count an interval."""
        for trial, which in ((self._all, slice(0, 1)), (self._parts, slice(1, None))):
            units = counts.units[..., which].reshape(2, -1)
            failed = counts.failed[..., which].reshape(2, -1)
            trial.add(units=(units[0], units[1]), failed=(failed[0], failed[1]))

    def harm(self) -> FloatArray:
        """Return logarithms of the releases' e-values against "not worse", shape (runs,)."""
        runs, metrics, parts = self._shape
        all_traffic = self._all.harm(EVERYWHERE).reshape(runs, metrics, 1)
        of_parts = self._parts.harm(PARTS).reshape(runs, metrics, parts)
        every = np.concatenate([all_traffic, of_parts], axis=2)
        return together([every[:, at].T for at in range(metrics)], self._weights)

    def fit(self, steps: Whole) -> FloatArray:
        """Return logarithms of the smallest e-value against "worse by the step's margin", shape (runs,)."""
        runs, metrics, parts = self._shape
        found = np.zeros(runs)
        for step, margin in enumerate(self._margins):
            here = steps == step
            if here.any():
                found[here] = self._all.fit(margin).reshape(runs, metrics).min(axis=1)[here]
        last = steps >= len(self._margins) - 1
        if parts and last.any():
            tightest = self._parts.fit(self._policy.segment_margin).reshape(runs, metrics * parts).min(axis=1)
            found[last] = np.minimum(found, tightest)[last]
        return found

    def keep(self, which: npt.NDArray[np.bool_]) -> None:
        """Go on with some releases alone."""
        _, metrics, parts = self._shape
        self._all.keep(np.repeat(which, metrics))
        self._parts.keep(np.repeat(which, metrics * parts))
        self._shape = (int(which.sum()), metrics, parts)


@dataclass
class Played:
    """How simulated releases went; arrays have the shape (runs,).

    Attributes:
        ended: how they ended; 0 for those that were still under way.
        looks: looks until then.
        exposed: units that the canary served until then.
        left: looks until each step was left, shape (runs, steps); infinite where it was not.
        at_step: which step they ended at.
    """

    ended: Whole
    looks: Whole
    exposed: FloatArray
    left: FloatArray
    at_step: Whole
    running: Whole = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def play(policy: Policy, traffic: Traffic, random: np.random.Generator, *, runs: int, looks: int) -> Played:
    """Simulate releases until each is decided, or for so many looks.

    With ``traffic.shares`` nothing is promoted: it is seen how often what the judge is shown is rolled back.
    """
    metrics, parts = len(traffic.base), len(traffic.parts)
    ramps = Ramps(policy, runs=runs, metrics=metrics, parts=parts)
    played = Played(
        ended=np.zeros(runs, dtype=np.int64),
        looks=np.full(runs, looks, dtype=np.int64),
        exposed=np.zeros(runs),
        left=np.full((runs, len(policy.steps)), np.inf),
        at_step=np.zeros(runs, dtype=np.int64),
        running=np.arange(runs),
    )
    for look in range(looks):
        if not len(played.running):
            break
        _look(policy, traffic, random, ramps, played, look)
    return played


def draw(traffic: Traffic, random: np.random.Generator, shares: FloatArray, look: int) -> Counts:
    """Return an interval's counts of as many releases as there are shares."""
    parts = np.array(traffic.parts or (1.0,))
    ratio = np.full((len(traffic.base), len(parts)), traffic.ratio)
    ratio[0, 0] *= traffic.part_ratio
    split = np.stack([1 - shares, shares])[:, :, None, None]
    units = random.poisson(traffic.units * split * parts)
    base = np.array(traffic.base)[:, None] * (traffic.drift(look) if traffic.drift else 1.0)
    rates = np.minimum(np.stack([np.broadcast_to(base, (len(base), len(parts))), base * ratio]), 1.0)
    units = np.broadcast_to(units, (2, len(shares), len(base), len(parts)))
    failed = random.binomial(units, rates[:, None]).astype(np.float64)
    units = units.astype(np.float64)
    if not traffic.parts:
        return Counts(units=units, failed=failed)
    return Counts(units=_with_all(units), failed=_with_all(failed))


def _with_all(counts: FloatArray) -> FloatArray:
    return np.concatenate([counts.sum(axis=-1, keepdims=True), counts], axis=-1)


def _look(
    policy: Policy, traffic: Traffic, random: np.random.Generator, ramps: Ramps, played: Played, look: int
) -> None:
    running = played.running
    steps = played.at_step[running]
    if traffic.shares is not None:
        shares = np.full(len(running), traffic.shares(look))
    else:
        shares = np.array(policy.steps)[steps]
    counts = draw(traffic, random, shares, look)
    ramps.add(counts)
    played.exposed[running] += counts.units[1, :, 0, 0]
    back = ramps.harm() >= -np.log(policy.alpha)
    on = ~back & (traffic.shares is None)
    if on.any():
        on &= ramps.fit(steps) >= -np.log(policy.beta)
    played.left[running[on], steps[on]] = look + 1
    last = steps == len(policy.steps) - 1
    played.at_step[running[on & ~last]] += 1
    over = back | (on & last)
    played.ended[running[over]] = np.where(back[over], ROLLED_BACK, PROMOTED)
    played.looks[running[over]] = look + 1
    if over.any():
        ramps.keep(~over)
        played.running = running[~over]
