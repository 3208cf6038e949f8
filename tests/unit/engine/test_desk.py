"""A whole incident through the desk, with everything in memory: from the first bad answer to the guard."""

from __future__ import annotations

import json

import pytest

from aright.core.incident.chain import verify_chain
from aright.core.model.evidence import Reach, Verdict
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.incident import State
from aright.core.model.service import Service
from aright.core.model.signal import Segment
from aright.core.model.times import SECOND
from aright.engine.operations import Happening, RefusedError, UnknownError
from tests.unit.engine.failing_shop import BREAKS, SERVICE, START, STEP, Plant, frame, frames, hurt, quick

FOREVER = 2**60


@pytest.fixture(scope="module")
def explained() -> Plant:
    """Return a plant whose incident is open and explained; only the last test changes it."""
    made = Plant(settings=quick())
    made.desk.register(SERVICE)
    for number in range(BREAKS + 12):
        made.step(number)
    return made


def test_one_incident_is_opened_paged_and_explained(explained: Plant) -> None:
    (incident,) = explained.desk.incidents()
    assert incident.key == "INC-1"
    assert START + BREAKS * STEP < incident.opened_at < START + (BREAKS + 12) * STEP
    diagnosis = incident.diagnosis
    assert diagnosis is not None
    assert diagnosis.verdict is Verdict.CONFIRMED
    assert (diagnosis.scope.reach, diagnosis.scope.segment) == (Reach.SEGMENT, Segment("region", "north"))
    assert diagnosis.causes[0].subject == "profiles"
    assert [message.status for message in explained.desk.messages("INC-1")] == ["sent"]
    assert len(explained.pager.seen) == 1
    told = explained.desk.timeline("INC-1")
    assert verify_chain(told)
    assert {"declared", "severity", "diagnosed", "paged", "update"} <= {event.kind for event in told}


def test_the_status_counts_what_came(explained: Plant) -> None:
    status = explained.desk.status()
    assert (status.clock, status.services, status.open_incidents) == ("driven", ("shop",), 1)
    assert status.now == START + (BREAKS + 12) * STEP
    assert status.accepted == (BREAKS + 12) * 81
    assert (status.quarantined, status.late, status.behind) == (0, 0, 0)


def test_signals_and_process_metrics_are_read_apart(explained: Plant) -> None:
    points = explained.desk.points("shop", start=START, end=FOREVER, names=["quality:click"])
    assert points
    assert {point.name for point in points} == {"quality:click"}
    north = explained.desk.points("shop", start=START, end=FOREVER, segment=Segment("region", "north"))
    assert {point.segment for point in north} == {Segment("region", "north")}
    everything = explained.desk.points("shop", start=START, end=FOREVER)
    assert not any(point.name.startswith("process") for point in everything)
    process = explained.desk.process("shop", start=START, end=START + 60 * SECOND)
    assert [point.name for point in process] == ["cpu_percent"] * 2 + ["rss_bytes"] * 2
    assert all(point.top >= point.mean > 0 for point in process)


def test_what_there_is_none_of_says_so(explained: Plant) -> None:
    desk = explained.desk
    for ask in (desk.incident, desk.timeline, desk.messages, desk.post_mortem):
        with pytest.raises(UnknownError, match="no incident 'INC-9'"):
            ask("INC-9")
    with pytest.raises(UnknownError, match="INC-9"):
        desk.note("INC-9", by="ada", text="?")
    assert desk.post_mortem("INC-1") is None
    assert (list(desk.guards()), list(desk.quarantined())) == ([], [])
    assert [service.key for service in desk.services()] == ["shop"]


# Doors of the desk that need no story


