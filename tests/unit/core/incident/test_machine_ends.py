"""An incident that is put right, taken back and ended."""

import pytest

from aright.core.incident import (
    Closed,
    Event,
    GuardAccepted,
    IllegalEventError,
    MitigationRecorded,
    NotVerified,
    Resolved,
    Reviewed,
    SeverityJudged,
    Step,
    VerificationWaits,
    Verified,
    apply,
)
from aright.core.model.incident import State
from tests.unit.core.incident.effects import ENDED, cancelled, dues, in_state, lines, pages, text
from tests.unit.core.incident.making import (
    SEV2,
    attempt,
    declared,
    in_place,
)

# Putting right


def test_a_mitigation_goes_through_its_states():
    planned = apply(declared(), MitigationRecorded(at=1, mitigation=attempt("planned")))
    assert planned.incident.state is State.MITIGATING
    assert planned.incident.mitigated_at == 0
    sent = apply(
        planned.incident, MitigationRecorded(at=5, mitigation=attempt("sent", answer="pinned"), verify_at=50)
    )
    assert sent.incident.state is State.MONITORING
    assert sent.incident.mitigated_at == 5
    assert len(sent.incident.mitigations) == 1
    assert dues(sent) == {"verify:INC-1:M1": 50}
    assert text(sent, "mitigation") == "M1 “Serve the last good snapshot” was carried out: pinned"
    waiting = apply(sent.incident, VerificationWaits(at=50, mitigation="M1", text="12 of 400", again_at=80))
    assert waiting.incident.mitigations[0].verdict == "12 of 400"
    assert (lines(waiting), dues(waiting)) == ([], {"verify:INC-1:M1": 80})
    verified = apply(waiting.incident, Verified(at=80, mitigation="M1", text="90\u202f% came back"))
    assert verified.incident.state is State.MONITORING
    assert verified.incident.mitigations[0].status == "verified"
    assert lines(verified) == ["verified"]
    assert cancelled(verified) == {"verify:INC-1:M1"}
    assert dues(verified) == {"update:INC-1": 80}


def test_what_did_not_help_leaves_people_at_work():
    sent = apply(declared(), MitigationRecorded(at=5, mitigation=attempt())).incident
    step = apply(sent, NotVerified(at=9, mitigation="M1", text="still lost"))
    assert step.incident.state is State.MITIGATING
    assert step.incident.mitigated_at == 0
    assert lines(step) == ["not_verified"]


def test_a_failure_leaves_things_as_they_were():
    triaged = apply(declared(), SeverityJudged(at=1, severity=SEV2)).incident
    planned = apply(triaged, MitigationRecorded(at=1, mitigation=attempt("planned"))).incident
    failed = apply(planned, MitigationRecorded(at=2, mitigation=attempt("failed", answer="503"))).incident
    assert failed.state is State.TRIAGED
    sent = apply(failed, MitigationRecorded(at=3, mitigation=attempt("sent", key="M2"))).incident
    refused = apply(sent, MitigationRecorded(at=4, mitigation=attempt("refused", key="M3"))).incident
    assert refused.state is State.MONITORING


def test_a_dry_run_changes_no_state():
    step = apply(declared(), MitigationRecorded(at=1, mitigation=attempt(dry_run=True), verify_at=9))
    assert step.incident.state is State.DECLARED
    assert step.incident.mitigated_at == 0
    assert dues(step) == {}
    assert "(dry run)" in text(step, "mitigation")
    assert apply(step.incident, Verified(at=2, mitigation="M1", text="x")).effects == ()


def test_taking_back_is_allowed_after_the_end():
    sent = apply(declared(), MitigationRecorded(at=5, mitigation=attempt())).incident
    resolved = apply(sent, Resolved(at=9, by="ann")).incident
    step = apply(resolved, MitigationRecorded(at=10, mitigation=attempt("undone")))
    assert step.incident.state is State.RESOLVED
    assert step.incident.mitigations[0].status == "undone"
    with pytest.raises(IllegalEventError, match="a new failure opens a new incident"):
        apply(resolved, MitigationRecorded(at=10, mitigation=attempt("planned", key="M2")))
    early = apply(sent, MitigationRecorded(at=6, mitigation=attempt("undone")))
    assert early.incident.state is State.TRIAGED
    assert early.incident.mitigated_at == 0
    assert cancelled(early) == {"verify:INC-1:M1"}
    assert apply(early.incident, Verified(at=9, mitigation="M1", text="x")).effects == ()


def test_the_same_status_again_is_no_news_and_a_strange_one_is_refused():
    sent = apply(declared(), MitigationRecorded(at=5, mitigation=attempt())).incident
    assert apply(sent, MitigationRecorded(at=5, mitigation=attempt())).effects == ()
    with pytest.raises(IllegalEventError, match="'verified' this way"):
        apply(sent, MitigationRecorded(at=5, mitigation=attempt("verified")))
    with pytest.raises(IllegalEventError, match="has no mitigation M9"):
        apply(sent, Verified(at=5, mitigation="M9", text="x"))
    full = in_place(mitigations=tuple(attempt("failed", key=f"M{i}") for i in range(200)))
    with pytest.raises(IllegalEventError, match="has had 200"):
        apply(full, MitigationRecorded(at=5, mitigation=attempt(key="M200")))


# The end


def test_resolving_tells_the_channel_and_drops_what_was_due():
    sent = apply(declared(), MitigationRecorded(at=5, mitigation=attempt(), verify_at=50)).incident
    step = apply(sent, Resolved(at=60, by="ann", text="fixed upstream"))
    assert step.incident.state is State.RESOLVED
    assert step.incident.resolved_at == 60
    assert pages(step) == ["resolve"]
    assert cancelled(step) == {"diagnose:INC-1", "verify:INC-1:M1"}
    assert dues(step) == {"update:INC-1": 60}
    assert text(step, "resolved") == "resolved without a mitigation that was verified: fixed upstream"
    verified = apply(sent, Verified(at=50, mitigation="M1", text="came back")).incident
    assert text(apply(verified, Resolved(at=60, by="ann")), "resolved") == "resolved"


def test_the_end_has_an_order():
    early: list[Event] = [Reviewed(at=1, by="ann"), Closed(at=1, by="ann")]
    for event in early:
        with pytest.raises(IllegalEventError, match="Resolve it first"):
            apply(declared(), event)
    resolved = apply(declared(), Resolved(at=1, by="ann")).incident
    with pytest.raises(IllegalEventError, match="Review its post-mortem first"):
        apply(resolved, Closed(at=2, by="ann"))
    reviewed = apply(resolved, Reviewed(at=2, by="ann")).incident
    closed = apply(reviewed, Closed(at=3, by="ann")).incident
    assert [i.state for i in (resolved, reviewed, closed)] == ENDED
    again: list[Event] = [Resolved(at=4, by="bob"), Reviewed(at=4, by="bob"), Closed(at=4, by="bob")]
    assert [apply(closed, event) for event in again] == [Step(closed)] * 3


def test_a_guard_is_added_once_and_not_to_a_closed_incident():
    resolved = apply(declared(), Resolved(at=1, by="ann")).incident
    step = apply(resolved, GuardAccepted(at=2, guard="G-INC-1-1", text="fires on 4 of 4, silent on 40"))
    assert step.incident.guards == ("G-INC-1-1",)
    assert lines(step) == ["guard"]
    assert apply(step.incident, GuardAccepted(at=3, guard="G-INC-1-1", text="")).effects == ()
    with pytest.raises(IllegalEventError, match="closed"):
        apply(in_state(State.CLOSED), GuardAccepted(at=3, guard="G2", text=""))
