from __future__ import annotations

import asyncio
from typing import Any, TypeVar

import msgspec
import pytest

from aright.drill.doors import Doors
from aright.drill.failure import AnswerError
from aright.drill.oncall import NAME, PATIENCE, Person, Stage
from aright.drill.pager import Event, Link, Pager, Payload

T = TypeVar("T")
NOW = 1_772_476_200_000_000


class Scripted(Doors):
    """aright as a script: one incident whose state the test sets; every request is kept."""

    def __init__(self) -> None:
        super().__init__(1, "token")
        self.asked: list[tuple[str, str, Any]] = []
        self.incident: dict[str, Any] | None = None
        self.answers: dict[str, Any] = {
            "POST /v1/incidents/INC-1/mitigate": self.mitigated,
            "GET /v1/incidents/INC-1/post-mortem": {"key": "INC-1", "summary": "s", "whys": []},
            "GET /v1/guards": [
                {"key": "G1", "incident": "INC-1", "kind": "k", "subject": "s", "title": "t"},
                {"key": "G0", "incident": "INC-0", "kind": "k", "subject": "s", "title": "t"},
            ],
            "POST /v1/entry": {"path": "/enter/abc"},
        }
        self.status = "sent"

    def mitigated(self, body: dict[str, Any]) -> dict[str, Any]:
        status = "planned" if body["dry_run"] else self.status
        mitigation = {"id": "M1", "action": "fix-it", "dry_run": body["dry_run"], "status": status}
        if self.incident is not None and not body["dry_run"]:
            self.incident["mitigations"] = [mitigation]
        return mitigation

    async def _ask(self, method: str, path: str, body: object, answer: type[T]) -> T:
        self.asked.append((method, path, body))
        if path == "/v1/incidents":
            return msgspec.convert([self.incident] if self.incident else [], answer)
        told = self.answers.get(f"{method} {path}", {})
        if isinstance(told, Exception):
            raise told
        return msgspec.convert(told(body) if callable(told) else told, answer)

    @property
    def verbs(self) -> list[str]:
        return [path.rpartition("/")[2] for method, path, _ in self.asked if method == "POST"]


class Silent:
    def __init__(self) -> None:
        self.lines: list[str] = []

    def tell(self, at: int, text: str) -> None:
        self.lines.append(text)

    def point(self, text: str, link: str) -> None:
        self.lines.append(link)

    def say(self, text: str) -> None:
        self.lines.append(text)

    def pass_time(self, at: int, text: str) -> None: ...

    def close(self) -> None: ...


class Bench:
    def __init__(self) -> None:
        self.doors = Scripted()
        self.pager = Pager("k")
        self.narrator = Silent()
        self.explained = 0
        self.person = Person(self.doors, self.pager, self.narrator, "shop", self.count)
        self.notes = self.person.notes
        self.now = NOW

    def count(self) -> None:
        self.explained += 1

    def look(self, open_incidents: int = 1, seconds: int = 10) -> Stage:
        self.now += seconds * 1_000_000
        asyncio.run(self.person.look(self.now, open_incidents))
        return self.notes.stage

    def open(self, verdict: str = "") -> None:
        self.doors.incident = {
            "key": "INC-1",
            "service": "shop",
            "state": "declared",
            "title": "clicks halved",
            "opened_at": NOW,
            "began_at": NOW,
        }
        if verdict:
            self.diagnose(verdict)

    def diagnose(self, verdict: str) -> None:
        assert self.doors.incident is not None
        cause = {"kind": "k", "subject": "s", "title": "the source is empty", "probability": 0.9}
        self.doors.incident["diagnosis"] = {
            "at": NOW,
            "scope": {"reach": "segment", "sentence": "a = b"},
            "verdict": verdict,
            "causes": [cause],
            "summary": "x",
        }

    def page(self) -> None:
        link = Link("http://127.0.0.1:1/incidents/INC-1")
        payload = Payload("clicks halved", "aright", "critical")
        self.pager.events.append(Event("k", "trigger", "d", payload, (link,)))


def test_person_asks_nothing_while_all_is_calm():
    bench = Bench()
    assert bench.look(open_incidents=0) is Stage.CALM
    assert bench.doors.asked == []


def test_incident_without_a_page_is_counted_but_not_acted_upon():
    bench = Bench()
    bench.open("confirmed")
    assert bench.look() is Stage.CALM
    assert bench.notes.incidents == 1
    assert bench.doors.verbs == []


