"""The shop's process, told on its standard input where aright is.

Started as ``python -m aright.drill.shop.process ROLE FOLDER``.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.drill.reporting import open_client
from aright.drill.serving import PLAN_FILE, serve
from aright.drill.shop import names
from aright.drill.shop.plan import Plan
from aright.drill.shop.recommend import Recommender
from aright.drill.shop.service import PlayedClock, Shop
from aright.drill.shop.world import ITEMS, USERS, make_people

if TYPE_CHECKING:
    from aright.drill.messages import Setting
    from aright.drill.serving import Made
    from aright.drill.shop.world import People

TAKEN_FILE: Final = "taken.npy"
"""What users took up in the past: pairs of user and item, shape (n, 2)."""


def main(folder: Path) -> None:
    """Fit the recommender, then serve."""
    plan = msgspec.json.decode((folder / PLAN_FILE).read_bytes(), type=Plan)
    pairs = np.load(folder / TAKEN_FILE)
    seen = np.zeros((USERS, ITEMS), dtype=np.float32)
    seen[pairs[:, 0], pairs[:, 1]] = 1
    people = make_people(plan)
    recommender = Recommender(plan, seen, people.shard)
    asyncio.run(serve(lambda setting: _make(plan, people, recommender, setting, folder)))


def _make(plan: Plan, people: People, recommender: Recommender, setting: Setting, folder: Path) -> Made:
    clock = PlayedClock(plan.start)
    client = open_client(
        setting, folder, clock, service=names.SERVICE, model=names.MODEL, version=names.VERSIONS[0]
    )
    return Shop(plan, people, recommender, client, clock, setting.secret).handle, client.close


if __name__ == "__main__":
    main(Path(sys.argv[2]))
