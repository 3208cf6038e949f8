"""Harm of several services becomes one incident per cause: joined, merged, reopened, and remembered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.incident import SeverityJudged
from aright.core.incident.chain import verify_chain
from aright.core.model.calls import CallEdge
from aright.core.model.incident import Incident, Severity, State
from aright.core.model.service import Service
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import MINUTE
from aright.engine.gathering import gather, open_incidents
from aright.engine.happening import happen
from aright.engine.outbox import drain
from aright.engine.quiet import quiet_spans, was_quiet
from aright.engine.respond import hit_now, open_incident, respond
from tests.unit.engine.failing_shop import ALERT, START, Plant

if TYPE_CHECKING:
    from aright.core.model.alert import Alert
    from aright.core.model.times import Micros

CATALOG = (
    Service(key="desk", tier=3, dependencies=("chat",)),
    Service(key="chat", tier=3, dependencies=("translation",)),
    Service(key="translation", tier=3, dependencies=("lingua",)),
    Service(key="fraud", tier=3),
)


def plant() -> Plant:
    made = Plant()
    with made.state.transaction() as tx:
        tx.put_all(CATALOG)
    return made


def harm(service: str, minutes: float, signal: str = "error_share", segment: Segment = ALL) -> Alert:
    since = START + round(minutes * MINUTE)
    key = f"{service}/{segment}/{signal}"
    return msgspec.structs.replace(
        ALERT, key=key, service=service, signal=signal, segment=segment, since=since, at=since + MINUTE
    )


def told(made: Plant, *alerts: Alert, at: float) -> Incident:
    now = START + round(at * MINUTE)
    with made.state.transaction() as tx:
        service = tx.get(Service, alerts[0].service) or Service(key=alerts[0].service)
        found = respond(made.world, tx, service, alerts, now=now)
    assert found is not None
    return found


def kinds(made: Plant, key: str) -> list[str]:
    return [event.kind for event in made.desk.timeline(key)]


def send(made: Plant, now: Micros) -> list[tuple[str, str]]:
    drain(made.world, now)
    return [(key.split("-")[2], action) for key, action in made.pager.seen]


def test_a_cascade_told_by_its_victims_first_is_one_incident_led_by_its_cause():
    made = plant()
    assert told(made, harm("chat", 3), at=5).service == "chat"
    assert told(made, harm("desk", 8), at=10).key == "INC-1"
    last = told(made, harm("translation", 1), at=11)
    assert (last.key, last.service) == ("INC-1", "translation")
    assert last.services == ("chat", "desk", "translation")
    assert last.began_at == START + MINUTE
    assert last.title == "translation: " + last.title.partition(": ")[2]
    assert last.title.endswith("(also hits chat and desk)") or "also hits chat, desk" in last.title
    lines = [event.text for event in made.desk.timeline("INC-1") if event.kind in {"joined", "root"}]
    assert lines == [
        "desk joined, because it calls chat",
        "translation joined, because chat calls it",
        "translation is nearest to the cause so far; it was held to be chat",
    ]
    assert {(hit.service, hit.callee) for hit in last.hits} == {
        ("chat", "translation"),
        ("desk", "chat"),
        ("translation", ""),
    }
    assert send(made, START + 12 * MINUTE) == [("1", "trigger")]
    with made.state.transaction() as tx:
        assert hit_now(tx) == {"chat", "desk", "translation"}
        assert open_incident(tx, "desk") == last


def test_no_path_and_far_onsets_are_incidents_of_their_own():
    made = plant()
    told(made, harm("translation", 1), at=5)
    assert told(made, harm("fraud", 1), at=5).key == "INC-2"
    assert told(made, harm("desk", 90), at=95).key == "INC-3"
    assert told(made, harm("chat", 50), at=95).key == "INC-4", "neither its callee nor its caller is near"


def test_edges_of_spans_count_as_those_of_the_catalog_do():
    made = plant()
    told(made, harm("fraud", 1), at=5)
    with made.state.transaction() as tx:
        tx.put(CallEdge(key="web→fraud", service="web", callee="fraud", seen=True))
    assert told(made, harm("web", 2), at=5).key == "INC-1"


def test_the_same_segment_at_the_same_time_joins():
    made = plant()
    north = Segment("region", "north")
    told(made, harm("fraud", 1, segment=north), at=5)
    assert told(made, harm("desk", 1.5, segment=north), at=5).key == "INC-1"
    (line,) = [event.text for event in made.desk.timeline("INC-1") if event.kind == "joined"]
    assert line == "desk joined, because region = north is hit there and at fraud at the same time"
    assert told(made, harm("chat", 1, segment=Segment("region", "south")), at=5).key == "INC-1", (
        "it is called"
    )
    made = plant()
    told(made, harm("fraud", 1, segment=north), at=5)
    assert told(made, harm("desk", 1, segment=Segment("region", "south")), at=5).key == "INC-2"


def test_a_link_that_shows_up_later_merges_the_younger_into_the_older():
    made = plant()
    told(made, harm("desk", 20), at=21)
    told(made, harm("translation", 1), at=22)
    assert [found.key for found in made.desk.incidents()] == ["INC-2", "INC-1"]
    whole = told(made, harm("chat", 9), at=23)
    assert (whole.key, whole.service, set(whole.services)) == (
        "INC-1",
        "translation",
        {"desk", "translation", "chat"},
    )
    part = made.desk.incident("INC-2")
    assert (part.state, part.merged_into) == (State.MERGED, "INC-1")
    assert send(made, START + 30 * MINUTE) == [("1", "trigger"), ("2", "trigger"), ("2", "resolve")]
    assert "merged" in kinds(made, "INC-2")
    merged = [event.text for event in made.desk.timeline("INC-1") if event.kind == "merged"]
    assert merged[0].startswith("INC-2 (translation: ")
    assert "because " in merged[0]
    with made.state.transaction() as tx:
        assert all(verify_chain(tx.events(key)) for key in ("INC-1", "INC-2"))
        assert [found.key for found in open_incidents(tx)] == ["INC-1"]


def test_several_services_told_at_once_are_one_declaration_and_joins():
    made = plant()
    with made.state.transaction() as tx:
        placed = gather(
            made.world,
            tx,
            {
                name: (harm(name, at),)
                for name, at in (("desk", 4), ("chat", 3), ("translation", 1), ("fraud", 1))
            },
            now=START + 5 * MINUTE,
        )
    assert {name: found.key for name, found in placed.items()} == {
        "desk": placed["desk"].key,
        "chat": placed["desk"].key,
        "translation": placed["desk"].key,
        "fraud": placed["fraud"].key,
    }
    whole = made.desk.incident(placed["desk"].key)
    assert whole.service == "translation"
    assert whole.hits[0].service == "translation"
    assert len(whole.services) == 3


def test_only_a_service_that_weighs_more_pages_again():
    made = plant()
    told(made, harm("translation", 1), at=5)
    told(made, harm("chat", 2), at=6)
    assert send(made, START + 10 * MINUTE) == [("1", "trigger")]
    with made.state.transaction() as tx:
        tx.put(Service(key="web", tier=1, dependencies=("chat",)))
    found = told(made, harm("web", 3), at=7)
    assert found.severity is not None
    assert found.severity.level == 1
    assert send(made, START + 11 * MINUTE) == [("1", "trigger"), ("1", "trigger")]


def test_a_diagnosed_severity_is_not_outdone_by_a_first_glance():
    made = plant()
    known = told(made, harm("translation", 1), at=5)
    with made.state.transaction() as tx:
        mild = Severity(level=4, score=0.001, arithmetic="few users")
        happen(made.world, tx, known, SeverityJudged(at=START + 6 * MINUTE, severity=mild))
    found = told(made, harm("chat", 2), at=7)
    assert found.severity is not None
    assert found.severity.level == 4


def test_harm_back_within_the_window_reopens_and_pages_anew():
    made = plant()
    told(made, harm("translation", 1), at=5)
    made.desk.advance(START + 10 * MINUTE)
    made.desk.resolve("INC-1", by="ada", confirm="translation")
    again = told(made, harm("translation", 20), at=22)
    assert (again.key, again.state) == ("INC-1", State.REOPENED)
    assert send(made, START + 23 * MINUTE) == [("1", "trigger"), ("1", "resolve"), ("1", "trigger")]
    assert told(made, harm("chat", 21), at=23).key == "INC-1", (
        "an incident that is open again takes others in"
    )
    with made.state.transaction() as tx:
        spans = quiet_spans(tx)["translation"]
    quiet = [was_quiet(spans, START + minute * MINUTE) for minute in (4, 6, 15, 22.5)]  # type: ignore[arg-type]
    assert quiet == [False, True, False, True]


def test_long_after_its_end_harm_is_a_new_incident():
    made = plant()
    told(made, harm("translation", 1), at=5)
    made.desk.advance(START + 10 * MINUTE)
    made.desk.resolve("INC-1", by="ada", confirm="translation")
    assert told(made, harm("translation", 45), at=46).key == "INC-2"


def test_more_harm_of_a_service_hours_later_is_told_anew():
    made = plant()
    told(made, harm("fraud", 1), at=5)
    assert told(made, harm("fraud", 100, signal="null_share"), at=101).key == "INC-1"
    late = told(made, harm("fraud", 300, signal="slow_share"), at=301)
    assert late.key == "INC-2"
    assert send(made, START + 302 * MINUTE) == [("1", "trigger"), ("2", "trigger")]
    with made.state.transaction() as tx:
        found = open_incident(tx, "fraud")
    assert found is not None
    assert found.key == "INC-2"


def test_a_restart_knows_who_was_hit_and_when():
    made = plant()
    told(made, harm("translation", 1), at=5)
    told(made, harm("chat", 2), at=8)
    with made.state.transaction() as tx:
        spans = quiet_spans(tx)
    assert was_quiet(spans["translation"], START + 6 * MINUTE)
    assert not was_quiet(spans["chat"], START + 6 * MINUTE)
    assert was_quiet(spans["chat"], START + 9 * MINUTE)