def test_incident_is_carried_from_the_page_to_its_end():
    bench = Bench()
    bench.open()
    bench.page()
    assert bench.look() is Stage.PAGED
    assert bench.notes.page_link.endswith("/incidents/INC-1")
    bench.diagnose("confirmed")
    assert bench.look() is Stage.MITIGATED
    assert bench.explained == 1
    assert bench.doors.verbs == ["entry", "acknowledge", "mitigate", "mitigate"]
    tried, done = [body for _, path, body in bench.doors.asked if path.endswith("mitigate")]
    assert tried == {"by": NAME, "action": "", "dry_run": True, "confirm": ""}
    assert done == {"by": NAME, "action": "fix-it", "dry_run": False, "confirm": "shop"}
    assert bench.look() is Stage.MITIGATED
    assert bench.doors.incident is not None
    bench.doors.incident["mitigations"] = [
        {"id": "M1", "action": "fix-it", "dry_run": False, "status": "verified", "verdict": "back"}
    ]
    assert bench.look() is Stage.DONE
    assert bench.doors.verbs[4:] == ["resolve", "review", "close"]
    assert [guard.key for guard in bench.notes.guards] == ["G1"]
    assert bench.person.done
    assert any("/enter/abc" in line for line in bench.narrator.lines)


def test_link_is_shown_as_soon_as_a_cause_is_likely_but_action_waits_a_minute():
    bench = Bench()
    bench.open("likely")
    bench.page()
    assert bench.look() is Stage.PAGED
    assert bench.notes.link
    assert bench.look(seconds=PATIENCE // 1_000_000 - 1) is Stage.PAGED
    assert bench.look(seconds=1) is Stage.MITIGATED
    assert bench.explained == 1


def test_inconclusive_diagnosis_explains_nothing():
    bench = Bench()
    bench.open("inconclusive")
    bench.page()
    assert bench.look(seconds=600) is Stage.PAGED
    assert bench.explained == 0


def two_causes(bench: Any, replayed: object) -> None:
    bench.open()
    bench.page()
    bench.diagnose("confirmed")
    causes = [
        {"kind": "k", "subject": "s", "title": "t", "probability": p, "remedy": remedy}
        for p, remedy in ((0.6, "roll_back_model"), (0.2, ""), (0.1, "restore_inputs"))
    ]
    assert bench.doors.incident is not None
    bench.doors.incident["diagnosis"] |= {"causes": causes, "replayed": replayed}
    actions = [{"id": "convert", "remedy": "restore_inputs"}, {"id": "other", "remedy": "restore_inputs"}]
    bench.doors.answers["GET /v1/services/shop"] = {"actions": actions}


def ordered(bench: Bench) -> list[str]:
    return [body["action"] for _, path, body in bench.doors.asked if path.endswith("mitigate")]


def test_two_causes_that_a_replay_has_proven_are_both_put_right():
    bench = Bench()
    two_causes(bench, {"verdict": "both"})
    assert bench.look() is Stage.MITIGATED
    assert ordered(bench) == ["", "fix-it", "convert", "fix-it"]
    assert bench.notes.action == "fix-it"


def test_what_was_not_enough_is_followed_by_what_the_next_cause_calls_for():
    bench: Any = Bench()
    two_causes(bench, None)
    assert bench.look() is Stage.MITIGATED
    assert ordered(bench) == ["", "fix-it"]
    failed = {"id": "M1", "action": "fix-it", "dry_run": False, "status": "not_verified"}
    for _ in range(2):
        bench.doors.incident["mitigations"] = [failed]
        assert bench.look() is Stage.MITIGATED
    assert ordered(bench) == ["", "fix-it", "convert", "fix-it"]
    bench.doors.incident["mitigations"] = [failed | {"id": "M2"}]
    assert bench.look() is Stage.MITIGATED
    assert len(ordered(bench)) == 4
    assert any("was not enough" in line for line in bench.narrator.lines)


@pytest.mark.parametrize("status", ["refused", "failed"])
def test_mitigation_that_fails_leaves_the_person_stuck_and_says_why(status):
    bench = Bench()
    bench.open("confirmed")
    bench.page()
    bench.doors.status = status
    assert bench.look() is Stage.STUCK
    assert status in bench.notes.trouble[0]
    assert bench.person.done


def test_refusal_by_aright_leaves_the_person_stuck_with_its_words():
    bench = Bench()
    bench.open("confirmed")
    bench.page()
    bench.doors.answers["POST /v1/incidents/INC-1/acknowledge"] = AnswerError("no token, no deal")
    assert bench.look() is Stage.STUCK
    assert bench.notes.trouble == ["no token, no deal"]


def test_leaving_makes_a_fresh_link():
    bench = Bench()
    asyncio.run(bench.person.leave())
    assert bench.notes.link == ""
    bench.open()
    bench.page()
    bench.look()
    asyncio.run(bench.person.leave())
    assert bench.notes.link.endswith("/enter/abc")
