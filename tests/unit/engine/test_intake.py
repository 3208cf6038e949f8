"""The way in: doors on one side, the engine on the other, the log between."""

from __future__ import annotations

import json
from concurrent.futures import Future
from itertools import pairwise
from threading import Thread

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from aright.adapters.memory_log import MemoryLog
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import UnreadableError
from aright.engine.intake import Intake, Taken
from aright.ports.log import LogBrokenError, LogFullError

NOW = 1_767_225_600_000_000


def frame(*ids: str, kind: Kind = Kind.PREDICTIONS, **fields: object) -> Frame:
    rows = [{"id": name, "time": NOW, "service": "shop", **fields} for name in ids]
    return Frame(
        kind=kind,
        format=Format.NDJSON,
        encoding=Encoding.IDENTITY,
        received_at=NOW,
        body=b"\n".join(json.dumps(row).encode() for row in rows),
    )


def change() -> Frame:
    event = {"specversion": "1.0", "id": "1", "source": "/ci", "type": "dev.aright.change.deploy"}
    body = json.dumps(event | {"data": {"service": "shop"}}).encode()
    return Frame(
        kind=Kind.CHANGES,
        format=Format.CLOUDEVENTS,
        encoding=Encoding.IDENTITY,
        received_at=NOW,
        body=body,
    )


def ids(taken: list[Taken]) -> list[str]:
    return [name for portion in taken if portion.rows is not None for name in portion.rows["id"].to_pylist()]


class HeldLog(MemoryLog):
    """A log whose futures are set when the test says so."""

    def __init__(self) -> None:
        super().__init__()
        self.held: list[tuple[Frame, Future[int]]] = []

    def append(self, frame: Frame) -> Future[int]:
        future: Future[int] = Future()
        self.held.append((frame, future))
        return future

    def sync(self) -> None:
        for frame, future in self.held:
            future.set_result(super().append(frame).result())
        self.held.clear()

    def fail(self) -> None:
        for _, future in self.held:
            future.set_exception(LogBrokenError("no space"))
        self.held.clear()


def test_accepted_rows_are_taken_in_order_with_their_positions() -> None:
    log = MemoryLog()
    intake = Intake(log)
    first = intake.accept(frame("a", "b"))
    second = intake.accept(change())
    third = intake.accept(frame("c"))
    taken = intake.take(100)
    ends = [acceptance.durable.result(0) for acceptance in (first, second, third)]
    assert [(portion.first, portion.last) for portion in taken] == list(
        zip([0, *ends[:-1]], ends, strict=True)
    )
    assert [portion.kind for portion in taken] == [Kind.PREDICTIONS, Kind.CHANGES, Kind.PREDICTIONS]
    assert ids(taken) == ["a", "b", "c"]
    assert taken[1].changes[0].service == "shop"
    assert taken[0].received_at == NOW
    assert (first.accepted, intake.accepted, intake.caught_up(), intake.take(100)) == (2, 4, True, [])


def test_nothing_is_taken_before_it_is_on_disk() -> None:
    log = HeldLog()
    intake = Intake(log)
    acceptance = intake.accept(frame("a"))
    assert intake.take(10) == []
    assert intake.accepted == 0
    log.sync()
    assert acceptance.durable.done()
    assert ids(intake.take(10)) == ["a"]


def test_what_the_log_could_not_write_is_never_taken() -> None:
    log = HeldLog()
    intake = Intake(log)
    acceptance = intake.accept(frame("a"))
    log.fail()
    with pytest.raises(LogBrokenError):
        acceptance.durable.result(0)
    assert (intake.take(10), intake.accepted, intake.caught_up()) == ([], 0, True)


def test_take_stops_at_about_the_limit() -> None:
    intake = Intake(MemoryLog())
    for n in range(5):
        intake.accept(frame(f"{n}a", f"{n}b"))
    assert ids(intake.take(3)) == ["0a", "0b", "1a", "1b"]
    assert not intake.caught_up()
    assert len(ids(intake.take(100))) == 6


def test_bad_rows_travel_along() -> None:
    intake = Intake(MemoryLog())
    acceptance = intake.accept(frame("a", "a"))
    (portion,) = intake.take(10)
    assert (acceptance.accepted, acceptance.bad_count, acceptance.bad) == (1, 1, portion.bad)
    assert (portion.bad_count, intake.quarantined) == (1, 1)
    all_bad = intake.accept(frame("a", latency_ms=-1))
    (nothing_good,) = intake.take(10)
    assert (all_bad.accepted, nothing_good.rows, nothing_good.bad_count) == (0, None, 1)


def test_a_body_without_rows_is_not_logged() -> None:
    log = MemoryLog()
    intake = Intake(log)
    end = intake.accept(frame("a")).durable.result(0)
    nothing = Frame(
        kind=Kind.OUTCOMES, format=Format.NDJSON, encoding=Encoding.IDENTITY, received_at=NOW, body=b"[]"
    )
    acceptance = intake.accept(nothing)
    assert acceptance.notes[0].problem == "the body has no rows"
    assert acceptance.durable.result(0) == log.end() == end


