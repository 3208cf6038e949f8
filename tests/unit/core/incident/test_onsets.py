from __future__ import annotations

import msgspec

from aright.core.incident.onsets import onsets_of
from aright.core.model.evidence import (
    Cause,
    CauseKind,
    Diagnosis,
    Reach,
    Scope,
    Suspect,
    Verdict,
)
from aright.core.model.incident import Hit, Incident, State

INCIDENT = Incident(
    key="INC-1",
    service="desk",
    state=State.TRIAGED,
    title="",
    opened_at=90,
    began_at=50,
    hits=(Hit(service="desk", onset=50, at=90), Hit(service="chat", onset=45, at=91)),
)
CAUSE = Cause(id="H1", kind=CauseKind.CONTRACT, subject="api GET /x", title="", probability=1.0, onset=40)
FOUND = Diagnosis(
    key="INC-1",
    at=99,
    reference=(0, 10),
    current=(40, 99),
    scope=Scope(reach=Reach.GLOBAL, sentence=""),
    verdict=Verdict.LIKELY,
    causes=(CAUSE,),
    evidence=(),
    summary="",
)


def onsets(**changes: object) -> dict[str, int]:
    return onsets_of(msgspec.structs.replace(INCIDENT, diagnosis=msgspec.structs.replace(FOUND, **changes)))


def test_hits_alone_tell_it_before_a_diagnosis() -> None:
    assert onsets_of(INCIDENT) == {"desk": 50, "chat": 45}


def test_a_cause_tells_that_of_its_third_party_and_the_likeliest_counts() -> None:
    other = msgspec.structs.replace(CAUSE, id="H2", onset=70)
    assert onsets(causes=(CAUSE, other))["api"] == 40
    unknown = msgspec.structs.replace(CAUSE, onset=0)
    assert onsets(causes=(unknown,)) == {"desk": 50, "chat": 45}


def test_of_several_the_earliest_counts_and_those_not_found_do_not() -> None:
    first = Suspect(service="chat", host="a", probability=0.7, onset=47)
    second = Suspect(service="chat", host="b", probability=0.2, onset=42)
    blank = Suspect(service="desk", probability=0.1)
    assert onsets(suspects=(first, second, blank)) == {"desk": 50, "chat": 42, "api": 40}
