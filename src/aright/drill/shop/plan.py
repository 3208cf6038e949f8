"""What a seed decides: which shard, which fault, when, and whether the shop confesses its fallbacks."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec
import numpy as np

from aright.drill.shop import names
from aright.drill.times import MINUTE, SECOND

__all__ = ["MINUTE", "OPENING", "SECOND", "Fault", "Plan", "choose_fault", "make_plan"]

OPENING: Final = 1_772_476_200 * SECOND
"""Monday 2026-03-02 18:30 UTC: when every drill begins."""


class Fault(Enum):
    """What goes wrong."""

    EMPTY = "empty"
    STALE = "stale"
    BAD_MODEL = "bad-model"
    NONE = "none"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One drill, decided by its seed before the first request.

    Attributes:
        seed: what all the rest follows from.
        fault: what goes wrong.
        shards: names of the shards that hold the users' vectors.
        shares: of the users, the share in each of them; sums to 1.
        shard: the shard that is hit, also when nothing is.
        start: the first instant (µs, UTC).
        onset: when the fault begins; the benign shifts come then in any case (µs, UTC).
        sends_flag: whether predictions carry a fallback flag at all.
        restored: of a stale source: whether it went back to an old backup at once (else its refreshing
            stopped, and its age grows until the service refuses it).
        deploys: whether a new model version goes out at the onset.
        releases_service: whether the harmless release is of the shop's own service, else of another.
    """

    seed: int
    fault: Fault
    shards: tuple[str, ...]
    shares: tuple[float, ...]
    shard: str
    start: int
    onset: int
    sends_flag: bool
    restored: bool
    deploys: bool
    releases_service: bool

    @property
    def released_at(self) -> int:
        """When something harmless is released (µs, UTC)."""
        return self.onset - 4 * MINUTE

    @property
    def spike(self) -> tuple[int, int]:
        """From when to when more users come than usual (µs, UTC)."""
        return self.onset - 2 * MINUTE, self.onset + 2 * MINUTE


def choose_fault(name: str, seed: int) -> Fault:
    """Return the fault that ``name`` means: ``source`` is an empty or a stale source, turn about by seed.

    >>> choose_fault("source", 0), choose_fault("source", 1), choose_fault("none", 1)
    (<Fault.EMPTY: 'empty'>, <Fault.STALE: 'stale'>, <Fault.NONE: 'none'>)
    """
    if name == "source":
        return (Fault.EMPTY, Fault.STALE)[seed % 2]
    try:
        return Fault(name)
    except ValueError:
        known = ", ".join(["source", *(fault.value for fault in Fault)])
        raise ValueError(f"there is no fault {name!r}: choose one of {known}") from None


def make_plan(seed: int, fault: Fault) -> Plan:
    """Return the plan of a seed.

    Flags, kinds of staleness and benign deploys take turns by seed, so that of any eight seeds in a row
    just half are of each kind; shards, their sizes and the moment are drawn.

    >>> plan = make_plan(7, Fault.EMPTY)
    >>> 0.27 <= plan.shares[plan.shards.index(plan.shard)] <= 0.33, plan.sends_flag
    (True, False)
    """
    if seed < 0:
        raise ValueError(f"the seed is {seed}: choose 0 or more")
    rng = np.random.default_rng([seed, 1])
    count = int(rng.integers(3, 7))
    shards = tuple(str(name) for name in rng.permutation(names.SHARDS)[:count])
    hit = int(rng.integers(count))
    share = float(rng.uniform(0.27, 0.33))
    weights = rng.uniform(0.6, 1.4, count)
    weights[hit] = 0.0
    shares = weights / weights.sum() * (1 - share)
    shares[hit] = share
    return Plan(
        seed=seed,
        fault=fault,
        shards=shards,
        shares=tuple(float(part) for part in shares),
        shard=shards[hit],
        start=OPENING,
        onset=OPENING + 13 * MINUTE + int(rng.integers(0, 60 * SECOND)),
        sends_flag=(seed // 2) % 2 == 0,
        restored=(seed // 4) % 2 == 1,
        deploys=fault is Fault.BAD_MODEL or (fault is Fault.NONE and seed % 2 == 1),
        releases_service=(seed // 2) % 2 == 1,
    )