def test_an_unreadable_body_is_not_logged() -> None:
    log = MemoryLog()
    with pytest.raises(UnreadableError):
        Intake(log).accept(frame())
    with pytest.raises(UnreadableError, match="larger than 10 bytes"):
        Intake(log, limit_bytes=10).accept(frame("a"))
    assert log.end() == 0


def test_after_a_restart_it_goes_on_from_the_checkpoint() -> None:
    log = MemoryLog()
    before = Intake(log)
    ends = [before.accept(frame(f"{n}")).durable.result(0) for n in range(5)]
    after = Intake(log)
    after.start(ends[1])
    after.accept(frame("new"))
    assert after.behind() == log.end() - ends[1]
    taken = after.take(100)
    assert ids(taken) == ["2", "3", "4", "new"]
    assert taken[0].first == ends[1]
    assert after.caught_up()


def test_a_smaller_limit_after_a_restart_loses_nothing() -> None:
    log = MemoryLog()
    Intake(log).accept(frame("a"))
    after = Intake(log, limit_bytes=10)
    after.start(0)
    assert ids(after.take(10)) == ["a"]


def test_a_log_that_does_not_belong_to_the_checkpoint_is_told() -> None:
    with pytest.raises(LogBrokenError, match="restore the log"):
        Intake(MemoryLog()).start(1)


def test_a_frame_that_cannot_be_read_any_more_is_told_and_passed() -> None:
    log = MemoryLog()
    log.append(frame())  # as no door would have let it in
    intake = Intake(log)
    intake.start(0)
    intake.accept(frame("a"))
    lost, good = intake.take(10)
    assert (lost.rows, lost.bad_count, lost.bad[0].problem) == (None, 1, "the body is empty")
    assert ids([good]) == ["a"]


def test_what_does_not_fit_into_memory_is_read_from_the_log() -> None:
    intake = Intake(MemoryLog(), memory_bytes=10_000)
    names = [f"{n}" for n in range(50)]
    for name in names:
        intake.accept(frame(name))
    assert ids(intake.take(10)) == names[:10]
    intake.accept(frame("50"))
    taken = intake.take(1_000)
    assert ids(taken) == [*names[10:], "50"]
    assert all(one.last == two.first for one, two in pairwise(taken))


def test_an_engine_too_far_behind_makes_senders_wait() -> None:
    intake = Intake(MemoryLog(), behind_bytes=100)
    intake.accept(frame("a" * 100))
    with pytest.raises(LogFullError, match="send again"):
        intake.accept(frame("b"))
    intake.take(10)
    intake.accept(frame("b"))


def test_releasing_reaches_the_log() -> None:
    log = MemoryLog()
    intake = Intake(log)
    end = intake.accept(frame("a")).durable.result(0)
    intake.release(end)
    assert list(log.read(0)) == []


def test_many_doors_and_one_engine_lose_and_repeat_nothing() -> None:
    intake = Intake(MemoryLog(), memory_bytes=20_000)

    def send(door: int) -> None:
        for n in range(40):
            intake.accept(frame(f"{door}-{n}"))

    doors = [Thread(target=send, args=(door,)) for door in range(4)]
    for door in doors:
        door.start()
    taken: list[Taken] = []
    while any(door.is_alive() for door in doors) or not intake.caught_up():
        taken += intake.take(7)
    assert sorted(ids(taken)) == sorted(f"{door}-{n}" for door in range(4) for n in range(40))
    assert all(one.last == two.first for one, two in pairwise(taken))


class Engine(RuleBasedStateMachine):
    """Accept, sync, take, restart from any checkpoint, in any order: every row is taken once, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.log = HeldLog()
        self.intake = Intake(self.log, memory_bytes=9_000)
        self.sent = 0
        self.durable = 0
        self.taken: list[tuple[int, str]] = []

    @rule(rows=st.integers(1, 3))
    def accept(self, rows: int) -> None:
        self.intake.accept(frame(*(f"{self.sent + n}" for n in range(rows))))
        self.sent += rows

    @rule()
    def sync(self) -> None:
        self.log.sync()
        self.durable = self.sent

    @rule(limit=st.integers(1, 5))
    def take(self, limit: int) -> None:
        for portion in self.intake.take(limit):
            assert portion.first == (self.taken[-1][0] if self.taken else 0)
            self.taken += [(portion.last, name) for name in ids([portion])]

    @rule(back=st.integers(0, 5))
    def restart(self, back: int) -> None:
        self.log.held.clear()
        self.sent = self.durable
        kept = self.taken[: max(len(self.taken) - back, 0)]
        position = kept[-1][0] if kept else 0
        self.taken = [entry for entry in self.taken if entry[0] <= position]
        self.intake = Intake(self.log, memory_bytes=9_000)
        self.intake.start(position)

    @invariant()
    def in_order_without_gap_or_repeat(self) -> None:
        assert [name for _, name in self.taken] == [f"{n}" for n in range(len(self.taken))]
        if self.intake.caught_up():
            assert len(self.taken) == self.durable


TestEngine = Engine.TestCase
TestEngine.settings = settings(deadline=None, max_examples=40, stateful_step_count=30)
