"""What people outside are told: what they notice, and nothing of the inside."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.communicate import draft_update, public_name, public_names, public_title
from aright.core.communicate.outward import public_text, stakeholder_text
from aright.core.incident import Resolved, apply
from aright.core.model.command import Held
from aright.core.model.evidence import CauseKind, Reach, Verdict
from aright.core.model.incident import State
from aright.core.model.service import Service
from aright.core.model.signal import ALL
from aright.core.model.times import MINUTE
from tests.unit.core.incident.making import (
    NORTH,
    SEV2,
    START,
    alert,
    attempt,
    cause,
    declared,
    diagnosis,
    in_place,
    scope,
)

NAMES = {"shop": "For you"}


def test_the_public_hears_what_it_notices_since_when_what_is_done_and_when_more_comes():
    update = draft_update(declared(), START, "public", due_at=START + MINUTE, names=NAMES)
    assert update.text == (
        "For you: some users get results that are less good than usual. "
        "This began at 1970-01-01 00:15 UTC. We are finding out why. Next update by 00:47 UTC."
    )
    assert (update.status, update.audience, update.due_at) == ("draft", "public", START + MINUTE)
    everybody = diagnosis(scope=scope(reach=Reach.GLOBAL, segment=ALL))
    assert "For you: users get" in public_text(in_place(diagnosis=everybody), NAMES, 0)


@pytest.mark.parametrize(
    ("signal", "noticed"),
    [
        ("fallback_share", "simpler and less personal"),
        ("error_share", "get errors"),
        ("calls:error_share", "get errors"),
        ("empty_share", "empty answers"),
        ("slower:500", "wait longer"),
        ("truncated_share", "cut off"),
        ("off_target_share", "translations that may be wrong"),
        ("refusal_share", "refused answers"),
        ("events:complaint", "more trouble"),
        ("guard:INC-3", "wrong or incomplete"),
        ("contract:rates GET /v1", "wrong or incomplete"),
    ],
)
def test_what_users_notice_follows_from_what_moved(signal, noticed):
    assert noticed in public_text(in_place(alerts=(alert(signal),)), NAMES, 0)


@pytest.mark.parametrize(
    ("status", "done"),
    [
        ("sent", "checking whether it helps"),
        ("verified", "back to what is usual; we keep watching"),
        ("not_verified", "did not help enough"),
        ("failed", "We know the cause and are putting it right"),
    ],
)
def test_what_is_done_is_told(status, done):
    working = in_place(diagnosis=diagnosis(), mitigations=(attempt(status),))
    assert done in public_text(working, NAMES, 0)
    assert done in stakeholder_text(working, NAMES, 0, START)


def test_stakeholders_hear_what_it_costs_without_jargon():
    led = in_place(
        severity=SEV2, diagnosis=diagnosis(), roles=(Held(role="commander", person="ann", since=START),)
    )
    update = draft_update(led, START + 5 * MINUTE, "stakeholders", names=NAMES)
    assert update.text == (
        "SEV2 (INC-1): For you: some users get results that are less good than usual. "
        "It began at 1970-01-01 00:15 UTC, 6\u202fmin ago. "
        "About 412 users were hit so far, 30\u202f% of all. The cause: data that it needs stopped coming as "
        "it should. We know the cause and are putting it right. ann leads the response. "
        "Next update by 02:21 UTC."
    )
    unknown = stakeholder_text(declared(), NAMES, 0, START + 70 * MINUTE)
    assert unknown.startswith("Not judged yet (INC-1): ")
    assert "1\u202fh 11\u202fmin ago" in unknown
    assert "How many are hit is not known yet. The cause is not known yet." in unknown
    likely = stakeholder_text(in_place(diagnosis=diagnosis(verdict=Verdict.LIKELY)), NAMES, 0, START)
    assert "The likely cause: data" in likely


def test_the_end_is_told_as_such():
    over = apply(in_place(diagnosis=diagnosis()), Resolved(at=START + 9 * MINUTE, by="ann")).incident
    assert draft_update(over, START + 9 * MINUTE, "public", names=NAMES).text == (
        "Resolved: For you works as usual again. Some users got results that are less good than usual "
        "from 1970-01-01 00:15 to 1970-01-01 00:25 UTC. We are sorry for the trouble. "
        "This is the last update on it."
    )
    text = draft_update(over, START + 9 * MINUTE, "stakeholders", names=NAMES).text
    assert text.startswith(
        "Resolved (INC-1): For you works as usual again, after 10\u202fmin. About 412 users"
    )
    assert text.endswith("A post-mortem follows. This is the last update on it.")
    unknown = apply(declared(), Resolved(at=START, by="ann")).incident
    assert "cause" not in stakeholder_text(unknown, NAMES, 0, START)


def test_services_are_called_what_people_outside_call_them():
    several = in_place(services=("shop", "chat", "desk", "web"))
    assert public_title(several, NAMES) == "Trouble with For you and one of our services"
    names = {"shop": "For you", "chat": "Chat", "desk": "Help", "web": "Web"}
    assert public_title(several, names) == "Trouble with For you, Chat, Help and more"
    services = [Service(key="a", type="fraud"), Service(key="b"), Service(key="c", type="odd")]
    assert public_names(services, {"b": "  My\nbank "}) == {
        "a": "Payment checks",
        "b": "My bank",
        "c": "One of our services",
    }
    assert len(public_name(Service(key="b"), {"b": "x" * 900})) == 80


INSIDE = ("recsys-v2", "profiles", "region", "north", "host-17", "ann", "bob", "INC-1", "bundle", "click")


@settings(deadline=None, max_examples=100)
@given(
    kind=st.sampled_from(CauseKind),
    verdict=st.sampled_from(Verdict),
    signal=st.sampled_from(["quality:click", "feature:profiles.norm:3", "suite:profiles", "error_share"]),
    state=st.sampled_from([State.TRIAGED, State.MONITORING, State.RESOLVED]),
    status=st.sampled_from(["sent", "verified", "not_verified", "planned"]),
    level=st.booleans(),
)
def test_the_public_never_hears_of_the_inside(kind, verdict, signal, state, status, level):
    guilty = cause(
        kind, subject="profiles", title="profiles on host-17 went empty by ann", service="recsys-v2"
    )
    moved = msgspec.structs.replace(alert(signal, segment=NORTH), text="region north lost its profiles")
    incident = in_place(
        service="recsys-v2",
        services=("recsys-v2", "bundle"),
        title="recsys-v2: click quality fell for region = north",
        state=state,
        severity=SEV2 if level else None,
        alerts=(moved,),
        diagnosis=diagnosis(guilty, verdict=verdict),
        acknowledged_by="bob",
        mitigations=(attempt(status, verdict="profiles came back on host-17"),),
        roles=(Held(role="commander", person="ann", since=START),),
        resolved_at=START if state is State.RESOLVED else 0,
    )
    update = draft_update(incident, START, "public", names={"recsys-v2": "For you"})
    for word in INSIDE:
        assert word not in update.text
        assert word not in public_title(incident, {})
