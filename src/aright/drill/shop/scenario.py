"""The drill ``recommender-silent``: "Recommended for you" turns generic, and nothing reports an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from aright.drill.failure import StageError
from aright.drill.messages import FLUSH, Flushed, Setting
from aright.drill.news import News, Newsroom, release
from aright.drill.serving import PLAN_FILE, SERVING
from aright.drill.shop import names
from aright.drill.shop.messages import BEACONS
from aright.drill.shop.mitigation import RESTORE_PATH, ROLL_BACK_PATH
from aright.drill.shop.outcome import Truth, judge
from aright.drill.shop.plan import Fault, Plan, choose_fault, make_plan
from aright.drill.shop.process import TAKEN_FILE
from aright.drill.shop.visitors import Visitors
from aright.drill.shop.world import make_liking, make_people, take_up
from aright.drill.stage import Child
from aright.drill.stage import start as start_process
from aright.drill.webhook import offer
from aright.drill.wire.client import Connections

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aright.drill.narrator import Narrator
    from aright.drill.oncall import Notes
    from aright.drill.pager import Pager
    from aright.drill.result import Result
    from aright.drill.scenario import Aright, Played


class ShopScenario:
    """The shop and its users.

    Args:
        plan: what is to happen.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._visitors: Visitors
        self._child: Child
        self._shop: Connections | None = None
        self._news: Newsroom | None = None

    @property
    def start(self) -> int:
        """Return the first instant (µs, UTC)."""
        return self._plan.start

    @property
    def calm(self) -> bool:
        """Return whether nothing goes wrong."""
        return self._plan.fault is Fault.NONE

    @property
    def later(self) -> int:
        """Return nothing: others are measured by this one."""
        return 0

    @property
    def service(self) -> str:
        """Return the recommender's name."""
        return names.SERVICE

    @property
    def what(self) -> str:
        """Return what is started."""
        return "the shop"

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
        self._child = await start_process(
            "shop",
            ("-m", "aright.drill.shop.process", "shop", str(folder)),
            folder=folder,
            environment={},
            talks=True,
        )
        return [self._child]

    async def connect(self, aright: Aright) -> Mapping[str, Mapping[str, object]]:
        """Tell the shop where aright is; return its entry in the catalog."""
        port = int(await self._child.line())
        setting = Setting(url=aright.url, token=aright.token, secret=aright.secret, ports={})
        self._child.write(msgspec.json.encode(setting))
        if await self._child.line() != SERVING:
            raise StageError("the shop did not begin to serve: look into its log")
        self._shop = Connections("the shop", port)
        self._news = Newsroom(aright, [_harmless(self._plan)])
        return {names.SERVICE: _catalog_entry(f"http://127.0.0.1:{port}", aright.secret)}

    async def step(self, start: int, end: int) -> int:
        """Let users ask, look and click; return rows lost."""
        shop, news = self._shop, self._news
        assert shop is not None  # noqa: S101  connected before the first step
        assert news is not None  # noqa: S101
        await news.tell(end)
        rows, requests = self._visitors.ask(start, end)
        self._visitors.look(rows, await shop.exchange(requests))
        await shop.send("POST", BEACONS, msgspec.json.encode(self._visitors.beacons(end)))
        flushed = msgspec.json.decode((await shop.send("POST", FLUSH)).body, type=Flushed)
        if not flushed.sent:
            raise StageError("the shop could not send what it reported: look at aright's log and the shop's")
        return flushed.dropped

    def watch(self, notes: Notes, now: int, narrator: Narrator) -> None:
        """Tell nothing: the person on call has told it all."""

    def judge(self, played: Played, notes: Notes, pager: Pager) -> Result:
        """Return what came of it."""
        truth = Truth(plan=self._plan, visitors=self._visitors, played=played)
        return judge(truth, notes, pager)

    async def close(self) -> None:
        """Hang up."""
        for each in (self._shop, self._news):
            if each is not None:
                each.close()


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
