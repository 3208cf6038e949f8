"""Suites as monitors: run over stored rows, told as notices or incidents, and never in the engine's way."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from aright.adapters.clocks.wall import WallClock
from aright.adapters.memory_suite import MemoryChecks
from aright.core.model.frame import Kind
from aright.core.model.incident import Incident
from aright.core.model.notice import Notice
from aright.core.model.suite import Checked, Suite
from aright.core.model.times import MINUTE, SECOND
from aright.engine.suites import SuiteWatch
from aright.ports.suite import SuiteError
from tests.unit.engine.failing_shop import START, Plant, frame

if TYPE_CHECKING:
    import pyarrow as pa

SUITE = Suite(name="answers", service="shop", kind="pandera", path="checks.py:answers", every=MINUTE)
CHECKS = MemoryChecks([("status", "is 200", lambda value: value == 200, "error")])


@dataclass
class Failing:
    """A suite that fails as it is told to."""

    how: Exception
    asked: list[int] = field(default_factory=list)

    def run(self, rows: pa.Table) -> tuple[Checked, ...]:
        self.asked.append(rows.num_rows)
        raise self.how


@dataclass
class Waiting:
    """A suite that does not come back before it is let."""

    begun: threading.Event = field(default_factory=threading.Event)
    let: threading.Event = field(default_factory=threading.Event)
    asked: int = 0

    def run(self, rows: pa.Table) -> tuple[Checked, ...]:
        self.asked += 1
        self.begun.set()
        self.let.wait(20)
        return CHECKS.run(rows)


def plant(*suites):
    made = Plant()
    watch(made, *suites)
    return made


def watch(made, *suites):
    made.world = replace(made.world, suites=SuiteWatch(suites))
    made.runtime.world = made.world


def feed(made, minutes, bad=0, begin=0):
    for step in range(minutes * 6):
        at = START + begin * MINUTE + step * 10 * SECOND
        rows = [
            {
                "id": f"{at}-{n}",
                "time": at + n,
                "service": "shop",
                "unit": f"u{n}",
                "status": 404 if n < bad else 200,
            }
            for n in range(8)
        ]
        made.intake.accept(frame(Kind.PREDICTIONS, rows, at=at)).durable.result()
        made.desk.advance(at + 10 * SECOND)


def kept(made, kind):
    with made.state.transaction() as tx:
        return tx.list(kind, service="shop")


def points(made):
    return made.desk.points("shop", start=0, end=2**60, names=["suite:answers:status is 200"])


def test_what_a_suite_counts_is_a_signal_and_what_fails_is_told_once():
    made = plant((SUITE, CHECKS))
    feed(made, 3)
    feed(made, 3, bad=2, begin=3)

    found = points(made)
    assert [point.n for point in found][:2] == [48, 48]
    assert [point.total for point in found][-1] == pytest.approx(12, abs=3)
    (notice,) = [each for each in kept(made, Notice) if each.alert.signal.startswith("suite:")]
    assert "`status` fails `is 200`" in notice.alert.text
    assert "such as `404`" in notice.alert.text
    assert not kept(made, Incident)


def test_a_suite_that_pages_opens_an_incident():
    made = plant((structs.replace(SUITE, page=True), CHECKS))
    feed(made, 2, bad=2)
    feed(made, 6, begin=2)

    (incident,) = kept(made, Incident)
    assert incident.alerts[0].signal == "suite:answers:status is 200"


def test_what_was_told_is_not_told_again_after_a_restart():
    made = plant((SUITE, CHECKS))
    feed(made, 2, bad=8)
    made.start()
    watch(made, (SUITE, CHECKS))
    feed(made, 2, bad=8, begin=2)

    assert len([each for each in kept(made, Notice) if each.alert.signal.startswith("suite:")]) == 1


@pytest.mark.parametrize("how", [SuiteError("it took longer than 2 s"), RuntimeError("nobody foresaw this")])
def test_a_suite_that_breaks_is_told_once_and_stops_nothing(how):
    made = plant((SUITE, broken := Failing(how)))
    feed(made, 4)

    assert len(broken.asked) == 3
    (notice,) = [each for each in kept(made, Notice) if each.alert.signal == "suite:answers"]
    assert str(how) in notice.alert.text
    assert made.desk.points("shop", start=0, end=2**60, names=["error_share"])


def test_suites_of_other_services_and_hours_without_rows_are_left():
    other = Suite(name="answers", service="elsewhere", kind="pandera", path="x:y", every=MINUTE)
    outcomes = Suite(name="labels", service="shop", kind="pandera", path="x:y", on="outcomes", every=MINUTE)
    made = plant((other, one := Failing(SuiteError("x"))), (outcomes, two := Failing(SuiteError("x"))))
    feed(made, 3)

    assert one.asked == two.asked == []


def test_by_the_wall_clock_a_slow_suite_delays_no_window():
    made = plant()
    feed(made, 2)
    slow = Waiting()
    suites = SuiteWatch([(SUITE, slow)])
    world = replace(made.world, suites=suites, clock=WallClock())
    service = made.runtime.watches["shop"].service
    ends = [START + 30 * SECOND, START + 60 * SECOND, START + 90 * SECOND]

    with made.state.transaction() as tx:
        assert suites.close(world, tx, service, ends[0], now=START).points == ()
        assert slow.begun.wait(20)
        assert suites.close(world, tx, service, ends[2], now=START).points == ()  # due again
        slow.let.set()
        told = suites.close(world, tx, service, ends[1], now=START)
        for _ in range(400):
            if told.points:
                break
            time.sleep(0.01)
            told = suites.close(world, tx, service, ends[1], now=START)

    assert [point.n for point in told.points] == [48]
    assert slow.asked == 1


def test_of_a_long_span_only_the_last_rows_are_read(monkeypatch):
    monkeypatch.setattr("aright.engine.suites.MOST_ROWS", 400)
    monkeypatch.setattr("aright.engine.suites._AT_ONCE", MINUTE)
    hourly = structs.replace(SUITE, every=16 * MINUTE)
    made = plant((hourly, asked := Failing(SuiteError("x"))))
    feed(made, 17)

    assert asked.asked == [400]
    (notice,) = [each for each in kept(made, Notice) if each.alert.signal == "suite:answers"]
    assert notice.alert.since == START
