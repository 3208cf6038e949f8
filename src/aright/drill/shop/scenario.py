"""The drill ``recommender-silent``: "Recommended for you" turns generic, and nothing reports an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.drill.news import News, Newsroom, release
from aright.drill.oncall import Person
from aright.drill.services import Services
from aright.drill.serving import PLAN_FILE
from aright.drill.shop import names
from aright.drill.shop.messages import BEACONS
from aright.drill.shop.mitigation import RESTORE_PATH, ROLL_BACK_PATH
from aright.drill.shop.outcome import Truth, judge
from aright.drill.shop.plan import Fault, Plan, choose_fault, make_plan
from aright.drill.shop.process import TAKEN_FILE
from aright.drill.shop.visitors import Visitors
from aright.drill.shop.world import make_liking, make_people, take_up
from aright.drill.webhook import offer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aright.drill.narrator import Narrator
    from aright.drill.oncall import Notes
    from aright.drill.pager import Pager
    from aright.drill.result import Result
    from aright.drill.scenario import Aright, Played
    from aright.drill.stage import Child

SHOP: Final = "shop"
LANES: Final = 4
"""Connections to the shop."""


class ShopScenario:
    """The shop and its users.

    Its attributes are those of ``Scenario``.

    Args:
        plan: what is to happen.
    """

    service: Final = names.SERVICE
    what: Final = "the shop"
    person: Final = Person
    done: Final = False
    catalog: Final = None
    later: Final = 0  # others are measured by this one

    def __init__(self, plan: Plan) -> None:
        self.start = plan.start
        self.calm = plan.fault is Fault.NONE
        self._plan = plan
        self._visitors: Visitors
        self._services = Services("aright.drill.shop.process", (SHOP,), lanes=LANES)
        self._news: Newsroom | None = None

    @property
    def asked(self) -> int:
        """Return how many lists were asked for."""
        return self._visitors.asked

    def prepare(self, folder: Path, minutes: int) -> None:
        """Write down what the shop has to know, and make up the users' visits."""
        people = make_people(self._plan)
        liking = make_liking(self._plan, people)
        (folder / PLAN_FILE).write_bytes(msgspec.json.encode(self._plan))
        np.save(folder / TAKEN_FILE, np.argwhere(take_up(self._plan, liking) > 0))
        self._visitors = Visitors(self._plan, people, liking, minutes=minutes)

    async def launch(self, folder: Path) -> Sequence[Child]:
        """Start the shop, which trains its recommender."""
        return await self._services.launch(folder)

    async def connect(self, aright: Aright) -> Mapping[str, Mapping[str, object]]:
        """Tell the shop where aright is; return its entry in the catalog."""
        await self._services.connect(aright)
        self._news = Newsroom(aright, [_harmless(self._plan)])
        return {names.SERVICE: _catalog_entry(self._services.url(SHOP), aright.secret)}

    async def step(self, start: int, end: int) -> int:
        """Let users ask, look and click; return rows lost."""
        assert self._news is not None  # noqa: S101  connected before the first step
        await self._news.tell(end)
        shop = self._services[SHOP]
        rows, requests = self._visitors.ask(start, end)
        self._visitors.look(rows, await shop.exchange(requests))
        await shop.send("POST", BEACONS, msgspec.json.encode(self._visitors.beacons(end)))
        return await self._services.flush()

    def watch(self, notes: Notes, now: int, narrator: Narrator) -> None:
        """Tell nothing: the person on call has told it all."""

    def judge(self, played: Played, notes: Notes, pager: Pager) -> Result:
        """Return what came of it."""
        truth = Truth(plan=self._plan, visitors=self._visitors, played=played)
        return judge(truth, notes, pager)

    async def close(self) -> None:
        """Hang up."""
        self._services.close()
        if self._news is not None:
            self._news.close()


def make_scenario(fault: str, seed: int) -> ShopScenario:
    """Return the drill of a seed; raises ``ValueError`` for a fault or a seed that there is not."""
    return ShopScenario(make_plan(seed, choose_fault(fault, seed)))


def _harmless(plan: Plan) -> News:
    """Return a release that has nothing to do with what goes wrong."""
    service = names.SERVICE if plan.releases_service else names.CART
    return release(plan.released_at, service, names.RELEASES)


def _catalog_entry(shop: str, secret: str) -> dict[str, object]:
    """Return what the shop's team puts into the catalog: no segments, so that these must be found."""
    restore = offer(
        shop + RESTORE_PATH,
        secret,
        action=names.RESTORE,
        title="Serve the last good snapshot of a vector source",
        remedy="restore_source",
    )
    roll_back = offer(
        shop + ROLL_BACK_PATH,
        secret,
        action=names.ROLL_BACK,
        title="Serve a named model version",
        remedy="roll_back_model",
    )
    return {
        "type": "recommender",
        "tier": 2,
        "owners": ["Discovery team"],
        "quality": [names.CLICK],
        "actions": [restore, roll_back],
    }
