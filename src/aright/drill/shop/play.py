"""The drill ``recommender-silent``: "Recommended for you" turns generic, and nothing reports an error."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.drill.byhand import Onlooker
from aright.drill.doors import Doors
from aright.drill.failure import AnswerError, StageError, UnreachableError
from aright.drill.oncall import Person
from aright.drill.pager import Pager
from aright.drill.shop import names
from aright.drill.shop.messages import BEACONS, FLUSH, Flushed, Setting
from aright.drill.shop.mitigation import RESTORE_PATH, ROLL_BACK_PATH, UNDO
from aright.drill.shop.outcome import Truth, judge
from aright.drill.shop.plan import MINUTE, SECOND, Fault, Plan
from aright.drill.shop.process import PLAN_FILE, TAKEN_FILE
from aright.drill.shop.visitors import Visitors
from aright.drill.shop.world import make_liking, make_people, take_up
from aright.drill.stage import Child, start
from aright.drill.wire.client import Connections

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.drill.narrator import Narrator
    from aright.drill.result import Result
    from aright.drill.views import StatusView

SERVER: Final = ("-m", "aright", "serve")
STEP: Final = 10 * SECOND
CALM_MINUTES: Final = 21
"""How long is played when nothing goes wrong."""
LONGEST_MINUTES: Final = 34
"""How long is played at most."""
BY_HAND_MINUTES: Final = 170
"""The same where somebody has to read and think."""
MARGIN_MINUTES: Final = 6
"""Traffic there is beyond the end of the drill."""
BY_HAND_PACE_S: Final = 2.0
"""Seconds that a step takes once a cause is named: recovery can be watched, at five times life's pace."""


