"""Facts: events kept, read again by their types, and replayed into the incident they made."""

from __future__ import annotations

from dataclasses import fields

import msgspec
import pytest

from aright.core.incident import (
    Acknowledged,
    HarmAlerted,
    MitigationRecorded,
    Noted,
    Resolved,
    Reviewed,
    SeverityJudged,
    SeverityOverruled,
    apply,
)
from aright.core.incident.chain import seal, seal_fact
from aright.core.incident.facts import KINDS, UnknownFactError, event_of, fact_of, replay, wrongs
from aright.core.model.alert import Alert
from aright.core.model.fact import Fact
from aright.core.model.incident import Incident, Mitigation, Severity, TimelineEvent

ALERT = Alert(
    key="k",
    service="shop",
    signal="quality:click",
    harm=True,
    at=5,
    since=3,
    before=0.12,
    now=0.06,
    low=0.05,
    high=0.07,
    units=900,
    log_e=9,
    threshold=8,
    rule="",
)
EVENTS = (
    HarmAlerted(at=5, incident="INC-1", service="shop", alerts=(ALERT,)),
    SeverityJudged(at=6, severity=Severity(level=3, score=0.02, arithmetic="sum")),
    Acknowledged(at=7, by="ada"),
    Acknowledged(at=8, by="ada"),  # changes nothing
    SeverityOverruled(at=9, level=1, by="ada", reason="the press calls"),
    MitigationRecorded(
        at=10,
        mitigation=Mitigation(id="M1", action="a", title="t", dry_run=False, by="ada", at=10, status="sent"),
        verify_at=20,
    ),
    Noted(at=11, by="bob", text="seen"),
    Resolved(at=12, by="ada"),
    Reviewed(at=13, by="bob"),
)


def story() -> tuple[Incident, list[Fact]]:
    incident: Incident | None = None
    facts: list[Fact] = []
    for event in EVENTS:
        step = apply(incident, event)
        incident = step.incident
        if step.fact is not None:
            numbered = msgspec.structs.replace(step.fact, number=len(facts) + 1)
            facts.append(seal_fact(numbered, facts[-1].hash if facts else ""))
    assert incident is not None
    return incident, facts


def test_what_changed_something_is_kept_and_nothing_else():
    _, facts = story()
    assert [fact.kind for fact in facts].count("Acknowledged") == 1
    assert len(facts) == len(EVENTS) - 1
    assert {fact.incident for fact in facts} == {"INC-1"}
    assert [fact.at for fact in facts] == sorted(fact.at for fact in facts)


def test_facts_read_back_as_the_events_they_were():
    _, facts = story()
    assert [event_of(fact) for fact in facts] == [event for event in EVENTS if event.at != 8]


def test_every_event_can_be_read_by_its_types():
    for name, kind in KINDS.items():
        needed = {field.name for field in fields(kind)}
        assert "at" in needed, name
        msgspec.json.schema(kind)  # raises where a type is not there when the program runs


def test_replayed_they_give_the_incident():
    incident, facts = story()
    assert replay(facts, apply) == incident
    assert replay([], apply) is None
    assert wrongs(incident, [], facts, apply) == ()


def test_a_record_that_was_tampered_with_says_where():
    incident, facts = story()
    changed = [*facts[:3], msgspec.structs.replace(facts[3], body=b"{}"), *facts[4:]]
    assert wrongs(incident, [], changed, apply) == ("event 4 was changed, or events before it are missing",)
    assert wrongs(incident, [], facts[1:], apply)[0].startswith("event 1 ")
    other = msgspec.structs.replace(incident, title="another", acknowledged_by="eve")
    assert wrongs(other, [], facts, apply) == ("replayed, its events give another title, acknowledged_by",)
    line = seal(TimelineEvent(incident="INC-1", number=1, at=0, kind="note", text="a"), "")
    bent = msgspec.structs.replace(line, text="b")
    assert wrongs(incident, [bent], facts, apply)[0].startswith("line 1 of the timeline")


def test_events_that_do_not_fit_one_another_are_told():
    incident, _ = story()
    alone = [seal_fact(msgspec.structs.replace(fact_of("INC-1", EVENTS[2]), number=1), "")]
    (said,) = wrongs(incident, [], alone, apply)
    assert "do not fit" in said


def test_an_incident_of_before_says_that_nothing_was_kept():
    incident, _ = story()
    assert "before aright kept any" in wrongs(incident, [], [], apply)[0]


@pytest.mark.parametrize(
    "fact",
    [
        Fact(incident="I", number=1, at=0, kind="Invented", body=b"{}"),
        Fact(incident="I", number=1, at=0, kind="Noted", body=b"{}"),
        Fact(incident="I", number=1, at=0, kind="Noted", body=b"no json"),
    ],
)
def test_what_is_no_event_is_told(fact: Fact):
    with pytest.raises(UnknownFactError):
        event_of(fact)
