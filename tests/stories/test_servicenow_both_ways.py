"""One ticket beside each incident: what is done here is done there, and what people do there is done here."""

from __future__ import annotations

import json
import random
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from aright.adapters.servicenow.config import ServiceNowConfig
from aright.adapters.servicenow.tickets import ServiceNow
from aright.core.incident import Reopened
from aright.core.model.incident import OPEN, Incident, State
from aright.core.model.on_call import Person
from aright.core.model.outlet import ExternalRef
from aright.core.model.service import Service
from aright.core.model.signature import sign
from aright.core.model.times import SECOND
from aright.engine.happening import happen
from tests.contract.authority import authority
from tests.contract.fake_servicenow import PASSWORD, USER, FakeServiceNow
from tests.contract.fake_servicenow_plan import Plan
from tests.contract.listening import listen
from tests.unit.engine.failing_shop import ALERT, START, Plant, hurt
from tests.unit.server.client import Client, app_of

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET = "secret-of-the-business-rule"


class Both:
    """An aright that keeps tickets at a ServiceNow."""

    def __init__(self, channel: ServiceNow, fake: FakeServiceNow) -> None:
        self.fake = fake
        self.plant = Plant(channels={"snow": channel})
        ann = Person(key="ann", name="Ann A.", aliases=("ada",), addresses={"snow": "ann.a"})
        with self.plant.state.transaction() as tx:
            tx.put_all([Service(key="shop"), ann])
        self.client = Client(app_of(self.plant.desk))

    def go(self, steps: int = 8) -> None:
        """Let time pass, 15 s a step."""
        for _ in range(steps):
            self.plant.desk.advance(self.plant.clock.now() + 15 * SECOND)
            self.fake.advance(15)

    def open(self, key: str = "INC-1") -> str:
        """Open an incident; return the key of its ticket."""
        hurt(self.plant, key, diagnosed=False)
        self.go()
        return self.standing(key)["sys_id"]

    def standing(self, key: str = "INC-1") -> dict[str, str]:
        (ticket,) = [
            ticket
            for ticket in self.fake.incidents.values()
            if ticket["correlation_id"].startswith(f"aright-{key}-") and ticket["state"] != "8"
        ]
        return ticket

    def lines(self, kind: str, key: str = "INC-1") -> list[tuple[str, str]]:
        return [(each.by, each.text) for each in self.plant.desk.timeline(key) if each.kind == kind]

    def nudge(self, name: str, secret: str = SECRET) -> tuple[int, str]:
        body, at = json.dumps({"id": name}).encode(), str(self.plant.clock.now() // SECOND)
        headers = {"X-Aright-Timestamp": at, "X-Aright-Signature": sign(secret, at, body)}
        answer = self.client.ask("POST", "/v1/webhooks/servicenow/snow", headers=headers, content=body)
        return answer.status_code, answer.json().get("status", "")


@contextmanager
def both_at(plan: Plan | None = None) -> Iterator[Both]:
    fake = FakeServiceNow(plan=plan or Plan(), clock=START / SECOND)
    with ExitStack() as stack:
        url = stack.enter_context(listen(fake.answer, authority().server)).url
        config = ServiceNowConfig(
            url=url,
            user=USER,
            password=PASSWORD,
            ca_file=str(authority().ca_file),
            assignment_group="shop-team",
            webhook_secret=SECRET,
        )
        channel = ServiceNow("snow", config)
        stack.callback(channel.close)
        yield Both(channel, fake)


@pytest.fixture
def both() -> Iterator[Both]:
    with both_at() as made:
        yield made


def test_what_is_done_here_is_done_there(both: Both):
    key = both.open()
    ticket = both.standing()
    assert (ticket["state"], ticket["assignment_group"]) == ("1", "shop-team")
    assert both.lines("ticket")[0][1].startswith(
        f"{ticket['number']} of snow is this incident's ticket: https"
    )
    both.plant.desk.acknowledge("INC-1", by="ann")
    both.go()
    assert (both.standing()["state"], both.standing()["assigned_to"]) == ("2", "ann.a")
    both.plant.desk.note("INC-1", by="ann", text="mitigating: back to version 7")
    both.plant.desk.resolve("INC-1", by="ann", text="version 7 again", confirm="shop")
    both.go()
    assert (both.standing()["state"], both.standing()["close_code"]) == ("6", "Solution provided")
    both.plant.desk.review("INC-1", by="ann")
    both.plant.desk.close_incident("INC-1", by="ann")
    both.go()
    assert both.standing()["state"] == "7"
    notes = both.fake.notes(key)
    assert len(notes) == len(set(notes))
    assert any("mitigating: back to version 7" in note for note in notes)
    for kind in ("acknowledged", "resolved", "closed"):
        assert [by for by, _ in both.lines(kind)] == ["ann"]  # its echo changed nothing


def test_what_is_done_there_is_done_here_and_not_told_back(both: Both):
    key = both.open()
    both.fake.change(key, by="ada", state="2", assigned_to="ann.a", work_notes="the cache is cold")
    both.go()
    assert both.plant.desk.incident("INC-1").acknowledged_by == "ann"
    assert ("ann", "the cache is cold") in both.lines("note")
    before = len(both.fake.notes(key))
    both.fake.change(key, by="bob", state="6", close_code="Known", close_notes="warmed the cache")
    both.go()
    assert both.plant.desk.incident("INC-1").state is State.RESOLVED
    ((by, text),) = both.lines("resolved")
    assert by == "the bob"  # as people are shown there
    assert "warmed the cache" in text
    assert both.plant.desk.post_mortem("INC-1") is not None
    assert both.standing()["close_notes"] == "warmed the cache"
    assert not [note for note in both.fake.notes(key)[before:] if "warmed the cache" in note]
    with both.plant.state.transaction() as tx:
        ref = tx.get(ExternalRef, "snow/INC-1")
    assert ref is not None
    assert ref.state == "Resolved"


def test_harm_that_comes_back_reopens_the_ticket_and_nobody_is_said_to_have(both: Both):
    both.open()
    both.plant.desk.resolve("INC-1", by="ann", confirm="shop")
    both.go()
    with both.plant.state.transaction() as tx:
        again = Reopened(at=both.plant.clock.now(), service="shop", alerts=(ALERT,))
        happen(both.plant.world, tx, tx.get(Incident, "INC-1"), again)
    both.go()
    assert both.standing()["state"] == "2"
    assert both.plant.desk.incident("INC-1").acknowledged_by == ""
    assert "snow" not in [by for by, _ in both.lines("note")]


def test_a_business_rule_lets_it_happen_at_once(both: Both):
    key = both.open()
    both.fake.change(key, by="bob", state="6", close_code="Known", close_notes="done")
    assert both.nudge("x", "not the secret there") == (401, "")
    assert both.plant.desk.incident("INC-1").state in OPEN
    assert both.nudge("x") == (200, "taken")
    assert both.plant.desk.incident("INC-1").state is State.RESOLVED
    assert both.nudge("x") == (200, "repeat")


@pytest.mark.parametrize("seed", [6])
def test_whatever_the_line_does_both_end_alike_with_one_ticket_each(seed: int):
    chance = random.Random(seed)
    with both_at(Plan(seed=seed, share=0.3)) as both:
        keys = [f"INC-{number}" for number in range(1, 4)]
        for key in keys:
            hurt(both.plant, key, diagnosed=False)
        both.go(40)
        for key in keys:
            both.plant.desk.acknowledge(key, by="ann")
            both.plant.desk.note(key, by="ann", text=f"looking at {key}")
        both.go(40)
        here = {key: _end(both, key, chance) for key in keys}
        both.go(80)
        for key in keys:
            ticket = both.standing(key)
            assert ticket["state"] == "6", (key, here[key])
            assert both.plant.desk.incident(key).state is State.RESOLVED
            assert len(both.lines("resolved", key)) == 1
            notes = both.fake.notes(ticket["sys_id"])
            assert len([note for note in notes if f"looking at {key}" in note]) == 1
            assert len(notes) == len(set(notes))


def _end(both: Both, key: str, chance: random.Random) -> str:
    """Resolve, here or there; returns where."""
    if chance.random() < 0.5:
        sys_id = both.standing(key)["sys_id"]
        both.fake.change(sys_id, by="bob", state="6", close_code="Known", close_notes="done")
        return "there"
    both.plant.desk.resolve(key, by="ann", confirm="shop")
    return "here"
