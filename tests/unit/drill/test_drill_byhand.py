from __future__ import annotations

import asyncio

from aright.drill.byhand import Onlooker
from aright.drill.failure import AnswerError
from aright.drill.oncall import Stage
from tests.unit.drill.test_drill_oncall import Bench


class ByHand(Bench):
    """A bench at which somebody else has to act: the test plays them."""

    def __init__(self) -> None:
        super().__init__()
        self.person = Onlooker(
            self.doors, self.pager, self.narrator, "shop", self.count, token="t0ken", aright="aright"
        )
        self.notes = self.person.notes

    @property
    def told(self) -> str:
        return "\n".join(self.narrator.lines)

    def change(self, **parts: object) -> None:
        assert self.doors.incident is not None
        self.doors.incident.update(parts)


def paged() -> ByHand:
    bench = ByHand()
    bench.open("likely")
    bench.page()
    bench.look()
    return bench


def test_it_says_what_to_do_and_does_nothing_itself():
    bench = paged()
    for _ in range(20):
        assert bench.look() is Stage.EXPLAINED
    assert set(bench.doors.verbs) <= {"entry"}
    assert bench.told.count("It is yours") == 1
    for step in (
        "ARIGHT_TOKEN=t0ken",
        "aright mitigate INC-1 --yes --confirm shop",
        "incident resolve INC-1",
    ):
        assert step in bench.told
    assert bench.explained == 1


def test_it_tells_what_others_do_until_the_incident_is_over():
    bench = paged()
    bench.change(acknowledged_by="Ada")
    dry = {"id": "M1", "action": "fix-it", "dry_run": True, "status": "sent", "answer": "would fix"}
    real = {"id": "M2", "action": "fix-it", "dry_run": False, "status": "sent", "answer": "fixed"}
    bench.change(mitigations=[dry])
    assert bench.look() is Stage.EXPLAINED
    bench.change(mitigations=[dry, real])
    assert bench.look() is Stage.MITIGATED
    bench.change(mitigations=[dry, {**real, "status": "verified", "verdict": "all of it came back"}])
    assert bench.look() is Stage.MITIGATED
    assert bench.notes.verified_at > bench.notes.mitigated_at > 0
    bench.change(state="resolved")
    assert bench.look() is Stage.DONE
    assert bench.notes.tried
    assert [guard.key for guard in bench.notes.guards] == ["G1"]
    for line in (
        "taken on by Ada",
        "dry run M1 of fix-it was accepted: would fix",
        "M2 (fix-it) was carried out: fixed",
        "M2 (fix-it) worked: all of it came back",
        "resolved; the post-mortem is written; guard: t",
    ):
        assert line in bench.narrator.lines


def test_it_may_be_resolved_without_a_mitigation():
    bench = paged()
    bench.change(state="resolved")
    assert bench.look() is Stage.DONE
    assert bench.notes.mitigated_at == 0


def test_a_severity_that_moves_is_told():
    bench = paged()
    bench.change(severity={"level": 2, "arithmetic": "a × b"})
    bench.look()
    bench.change(severity={"level": 1, "arithmetic": "c × d"})
    bench.look()
    bench.look()
    assert bench.told.count("severity rose from 2 to 1: c × d") == 1
    assert asyncio.run(bench.person.leave()) is None


def test_a_post_mortem_that_is_still_being_written_is_waited_for():
    bench = paged()
    bench.change(state="resolved")
    written = bench.doors.answers["GET /v1/incidents/INC-1/post-mortem"]
    bench.doors.answers["GET /v1/incidents/INC-1/post-mortem"] = AnswerError("404")
    assert bench.look() is Stage.EXPLAINED
    bench.doors.answers["GET /v1/incidents/INC-1/post-mortem"] = written
    assert bench.look() is Stage.DONE
    assert bench.notes.trouble == []
