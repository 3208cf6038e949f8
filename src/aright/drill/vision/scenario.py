"""The drill ``vision-accuracy``: grades get worse and nothing errs. Is it the pictures or the model?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.news import Newsroom
from aright.drill.oncall import Person
from aright.drill.services import Services
from aright.drill.serving import PLAN_FILE
from aright.drill.vision import names
from aright.drill.vision.belts import Belts
from aright.drill.vision.messages import REPLAY, REVIEWS, STREAMS
from aright.drill.vision.mitigation import PIN_PATH, RAW_PATH, ROLL_BACK_PATH
from aright.drill.vision.news import news_of
from aright.drill.vision.outcome import Truth, judge
from aright.drill.vision.plan import Fault, Plan, make_plan
from aright.drill.vision.process import LANES
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

ROLES = (names.SERVICE, names.RESIZER)


class VisionScenario:
    """Cameras above belts, the grading service, the resizer that it calls, and reviewers.

    Its attributes are those of ``Scenario``.

    Args:
        plan: what is to happen.
    """

    service: Final = names.SERVICE
    what: Final = "the grading service and the resizer"
    person: Final = Person
    done: Final = False
    catalog: Final = None

    def __init__(self, plan: Plan) -> None:
        self.start = plan.start
        self.calm = plan.fault is Fault.NONE
        # What a contract takes to be learnt, where one is broken; two faults take longer to mend.
        self.later = {Fault.RESIZER: 9, Fault.BOTH: 12}.get(plan.fault, 2)
        self._plan = plan
        self._belts: Belts
        self._news: Newsroom | None = None
        self._services = Services("aright.drill.vision.process", ROLES, lanes=LANES)

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
        return await self._services.launch(folder)

    async def connect(self, aright: Aright) -> Mapping[str, Mapping[str, object]]:
        """Tell each where the others are; return the services' entries in the catalog."""
        await self._services.connect(aright)
        self._news = Newsroom(aright, news_of(self._plan))
        return _catalog(self._services.url(names.SERVICE), aright.secret)

    async def step(self, start: int, end: int) -> int:
        """Let cameras take pictures and reviewers look at grades; return rows lost."""
        assert self._news is not None  # noqa: S101  connected before the first step
        await self._news.tell(end)
        grading = self._services[names.SERVICE]
        raw = msgspec.json.decode((await grading.send("GET", STREAMS)).body, type=list[str])
        rows, shots = self._belts.shots(start, end, raw)
        self._belts.read(rows, await grading.exchange(shots))
        await grading.send("POST", REVIEWS, msgspec.json.encode(self._belts.reviews(end)))
        return await self._services.flush()

    def watch(self, notes: Notes, now: int, narrator: Narrator) -> None:
        """Tell nothing: the person on call has told it all."""

    def judge(self, played: Played, notes: Notes, pager: Pager) -> Result:
        """Return what came of it."""
        return judge(Truth(plan=self._plan, belts=self._belts, played=played), notes, pager)

    async def close(self) -> None:
        """Hang up."""
        self._services.close()
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
