"""Several services of one cause: joining, merging, and opening again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.core.incident import (
    Acknowledged,
    AlertsSilenced,
    Cancel,
    Closed,
    Diagnosed,
    Effect,
    HarmAlerted,
    IllegalEventError,
    Join,
    Merged,
    MitigationRecorded,
    Noted,
    PageSent,
    Record,
    Reopened,
    Resolved,
    Reviewed,
    Schedule,
    SendPage,
    ServicesJoined,
    SeverityJudged,
    Step,
    TookIn,
    UpdateDrafted,
    apply,
    is_mended,
    is_open,
)
from aright.core.model.incident import Incident, Severity, State, StatusUpdate
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.incident.making import SEV2, START, alert, attempt, declared, diagnosis, in_place

if TYPE_CHECKING:
    from aright.core.model.alert import Alert

SEV1 = Severity(level=1, score=0.5, arithmetic="all users")
SEV3 = Severity(level=3, score=0.02, arithmetic="few users")


def of(service: str, signal: str = "error_share", since: int = START - 90 * SECOND) -> Alert:
    made = alert(signal, before=0.01, now=0.2, since=since)
    return msgspec.structs.replace(made, service=service, key=f"{service}/all/{signal}")


def join(*services: str, root: str = "shop", severity: Severity | None = None) -> ServicesJoined:
    joins = tuple(Join(service=name, alerts=(of(name),), because="it calls shop") for name in services)
    return ServicesJoined(at=START + MINUTE, joins=joins, root=root, severity=severity)


def lines(step: Step) -> dict[str, str]:
    return {effect.kind: effect.text for effect in step.effects if isinstance(effect, Record)}


def pages(step: Step) -> list[tuple[str, str]]:
    return [(effect.action, effect.again) for effect in step.effects if isinstance(effect, SendPage)]


def dues(effects: tuple[Effect, ...]) -> set[str]:
    return {effect.due.key for effect in effects if isinstance(effect, Schedule)}


def test_a_caller_joins_with_a_line_that_says_why_and_pages_nobody():
    step = apply(declared(), join("chat"))
    assert step.incident.services == ("shop", "chat")
    assert [(hit.service, hit.because) for hit in step.incident.hits] == [
        ("shop", ""),
        ("chat", "it calls shop"),
    ]
    assert step.incident.service == "shop"
    assert step.incident.title.endswith("(also hits chat)")
    assert lines(step)["joined"] == "chat joined, because it calls shop"
    assert pages(step) == []
    assert dues(step.effects) == {"diagnose:INC-1"}
    assert step.incident.began_at == START - 90 * SECOND


def test_a_callee_that_joins_leads():
    step = apply(declared(), join("fraud", root="fraud"))
    assert step.incident.service == "fraud"
    assert step.incident.title.startswith("fraud: error share rose from")
    assert step.incident.title.endswith("(also hits shop)")
    assert lines(step)["root"] == "fraud is nearest to the cause so far; it was held to be shop"
    found = apply(declared(), Diagnosed(at=START, diagnosis=diagnosis())).incident
    assert (
        apply(found, join("chat")).incident.title == "shop: the source profiles went empty (also hits chat)"
    )
    assert apply(found, join("fraud", root="fraud")).incident.title.startswith("fraud: error share rose")


def test_the_same_service_again_is_no_news_and_more_of_it_is_an_alert():
    grown = apply(declared(), join("chat")).incident
    assert apply(grown, join("chat")) == Step(grown)
    more = Join(service="chat", alerts=(of("chat", "slow_share"),), because="it calls shop")
    step = apply(grown, ServicesJoined(at=START, joins=(more,), root="shop"))
    assert set(lines(step)) == {"alert"}
    own = HarmAlerted(at=START, incident="INC-1", service="chat", alerts=(of("chat", "null_share"),))
    assert set(lines(apply(grown, own))) == {"alert"}


def test_only_a_worse_severity_pages_again():
    known = in_place(severity=SEV2)
    assert pages(apply(known, join("chat", severity=SEV2))) == []
    assert pages(apply(known, join("chat", severity=SEV3))) == []
    worse = apply(known, join("chat", severity=SEV1))
    assert pages(worse) == [("trigger", "sev1")]
    assert worse.incident.severity == SEV1
    assert lines(worse)["severity"] == "SEV1 (was SEV2): all users"


def test_many_services_join_in_few_lines():
    step = apply(declared(), join(*(f"s{number}" for number in range(40))))
    told = [effect for effect in step.effects if isinstance(effect, Record) and effect.kind == "joined"]
    assert len(told) == 9
    assert told[-1].text.startswith("32 more services joined: s8, s9")
    assert step.incident.title.endswith("(also hits s0, s1 and 38 more)")


def test_services_join_what_is_open_and_by_harm_alone():
    with pytest.raises(IllegalEventError, match="Open a new incident"):
        apply(in_place(state=State.RESOLVED), join("chat"))
    quiet = Join(service="chat", alerts=(alert(harm=False),), because="x")
    with pytest.raises(IllegalEventError, match="hurt users"):
        apply(declared(), ServicesJoined(at=1, joins=(quiet,), root="shop"))
    with pytest.raises(IllegalEventError, match="fraud is no service of INC-1"):
        apply(declared(), join("chat", root="fraud"))


def younger(**changes: object) -> Incident:
    event = HarmAlerted(at=START + MINUTE, incident="INC-2", service="chat", alerts=(of("chat"),))
    return in_place(apply(None, event).incident, **changes)


def test_a_younger_incident_is_merged_and_its_page_ends():
    working = apply(younger(), MitigationRecorded(at=1, mitigation=attempt("sent", key="M1"))).incident
    step = apply(working, Merged(at=START + 5, into="INC-1", because="chat calls shop"))
    assert step.incident.state is State.MERGED
    assert (step.incident.merged_into, step.incident.resolved_at) == ("INC-1", START + 5)
    assert not is_open(step.incident)
    assert pages(step) == [("resolve", "")]
    assert {e.key for e in step.effects if isinstance(e, Cancel)} == {
        "diagnose:INC-2",
        "update:INC-2",
        "update:INC-2:internal",
        "update:INC-2:stakeholders",
        "update:INC-2:public",
        "verify:INC-2:M1",
    }
    assert lines(step)["merged"] == "merged into INC-1, because chat calls shop: go on there"
    assert apply(step.incident, Merged(at=9, into="INC-1", because="x")) == Step(step.incident)


def test_the_older_takes_services_alerts_and_whoever_was_on_it():
    taken = apply(younger(severity=SEV1), Acknowledged(at=START + 70, by="ann")).incident
    event = TookIn(at=START + MINUTE, younger=taken, because="chat calls shop", root="shop")
    step = apply(in_place(severity=SEV2), event)
    grown = step.incident
    assert grown.services == ("shop", "chat")
    assert grown.hits[1].because == "chat calls shop"
    assert {each.service for each in grown.alerts} == {"shop", "chat"}
    assert (grown.acknowledged_by, grown.severity) == ("ann", SEV1)
    assert lines(step)["merged"].startswith("INC-2 (chat: error share rose")
    assert pages(step) == [("acknowledge", ""), ("trigger", "sev1")]
    assert dues(step.effects) == {"diagnose:INC-1"}


def test_what_is_merged_takes_only_notes_and_what_was_under_way():
    part = apply(younger(), Merged(at=9, into="INC-1", because="x")).incident
    for event in (
        Acknowledged(at=1, by="ann"),
        Resolved(at=1, by="ann"),
        Closed(at=1, by="ann"),
        Reviewed(at=1, by="ann"),
        join("shop"),
        Merged(at=1, into="INC-3", because="x"),
        TookIn(at=1, younger=declared(), because="x", root="chat"),
        Reopened(at=1, service="chat", alerts=(of("chat"),)),
        MitigationRecorded(at=1, mitigation=attempt("planned")),
    ):
        with pytest.raises(IllegalEventError, match=r"part of INC-1\. Do it there"):
            apply(part, event)
    assert lines(apply(part, Noted(at=1, by="ann", text="x"))) == {"note": "x"}
    sent = PageSent(at=1, action="resolve", message="m", channel="pagerduty", attempts=1)
    assert set(lines(apply(part, sent))) == {"paged"}
    for late in (
        SeverityJudged(at=1, severity=SEV1),
        UpdateDrafted(at=1, update=StatusUpdate(at=1, text="x", next_due=9)),
    ):
        assert apply(part, late) == Step(part)


def test_nothing_is_merged_into_itself_or_when_it_is_over():
    with pytest.raises(IllegalEventError, match="into itself"):
        apply(declared(), Merged(at=1, into="INC-1", because="x"))
    with pytest.raises(IllegalEventError, match="It is over"):
        apply(in_place(state=State.RESOLVED), Merged(at=1, into="INC-0", because="x"))


def test_harm_that_comes_back_opens_again_and_pages_anew():
    known = apply(in_place(severity=SEV2), Acknowledged(at=START, by="ann")).incident
    ended = apply(known, Resolved(at=START + 10 * MINUTE, by="ann")).incident
    event = Reopened(at=START + 22 * MINUTE, service="shop", alerts=(alert(),), severity=SEV1)
    step = apply(ended, event)
    back = step.incident
    assert back.state is State.REOPENED
    assert is_open(back)
    assert (back.acknowledged_by, back.resolved_at, back.severity) == ("", 0, SEV1)
    assert [(lull.start, lull.end) for lull in back.lulls] == [(START + 10 * MINUTE, START + 22 * MINUTE)]
    assert not is_mended(back)
    assert lines(step)["reopened"].startswith(
        "reopened: the harm is back 12 min after this was resolved: click"
    )
    assert pages(step) == [("trigger", "")]
    assert dues(step.effects) == {"diagnose:INC-1", "update:INC-1"}
    assert (
        apply(back, MitigationRecorded(at=1, mitigation=attempt("planned"))).incident.state
        is State.MITIGATING
    )
    assert (
        apply(back, MitigationRecorded(at=1, mitigation=attempt("failed"))).incident.state is State.REOPENED
    )
    wider = apply(ended, Reopened(at=START + 22 * MINUTE, service="chat", alerts=(of("chat"),))).incident
    assert wider.services == ("shop", "chat")


def test_what_is_open_or_closed_is_not_reopened():
    event = Reopened(at=START, service="shop", alerts=(alert(),))
    for state in (State.TRIAGED, State.CLOSED):
        with pytest.raises(IllegalEventError, match="Join the open one, or open a new"):
            apply(in_place(state=state), event)


def test_an_incident_of_before_there_were_several_services_grows():
    old = in_place(services=(), hits=())
    grown = apply(old, join("chat")).incident
    assert grown.services == ("shop", "chat")
    assert grown.hits[0].onset == old.began_at


def test_what_a_silence_covers_is_told_and_is_no_part_of_it():
    many = tuple(of("shop", f"s{number}") for number in range(7))
    event = AlertsSilenced(at=START, alerts=many, text="silenced by SIL-1 until noon")
    step = apply(declared(), event)
    assert step.incident == declared()
    assert lines(step)["silenced"].endswith(" and 2 more: silenced by SIL-1 until noon")
    assert pages(step) == []
    over = in_place(state=State.RESOLVED)
    assert apply(over, event) == Step(over)
