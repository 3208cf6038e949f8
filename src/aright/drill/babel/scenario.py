"""The drill ``translation-cascade``: a third party changes its answers a little, and three services fail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.babel import names
from aright.drill.babel.outcome import Truth, contract_in_words, judge
from aright.drill.babel.people import People
from aright.drill.babel.plan import Fault, Plan, make_plan
from aright.drill.babel.process import LANES, PROVIDER
from aright.drill.babel.provider import Provider
from aright.drill.babel.translation import PIN_PATH, ROLL_BACK_PATH
from aright.drill.narrator import clock_text
from aright.drill.news import News, Newsroom, release
from aright.drill.oncall import Person
from aright.drill.services import Services
from aright.drill.serving import PLAN_FILE
from aright.drill.webhook import offer
from aright.drill.wire.server import Listener, listen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from aright.drill.narrator import Narrator
    from aright.drill.oncall import Notes
    from aright.drill.pager import Pager
    from aright.drill.result import Result
    from aright.drill.scenario import Aright, Played
    from aright.drill.stage import Child


class BabelScenario:
    """Translation, chatbot, help desk, a third party, and their users.

    Its attributes are those of ``Scenario``.

    Args:
        plan: what is to happen.
    """

    service: Final = names.TRANSLATION
    what: Final = "three services and a third party of theirs"
    person: Final = Person
    done: Final = False
    catalog: Final = None
    later: Final = 9  # minutes that a contract takes to be learnt

    def __init__(self, plan: Plan) -> None:
        self.start = plan.start
        self.calm = plan.fault is Fault.NONE
        self._plan = plan
        self._people: People
        self._services = Services("aright.drill.babel.process", names.SERVICES, lanes=LANES)
        self._news: Newsroom | None = None
        self._third: Listener | None = None
        self._told: set[str] = set()
        self._explained = False

    @property
    def asked(self) -> int:
        """Return how many chats and tickets users wrote."""
        return self._people.asked

    def prepare(self, folder: Path, minutes: int) -> None:
        """Write down what the processes have to know, and make up the users' visits."""
        (folder / PLAN_FILE).write_bytes(msgspec.json.encode(self._plan))
        self._people = People(self._plan, minutes)

    async def launch(self, folder: Path) -> Sequence[Child]:
        """Start the three; the third party listens in this process."""
        self._third = await listen(Provider(self._plan).handle)
        return await self._services.launch(folder)

    async def connect(self, aright: Aright) -> Mapping[str, Mapping[str, object]]:
        """Tell each where the others are; return the services' entries in the catalog."""
        assert self._third is not None  # noqa: S101  launched before
        await self._services.connect(aright, {PROVIDER: self._third.port})
        self._news = Newsroom(aright, _news_of(self._plan))
        return _catalog(self._services.url(names.TRANSLATION), aright.secret)

    async def step(self, start: int, end: int) -> int:
        """Let users write and read; return rows lost."""
        assert self._news is not None  # noqa: S101  connected before the first step
        await self._news.tell(end)
        rows, chats = self._people.chats(start, end)
        tickets = self._people.tickets(start, end)
        replies, _ = await asyncio.gather(
            self._services[names.CHAT].exchange(chats), self._services[names.DESK].exchange(tickets)
        )
        self._people.read(rows, replies)
        return await self._services.flush()

    def watch(self, notes: Notes, now: int, narrator: Narrator) -> None:
        """Tell what broke, and which services join the incident: none of them pages anybody again."""
        words = contract_in_words(notes.incident) if notes.explained_at else ""
        if words and not self._explained:
            self._explained = True
            narrator.tell(now, f"in words: {words}")
        for hit in notes.incident.hits if notes.incident else ():
            if hit.service not in self._told:
                self._told.add(hit.service)
                narrator.tell(now, f"{hit.service} is in it: its harm began at {clock_text(hit.onset)}")

    def judge(self, played: Played, notes: Notes, pager: Pager) -> Result:
        """Return what came of it."""
        return judge(Truth(plan=self._plan, people=self._people, played=played), notes, pager)

    async def close(self) -> None:
        """Hang up; the third party stops listening."""
        self._services.close()
        if self._news is not None:
            self._news.close()
        if self._third is not None:
            await self._third.close()


def make_scenario(fault: str, seed: int) -> BabelScenario:
    """Return the drill of a seed; raises ``ValueError`` for a fault or a seed that there is not."""
    return BabelScenario(make_plan(seed, Fault(fault)))


def _news_of(plan: Plan) -> list[News]:
    """Return what their pipelines tell of releases: none of them breaks anything."""
    told = [release(plan.released_at, names.BILLING, names.BILLING_VERSIONS)]
    if plan.fault is Fault.RELEASE:
        told.append(release(plan.onset, names.TRANSLATION, names.RELEASES))
    if plan.deploys:
        told.append(release(plan.deployed_at, names.CHAT, names.CHAT_VERSIONS))
    return told


def _catalog(translation: str, secret: str) -> dict[str, dict[str, object]]:
    """Return what the teams put into the catalog: not who calls whom, so that this must be found."""
    pin = offer(
        translation + PIN_PATH,
        secret,
        action=names.PIN,
        title="Ask the translation provider for the interface version before",
        remedy="pin_dependency",
    )
    roll_backs = [
        offer(
            translation + ROLL_BACK_PATH,
            secret,
            action=action,
            title="Serve the release before",
            remedy=remedy,
        )
        for action, remedy in zip(names.ROLL_BACKS, ("roll_back_model", "roll_back_change"), strict=True)
    ]
    actions = [pin, *roll_backs]
    return {
        names.TRANSLATION: {"type": "translation", "tier": 2, "owners": ["Languages"], "actions": actions},
        names.CHAT: {"type": "llm", "tier": 1, "owners": ["Assistant"]},
        names.DESK: {"type": "other", "tier": 2, "owners": ["Support"]},
    }
