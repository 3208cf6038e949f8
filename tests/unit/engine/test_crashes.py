"""An engine that dies at any durable step, and is made again, ends up where one ends up that never died."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.adapters.memory_log import MemoryLog
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.memory_state.state import MemoryState
from aright.core.incident.chain import verify_chain
from aright.core.model.frame import Kind
from aright.core.model.times import SECOND
from tests.unit.engine.failing_shop import SERVICE, START, STEP, Plant, quick

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from aright.adapters.memory_state.transaction import MemoryTransaction
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros

STEPS = 92
FOREVER = 2**60


class CrashError(BaseException):
    """The process is gone; a base exception, as nothing may catch it and go on."""


class Death:
    """Comes before or after a durable step, when its time has come."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._left = -1
        self.came: Counter[str] = Counter()

    def arm(self) -> None:
        """Come at one of the next few steps, or not at all."""
        self._left = self._random.choice((-1, -1, self._random.randint(1, 10)))

    def came_now(self) -> bool:
        """Return whether it came since it was armed; it comes no more until it is armed again."""
        came, self._left = self._left == 0, -1
        return came

    def passes(self, where: str, *, rare: bool = False) -> None:
        if self._left > 0:
            self._left = max(self._left - (5 if rare else 1), 0)
        if self._left == 0:
            self.came[where] += 1
            raise CrashError(where)


class MortalState(MemoryState):
    def __init__(self, death: Death) -> None:
        super().__init__()
        self._death = death

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        with super().transaction() as tx:
            yield tx
            self._death.passes("before a commit")
        self._death.passes("after a commit")


class MortalSegments(MemorySegments):
    def __init__(self, death: Death) -> None:
        super().__init__()
        self._death = death

    def write(self, kind: Kind, rows: pa.Table, *, first: int, last: int) -> int:
        self._death.passes("before a segment", rare=True)
        written = super().write(kind, rows, first=first, last=last)
        self._death.passes("after a segment", rare=True)
        return written


class MortalLog(MemoryLog):
    def __init__(self, death: Death) -> None:
        super().__init__()
        self._death = death

    def release(self, position: int) -> None:
        self._death.passes("before a release", rare=True)
        super().release(position)
        self._death.passes("after a release", rare=True)


def plant(death: Death, flush_every: Micros = 20 * SECOND) -> Plant:
    made = Plant(
        state=MortalState(death),
        segments=MortalSegments(death),
        log=MortalLog(death),
        settings=msgspec.structs.replace(quick(), flush_every=flush_every),
    )
    made.desk.register(SERVICE)
    return made


def play(made: Plant, death: Death | None = None) -> Plant:
    """Play the whole story; with a death, the engine dies in many of its steps and then takes them again."""
    for number in range(STEPS):
        made.send(number)
        if death is not None:
            death.arm()
            with suppress(CrashError):
                made.desk.advance(START + (number + 1) * STEP)
            if death.came_now():
                made.start()
        made.desk.advance(START + (number + 1) * STEP)
    return made


@pytest.fixture(scope="module")
def undisturbed() -> Plant:
    return play(plant(Death(0)))


@pytest.mark.parametrize(("seed", "flush_every", "places"), [(1, 20 * SECOND, 4), (2, 200 * SECOND, 2)])
def test_a_life_of_crashes_ends_as_one_without(
    undisturbed: Plant, seed: int, flush_every: Micros, places: int
) -> None:
    death = Death(seed)
    made = play(plant(death, flush_every), death)
    assert death.came.total() > 12, "too few crashes: the test shows nothing"
    assert len(death.came) >= places, death.came

    for kind in (Kind.PREDICTIONS, Kind.OUTCOMES, Kind.PROCESS):
        wanted, found = (each.world.rows.scan(kind, "shop", 0, FOREVER) for each in (undisturbed, made))
        assert found.num_rows == wanted.num_rows
        assert found.to_pylist() == wanted.to_pylist()
    assert points(made) == points(undisturbed)
    (incident,) = made.desk.incidents()
    (wanted_incident,) = undisturbed.desk.incidents()
    assert untimed(incident) == untimed(wanted_incident)
    told = made.desk.timeline(incident.key)
    assert verify_chain(told)
    assert story(made) == story(undisturbed)
    assert [event.kind for event in told].count("paged") == 1
    assert [message.id for message in made.desk.messages(incident.key)] == [
        message.id for message in undisturbed.desk.messages(incident.key)
    ]
    assert set(made.pager.seen) == set(undisturbed.pager.seen)
    assert made.desk.notices() == undisturbed.desk.notices()


def story(made: Plant) -> list[tuple[str, str]]:
    """Return the timeline's lines but of pages, which leave beside the rest."""
    told = made.desk.timeline("INC-1")
    return [(event.kind, event.text) for event in told if event.kind not in {"paged", "page_failed"}]


def untimed(incident: Incident) -> Incident:
    """Return an incident without how long the steps of its diagnosis took, which no two runs share."""
    found = incident.diagnosis
    assert found is not None
    steps = tuple(msgspec.structs.replace(each, took_ms=0.0) for each in found.steps)
    return msgspec.structs.replace(incident, diagnosis=msgspec.structs.replace(found, steps=steps))


def points(made: Plant) -> list[bytes]:
    with made.state.transaction() as tx:
        return [msgspec.json.encode(point) for point in tx.points("shop", start=0, end=FOREVER)]
