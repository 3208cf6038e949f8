"""The cameras there are: who made them, where they hang, and which firmware each has when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.drill.vision import names
from aright.drill.vision.pictures import SIZE

if TYPE_CHECKING:
    from aright.drill.vision.plan import Plan

CAMERAS: Final = 400
_SIZES: Final = (SIZE, (SIZE[0] * 3 // 2, SIZE[1] * 3 // 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Camera:
    """One camera.

    Attributes:
        name: of it alone.
        make: who made it.
        model: which of the maker's.
        size: of its pictures: width and height (pixels).
        house: where it hangs.
        belt: above which belt.
        lamp: which lamps light it.
        updated: whether it is given its maker's new firmware.
    """

    name: str
    make: str
    model: str
    size: tuple[int, int]
    house: str
    belt: str
    lamp: str
    updated: bool

    def firmware(self, plan: Plan, now: int) -> str:
        """Return the firmware that it has at ``now`` (µs, UTC)."""
        return names.FIRMWARES[self.make][self.updated and now >= plan.onset]


def make_fleet(plan: Plan) -> list[Camera]:
    """Return a seed's cameras.

    A bit more than half of one maker's cameras are given the firmware that may spoil pictures, and as many
    of another's one that never does. Houses mostly buy of one maker, so that house, maker and model are near
    the truth and wrong.
    """
    rng = np.random.default_rng([plan.seed, 32])
    of_make = plan.share / rng.uniform(0.55, 0.65)
    weights = dict.fromkeys(names.MAKES, (1 - of_make) / 2) | {plan.make: of_make}
    makes = rng.choice(names.MAKES, CAMERAS, p=[weights[make] for make in names.MAKES])
    usual = dict(zip(names.MAKES, rng.permutation(names.HOUSES)[: len(names.MAKES)], strict=True))
    fleet = []
    for number, make in enumerate(str(each) for each in makes):
        model = int(rng.integers(2))
        house = usual[make] if rng.random() < 0.7 else rng.choice(names.HOUSES)
        fleet.append(
            Camera(
                name=f"cam-{number:03d}",
                make=make,
                model=names.CAMERAS[make][model],
                size=_SIZES[model],
                house=str(house),
                belt=str(rng.choice(names.BELTS)),
                lamp=str(rng.choice(names.LAMPS)),
                updated=make in {plan.make, plan.other} and bool(rng.random() < plan.share / of_make),
            )
        )
    return fleet
