"""The engine's two ways of life, what is due, and what happens when something breaks."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.adapters.clocks.wall import WallClock
from aright.adapters.memory_log import MemoryLog
from aright.core.incident import MitigationRecorded
from aright.core.model.bookkeeping import Checkpoint
from aright.core.model.frame import Kind
from aright.core.model.incident import Incident
from aright.core.model.message import Due
from aright.core.model.service import Service
from aright.core.model.times import HOUR, MINUTE, SECOND
from aright.engine import verifying
from aright.engine.happening import happen
from aright.engine.operations import RefusedError
from aright.engine.runtime import Runtime
from aright.engine.tasks import run_due
from tests.unit.engine.failing_shop import SERVICE, START, STEP, Plant, frame, hurt, quick

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.engine.intake import Taken
    from aright.engine.settings import Settings

FOREVER = 2**60


def rows(*times: int, service: str = "shop") -> list[dict[str, object]]:
    return [
        {"id": f"{service}-{time}", "time": time, "service": service, "unit": f"u{time}", "status": 200}
        for time in times
    ]


def give(plant: Plant, *times: int, service: str = "shop") -> None:
    body = frame(Kind.PREDICTIONS, rows(*times, service=service), at=max(times))
    plant.intake.accept(body).durable.result()


def points(plant: Plant, service: str = "shop") -> list[tuple[int, float]]:
    found = plant.desk.points(service, start=0, end=FOREVER, names=["error_share"])
    return [(point.start, point.n) for point in found]


def mark(plant: Plant) -> Checkpoint:
    with plant.state.transaction() as tx:
        found = tx.get(Checkpoint, "engine")
    assert found is not None
    return found


# Windows


def test_windows_close_when_they_are_ripe_and_late_rows_are_counted() -> None:
    plant = Plant()
    give(plant, START + 1, START + 2)
    plant.desk.advance(START + 39 * SECOND)
    assert points(plant) == []
    plant.desk.advance(START + 40 * SECOND)
    assert points(plant) == [(START, 2.0)]
    give(plant, START + 3, START + 31 * SECOND)
    plant.desk.advance(START + 70 * SECOND)
    assert points(plant) == [(START, 2.0), (START + 30 * SECOND, 1.0)]
    assert plant.desk.status().late == 1


def test_a_long_silence_is_passed_over() -> None:
    plant = Plant()
    give(plant, START)
    plant.desk.advance(START + MINUTE)
    plant.desk.advance(START + 9 * HOUR)
    assert plant.runtime.closed_to > START + 8 * HOUR
    give(plant, START + 9 * HOUR)
    plant.desk.advance(START + 9 * HOUR + MINUTE)
    assert points(plant) == [(START, 1.0), (START + 9 * HOUR, 1.0)]


def test_the_rows_of_many_services_in_one_body_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aright.engine.consuming.MOST_SERVICES", 2)
    monkeypatch.setattr("aright.engine.recovery.MOST_SERVICES", 2)
    plant = Plant()
    body = [row for name in ("a", "b", "c") for row in rows(START, START + 1, service=name)]
    plant.intake.accept(frame(Kind.PREDICTIONS, body)).durable.result()
    plant.desk.advance(START + MINUTE)
    assert [points(plant, name) for name in ("a", "b", "c")] == [[(START, 2.0)], [(START, 2.0)], []]
    assert plant.world.rows.scan(Kind.PREDICTIONS, "c", 0, FOREVER).num_rows == 2, "kept all the same"
    plant.start()
    assert sorted(plant.runtime.watches) == ["a", "b"]


# Flushing


@pytest.mark.parametrize(
    "settings",
    [
        msgspec.structs.replace(quick(), flush_rows=3, flush_every=HOUR),
        msgspec.structs.replace(quick(), flush_bytes=50, flush_every=HOUR),
        msgspec.structs.replace(quick(), flush_every=20 * SECOND),
    ],
    ids=["rows", "bytes", "time"],
)
def test_rows_come_to_rest_by_rows_bytes_or_time(settings: Settings) -> None:
    log = MemoryLog()
    plant = Plant(log=log, settings=settings)
    give(plant, *range(START, START + 5))
    plant.desk.advance(START + 25 * SECOND)
    assert plant.world.rows.waiting == 0
    assert plant.segments.last_position() == log.end() == mark(plant).position
    assert list(log.read(0)) == [], "the log has let go of them"


def test_until_then_they_stay_in_the_log_and_a_restart_reads_them_again() -> None:
    plant = Plant()
    give(plant, START, START + 1)
    plant.desk.advance(START + MINUTE)
    assert (plant.world.rows.waiting, mark(plant).position) == (2, 0)
    assert mark(plant).counted == plant.log.end()
    give(plant, START + 50 * SECOND)
    plant.start()
    plant.desk.advance(START + 2 * MINUTE)
    assert points(plant) == [(START, 2.0), (START + 30 * SECOND, 1.0)]
    assert plant.world.rows.scan(Kind.PREDICTIONS, "shop", 0, FOREVER).num_rows == 3


def test_stopping_brings_all_to_rest() -> None:
    plant = Plant()
    give(plant, START)
    plant.desk.advance(START + SECOND)
    plant.runtime.stop()
    assert plant.segments.last_position() == plant.log.end() == mark(plant).position


def test_a_store_of_before_is_gone_on_from() -> None:
    plant = Plant()
    give(plant, START)
    plant.desk.advance(START + MINUTE)
    plant.runtime.stop()
    before = msgspec.structs.replace(mark(plant), counted=0)
    with plant.state.transaction() as tx:
        tx.put(before)
    plant.start()
    give(plant, START + 70 * SECOND)
    plant.desk.advance(START + 2 * MINUTE)
    assert points(plant) == [(START, 1.0), (START + MINUTE, 1.0)]


# By the wall clock


def until(plant: Plant, done: Callable[[], bool]) -> None:
    listener = plant.desk.subscribe()
    while not done():
        assert listener.get(10) is not None, "nothing happened for ten seconds"
    listener.close()


def test_by_the_wall_clock_it_lives_on_its_own() -> None:
    settings = msgspec.structs.replace(quick(), width=SECOND // 10, lateness=1)
    plant = Plant(clock=WallClock(), settings=settings)
    hurt(plant)
    chore = threading.Event()
    plant.runtime = Runtime(plant.world, plant.intake, chore=chore.set)
    plant.runtime.recover()
    plant.runtime.start()
    try:
        give(plant, plant.clock.now())
        until(plant, lambda: bool(points(plant)))
        assert plant.pager.accepted.wait(10)
        assert chore.wait(10)
        with pytest.raises(RefusedError, match="lives by the wall clock"):
            plant.desk.advance(START)
        assert plant.desk.status().clock == "wall"
    finally:
        plant.runtime.stop()
    assert mark(plant).position == plant.log.end()
    assert mark(plant).clock == "wall"


def test_what_breaks_the_engine_ends_it_and_is_told(caplog: pytest.LogCaptureFixture) -> None:
    plant = Plant(clock=WallClock())
    over = threading.Event()

    def broken(_limit: int) -> list[Taken]:
        raise OSError("no space left on device")

    plant.intake.take = broken  # type: ignore[method-assign, assignment]  # it breaks
    runtime = Runtime(plant.world, plant.intake, over.set)
    runtime.start()
    assert over.wait(10)
    runtime.stop()
    assert runtime.failure == "OSError: no space left on device"
    assert "the engine stopped" in caplog.text


# What is due


def notes(plant: Plant) -> list[str]:
    return [event.text for event in plant.desk.timeline("INC-1") if event.kind == "note"]


def due(plant: Plant, task: str, subject: str = "INC-1") -> None:
    with plant.state.transaction() as tx:
        tx.schedule(Due(key=f"{task}:{subject}", task=task, subject=subject, due_at=0))


def nothing_due(plant: Plant) -> bool:
    with plant.state.transaction() as tx:
        return tx.take_due(FOREVER) == []


def test_a_task_that_nobody_knows_is_told_and_dropped() -> None:
    plant = Plant()
    hurt(plant)
    run_due(plant.world, FOREVER)
    due(plant, "juggle")
    run_due(plant.world, 0)
    (told,) = notes(plant)
    assert told.startswith("the task juggle broke (ValueError: there is no task 'juggle': was this store")
    assert told.endswith("it was not tried again")


def test_a_task_that_breaks_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = Plant()
    plant.desk.register(SERVICE)
    hurt(plant)

    def broken(*_case: object, now: int) -> None:
        raise ArithmeticError("nan" if now else "no time")

    monkeypatch.setattr("aright.engine.diagnosing.open_case", broken)
    plant.desk.advance(START + STEP)
    assert notes(plant) == ["the task diagnose broke (ArithmeticError: nan); it was not tried again"]
    plant.desk.advance(START + HOUR)
    assert plant.desk.incident("INC-1").updates, "the status update was drafted all the same"


@pytest.mark.parametrize("task", ["diagnose", "verify", "update"])
def test_what_is_due_for_an_incident_that_is_gone_is_dropped(task: str) -> None:
    plant = Plant()
    due(plant, task, "INC-7")
    run_due(plant.world, START)
    assert nothing_due(plant)


@pytest.mark.parametrize("task", ["diagnose", "verify"])
def test_what_is_due_for_an_incident_that_is_over_is_dropped(task: str) -> None:
    plant = Plant()
    hurt(plant)
    plant.desk.resolve("INC-1", by="ada", confirm="shop")
    run_due(plant.world, FOREVER)
    lines = len(plant.desk.timeline("INC-1"))
    due(plant, task)
    run_due(plant.world, START)
    assert nothing_due(plant)
    assert len(plant.desk.timeline("INC-1")) == lines


def test_a_broken_task_of_an_incident_that_is_gone_tells_nobody() -> None:
    plant = Plant()
    due(plant, "juggle", "INC-7")
    run_due(plant.world, START)
    assert nothing_due(plant)


def test_without_rows_an_incident_stays_unexplained_and_is_looked_at_again() -> None:
    plant = Plant()
    plant.desk.register(SERVICE)
    hurt(plant, diagnosed=False)
    plant.desk.advance(START + STEP)
    first = plant.desk.incident("INC-1").diagnosis
    assert first is not None
    plant.desk.advance(START + 2 * MINUTE)
    again = plant.desk.incident("INC-1").diagnosis
    assert again is not None
    assert again.at > first.at
    plant.desk.advance(START + HOUR)
    last = plant.desk.incident("INC-1").diagnosis
    assert last is not None
    assert last.at < START + 15 * MINUTE, "not for ever"


def test_an_effect_that_cannot_be_seen_is_given_up_after_a_while() -> None:
    plant = Plant()
    plant.desk.register(SERVICE)
    hurt(plant)
    plant.desk.mitigate("INC-1", by="ada", action="", dry_run=False, confirm="shop")
    plant.desk.advance(START + 5 * MINUTE)
    assert plant.desk.incident("INC-1").mitigations[0].status == "sent"
    plant.desk.advance(START + 20 * MINUTE)
    (attempt,) = plant.desk.incident("INC-1").mitigations
    assert attempt.status == "not_verified"
    assert attempt.verdict.endswith("That was the last look.")


def test_a_verdict_on_what_was_taken_back_meanwhile_is_no_news(monkeypatch: pytest.MonkeyPatch) -> None:
    plant = Plant()
    plant.desk.register(SERVICE)
    hurt(plant)
    plant.desk.mitigate("INC-1", by="ada", action="", dry_run=False, confirm="shop")
    judge = verifying._judge

    def taken_back_while_judged(*of: object, **more: object) -> object:
        with plant.state.transaction() as tx:
            incident = tx.get(Incident, "INC-1")
            assert incident is not None
            (attempt,) = incident.mitigations
            undone = msgspec.structs.replace(attempt, status="undone")
            happen(plant.world, tx, incident, MitigationRecorded(at=plant.clock.now(), mitigation=undone))
        return judge(*of, **more)  # type: ignore[arg-type]  # as they came

    monkeypatch.setattr(verifying, "_judge", taken_back_while_judged)
    plant.desk.advance(START + 75 * SECOND)
    assert [attempt.status for attempt in plant.desk.incident("INC-1").mitigations] == ["undone"]


def test_a_catalog_of_before_is_watched_from_the_start() -> None:
    plant = Plant()
    plant.desk.register(Service(key="desk"))
    plant.start()
    assert list(plant.runtime.watches) == ["desk"]