class Play:
    """One drill: aright, the shop, the users, the pager and the person on call.

    Args:
        plan: what is to happen.
        folder: for data and logs.
        port: wanted for aright.
        narrator: is told.
        server: how aright is started, after the interpreter.
        by_hand: leave the incident to whoever runs the drill; the clock then turns slowly from the page on.
    """

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        port: int,
        narrator: Narrator,
        server: Sequence[str] = SERVER,
        *,
        by_hand: bool = False,
    ) -> None:
        self._plan = plan
        self._folder = folder
        self._port = port
        self._narrator = narrator
        self._server = server
        self._by_hand = by_hand
        self._token = secrets.token_urlsafe(24)
        self._began = time.perf_counter()
        self._explained_wall: float | None = None
        self._pager = Pager(secrets.token_hex(16))
        self._children: list[Child] = []
        self._lost = 0
        self._link = ""
        self._url = ""
        people = make_people(plan)
        liking = make_liking(plan, people)
        (folder / PLAN_FILE).write_bytes(msgspec.json.encode(plan))
        np.save(folder / TAKEN_FILE, np.argwhere(take_up(plan, liking) > 0))
        minutes = (BY_HAND_MINUTES if by_hand else LONGEST_MINUTES) + MARGIN_MINUTES
        self._visitors = Visitors(plan, people, liking, minutes=minutes)

    async def run(self) -> Result:
        """Play it and return what came of it; raises ``BrokenError`` where it cannot go on."""
        try:
            return await self._play()
        except (AnswerError, UnreachableError) as broken:
            logs = "\n".join(child.failure("was still running").args[0] for child in self._children)
            raise StageError(f"{broken}\n{logs}") from broken

    async def _play(self) -> Result:
        narrator, plan = self._narrator, self._plan
        narrator.tell(plan.start, "starting aright and the shop")
        doors, shop = await self._set_up()
        if self._port and not doors.url.endswith(f":{self._port}"):
            narrator.tell(plan.start, f"port {self._port} is taken or forbidden, so a free one was chosen")
        narrator.tell(
            plan.start, f"the shop is open and its recommender trained; aright listens at {doors.url}"
        )
        self._url = doors.url
        person = self._person(doors)
        now = plan.start
        status = await doors.advance(now)
        calm = plan.fault is Fault.NONE
        longest = BY_HAND_MINUTES if self._by_hand else LONGEST_MINUTES
        end = plan.start + (CALM_MINUTES if calm else longest) * MINUTE
        while not person.done and now < end:
            status = await self._step(doors, shop, now)
            now += STEP
            await person.look(now, status.open_incidents)
            narrator.pass_time(now, f"{self._visitors.asked:,} requests · {person.notes.stage.value}")
            if self._by_hand and person.notes.explained_at:
                await asyncio.sleep(BY_HAND_PACE_S)
        await person.leave()
        self._link = person.notes.link
        shop.close()
        truth = Truth(
            plan=plan,
            visitors=self._visitors,
            end=now,
            lost=self._lost + status.quarantined,
            late=status.late,
            explained_wall_s=self._explained_wall,
            wall_s=time.perf_counter() - self._began,
        )
        return judge(truth, person.notes, self._pager, by_hand=self._by_hand)

    async def stay(self) -> None:
        """Keep serving the pages until cancelled, or until aright goes away."""
        if self._link:
            self._narrator.point("aright keeps serving until Ctrl-C; the incident's page", self._link)
        else:
            self._narrator.point("aright keeps serving until Ctrl-C", self._url)
        await self._children[0].gone()

    async def close(self) -> None:
        """Stop the processes, the shop first, then the pager."""
        for child in reversed(self._children):
            await child.stop()
        await self._pager.close()

    def _person(self, doors: Doors) -> Person:
        who = (doors, self._pager, self._narrator, names.SERVICE, self._explained)
        if not self._by_hand:
            return Person(*who)
        return Onlooker(*who, token=self._token, aright=_command())

    async def _set_up(self) -> tuple[Doors, Connections]:
        token, secret = self._token, secrets.token_urlsafe(24)
        key_file = self._folder / "pagerduty.key"
        key_file.touch(mode=0o600)
        key_file.write_text(self._pager.routing_key)
        pager_url = await self._pager.open()
        aright = await start(
            "aright",
            (
                *self._server,
                *("--host", "127.0.0.1", "--port", str(self._port)),
                *("--store", str(self._folder / "store")),
                *("--clock", "driven", "--clock-start", str(self._plan.start)),
                *("--pagerduty-url", pager_url, "--pagerduty-key-file", str(key_file)),
            ),
            folder=self._folder,
            environment={"ARIGHT_TOKEN": token},
        )
        self._children.append(aright)
        shop = await start(
            "shop",
            ("-m", "aright.drill.shop.process", str(self._folder)),
            folder=self._folder,
            environment={},
            talks=True,
        )
        self._children.append(shop)
        doors = Doors(await aright.ready_port(), token)
        shop.write(msgspec.json.encode(Setting(url=doors.url, token=token, secret=secret)))
        port = int(await shop.line())
        await doors.register(names.SERVICE, _catalog_entry(f"http://127.0.0.1:{port}", secret))
        return doors, Connections("the shop", port)

    async def _step(self, doors: Doors, shop: Connections, now: int) -> StatusView:
        rows, requests = self._visitors.ask(now, now + STEP)
        self._visitors.look(rows, await shop.exchange(requests))
        beacons = self._visitors.beacons(now + STEP)
        await shop.send("POST", BEACONS, msgspec.json.encode(beacons))
        flushed = msgspec.json.decode((await shop.send("POST", FLUSH)).body, type=Flushed)
        self._lost = flushed.dropped
        if not flushed.sent:
            raise StageError("the shop could not send what it reported: look at aright's log and the shop's")
        return await doors.advance(now + STEP)

    def _explained(self) -> None:
        self._explained_wall = time.perf_counter() - self._began


def _command() -> str:
    """Return how the command line is called from here."""
    installed = Path(sys.executable).with_name("aright")
    if not installed.exists():
        return f"{sys.executable} -m aright"
    here = Path.cwd()
    return str(installed.relative_to(here) if installed.is_relative_to(here) else installed)


def _catalog_entry(shop: str, secret: str) -> dict[str, object]:
    """Return what the shop's team puts into the catalog: no segments, so that these must be found."""
    restore = {
        "id": names.RESTORE,
        "title": "Serve the last good snapshot of a vector source",
        "remedy": "restore_source",
        "url": shop + RESTORE_PATH,
        "undo_url": shop + RESTORE_PATH + UNDO,
        "secret": secret,
    }
    roll_back = {
        "id": names.ROLL_BACK,
        "title": "Serve a named model version",
        "remedy": "roll_back_model",
        "url": shop + ROLL_BACK_PATH,
        "undo_url": shop + ROLL_BACK_PATH + UNDO,
        "secret": secret,
    }
    return {
        "type": "recommender",
        "tier": 2,
        "owners": ["Discovery team"],
        "quality": [names.CLICK],
        "actions": [restore, roll_back],
    }
