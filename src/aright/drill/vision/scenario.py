"""The drill ``vision-accuracy``: grades get worse and nothing errs. Is it the pictures or the model?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.drill.failure import StageError
from aright.drill.messages import FLUSH, Flushed, Setting
from aright.drill.news import Newsroom
from aright.drill.serving import PLAN_FILE, SERVING
from aright.drill.stage import Child
from aright.drill.stage import start as start_process
from aright.drill.vision import names
from aright.drill.vision.belts import Belts
from aright.drill.vision.messages import REPLAY, REVIEWS, STREAMS
from aright.drill.vision.mitigation import PIN_PATH, RAW_PATH, ROLL_BACK_PATH
from aright.drill.vision.news import news_of
from aright.drill.vision.outcome import Truth, judge
from aright.drill.vision.plan import Fault, Plan, make_plan
from aright.drill.vision.process import LANES
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

ROLES = (names.SERVICE, names.RESIZER)


class VisionScenario:
    """Cameras above belts, the grading service, the resizer that it calls, and reviewers.

    Args:
        plan: what is to happen.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._belts: Belts
        self._news: Newsroom | None = None
        self._children: dict[str, Child] = {}
        self._services: dict[str, Connections] = {}

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
        """Return what a contract takes to be learnt, where one is broken; two faults take longer to mend."""
        return {Fault.RESIZER: 9, Fault.BOTH: 12}.get(self._plan.fault, 2)

    @property
    def service(self) -> str:
        """Return the grading service's name."""
        return names.SERVICE

    @property
    def what(self) -> str:
        """Return what is started."""
        return "the grading service and the resizer"

    @property
    def asked(self) -> int:
        """Return how many pictures were taken."""
        return self._belts.asked

    def prepare(self, folder: Path, minutes: int) -> None:
        """Write down what the processes have to know, and say what will go by."""
        (folder / PLAN_FILE).write_bytes(msgspec.json.encode(self._plan))
        self._belts = Belts(self._plan, minutes)

    async def launch(self, folder: Path) -> Sequence[Child]:
        """Start both."""
        for role in ROLES:
            self._children[role] = await start_process(
                role,
                ("-m", "aright.drill.vision.process", role, str(folder)),
                folder=folder,
                environment={},
                talks=True,
            )
        return list(self._children.values())

    async def connect(self, aright: Aright) -> Mapping[str, Mapping[str, object]]:
        """Tell each where the others are; return the services' entries in the catalog."""
        ports = {role: int(await child.line()) for role, child in self._children.items()}
        setting = Setting(url=aright.url, token=aright.token, secret=aright.secret, ports=ports)
        for child in self._children.values():
            child.write(msgspec.json.encode(setting))
        for role, child in self._children.items():
            if await child.line() != SERVING:
                raise StageError(f"{role} did not begin to serve: look into its log")
        self._services = {role: Connections(role, ports[role], lanes=LANES) for role in ROLES}
        self._news = Newsroom(aright, news_of(self._plan))
        return _catalog(f"http://127.0.0.1:{ports[names.SERVICE]}", aright.secret)

    async def step(self, start: int, end: int) -> int:
        """Let cameras take pictures and reviewers look at grades; return rows lost."""
        assert self._news is not None  # noqa: S101  connected before the first step
        await self._news.tell(end)
        grading = self._services[names.SERVICE]
        raw = msgspec.json.decode((await grading.send("GET", STREAMS)).body, type=list[str])
        rows, shots = self._belts.shots(start, end, raw)
        self._belts.read(rows, await grading.exchange(shots))
        await grading.send("POST", REVIEWS, msgspec.json.encode(self._belts.reviews(end)))
        flushed = [
            msgspec.json.decode((await each.send("POST", FLUSH)).body, type=Flushed)
            for each in self._services.values()
        ]
        if not all(each.sent for each in flushed):
            raise StageError("a service could not send what it reported: look at aright's log and theirs")
        return sum(each.dropped for each in flushed)

    def watch(self, notes: Notes, now: int, narrator: Narrator) -> None:
        """Tell nothing: the person on call has told it all."""

    def judge(self, played: Played, notes: Notes, pager: Pager) -> Result:
        """Return what came of it."""
        return judge(Truth(plan=self._plan, belts=self._belts, played=played), notes, pager)

    async def close(self) -> None:
        """Hang up."""
        for each in self._services.values():
            each.close()
        if self._news is not None:
            self._news.close()


def make_scenario(fault: str, seed: int) -> VisionScenario:
    """Return the drill of a seed; raises ``ValueError`` for a fault or a seed that there is not."""
    return VisionScenario(make_plan(seed, Fault(fault)))


def _catalog(grading: str, secret: str) -> dict[str, Mapping[str, object]]:
    """Return what the teams put into the catalog: no segments, so that these must be found."""
    actions = [
        offer(
            grading + RAW_PATH,
            secret,
            action=names.RAW,
            title="Take the raw pictures of cameras with a named firmware",
            remedy="restore_inputs",
        ),
        offer(
            grading + ROLL_BACK_PATH,
            secret,
            action=names.ROLL_BACK,
            title="Serve a named model version",
            remedy="roll_back_model",
        ),
        offer(
            grading + PIN_PATH,
            secret,
            action=names.PIN,
            title="Ask the resizer for the layout that the model was trained with",
            remedy="pin_dependency",
        ),
    ]
    return {
        names.SERVICE: {
            "type": "vision",
            "tier": 2,
            "owners": ["Sorting team"],
            "quality": [names.CORRECT],
            "actions": actions,
            "replay": {
                "url": grading + REPLAY,
                "secret": secret,
                "inputs": "payloads",
                "previous": names.OLDEST,
            },
        },
        names.RESIZER: {"type": "other", "tier": 3, "owners": ["Media platform"]},
    }
