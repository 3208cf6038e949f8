from __future__ import annotations

import pytest

from aright.core.incident import (
    Acknowledged,
    Diagnosed,
    Event,
    HarmAlerted,
    IllegalEventError,
    MitigationRecorded,
    Noted,
    NoticeJoined,
    PageFailed,
    PageSent,
    Record,
    Recurred,
    Resolved,
    SeverityJudged,
    Step,
    UpdateDrafted,
    apply,
)
from aright.core.model.evidence import Verdict
from aright.core.model.incident import Severity, State, StatusUpdate
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.incident.effects import ENDED, dues, in_state, lines, pages, text
from tests.unit.core.incident.making import (
    NORTH,
    SEV2,
    START,
    alert,
    attempt,
    cause,
    declared,
    diagnosis,
    harm,
    in_place,
)

# Declaring and joining


def test_harm_declares_pages_once_and_looks_into_it_at_once():
    step = apply(None, harm(alert(), alert("events:complaint", before=0.002, now=0.02)))
    incident = step.incident
    assert incident.state is State.DECLARED
    assert incident.title == "shop: click quality fell from 12\u202f% to 6.0\u202f%"
    assert incident.began_at == START - 60 * SECOND
    assert lines(step) == ["declared", "alert", "alert"]
    assert pages(step) == ["trigger"]
    assert dues(step) == {"diagnose:INC-1": START, "update:INC-1": START + 10 * MINUTE}


def test_a_guards_alert_is_told_in_the_guards_own_words():
    guard = alert("guard:G-INC-0-1", before=3_600.0, now=90_000.0)
    assert apply(None, harm(guard)).incident.title == "shop: e-d-BH", "its rule, not its numbers as shares"


def test_a_first_severity_is_kept_for_the_page():
    step = apply(None, HarmAlerted(at=0, incident="INC-1", service="shop", alerts=(alert(),), severity=SEV2))
    assert step.incident.severity == SEV2
    assert step.incident.state is State.DECLARED
    assert text(step, "severity").startswith("SEV2 at first sight: 30\u202f%")


@pytest.mark.parametrize("alerts", [(), (alert(harm=False),), (alert(), alert(harm=False))])
def test_only_harm_declares(alerts):
    event = HarmAlerted(at=0, incident="INC-1", service="shop", alerts=alerts)
    with pytest.raises(IllegalEventError, match="hurt users"):
        apply(None, event)
    with pytest.raises(IllegalEventError, match="hurt users"):
        apply(declared(), event)


def test_nothing_else_declares():
    with pytest.raises(IllegalEventError, match="Acknowledged has no incident"):
        apply(None, Acknowledged(at=0, by="ann"))


def test_later_harm_joins_without_a_second_page():
    later = alert("fallback_share", segment=NORTH, before=0.0, now=0.9, since=START - 90 * SECOND)
    step = apply(declared(), harm(alert(now=0.05), later, at=START + MINUTE))
    assert [a.signal for a in step.incident.alerts] == ["quality:click", "fallback_share"]
    assert step.incident.alerts[0].now == 0.05, "the latest of a stream is kept"
    assert step.incident.began_at == START - 90 * SECOND
    assert pages(step) == []
    assert text(step, "alert") == (
        "fallback share rose from 0\u202f% to 90\u202f% for region = north "
        "(from none, 900 users counted, since 00:15:10; e-d-BH)"
    )
    assert dues(step) == {"diagnose:INC-1": START + MINUTE}


def test_a_known_stream_alerting_again_is_no_news():
    assert apply(declared(), harm(at=START + MINUTE)).effects == ()


def test_an_alert_does_not_move_an_onset_that_a_diagnosis_found():
    found = apply(declared(), Diagnosed(at=START, diagnosis=diagnosis())).incident
    early = alert("fallback_share", since=0)
    assert apply(found, harm(early)).incident.began_at == START - 45 * SECOND


def test_alerts_of_another_service_do_not_join():
    event = HarmAlerted(at=0, incident="INC-1", service="chat", alerts=(alert(),))
    with pytest.raises(IllegalEventError, match="INC-1 is of shop"):
        apply(declared(), event)


@pytest.mark.parametrize("state", ENDED)
def test_harm_after_the_end_wants_a_new_incident(state):
    with pytest.raises(IllegalEventError, match="Open a new incident"):
        apply(in_state(state), harm())


