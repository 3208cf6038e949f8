"""What a seed decides: which releases come, in which order, by which links, and which market is hit."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec
import numpy as np

from aright.drill.fraud import names
from aright.drill.times import SECOND

OPENING: Final = 1_772_476_200 * SECOND
"""Monday 2026-03-02 18:30 UTC: when every drill begins."""


class Fault(Enum):
    """Which releases come."""

    ALL = "all"
    GOOD = "good"
    SEGMENT = "segment"
    UNITS = "units"
    SLOW = "slow"
    LEAK = "leak"
    FORCED = "forced"


class Nature(Enum):
    """What a release is like."""

    GOOD = "good"
    """As good as the version before."""
    SEGMENT = "segment"
    """Trained before the labels of one market had come: there it lets fraud pass."""
    UNITS = "units"
    """A sound model whose features are made with the amount in cents."""
    SLOW = "slow"
    """A bag of models, asked one after the other."""
    LEAK = "leak"
    """Its native scorer never frees what it allocates for a call."""
    LABELS = "labels"
    """Trained before most labels had come: it lets fraud pass everywhere."""


class Link(Enum):
    """Where a release may be stopped, the earliest first."""

    GATE = "gate"
    SHADOW = "shadow"
    CANARY = "canary"
    PRODUCTION = "production"


class Coming(msgspec.Struct, frozen=True, kw_only=True):
    """One release.

    Attributes:
        nature: what it is like.
        version: its name in the registry, which gives versions numbers in the order in which they are made.
        shadow: whether it is given copies first, before it serves anybody.
        forced: whether somebody lets it past all links.
    """

    nature: Nature
    version: str
    shadow: bool
    forced: bool = False

    @property
    def stopped_at(self) -> Link | None:
        """Return the earliest link that can see what is wrong with it; ``None`` for a good one."""
        if self.nature is Nature.GOOD:
            return None
        if self.forced:
            return Link.PRODUCTION
        if self.nature in {Nature.SLOW, Nature.LEAK, Nature.LABELS}:
            return Link.GATE
        return Link.SHADOW if self.shadow else Link.CANARY


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One drill, decided by its seed before the first payment.

    Attributes:
        seed: what all the rest follows from.
        fault: which releases come.
        start: the first instant (µs, UTC).
        market: the one whose labels come late.
        shares: of the cards, the share of each market; sums to 1.
        releases: what comes, in order.
    """

    seed: int
    fault: Fault
    start: int
    market: str
    shares: tuple[float, ...]
    releases: tuple[Coming, ...]


FIRST_VERSION: Final = "1"
"""The version that serves when a drill begins."""

_ORDINARY: Final = (Nature.GOOD, Nature.SEGMENT, Nature.UNITS, Nature.SLOW, Nature.LEAK)


def make_plan(seed: int, fault: Fault) -> Plan:
    """Return the plan of a seed; raises ``ValueError`` for a seed below 0.

    With ``all``, the order of the releases is drawn, and the one that is forced comes last. With even seeds
    releases are given copies before they serve anybody, unless labels of these would never tell.

    >>> plan = make_plan(3, Fault.ALL)
    >>> [(one.version, one.nature.value) for one in plan.releases][-1]
    ('7', 'labels')
    >>> make_plan(3, Fault.UNITS).releases[0].stopped_at, make_plan(4, Fault.UNITS).releases[0].stopped_at
    (<Link.CANARY: 'canary'>, <Link.SHADOW: 'shadow'>)
    """
    if seed < 0:
        raise ValueError(f"the seed is {seed}: choose 0 or more")
    rng = np.random.default_rng([seed, 51])
    shares = rng.uniform(0.8, 1.2, len(names.MARKETS))
    market = names.MARKETS[int(rng.integers(len(names.MARKETS)))]
    order = [_ORDINARY[k] for k in rng.permutation(len(_ORDINARY))]
    natures = {
        Fault.ALL: [*order, Nature.LABELS],
        Fault.FORCED: [Nature.LABELS],
    }.get(fault) or [Nature(fault.value)]
    return Plan(
        seed=seed,
        fault=fault,
        start=OPENING,
        market=market,
        shares=tuple((shares / shares.sum()).tolist()),
        releases=tuple(_coming(seed, place, nature) for place, nature in enumerate(natures)),
    )


def _coming(seed: int, place: int, nature: Nature) -> Coming:
    # Who refuses less has no labels to show for it until it serves: of what the other one refused they never
    # come, but for the few that are let through at random. Its shadow would hold, for a person to say.
    told_by_copies = nature is not Nature.SEGMENT and seed % 2 == 0
    return Coming(
        nature=nature,
        version=str(place + 2),
        shadow=told_by_copies,
        forced=nature is Nature.LABELS,
    )