def test_lists_are_by_time_and_service() -> None:
    made = Plant()
    change = {
        "specversion": "1.0",
        "source": "/ci",
        "type": "dev.aright.change.deploy",
        "data": {"service": "shop", "what": "api"},
    }
    for number, hour in enumerate((3, 1, 2)):
        body = json.dumps(change | {"id": f"c{number}", "time": f"2026-01-01T0{hour}:00:00Z"}).encode()
        made.intake.accept(
            Frame(
                kind=Kind.CHANGES,
                format=Format.CLOUDEVENTS,
                encoding=Encoding.IDENTITY,
                received_at=START + 5 * 3_600 * SECOND,
                body=body,
            )
        )
    made.intake.accept(frame(Kind.PREDICTIONS, [{"id": "a", "time": START}, {"id": "b", "time": "?"}]))
    made.desk.advance(START + STEP)
    at = [found.at for found in made.desk.changes(service="shop")]
    assert at == sorted(at, reverse=True)
    assert len(at) == 3
    assert made.desk.changes(service="desk") == []
    (bad,) = made.desk.quarantined()
    assert (bad.count, bad.kind) == (2, "predictions")


def test_the_clock_only_goes_forward() -> None:
    made = Plant()
    made.desk.advance(START + STEP)
    with pytest.raises(RefusedError, match="only goes forward"):
        made.desk.advance(START)


def test_listeners_hear_of_incidents_and_windows() -> None:
    made = Plant()
    made.desk.register(SERVICE)
    listener = made.desk.subscribe()
    hurt(made)
    made.desk.note("INC-1", by="ada", text="looking")
    assert listener.get(0) == Happening(kind="incident", key="INC-1")
    for number in range(5):
        made.step(number)
    heard = [listener.get(0) for _ in range(9)]
    assert Happening(kind="window", key="shop") in heard
    listener.close()
    made.desk.note("INC-1", by="ada", text="still looking")
    assert listener.get(0) is None


def test_a_service_may_be_registered_anew_in_the_middle_of_a_window() -> None:
    plain, changed = Plant(settings=quick()), Plant(settings=quick())
    for number in range(30):
        for made in (plain, changed):
            made.step(number)
        if number % 7 == 3:
            changed.desk.register(Service(key="shop"))
    assert points(plain) == points(changed)


def points(made: Plant) -> list[tuple[str, str, int, float, float]]:
    return [
        (point.name, str(point.segment), point.start, point.n, point.total)
        for point in made.desk.points("shop", start=0, end=FOREVER)
    ]


# The last: the story goes on from where the first tests left it


def test_the_rest_of_the_life_ends_in_a_guard_that_fires_the_next_time(explained: Plant) -> None:
    made, number = explained, BREAKS + 12
    assert made.desk.acknowledge("INC-1", by="ada").acknowledged_by == "ada"
    assert made.desk.mitigate("INC-1", by="ada", action="", dry_run=False, confirm="shop").status == "sent"
    healed = number
    while made.desk.incident("INC-1").mitigations[0].status == "sent":
        for body in frames(number, breaks=FOREVER):
            made.intake.accept(body).durable.result()
        number += 1
        made.desk.advance(START + number * STEP)
    assert made.desk.incident("INC-1").mitigations[0].status == "verified"
    assert 3 <= number - healed < 30

    assert (
        made.desk.resolve("INC-1", by="ada", text="profiles is written again", confirm="shop").state
        is State.RESOLVED
    )
    (guard,) = made.desk.guards(service="shop")
    assert guard.replay is not None
    assert guard.replay.accepted
    written = made.desk.post_mortem("INC-1")
    assert written is not None
    assert written.whys
    assert made.desk.review("INC-1", by="ada").state is State.REVIEWED
    assert made.desk.close_incident("INC-1", by="ada").state is State.CLOSED
    with pytest.raises(RefusedError, match="nothing left to take on"):
        made.desk.acknowledge("INC-1", by="bob")

    for _ in range(9):
        made.step(number)  # it fails again
        number += 1
    (again, first) = made.desk.incidents()
    assert first.key == "INC-1"
    assert again.recurrence_of == "INC-1"
    assert {action for _, action in made.pager.seen} == {"trigger", "acknowledge", "resolve"}
