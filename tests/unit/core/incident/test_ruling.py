"""A person's word over the arithmetic, and who may see an incident."""

from __future__ import annotations

import msgspec
import pytest

from aright.core.incident import IllegalEventError, Restricted, SeverityJudged, SeverityOverruled, apply
from aright.core.incident.effects import Record, SendPage
from aright.core.model.incident import Incident, Severity, State

JUDGED = Severity(level=3, score=0.02, arithmetic="2 % of users")


def incident(**changes: object) -> Incident:
    made = Incident(
        key="INC-1",
        service="shop",
        state=State.TRIAGED,
        title="t",
        opened_at=1,
        began_at=0,
        severity=JUDGED,
    )
    return msgspec.structs.replace(made, **changes)


def ruled(level: int = 1, reason: str = "the press calls", *, by: str = "ada") -> SeverityOverruled:
    return SeverityOverruled(at=5, level=level, by=by, reason=reason)


def test_a_person_rules_with_a_reason_and_the_arithmetic_is_kept_beside():
    step = apply(incident(acknowledged_by="ada"), ruled())
    assert step.incident.severity is not None
    assert step.incident.severity.level == 1
    assert "ada: the press calls" in step.incident.severity.arithmetic
    assert "the arithmetic says SEV3: 2 % of users" in step.incident.severity.arithmetic
    (line,) = step.effects
    assert isinstance(line, Record)
    assert line.text == "SEV1 (was SEV3), set by ada: the press calls"


def test_worse_and_nobody_on_it_pages_anew():
    effects = apply(incident(), ruled()).effects
    assert SendPage(at=5, action="trigger", again="sev1") in effects
    assert len(apply(incident(), ruled(4)).effects) == 1
    assert len(apply(incident(state=State.RESOLVED), ruled()).effects) == 1


def test_what_the_arithmetic_says_later_does_not_undo_it():
    after = apply(incident(acknowledged_by="ada"), ruled()).incident
    worse = Severity(level=2, score=0.1, arithmetic="10 % of users")
    step = apply(after, SeverityJudged(at=6, severity=worse))
    assert step.incident.severity is not None
    assert step.incident.severity.level == 1
    assert step.incident.overruled is not None
    assert step.incident.overruled.judged == worse
    lines = [effect for effect in step.effects if isinstance(effect, Record)]
    assert lines[0].text.startswith("the arithmetic says SEV2")
    assert not any(isinstance(effect, SendPage) for effect in step.effects)
    freed = apply(step.incident, ruled(0, ""))
    assert freed.incident.severity == worse
    assert freed.incident.overruled is None


def test_the_same_again_changes_nothing():
    after = apply(incident(), ruled()).incident
    assert apply(after, ruled()).incident is after
    assert apply(incident(), ruled(0, "")).effects == ()


@pytest.mark.parametrize(
    ("event", "said"),
    [(ruled(5), "no SEV5"), (ruled(-1), "no SEV-1"), (ruled(1, "  "), "reason"), (ruled(by=" "), "by")],
)
def test_what_cannot_be_ruled_is_refused(event: SeverityOverruled, said: str):
    with pytest.raises(IllegalEventError, match=said):
        apply(incident(), event)


def test_a_closed_incident_keeps_its_severity():
    with pytest.raises(IllegalEventError, match="filed away"):
        apply(incident(state=State.CLOSED), ruled())


def test_an_incident_is_restricted_and_opened_again():
    step = apply(incident(), Restricted(at=5, to=("ada", "bob", "ada"), by="ada"))
    assert step.incident.restricted_to == ("ada", "bob")
    assert apply(step.incident, Restricted(at=6, to=("ada", "bob"), by="ada")).effects == ()
    freed = apply(step.incident, Restricted(at=7, to=(), by="ada"))
    assert freed.incident.restricted_to == ()
    with pytest.raises(IllegalEventError, match="too many"):
        apply(incident(), Restricted(at=5, to=tuple(f"p{n}" for n in range(101)), by="ada"))
    with pytest.raises(IllegalEventError, match="filed away"):
        apply(incident(state=State.CLOSED), Restricted(at=5, to=("ada",), by="ada"))
