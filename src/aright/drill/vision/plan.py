"""What a seed decides: whose firmware, in which way it spoils pictures, when, and what else happens."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec
import numpy as np

from aright.drill.times import MINUTE, SECOND
from aright.drill.vision import names

OPENING: Final = 1_772_476_200 * SECOND
"""Monday 2026-03-02 18:30 UTC: when every drill begins."""


class Fault(Enum):
    """What goes wrong."""

    FIRMWARE = "camera-firmware"
    RESIZER = "resizer-format"
    BAD_MODEL = "bad-model"
    BOTH = "both"
    NONE = "none"


class Way(Enum):
    """In which way a firmware spoils pictures."""

    COLOUR_ORDER = "colour order"
    GAMMA = "gamma"
    COMPRESSION = "compression"


class Layout(Enum):
    """How the resizer lays its pixels out."""

    RGB = "rgb24"
    BGR = "bgr24"
    PLANES = "planar-rgb"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One drill, decided by its seed before the first picture.

    Attributes:
        seed: what all the rest follows from.
        fault: what goes wrong.
        make: whose new firmware spoils pictures, also where none does.
        other: whose new firmware changes nothing, at the same time.
        share: of the cameras, the share that is given the former.
        way: in which way it spoils them.
        layout: what the resizer's layout changes to, where it does.
        start: the first instant (µs, UTC).
        onset: when the fault begins (µs, UTC).
        releases_service: whether the harmless deploy is of the grading service itself, else of the
            reviewers' desk.
        announced: whether somebody tells of the firmware or of the resizer's release.
    """

    seed: int
    fault: Fault
    make: str
    other: str
    share: float
    way: Way
    layout: Layout
    start: int
    onset: int
    releases_service: bool
    announced: bool

    @property
    def spoils(self) -> bool:
        """Whether the firmware spoils pictures."""
        return self.fault in {Fault.FIRMWARE, Fault.BOTH}

    @property
    def worsens(self) -> bool:
        """Whether the new model version is worse."""
        return self.fault in {Fault.BAD_MODEL, Fault.BOTH}

    @property
    def deploys_model(self) -> bool:
        """Whether a new model version goes out at the onset; without a fault a good one, with odd seeds."""
        return self.worsens or (self.fault is Fault.NONE and self.seed % 2 == 1)

    @property
    def deployed_at(self) -> int:
        """When the harmless deploy is (µs, UTC)."""
        return self.onset - 4 * MINUTE

    @property
    def spike(self) -> tuple[int, int]:
        """From when to when there is more on the belts than usual (µs, UTC)."""
        return self.onset - 2 * MINUTE, self.onset + 2 * MINUTE


def make_plan(seed: int, fault: Fault) -> Plan:
    """Return the plan of a seed.

    Ways, layouts, deploys and announcements take turns by seed; makers, shares and the moment are drawn.

    >>> plan = make_plan(4, Fault.FIRMWARE)
    >>> plan.way, 0.24 <= plan.share <= 0.34, plan.make != plan.other
    (<Way.GAMMA: 'gamma'>, True, True)
    """
    if seed < 0:
        raise ValueError(f"the seed is {seed}: choose 0 or more")
    rng = np.random.default_rng([seed, 31])
    # Of two faults each has to cost about as much as the other: a gamma costs least.
    ways = (Way.COLOUR_ORDER, Way.COMPRESSION) if fault is Fault.BOTH else tuple(Way)
    make, other = (str(each) for each in rng.permutation(names.MAKES)[:2])
    history = 22 if fault is Fault.RESIZER else 15  # a contract is learnt from nine windows of two minutes
    return Plan(
        seed=seed,
        fault=fault,
        make=make,
        other=other,
        share=float(rng.uniform(0.24, 0.34)),
        way=ways[seed % len(ways)],
        layout=(Layout.BGR, Layout.PLANES)[seed % 2],
        start=OPENING,
        onset=OPENING + history * MINUTE + int(rng.integers(0, 60 * SECOND)),
        releases_service=(seed // 2) % 2 == 0,
        announced=(seed // 3) % 2 == 1,
    )
