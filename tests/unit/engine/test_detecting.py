"""Detectors in the engine: service metrics give notice in words, and a restart goes on from a snapshot."""

from __future__ import annotations

import msgspec
import pytest

from aright.core.model.bookkeeping import Snapshot
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.model.times import SECOND
from aright.engine.detecting import detector_settings, settings_of
from aright.engine.settings import Settings
from aright.engine.watch import Watch
from tests.unit.engine.failing_shop import START, Plant, frame

WIDTH = 30 * SECOND


def serve(made: Plant, windows: range, *, high_from: int = 10**9) -> None:
    """Send a sample of each window and close it."""
    for number in windows:
        at = START + number * WIDTH
        rows = [
            {
                "time": at + 10 * SECOND,
                "service": "shop",
                "host": host,
                "metrics": {"threads": (90.0 if number >= high_from else 40.0) + (number * 7 + extra) % 5},
            }
            for extra, host in enumerate(("a", "b"))
        ]
        made.intake.accept(frame(Kind.PROCESS, rows, at=at)).durable.result()
        made.desk.advance(at + WIDTH + 10 * SECOND)


def test_a_metric_that_jumps_gives_notice_in_words():
    made = Plant()
    serve(made, range(210), high_from=200)
    (notice,) = made.desk.notices(service="shop")
    assert notice.alert.signal == "process:threads"
    assert notice.alert.text.startswith("threads jumped to 9")
    assert not made.desk.incidents()


def test_the_catalog_may_raise_a_metric_to_harm():
    made = Plant()
    made.desk.register(Service(key="shop", page_signals=("process:threads",)))
    serve(made, range(420), high_from=400)
    (incident,) = made.desk.incidents()
    assert "threads jumped to 9" in incident.title
    assert incident.severity is not None


def test_a_restart_goes_on_from_the_snapshot_as_if_there_had_been_none(monkeypatch):
    monkeypatch.setattr("aright.engine.watch.SNAPSHOTS", 16)
    made, undisturbed = Plant(), Plant()
    for first in range(0, 210, 35):
        serve(made, range(first, first + 35), high_from=190)
        made.start()
        serve(undisturbed, range(first, first + 35), high_from=190)
    assert knows(made) == knows(undisturbed)
    assert made.desk.notices() == undisturbed.desk.notices()
    assert len(made.desk.notices()) == 1


def test_only_points_since_the_snapshot_are_gone_over(monkeypatch):
    monkeypatch.setattr("aright.engine.watch.SNAPSHOTS", 16)
    made = Plant()
    serve(made, range(60))
    went_over: list[int] = []
    learn = Watch.learn

    def counted(self, points, **more):
        went_over.append(len(points))
        return learn(self, points, **more)

    monkeypatch.setattr(Watch, "learn", counted)
    made.start()
    assert 0 < len(went_over) < 16
    went_over.clear()
    made.runtime.stop()
    made.start()
    assert not went_over


@pytest.mark.parametrize("spoilt", [{"body": b"of another version"}, {"width": 7}, {"upto": 2**60}])
def test_a_snapshot_that_cannot_be_used_is_passed_over(spoilt):
    made = Plant()
    serve(made, range(40))
    made.runtime.stop()
    before = knows(made)
    with made.state.transaction() as tx:
        kept = tx.get(Snapshot, "shop")
        assert kept is not None
        tx.put(msgspec.structs.replace(kept, **spoilt))
    made.start()
    assert knows(made) == before


def test_a_service_says_itself_how_many_false_alarms_it_accepts():
    service = Service(key="shop", false_pages=0.1, false_notices=3.0)
    own = settings_of(service, Settings())
    assert (own.false_pages, own.false_notices) == (0.1, 3.0)
    assert detector_settings(service, Settings()).false_pages == 0.1
    assert settings_of(Service(key="shop"), Settings(false_pages=2.0)).false_pages == 2.0


def test_what_is_only_shown_is_not_judged():
    kind_of = detector_settings(Service(key="shop"), Settings()).kind_of
    assert kind_of("latency:p99").name == "latency:p99"
    with pytest.raises(LookupError, match="not judged"):
        kind_of("suite:rows")


def knows(made: Plant) -> bytes:
    return made.runtime.watches["shop"]._detector.freeze()