def test_notices_join_behind_harm_and_never_replace_it():
    notice = alert("feature:norm", harm=False)
    step = apply(declared(), NoticeJoined(at=START, alerts=(alert(harm=False), notice)))
    assert [a.harm for a in step.incident.alerts] == [True, False]
    assert lines(step) == ["alert"]
    joined = apply(step.incident, harm(alert("events:complaint"))).incident
    assert [a.harm for a in joined.alerts] == [True, True, False]
    assert apply(joined, NoticeJoined(at=START, alerts=(notice,))).effects == ()
    assert apply(in_state(State.CLOSED), NoticeJoined(at=START, alerts=(notice,))).incident.alerts == (
        alert(),
    )


def test_a_flood_of_streams_is_bounded():
    flood = tuple(alert(f"feature:f{i}", harm=False) for i in range(1_000))
    step = apply(declared(), NoticeJoined(at=START, alerts=flood))
    assert len(step.incident.alerts) == 200
    assert step.incident.alerts[0].harm
    assert len(lines(step)) == 6
    assert "995 more streams" in [e.text for e in step.effects if isinstance(e, Record)][-1]


def test_a_hostile_segment_value_cannot_blow_up_the_title():
    long = alert(segment=type(NORTH)("region", "x" * 100_000))
    assert len(apply(None, harm(long)).incident.title) <= 240


# Finding out


def test_a_diagnosis_gives_title_onset_and_evidence():
    step = apply(declared(), Diagnosed(at=START + MINUTE, diagnosis=diagnosis(), again_at=START + 2 * MINUTE))
    assert step.incident.title == "shop: the source profiles went empty"
    assert step.incident.began_at == START - 45 * SECOND
    (line,) = [effect for effect in step.effects if isinstance(effect, Record)]
    assert line.text.startswith(
        "confirmed (93\u202f%): the source profiles went empty. region = north is hit"
    )
    assert line.refs == ("E1", "E2")
    assert dues(step) == {"diagnose:INC-1": START + 2 * MINUTE}


def test_the_same_finding_again_is_not_told_again():
    first = apply(declared(), Diagnosed(at=START, diagnosis=diagnosis())).incident
    sharper = diagnosis(cause(probability=0.97))
    step = apply(first, Diagnosed(at=START + MINUTE, diagnosis=sharper))
    assert step.effects == ()
    assert step.incident.diagnosis == sharper
    other = diagnosis(cause(subject="orders"))
    assert lines(apply(first, Diagnosed(at=START, diagnosis=other))) == ["diagnosed"]


def test_an_inconclusive_diagnosis_accuses_nobody():
    step = apply(declared(), Diagnosed(at=START, diagnosis=diagnosis(verdict=Verdict.INCONCLUSIVE)))
    assert step.incident.title == declared().title
    assert step.incident.began_at == declared().began_at
    assert "profiles" not in text(step, "diagnosed")
    assert "no cause stands out" in text(step, "diagnosed")
    again = Diagnosed(at=1, diagnosis=diagnosis(verdict=Verdict.INCONCLUSIVE))
    assert apply(step.incident, again).effects == ()


def test_a_diagnosis_without_causes_is_taken():
    bare = diagnosis()
    bare = type(bare)(**{f: getattr(bare, f) for f in bare.__struct_fields__} | {"causes": ()})
    assert "no cause" in text(apply(declared(), Diagnosed(at=START, diagnosis=bare)), "diagnosed")


@pytest.mark.parametrize("state", ENDED)
def test_what_comes_too_late_changes_nothing(state):
    ended = in_state(state)
    late: list[Event] = [
        Diagnosed(at=START, diagnosis=diagnosis(), again_at=9),
        SeverityJudged(at=START, severity=SEV2),
        Recurred(at=START, guard="G", earlier="INC-0", text="x"),
        Resolved(at=START, by="ann"),
    ]
    assert [apply(ended, event) for event in late] == [Step(ended)] * 4


def test_severity_triages_and_has_stakeholders_told():
    step = apply(declared(), SeverityJudged(at=START + 5, severity=SEV2))
    assert step.incident.state is State.TRIAGED
    assert text(step, "severity") == "SEV2: 30\u202f% × 50\u202f% × tier 2"
    assert dues(step) == {"update:INC-1": START + 5}
    assert apply(step.incident, SeverityJudged(at=START + 9, severity=SEV2)).effects == ()


