"""How long a canary will take at a service's traffic, told before it begins."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, log, log1p
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.core.mitigate.canary.family import PARTS
from aright.core.mitigate.canary.parts import equal_weights
from aright.core.mitigate.canary.simulating import PROMOTED, ROLLED_BACK, Traffic, play
from aright.core.model.times import MINUTE
from aright.core.stats.log_rank import RISES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.release import Policy

RUNS: Final = 200
MOST_LOOKS: Final = 1_500
FEW_LOOKS: Final = 300
MOST_COUNTS: Final = 8_000_000
"""Counts that a simulation may draw: looks × releases × metrics × parts."""


class PlannedStep(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a release that is as good as the version before.

    Attributes:
        share: the canary's.
        margin: the ratio that is ruled out before the step is left.
        expected: minutes at the step by Wald's equation, if nothing were known before it.
        median: minutes since the release began until it is left, in half of the simulated releases; ``None``
            where that is longer than was simulated.
        late: the same in nine of ten.
    """

    share: float
    margin: float
    expected: float
    median: float | None
    late: float | None


class CanaryPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What a canary will take.

    Attributes:
        steps: of an equally good release.
        promoted: simulated part of equally good releases that were let through in ``simulated`` minutes.
        found: minutes until a doubling in everything is rolled back, median; ``None`` where it takes longer.
        found_late: the same in nine of ten.
        found_at: the share of the step that it is found at, mostly.
        exposed: units that have met the doubling by then, median.
        part_found: minutes of the last step's traffic until one part that is five times worse is found, by
            Wald's equation; ``None`` without parts.
        simulated: minutes that were simulated.
        releases: releases that were simulated.
    """

    steps: tuple[PlannedStep, ...]
    promoted: float
    found: float | None
    found_late: float | None
    found_at: float
    exposed: float
    part_found: float | None
    simulated: float
    releases: int


def plan_canary(
    policy: Policy,
    *,
    units_per_minute: float,
    base_rates: Mapping[str, float],
    random: np.random.Generator,
    parts: int = 0,
) -> CanaryPlan:
    """Return how long a release will take, by a simulation, and by Wald's equation where it says so.

    Every unit is taken to come once, and all metrics to move independently of each other; each look has as
    many units as the traffic brings. Units that come again tell less than new ones, so the plan is a little
    early where users are few.

    Args:
        policy: how releases are let through.
        units_per_minute: units of both versions together, > 0.
        base_rates: share of the stable version's units that fail, by metric, each in (0, 1).
        random: draws the simulated releases.
        parts: parts of equal size that are watched one by one.

    Raises:
        ValueError: if there is no traffic, or a rate is not between 0 and 1.

    Source of the equation: A. Wald, Sequential Analysis (1947), §3.
    """
    _check(units_per_minute, base_rates)
    minutes = policy.look_every / MINUTE
    base = tuple(base_rates.values())
    # Where a look mostly has no failure, several are simulated as one, so that a slow day costs little.
    slow = units_per_minute * minutes * min(base) < 1
    merged = max(1, ceil(policy.patience / policy.look_every / (FEW_LOOKS if slow else MOST_LOOKS)))
    runs = int(np.clip(MOST_COUNTS // (MOST_LOOKS * len(base) * (1 + parts)), 40, RUNS))
    each = minutes * merged
    traffic = Traffic(
        units=units_per_minute * each, base=base, parts=tuple([1 / parts] * parts) if parts > 1 else ()
    )
    looks = min(ceil(policy.patience * len(policy.steps) / MINUTE / each), FEW_LOOKS if slow else MOST_LOOKS)
    good = play(policy, traffic, random, runs=runs, looks=looks)
    bad = play(policy, replace(traffic, ratio=2.0), random, runs=runs, looks=looks)
    stopped = bad.ended == ROLLED_BACK
    when = np.where(stopped, bad.looks * each, np.inf)
    return CanaryPlan(
        steps=tuple(
            PlannedStep(
                share=share,
                margin=margin,
                expected=expected_minutes(policy, share, margin, units_per_minute, min(base)),
                median=_quantile(good.left[:, at] * each, 0.5),
                late=_quantile(good.left[:, at] * each, 0.9),
            )
            for at, (share, margin) in enumerate(zip(policy.steps, policy.step_margins, strict=True))
        ),
        promoted=float((good.ended == PROMOTED).mean()),
        found=_quantile(when, 0.5),
        found_late=_quantile(when, 0.9),
        found_at=policy.steps[int(np.bincount(bad.at_step).argmax())],
        exposed=float(np.median(bad.exposed)),
        part_found=_part_found(policy, units_per_minute, base, parts),
        simulated=looks * each,
        releases=runs,
    )


def expected_minutes(
    policy: Policy, share: float, margin: float, units_per_minute: float, base: float
) -> float:
    """Return the minutes until a margin is ruled out for an equal, by Wald's equation.

    >>> from aright.core.model.release import Policy
    >>> round(expected_minutes(Policy(), 0.05, 1.5, 1000.0, 0.02))
    34
    """
    gain = base * (log1p(share * (margin - 1)) - share * log(margin))
    return -log(policy.beta) / (gain * units_per_minute)


def _part_found(
    policy: Policy, units_per_minute: float, base: tuple[float, ...], parts: int, ratio: float = 5.0
) -> float | None:
    """Return the minutes until one part that is worse in one metric has won enough bets."""
    if parts < 2:
        return None
    bet = float(equal_weights(parts)[1]) / len(base) * PARTS[int(np.argmin(np.abs(RISES - ratio)))]
    share = policy.steps[-1]
    gain = base[0] * (share * ratio * log(ratio) - (1 - share + share * ratio) * log1p(share * (ratio - 1)))
    return (log(1 / policy.alpha) - log(bet)) / (gain * units_per_minute / parts)


def _quantile(minutes: np.ndarray[tuple[int, ...], np.dtype[np.float64]], at: float) -> float | None:
    found = float(np.quantile(minutes, at, method="higher"))
    return found if np.isfinite(found) else None


def _check(units_per_minute: float, base_rates: Mapping[str, float]) -> None:
    if not units_per_minute > 0:
        raise ValueError("a canary needs traffic: give more than 0 users a minute")
    if not base_rates:
        raise ValueError("no metric has a base rate: give one, such as error_share=2%")
    for name, rate in base_rates.items():
        if not 0 < rate < 1:
            raise ValueError(
                f"{name} fails for {rate:g} of the users: give a share between 0 and 1, such as 0.02"
            )
