"""Heartbeats: silence opens an incident or gives notice, and aright's own absence never does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.adapters.memory_state.state import MemoryState
from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.heartbeat import Heartbeat, Pulse
from aright.core.model.incident import Incident
from aright.core.model.message import Due
from aright.core.model.notice import Notice
from aright.core.model.service import Service
from aright.core.model.silence import Muted, Silence
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND, iso
from aright.core.page.silencing import parse_matcher
from aright.engine.alert_desk import put_silence
from aright.engine.heartbeats import beat, hear, heartbeats, put_heartbeats
from aright.engine.operations import UnknownError
from aright.engine.tasks import run_due
from tests.unit.engine.failing_shop import START, Plant

if TYPE_CHECKING:
    from aright.core.model.times import Micros

ETL = Heartbeat(key="etl", service="shop", every=5 * MINUTE, grace=MINUTE)


@dataclass
class Watch:
    """A clock by the wall, which a test sets."""

    at: Micros = START
    driven: bool = False

    def now(self) -> Micros:
        return self.at


def plant(*beats: Heartbeat, clock: Watch | None = None, state: MemoryState | None = None) -> Plant:
    made = Plant(state=state or MemoryState(), **({"clock": clock} if clock else {}))  # type: ignore[arg-type]
    with made.state.transaction() as tx:
        tx.put(Service(key="shop", tier=1))
        put_heartbeats(tx, beats or (ETL,), now=made.clock.now())
    return made


def of(made: Plant, key: str = "etl") -> Heartbeat:
    return next(each for each in heartbeats(made.state) if each.key == key)


def texts(made: Plant, key: str = "INC-1") -> list[str]:
    return [event.text for event in made.desk.timeline(key) if "etl" in event.text]


def test_silence_opens_an_incident_and_a_beat_is_told() -> None:
    made = plant()
    made.desk.advance(START + 9 * HOUR)
    assert made.desk.incidents() == [], "one that was never heard is not missed"
    assert beat(made.world, "etl").last_at == START + 9 * HOUR
    made.desk.advance(START + 9 * HOUR + 5 * MINUTE + 59 * SECOND)
    assert made.desk.incidents() == []
    made.desk.advance(START + 9 * HOUR + 6 * MINUTE)
    (incident,) = made.desk.incidents()
    assert (incident.service, incident.began_at) == ("shop", START + 9 * HOUR + 5 * MINUTE)
    last = iso(START + 9 * HOUR)
    assert (
        incident.title == f"shop: the heartbeat etl is silent: last heard at {last}, expected every 5 minutes"
    )
    assert incident.severity is not None
    assert "a heartbeat, which does not say what users lose" in incident.severity.arithmetic
    assert of(made).missed_at == START + 9 * HOUR + 6 * MINUTE
    made.desk.advance(START + 10 * HOUR)
    beat(made.world, "etl")
    assert of(made).missed_at == 0
    assert texts(made)[-1] == "the heartbeat etl beats again, after 1 hour of silence"
    made.desk.advance(START + 11 * HOUR)
    assert len(made.desk.incidents()) == 1
    assert "the heartbeat etl is silent: last heard" in texts(made)[-1], "it is told once more"


def test_one_that_does_not_page_gives_notice() -> None:
    made = plant(msgspec.structs.replace(ETL, page=False))
    beat(made.world, "etl")
    made.desk.advance(START + HOUR)
    assert made.desk.incidents() == []
    (notice,) = made.desk.notices()
    assert (notice.service, notice.alert.signal, notice.at) == ("shop", "heartbeat:etl", START + 6 * MINUTE)


def test_a_regular_beat_is_never_missed() -> None:
    made = plant()
    for number in range(50):
        made.desk.advance(START + number * 5 * MINUTE)
        beat(made.world, "etl")
    assert made.desk.incidents() == []
    until = of(made).last_at + 6 * MINUTE
    with made.state.transaction() as tx:
        assert [due.due_at for due in tx.take_due(2**60, only="heartbeat")] == [until]


def test_beats_in_quick_succession_are_as_one() -> None:
    made = plant(clock=(clock := Watch()))
    beat(made.world, "etl")
    clock.at += SECOND // 2
    assert beat(made.world, "etl").last_at == START
    clock.at += SECOND
    assert beat(made.world, "etl").last_at == clock.at


def test_a_beat_of_something_unknown() -> None:
    made = plant()
    with pytest.raises(UnknownError, match=r"there is no heartbeat 'elt': did you mean etl\?"):
        beat(made.world, "elt")
    with pytest.raises(UnknownError, match=r"no heartbeat 'x'$"):
        beat(made.world, "x")


def test_a_silence_holds_it_and_a_beat_lets_nothing_go() -> None:
    made = plant()
    with made.state.transaction() as tx:
        put_silence(
            tx,
            Silence(
                key="SIL-1",
                matchers=(parse_matcher("signal=heartbeat:etl"),),
                starts_at=START,
                ends_at=START + 2 * HOUR,
                author="ada",
                comment="move",
                created_at=START,
            ),
        )
    beat(made.world, "etl")
    made.desk.advance(START + HOUR)
    assert made.desk.incidents() == []
    with made.state.transaction() as tx:
        (muted,) = tx.list(Muted, tag="open")
    assert muted.key == "shop/heartbeat/etl"
    beat(made.world, "etl")
    made.desk.advance(START + HOUR + 5 * MINUTE)
    beat(made.world, "etl")
    with made.state.transaction() as tx:
        assert tx.list(Muted, tag="open") == []


def test_what_is_silent_still_pages_when_the_silence_ends() -> None:
    made = plant()
    silence = Silence(
        key="SIL-1",
        matchers=(parse_matcher("service=shop"),),
        starts_at=START,
        ends_at=START + 2 * HOUR,
        author="ada",
        comment="move",
        created_at=START,
    )
    with made.state.transaction() as tx:
        put_silence(tx, silence)
    beat(made.world, "etl")
    made.desk.advance(START + 2 * HOUR)
    (incident,) = made.desk.incidents()
    assert incident.opened_at == START + 2 * HOUR


def test_another_programs_alert_beats() -> None:
    made = plant(msgspec.structs.replace(ETL, key="prometheus", alert="Watchdog", every=MINUTE), ETL)
    row: dict[str, object] = {"labels": {"alertname": "Watchdog", "severity": "none"}, "startsAt": iso(START)}

    def post(row: dict[str, object]) -> None:
        body = json.dumps([row]).encode()
        now = made.clock.now()
        frame = Frame(
            kind=Kind.ALERTS, format=Format.ALERTS_API, encoding=Encoding.IDENTITY, received_at=now, body=body
        )
        made.intake.accept(frame).durable.result()
        made.desk.advance(now)

    post(row)
    assert of(made, "prometheus").last_at == START
    made.desk.advance(START + MINUTE)
    post(row)
    assert of(made, "prometheus").last_at == START + MINUTE
    assert of(made).last_at == 0
    made.desk.advance(START + 2 * MINUTE)
    post({**row, "endsAt": iso(START + MINUTE), "status": "resolved"})
    assert of(made, "prometheus").last_at == START + MINUTE, "its end is no beat"
    made.desk.advance(START + 3 * MINUTE)
    assert [incident.service for incident in made.desk.incidents()] == ["shop"]


def test_alerts_read_again_after_a_crash_turn_nothing_back() -> None:
    made = plant(msgspec.structs.replace(ETL, alert="Watchdog"))
    old = ForeignAlert(
        key="f@0",
        fingerprint="f",
        name="Watchdog",
        source="prometheus",
        labels={},
        starts_at=0,
        told_at=START,
    )
    with made.state.transaction() as tx:
        hear(made.world, tx, [msgspec.structs.replace(old, told_at=START + HOUR)])
        hear(made.world, tx, [old])
    assert of(made).last_at == START + HOUR


def tick(made: Plant, clock: Watch, to: Micros, every: Micros = 2 * SECOND) -> None:
    """Let a clock by the wall go on, with an engine that looks at it."""
    while clock.at < to:
        clock.at = min(clock.at + every, to)
        run_due(made.world, clock.at)


def test_a_clock_that_jumps_misses_nothing_at_once() -> None:
    beats = [msgspec.structs.replace(ETL, key=f"b{number}") for number in range(20)]
    made = plant(*beats, clock=(clock := Watch()))
    run_due(made.world, clock.at)
    for each in beats:
        beat(made.world, each.key)
    tick(made, clock, START + MINUTE)
    clock.at += 7 * HOUR
    tick(made, clock, clock.at + 4 * MINUTE)
    assert made.desk.incidents() == [], "their senders know nothing of the jump"
    for each in beats[1:]:
        beat(made.world, each.key)
    tick(made, clock, clock.at + MINUTE + 2 * SECOND)
    (incident,) = made.desk.incidents()
    assert [alert.signal for alert in incident.alerts] == ["heartbeat:b0"]


@pytest.mark.parametrize("away", [2 * SECOND, 10 * MINUTE, 5 * DAY])
def test_a_restart_misses_nothing(away: Micros) -> None:
    made = plant(clock=(clock := Watch()))
    run_due(made.world, clock.at)
    beat(made.world, "etl")
    tick(made, clock, START + 4 * MINUTE)
    clock.at += away
    again = Plant(state=made.state, clock=clock)
    tick(again, clock, clock.at + 2 * MINUTE - 4 * SECOND)
    assert again.desk.incidents() == []
    tick(again, clock, clock.at + 2 * MINUTE)
    assert len(again.desk.incidents()) == 1, "one that stays silent is missed all the same"


def test_where_there_are_no_heartbeats_nothing_is_written() -> None:
    made = Plant(clock=(clock := Watch()))
    tick(made, clock, START + MINUTE)
    with made.state.transaction() as tx:
        assert tx.get(Pulse, "aright") is None


def test_a_clock_that_is_set_back() -> None:
    made = plant(clock=(clock := Watch()))
    run_due(made.world, clock.at)
    clock.at += 3 * HOUR
    run_due(made.world, clock.at)
    beat(made.world, "etl")
    clock.at -= 2 * HOUR
    run_due(made.world, clock.at)
    assert of(made).last_at == clock.at
    tick(made, clock, clock.at + 7 * MINUTE)
    assert len(made.desk.incidents()) == 1


def test_the_catalog_keeps_what_was_heard() -> None:
    made = plant(ETL, msgspec.structs.replace(ETL, key="gone"))
    beat(made.world, "etl")
    beat(made.world, "gone")
    with made.state.transaction() as tx:
        put_heartbeats(tx, [msgspec.structs.replace(ETL, every=HOUR)], now=START + MINUTE)
        assert [due.key for due in tx.take_due(2**60, only="heartbeat")] == ["heartbeat:etl"]
    (kept,) = heartbeats(made.state)
    assert (kept.every, kept.last_at) == (HOUR, START)
    made.desk.advance(START + 59 * MINUTE)
    assert made.desk.incidents() == []
    with made.state.transaction() as tx:
        put_heartbeats(tx, [msgspec.structs.replace(ETL, service="till")], now=START + HOUR)
    assert of(made).last_at == 0, "another service's is another heartbeat"


def test_a_task_without_its_heartbeat_is_dropped() -> None:
    made = plant()
    with made.state.transaction() as tx:
        tx.schedule(Due(key="heartbeat:x", task="heartbeat", subject="x", due_at=START))
        tx.schedule(Due(key="heartbeat:etl", task="heartbeat", subject="etl", due_at=START))
    made.desk.advance(START + MINUTE)
    with made.state.transaction() as tx:
        assert (tx.take_due(2**60), tx.list(Incident), tx.list(Notice)) == ([], [], [])
