"""The guard that stands already is kept, where it proves itself on what came back."""

from __future__ import annotations

import msgspec
import pytest

from aright.core.model.guard import Guard
from aright.core.model.incident import Incident
from aright.engine.learning import learn
from tests.unit.engine.failing_shop import BREAKS, SERVICE, Plant, quick


@pytest.fixture(scope="module")
def learned() -> Plant:
    made = Plant(settings=quick())
    made.desk.register(SERVICE)
    for number in range(BREAKS + 12):
        made.step(number)
    made.desk.resolve("INC-1", by="ann", text="", confirm="shop")
    learn(made.world, "INC-1")
    return made


def test_the_first_guard_is_new(learned: Plant) -> None:
    (guard,) = learned.desk.guards()
    assert (guard.incident, guard.subject) == ("INC-1", "profiles")


def test_the_same_cause_again_adds_no_second_guard(learned: Plant) -> None:
    with learned.world.state.transaction() as tx:
        first = tx.get(Incident, "INC-1")
        assert first is not None
        tx.put(msgspec.structs.replace(first, key="INC-2", guards=()))
    written = learn(learned.world, "INC-2")
    with learned.world.state.transaction() as tx:
        again = tx.get(Incident, "INC-2")
        guards = tx.list(Guard, service="shop")
    assert again is not None
    assert [guard.key for guard in guards] == list(again.guards) == ["G-INC-1-1"]
    assert written.actions[0].guard == "G-INC-1-1"


def test_the_last_update_says_that_it_is_over(learned: Plant) -> None:
    (last, *_) = reversed(learned.desk.incident("INC-1").updates)
    assert last.text.startswith("Resolved: ")
    assert last.next_due == 0
