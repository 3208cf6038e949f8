"""The versions of the model, each trained at start from pictures of good cameras."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.drill.vision import names
from aright.drill.vision.cameras import take
from aright.drill.vision.eye import SIDE, Eye, Floats, train
from aright.drill.vision.fleet import make_fleet
from aright.drill.vision.pictures import draw
from aright.drill.vision.plan import Fault, Layout, make_plan
from aright.drill.vision.resizer import resize

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.drill.vision.plan import Plan

TRAINED_ON: Final = {names.OLDEST: 700, names.VERSIONS[0]: 900, names.VERSIONS[1]: 1_000}
"""Pictures that each version has learnt from: of all that there are, the first so many."""


def make_versions(plan: Plan) -> dict[str, Eye]:
    """Return the versions that can serve, the oldest first.

    The newest is only there where it is released. Where it is worse, the list that says what is on the
    pictures was put together anew, and two kinds were mixed up in it.
    """
    pictures, kinds = _gathered(plan.seed)
    made = {}
    for version, count in TRAINED_ON.items():
        newest = version == names.VERSIONS[1]
        if newest and not plan.deploys_model:
            continue
        learned = _mixed_up(kinds, plan) if newest and plan.worsens else kinds
        made[version] = train(pictures[:count], learned[:count])
    return made


def as_read(pixels: bytes) -> Floats:
    """Return pixels as the model reads them, whatever they mean: shape (1, 24, 24, 3), 0 to 1."""
    return (np.frombuffer(pixels, dtype=np.uint8).reshape(1, SIDE, SIDE, 3) / np.float32(255)).astype(
        np.float32
    )


@lru_cache(maxsize=1)
def _gathered(seed: int) -> tuple[Floats, list[int]]:
    """Return pictures of good cameras and what is on them: those of a seed, whatever goes wrong later."""
    plan = make_plan(seed, Fault.NONE)
    rng = np.random.default_rng([seed, 33])
    fleet = make_fleet(plan)
    count = max(TRAINED_ON.values())
    kinds: list[int] = rng.integers(len(names.KINDS), size=count).tolist()
    pictures = []
    for kind in kinds:
        camera = fleet[int(rng.integers(len(fleet)))]
        file = take(draw(names.KINDS[kind], rng), camera, camera.firmware(plan, plan.start), None)
        pictures.append(as_read(resize(file, SIDE, Layout.RGB).pixels))
    return np.concatenate(pictures), kinds


def _mixed_up(kinds: Sequence[int], plan: Plan) -> list[int]:
    one, other = np.random.default_rng([plan.seed, 34]).permutation(len(names.KINDS))[:2].tolist()
    taken_for = {one: other, other: one}
    return [taken_for.get(kind, kind) for kind in kinds]
