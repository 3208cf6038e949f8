"""Whatever is done to an incident, here or at PagerDuty, is so in both; no line that is cut changes that."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest

from aright.core.model.incident import OPEN, State
from aright.core.model.on_call import Person
from aright.core.model.outlet import ExternalRef
from aright.core.model.postmortem import PostMortem
from aright.core.model.service import Service
from aright.core.model.times import SECOND
from tests.contract.fake_pagerduty import Agent, FakePagerDuty, PagerIncident
from tests.contract.fake_pagerduty_hooks import SECRET, FakeWebhooks
from tests.contract.fake_pagerduty_plan import Mishaps
from tests.contract.running_pagerduty import Running, running
from tests.unit.engine.failing_shop import START, Plant, hurt
from tests.unit.server.client import Client, app_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

ANN = Agent("Ann A.", "PANN001")
BOB = Agent("Bob at night", "PBOB001")


class Both:
    """An aright that pages a PagerDuty, which tells it what happens there."""

    def __init__(self, server: Running, *, drops: float = 0.0, repeats: float = 0.0, seed: int = 0) -> None:
        self.fake = server.fake
        self.fake.clock = self.now
        self.plant = Plant(channels={"pagerduty": server.full(webhook_secret=SECRET)})
        with self.plant.state.transaction() as tx:
            tx.put_all([Service(key="shop"), Person(key="ann", name="Ann A.", aliases=("PANN001",))])
        self.client = Client(app_of(self.plant.desk))
        self.hooks = FakeWebhooks(self.fake, self.post, drops=drops, repeats=repeats, seed=seed)

    def now(self) -> float:
        return self.plant.clock.now() / SECOND if hasattr(self, "plant") else START / SECOND

    def post(self, headers: dict[str, str], body: bytes) -> int:
        path = "/v1/webhooks/pagerduty/pagerduty"
        return self.client.ask("POST", path, headers=headers, content=body).status_code

    def go(self, steps: int = 40) -> None:
        """Let time pass, 15 s a step, until nothing is on its way."""
        for _ in range(steps):
            self.plant.desk.advance(self.plant.clock.now() + 15 * SECOND)
            self.hooks.send()
            if not self.hooks.queue and not self.waiting():
                return

    def waiting(self) -> list[str]:
        keys = [found.key for found in self.plant.desk.incidents(limit=1_000)]
        return [m.id for key in keys for m in self.plant.desk.messages(key) if m.status == "pending"]

    def open(self, key: str) -> PagerIncident:
        incident = hurt(self.plant, key, diagnosed=False)
        self.go()
        (made,) = [each for each in self.fake.incidents if each.key.startswith(f"aright-{key}-")]
        assert made.key == f"aright-{key}-{incident.opened_at}"
        return made

    def lines(self, key: str, kind: str) -> list[tuple[str, str]]:
        return [(e.by, e.text) for e in self.plant.desk.timeline(key) if e.kind == kind]

    def events(self, key: str) -> list[str]:
        return [e["event_action"] for e in self.fake.events if e["dedup_key"].startswith(f"aright-{key}-")]


@pytest.fixture
def both() -> Iterator[Both]:
    with running(FakePagerDuty()) as server:
        yield Both(server)


def test_what_is_done_here_is_done_there(both: Both):
    there = both.open("INC-1")
    both.plant.desk.acknowledge("INC-1", by="ann")
    both.go()
    assert there.status == "acknowledged"
    both.plant.desk.resolve("INC-1", by="ann", confirm="shop")
    both.go()
    assert there.status == "resolved"
    assert both.events("INC-1") == ["trigger", "acknowledge", "resolve"]
    assert [by for by, _ in both.lines("INC-1", "acknowledged")] == ["ann"]  # its echo changed nothing
    assert len(both.lines("INC-1", "resolved")) == 1


def test_what_is_done_there_is_done_here_and_not_told_back(both: Both):
    there = both.open("INC-1")
    both.fake.move(there, "acknowledged", ANN)
    both.go()
    assert both.plant.desk.incident("INC-1").acknowledged_by == "ann"
    both.fake.move(there, "resolved", BOB)
    both.go()
    assert both.plant.desk.incident("INC-1").state is State.RESOLVED
    assert [by for by, _ in both.lines("INC-1", "resolved")] == ["Bob at night"]
    assert both.events("INC-1") == ["trigger"]
    assert both.plant.desk.post_mortem("INC-1") is not None
    with both.plant.state.transaction() as tx:
        ref = tx.get(ExternalRef, "pagerduty/INC-1")
    assert ref is not None
    assert (ref.number, ref.state) == ("#1", "resolved")


def test_notes_go_both_ways_once(both: Both):
    there = both.open("INC-1")
    both.plant.desk.note("INC-1", by="ann", text="the feed is empty")
    both.go()
    both.fake.tell("incident.annotated", there, BOB, content="rolling back")
    both.go()
    both.go()
    assert [text for text in there.notes if "the feed is empty" in text] == there.notes[-1:]
    assert [line for line in both.lines("INC-1", "note") if line[0] == "Bob at night"] == [
        ("Bob at night", "noted at PagerDuty: rolling back")
    ]
    assert len([line for line in both.lines("INC-1", "note") if "feed is empty" in line[1]]) == 1
    assert not [text for text in there.notes if "rolling back" in text]


def test_what_pagerduty_opened_for_others_pages_nobody_again(both: Both):
    both.fake.open_incident("disk full", "datadog-77", Agent("Datadog", "PSVC9", "service_reference"))
    both.go()
    assert both.plant.desk.incidents() == []
    assert len(both.fake.incidents) == 1
    assert [notice.alert.signal for notice in both.plant.desk.notices()] == ["alert:disk full"]


def test_an_incident_that_shows_no_key_is_known_all_the_same():
    with running(FakePagerDuty(keyless=True)) as server:
        both = Both(server)
        there = both.open("INC-1")
        both.fake.move(there, "acknowledged", ANN)
        both.go()
        assert both.plant.desk.incident("INC-1").acknowledged_by == "ann"
        assert both.plant.desk.notices() == []


@pytest.mark.parametrize("seed", range(2))
def test_lines_that_are_cut_and_repeats_change_nothing(seed: int):
    chance = random.Random(seed)
    mishaps = Mishaps(seed, drops=0.3, limited=0.05, errors=0.1)
    with running(FakePagerDuty(), mishaps) as server:
        both = Both(server, drops=0.3, repeats=0.3, seed=seed)
        done: dict[str, tuple[str, str]] = {}
        for number in range(1, 5):
            key = f"INC-{number}"
            there = both.open(key)
            done[key] = (_move(both, key, there, "acknowledged", chance), "")
            both.go()
            done[key] = (done[key][0], _move(both, key, there, "resolved", chance))
            both.go()
        both.go(200)
        assert both.hooks.queue == []
        assert both.waiting() == []
    for key, where in done.items():
        incident = both.plant.desk.incident(key)
        assert incident.state not in OPEN
        (there,) = [each for each in both.fake.incidents if each.key.startswith(f"aright-{key}-")]
        assert there.status == "resolved"
        assert len(both.lines(key, "acknowledged")) == 1
        assert len(both.lines(key, "resolved")) == 1
        actions = set(both.events(key))
        assert ("acknowledge" in actions) == (where[0] == "here")
        assert ("resolve" in actions) == (where[1] == "here")
        with both.plant.state.transaction() as tx:
            assert tx.get(PostMortem, key) is not None
    assert len(both.fake.alerts) == 4


def _move(both: Both, key: str, there: PagerIncident, status: str, chance: random.Random) -> str:
    """Acknowledge or resolve, here or there; returns where."""
    if chance.random() < 0.5:
        both.fake.move(there, status, ANN)
        return "there"
    if status == "acknowledged":
        both.plant.desk.acknowledge(key, by="ann")
    else:
        both.plant.desk.resolve(key, by="ann", confirm="shop")
    return "here"


def test_a_forger_learns_nothing_and_changes_nothing(both: Both):
    there = both.open("INC-1")
    both.fake.move(there, "resolved", ANN)
    (waiting,) = [each for each in both.hooks.queue if b"incident.resolved" in each.body]
    both.hooks.queue.clear()
    headers = both.hooks.headers(waiting)
    answers: list[httpx.Response] = []
    for path, changed in (
        ("pagerduty/pagerduty", {"X-PagerDuty-Signature": "v1=" + "0" * 64}),
        ("pagerduty/pagerduty", {"X-PagerDuty-Signature": ""}),
        ("pagerduty/elsewhere", {}),
        ("servicenow/pagerduty", {}),
    ):
        sent: Any = headers | changed
        answers.append(both.client.ask("POST", f"/v1/webhooks/{path}", headers=sent, content=waiting.body))
    assert {(answer.status_code, answer.text) for answer in answers} == {(401, answers[0].text)}
    assert both.plant.desk.incident("INC-1").state in OPEN
    both.plant.desk.advance(both.plant.clock.now() + 50 * 3600 * SECOND)
    assert both.post(headers, waiting.body) == 400  # signed rightly, and too old to be a repeat
    assert both.plant.desk.incident("INC-1").state in OPEN