def test_a_worse_severity_is_told_at_once_and_a_milder_one_is_recorded():
    triaged = apply(declared(), SeverityJudged(at=START, severity=SEV2)).incident
    worse = apply(triaged, SeverityJudged(at=9, severity=Severity(level=1, score=1, arithmetic="a")))
    assert text(worse, "severity") == "SEV1 (was SEV2): a"
    assert dues(worse) == {"update:INC-1": 9}
    milder = apply(triaged, SeverityJudged(at=9, severity=Severity(level=3, score=0, arithmetic="a")))
    assert (lines(milder), dues(milder)) == (["severity"], {})


def test_severity_does_not_take_a_mitigating_incident_back():
    mitigating = apply(declared(), MitigationRecorded(at=1, mitigation=attempt("planned"))).incident
    assert apply(mitigating, SeverityJudged(at=2, severity=SEV2)).incident.state is State.MITIGATING


def test_notes_are_taken_until_it_is_closed():
    step = apply(in_state(State.REVIEWED), Noted(at=1, by=" ann ", text=" saw it too "))
    assert step.effects == (Record(at=1, kind="note", text="saw it too", by="ann", key=True),)
    wrong = [
        (Noted(at=1, by="ann", text="  "), "empty"),
        (Noted(at=1, by=" ", text="x"), "give a name"),
        (Noted(at=1, by="ann", text="x" * 5_000), "5,000 characters"),
    ]
    for event, why in wrong:
        with pytest.raises(IllegalEventError, match=why):
            apply(declared(), event)
    with pytest.raises(IllegalEventError, match="closed"):
        apply(in_state(State.CLOSED), Noted(at=1, by="ann", text="x"))


def test_an_update_schedules_the_next_while_it_is_open():
    update = StatusUpdate(at=1, text="so far", next_due=99)
    step = apply(declared(), UpdateDrafted(at=1, update=update))
    assert step.incident.updates == (update,)
    assert apply(in_state(State.CLOSED), UpdateDrafted(at=1, update=update)).effects == ()
    full = in_place(updates=(update,) * 200)
    assert len(apply(full, UpdateDrafted(at=1, update=update)).incident.updates) == 200


def test_a_recurrence_is_noted_once():
    step = apply(declared(), Recurred(at=1, guard="G-INC-0-1", earlier="INC-0", text="null share 40\u202f%"))
    assert step.incident.recurrence_of == "INC-0"
    assert "INC-0" in text(step, "recurrence")
    assert apply(step.incident, Recurred(at=2, guard="G2", earlier="INC-9", text="")).effects == ()
    assert apply(declared(), Recurred(at=2, guard="G2", earlier="INC-1", text="")).effects == ()


# The people on call


def test_taking_it_on_tells_the_channel_once():
    step = apply(declared(), Acknowledged(at=1, by="ann"))
    assert step.incident.acknowledged_by == "ann"
    assert pages(step) == ["acknowledge"]
    assert apply(step.incident, Acknowledged(at=2, by="ann")).effects == ()
    over = apply(step.incident, Acknowledged(at=3, by="bob"))
    assert text(over, "acknowledged") == "taken over from ann"
    assert pages(over) == []
    assert over.incident.acknowledged_by == "bob"


@pytest.mark.parametrize("state", ENDED)
def test_what_is_over_cannot_be_taken_on(state):
    with pytest.raises(IllegalEventError, match=f"it is {state.value}"):
        apply(in_state(state), Acknowledged(at=1, by="ann"))


def test_what_became_of_a_page_is_told():
    sent = apply(declared(), PageSent(at=1, action="trigger", message="m", channel="pagerduty", attempts=3))
    assert text(sent, "paged") == "The people on call were paged through pagerduty, at attempt 3"
    failed = [
        apply(
            declared(),
            PageFailed(
                at=1,
                action="trigger",
                message="m",
                channel="pagerduty",
                attempts=attempts,
                error="answered 500",
                permanent=permanent,
            ),
        )
        for attempts, permanent in [(1, False), (2, False), (10, False), (2, True)]
    ]
    assert [lines(step) for step in failed] == [["page_failed"], [], ["page_failed"], ["page_failed"]]
    assert "will not be tried again" in text(failed[3], "page_failed")
