"""The shop's process, told on its standard input where aright is.

Started as ``python -m aright.drill.shop.process FOLDER``.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from aright.drill.shop import names
from aright.drill.shop.messages import Setting
from aright.drill.shop.plan import Plan
from aright.drill.shop.recommend import Recommender
from aright.drill.shop.service import PlayedClock, Shop
from aright.drill.shop.world import ITEMS, USERS, make_people
from aright.drill.wire.server import listen

PLAN_FILE: Final = "plan.json"
TAKEN_FILE: Final = "taken.npy"
"""What users took up in the past: pairs of user and item, shape (n, 2)."""


async def _serve(shop: Shop) -> None:
    """Serve until standard input ends (whoever started the shop has gone) or a signal says so."""
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, over.set)
    loop.add_reader(sys.stdin.fileno(), over.set)
    listener = await listen(shop.handle)
    sys.stdout.write(f"{listener.port}\n")
    sys.stdout.flush()
    await over.wait()
    await listener.close()


def main(folder: Path) -> None:
    """Fit the recommender, wait to be told where aright is, write the own port to standard output, serve."""
    from aright.sdk import Client  # noqa: PLC0415  the tests of the shop's parts need no client

    plan = msgspec.json.decode((folder / PLAN_FILE).read_bytes(), type=Plan)
    pairs = np.load(folder / TAKEN_FILE)
    seen = np.zeros((USERS, ITEMS), dtype=np.float32)
    seen[pairs[:, 0], pairs[:, 1]] = 1
    people = make_people(plan)
    recommender = Recommender(plan, seen, people.shard)
    told = sys.stdin.readline()
    if not told:
        return
    setting = msgspec.json.decode(told, type=Setting)
    clock = PlayedClock(plan.start)
    client = Client(
        setting.url,
        setting.token,
        service=names.SERVICE,
        model=names.MODEL,
        version=names.VERSIONS[0],
        clock=clock,
        spool_dir=str(folder / "spool"),
    )
    try:
        asyncio.run(_serve(Shop(plan, people, recommender, client, clock, setting.secret)))
    finally:
        client.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
