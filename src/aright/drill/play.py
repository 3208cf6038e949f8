"""Playing a drill: aright, the services of a scenario, a pager and the person on call, on a driven clock."""

from __future__ import annotations

import asyncio
import secrets
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.drill.byhand import Onlooker
from aright.drill.doors import Doors
from aright.drill.failure import AnswerError, StageError, UnreachableError
from aright.drill.pager import Pager
from aright.drill.scenario import Aright, Played
from aright.drill.stage import Child, start
from aright.drill.times import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.drill.narrator import Narrator
    from aright.drill.oncall import Person
    from aright.drill.result import Result
    from aright.drill.scenario import Scenario

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
    """One drill.

    Args:
        scenario: what is to happen.
        folder: for data and logs.
        port: wanted for aright.
        narrator: is told.
        server: how aright is started, after the interpreter.
        by_hand: leave the incident to whoever runs the drill; the clock then turns slowly from the page on.
    """

    def __init__(
        self,
        scenario: Scenario,
        folder: Path,
        port: int,
        narrator: Narrator,
        server: Sequence[str] = SERVER,
        *,
        by_hand: bool = False,
    ) -> None:
        self._scenario = scenario
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
        self._link = ""
        self._shows = ("", "")
        self._url = ""
        longest = (BY_HAND_MINUTES if by_hand else LONGEST_MINUTES) + scenario.later
        scenario.prepare(folder, longest + MARGIN_MINUTES)

    async def run(self) -> Result:
        """Play it and return what came of it; raises ``BrokenError`` where it cannot go on."""
        try:
            return await self._play()
        except (AnswerError, UnreachableError) as broken:
            logs = "\n".join(child.failure("was still running").args[0] for child in self._children)
            raise StageError(f"{broken}\n{logs}") from broken

    async def _play(self) -> Result:
        narrator, scenario = self._narrator, self._scenario
        now = scenario.start
        narrator.tell(now, f"starting aright and {scenario.what}")
        doors = await self._set_up()
        if self._port and not doors.url.endswith(f":{self._port}"):
            narrator.tell(now, f"port {self._port} is taken or forbidden, so a free one was chosen")
        narrator.tell(now, f"{scenario.what} {_are(scenario.what)} open; aright listens at {doors.url}")
        narrator.tell(
            now, f"logs (with --folder they stay): {', '.join(str(child.log) for child in self._children)}"
        )
        self._url = doors.url
        person = self._person(doors)
        status = await doors.advance(now)
        longest = BY_HAND_MINUTES if self._by_hand else LONGEST_MINUTES
        end = now + ((CALM_MINUTES if scenario.calm else longest) + scenario.later) * MINUTE
        lost = 0
        while not (person.done or scenario.done) and now < end:
            lost = await scenario.step(now, now + STEP)
            status = await doors.advance(now + STEP)
            now += STEP
            await person.look(now, status.open_incidents)
            scenario.watch(person.notes, now, narrator)
            narrator.pass_time(now, f"{scenario.asked:,} requests · {person.notes.stage.value}")
            if self._by_hand and person.notes.explained_at:
                await asyncio.sleep(BY_HAND_PACE_S)
        await person.leave()
        self._link, self._shows = person.notes.link, person.shows
        played = Played(
            end=now,
            lost=lost + status.quarantined,
            late=status.late,
            explained_wall_s=self._explained_wall,
            wall_s=time.perf_counter() - self._began,
            by_hand=self._by_hand,
        )
        return scenario.judge(played, person.notes, self._pager)

    async def stay(self) -> None:
        """Keep serving the pages until cancelled, or until aright goes away."""
        if self._link:
            what, command = self._shows
            self._narrator.point(f"aright keeps serving until Ctrl-C; {what}", self._link)
            self._narrator.say(
                "The link works once, for ten minutes. For another, or on the command line:\n"
                f"  export ARIGHT_URL={self._url} ARIGHT_TOKEN={self._token}\n"
                f"  {_command()} {command} {self._link.rpartition('/')[2]}"
            )
        else:
            self._narrator.point("aright keeps serving until Ctrl-C", self._url)
        await self._children[0].gone()

    async def close(self) -> None:
        """Stop the processes, aright last, then the pager."""
        await self._scenario.close()
        for child in reversed(self._children):
            await child.stop()
        await self._pager.close()

    def _person(self, doors: Doors) -> Person:
        who = (doors, self._pager, self._narrator, self._scenario.service, self._explained)
        if not self._by_hand:
            return self._scenario.person(*who)
        return Onlooker(*who, token=self._token, aright=_command())

    async def _set_up(self) -> Doors:
        key_file = self._folder / "pagerduty.key"
        key_file.touch(mode=0o600)
        key_file.write_text(self._pager.routing_key)
        pager_url, catalog = await self._pager.open(), self._scenario.catalog
        aright = await start(
            "aright",
            (
                *self._server,
                *("--host", "127.0.0.1", "--port", str(self._port)),
                *("--store", str(self._folder / "store")),
                *("--clock", "driven", "--clock-start", str(self._scenario.start)),
                *("--pagerduty-url", pager_url, "--pagerduty-key-file", str(key_file)),
                *(("--catalog", str(catalog.file)) if catalog else ()),
            ),
            folder=self._folder,
            environment={"ARIGHT_TOKEN": self._token, **(catalog.secrets if catalog else {})},
        )
        self._children.append(aright)
        self._children += await self._scenario.launch(self._folder)
        doors = Doors(await aright.ready_port(), self._token)
        known = Aright(url=doors.url, token=self._token, secret=secrets.token_urlsafe(24))
        for name, entry in (await self._scenario.connect(known)).items():
            await doors.register(name, entry)
        return doors

    def _explained(self) -> None:
        self._explained_wall = time.perf_counter() - self._began


def _are(what: str) -> str:
    """Return the verb that goes with one thing or several.

    >>> _are("the shop"), _are("three services"), _are("the shop and its bank")
    ('is', 'are', 'are')
    """
    return "are" if what.endswith("s") or " and " in what else "is"


def _command() -> str:
    """Return how the command line is called from here."""
    installed = Path(sys.executable).with_name("aright")
    if not installed.exists():
        return f"{sys.executable} -m aright"
    here = Path.cwd()
    return str(installed.relative_to(here) if installed.is_relative_to(here) else installed)
