"""Leading an incident: roles, tracks, updates and runbooks as events."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.incident import (
    Acknowledged,
    Cancel,
    Closed,
    Event,
    IllegalEventError,
    Merged,
    Record,
    Reopened,
    Resolved,
    RoleLeft,
    RoleTaken,
    RunbookTicked,
    Schedule,
    TookIn,
    TrackEnded,
    TrackMoved,
    TrackOpened,
    TrackReminded,
    UpdateDrafted,
    UpdateMissed,
    UpdatePublished,
    UpdateReminded,
    apply,
)
from aright.core.incident.facts import event_of, fact_of
from aright.core.incident.leading import MOST_ROLES, holders
from aright.core.incident.telling_updates import next_id, open_draft
from aright.core.incident.tracks import MOST_TRACKS
from aright.core.model.command import AUDIENCES, ROLES, SEVERAL
from aright.core.model.incident import Incident, State, StatusUpdate
from aright.core.model.times import MINUTE, SECOND
from tests.unit.core.incident.making import START, alert, declared, in_place

ANN = "ann"


def texts(step, kind):
    return [effect.text for effect in step.effects if isinstance(effect, Record) and effect.kind == kind]


def scheduled(step):
    return {e.due.key: e.due.due_at for e in step.effects if isinstance(e, Schedule)}


def cancelled(step):
    return {e.key for e in step.effects if isinstance(e, Cancel)}


def after(*events: Event, incident: Incident | None = None) -> Incident:
    incident = incident or declared()
    for event in events:
        incident = apply(incident, event).incident
    return incident


def took(role="commander", person=ANN, by="", at=START, of=""):
    return RoleTaken(at=at, role=role, person=person, by=by or person, of=of)


def opened(**changes):
    known = {"at": START, "hypothesis": "the source went empty", "by": ANN, "owner": "bob"}
    return TrackOpened(**{**known, **changes})


def update(key="U1", audience="public", **changes):
    made = StatusUpdate(
        at=START, text="so far", next_due=0, id=key, audience=audience, status="draft", due_at=START + MINUTE
    )
    return msgspec.structs.replace(made, **changes)


def drafted(**changes):
    return UpdateDrafted(at=START, update=update(**changes))


def test_whoever_takes_it_on_first_leads_and_the_timeline_says_so():
    step = apply(declared(), Acknowledged(at=START + 1, by=ANN))
    assert [(held.role, held.person, held.since) for held in step.incident.roles] == [
        ("commander", ANN, START + 1)
    ]
    assert texts(step, "role") == [
        "leads as commander, being the first to take it on, until somebody else does"
    ]
    over = apply(step.incident, Acknowledged(at=START + 2, by="bob"))
    assert [held.person for held in holders(over.incident, "commander")] == [ANN]
    led = after(took(person="cy"))
    assert [held.person for held in apply(led, Acknowledged(at=START, by=ANN)).incident.roles] == ["cy"]


def test_one_has_a_role_and_passes_it_on():
    step = apply(after(took()), took(person="bob", by=ANN))
    assert [held.person for held in step.incident.roles] == ["bob"]
    assert texts(step, "role") == ["gives bob the role of commander, after ann"]
    assert apply(step.incident, took(person="bob")).effects == ()


def test_several_are_experts_each_of_something():
    led = after(took("expert", of="features"), took("expert", "bob", of="the model"), took("liaison", "cy"))
    assert len(led.roles) == 3
    moved = apply(led, took("expert", ANN, of="the cache"))
    assert [held.of for held in holders(moved.incident, "expert")] == ["the model", "the cache"]
    assert texts(moved, "role") == ["takes the role of expert of the cache"]


def test_a_role_is_left_by_whoever_has_it():
    step = apply(after(took()), RoleLeft(at=START, role="commander", person=ANN, by=ANN))
    assert step.incident.roles == ()
    assert texts(step, "role") == ["leaves the role of commander"]
    off = apply(after(took()), RoleLeft(at=START, role="commander", person=ANN, by="bob"))
    assert texts(off, "role") == ["takes ann off as commander"]
    with pytest.raises(IllegalEventError, match="bob is not commander of INC-1: nobody is"):
        apply(declared(), RoleLeft(at=START, role="commander", person="bob", by="bob"))


def test_roles_that_cannot_be_are_refused():
    with pytest.raises(IllegalEventError, match="there is no role 'boss': take one of commander"):
        apply(declared(), took("boss"))
    with pytest.raises(IllegalEventError, match="Its record is kept"):
        apply(in_place(state=State.CLOSED), took())
    many = after(*[took("expert", f"p{n}") for n in range(MOST_ROLES)])
    with pytest.raises(IllegalEventError, match="50 roles"):
        apply(many, took("expert", "one more"))
    with pytest.raises(IllegalEventError, match="who did this"):
        apply(declared(), RoleTaken(at=START, role="commander", person=" ", by=ANN))


def test_a_track_is_opened_with_a_time_that_falls_due():
    step = apply(declared(), opened(next_check="rows of profiles", due_at=START + 15 * MINUTE))
    (track,) = step.incident.tracks
    assert (track.id, track.owner, track.status) == ("T1", "bob", "open")
    assert scheduled(step) == {"track:INC-1:T1": START + 15 * MINUTE}
    assert texts(step, "track") == [
        "T1 is opened: the source went empty (followed by bob; next: rows of profiles; due at 00:31:40 UTC)"
    ]
    assert scheduled(apply(declared(), opened(owner=""))) == {}


def test_tracks_are_bounded_and_say_what_is_wrong():
    with pytest.raises(IllegalEventError, match="no hypothesis"):
        apply(declared(), opened(hypothesis="  "))
    with pytest.raises(IllegalEventError, match="00:16:40 UTC is over"):
        apply(declared(), opened(due_at=START))
    with pytest.raises(IllegalEventError, match="It is over"):
        apply(in_place(state=State.RESOLVED), opened())
    full = after(*[opened() for _ in range(MOST_TRACKS)])
    with pytest.raises(IllegalEventError, match="50 tracks"):
        apply(full, opened())
    assert len(after(opened(hypothesis="x" * 9_000)).tracks[0].hypothesis) == 500


def test_a_track_moves_and_its_reminders_begin_anew():
    led = after(
        opened(due_at=START + 5), TrackReminded(at=START + 6, track="T1", whom="bob", again_at=START + 9)
    )
    assert led.tracks[0].reminders == 1
    step = apply(
        led, TrackMoved(at=START + 7, track="T1", by="bob", next_check="the cache", due_at=START + 99)
    )
    (track,) = step.incident.tracks
    assert (track.owner, track.next_check, track.due_at, track.reminders) == (
        "bob",
        "the cache",
        START + 99,
        0,
    )
    assert scheduled(step) == {"track:INC-1:T1": START + 99}
    handed = apply(led, TrackMoved(at=START + 7, track="T1", by="bob", owner="cy"))
    assert (handed.incident.tracks[0].owner, handed.incident.tracks[0].reminders) == ("cy", 1)
    assert scheduled(handed) == {}
    timeless = apply(led, TrackMoved(at=START + 7, track="T1", by="bob", due_at=0))
    assert "track:INC-1:T1" in cancelled(timeless)
    assert apply(led, TrackMoved(at=START + 7, track="T1", by="bob")).effects == ()
    with pytest.raises(IllegalEventError, match="has no track 'T9': it has T1"):
        apply(led, TrackMoved(at=START, track="T9", by="bob"))
    with pytest.raises(IllegalEventError, match="is over: say until when"):
        apply(led, TrackMoved(at=START + 7, track="T1", by="bob", due_at=START + 6))


def test_a_track_ends_with_what_came_out():
    led = after(opened(due_at=START + 5))
    step = apply(led, TrackEnded(at=START, track="T1", by="bob", status="confirmed", finding="rows are 0"))
    assert (step.incident.tracks[0].status, step.incident.tracks[0].due_at) == ("confirmed", 0)
    assert "track:INC-1:T1" in cancelled(step)
    again = TrackEnded(at=START, track="T1", by="bob", status="confirmed", finding="rows are 0")
    assert apply(step.incident, again).effects == ()
    with pytest.raises(IllegalEventError, match="is confirmed already"):
        apply(step.incident, TrackMoved(at=START, track="T1", by="bob", owner="x"))
    with pytest.raises(IllegalEventError, match="say one of confirmed"):
        apply(led, TrackEnded(at=START, track="T1", by="bob", status="won", finding="x"))
    with pytest.raises(IllegalEventError, match="say what came out"):
        apply(led, TrackEnded(at=START, track="T1", by="bob", status="refuted", finding=" "))
    dropped = apply(led, TrackEnded(at=START, track="T1", by="bob", status="dropped", finding=""))
    assert texts(dropped, "track") == ["T1 is dropped (the source went empty)"]
    with pytest.raises(IllegalEventError, match="none yet"):
        apply(declared(), TrackEnded(at=START, track="T1", by="bob", status="dropped", finding=""))


def test_a_late_check_is_reminded_of_and_one_that_has_time_is_not():
    led = after(opened(due_at=START + 5, next_check="rows"))
    early = apply(led, TrackReminded(at=START + 4, track="T1", whom="bob"))
    assert early.effects == ()
    step = apply(led, TrackReminded(at=START + 5, track="T1", whom="", again_at=START + 99))
    assert texts(step, "reminded") == [
        "T1 was due at 00:16:40 UTC (“rows”) and nothing was told: nobody could be reminded"
    ]
    assert scheduled(step) == {"track:INC-1:T1": START + 99}
    with pytest.raises(IllegalEventError, match="has no track"):
        apply(declared(), TrackReminded(at=START, track="T1", whom=""))


def test_tracks_rest_with_the_incident_and_go_on_with_it():
    led = after(opened(due_at=START + 5 * MINUTE))
    over = apply(led, Resolved(at=START + 1, by=ANN))
    assert "track:INC-1:T1" in cancelled(over)
    back = apply(over.incident, Reopened(at=START + 2, service="shop", alerts=(alert("fallback_share"),)))
    assert scheduled(back)["track:INC-1:T1"] == START + 5 * MINUTE
    assert "track:INC-1:T1" in cancelled(apply(led, Merged(at=START, into="INC-0", because="x")))


def test_what_an_older_incident_takes_in_it_leads_on():
    younger = in_place(
        after(
            took("commander", "bob"),
            took("scribe", "bob"),
            took("expert", "cy"),
            opened(due_at=START + 5),
            opened(hypothesis="done"),
            TrackEnded(at=START, track="T2", by="bob", status="dropped", finding=""),
        ),
        key="INC-2",
    )
    older = after(took("commander", ANN), took("expert", "cy"), opened(hypothesis="own"))
    event = TookIn(at=START + 1, younger=younger, because="one cause", root="shop")
    step = apply(older, event)
    assert [(held.role, held.person) for held in step.incident.roles] == [
        ("commander", ANN),
        ("expert", "cy"),
        ("scribe", "bob"),
    ]
    assert [(track.id, track.hypothesis) for track in step.incident.tracks] == [
        ("T1", "own"),
        ("T2", "the source went empty"),
    ]
    assert scheduled(step)["track:INC-1:T2"] == START + 5
    assert texts(step, "track")[0].startswith("T2 goes on from T1 of INC-2 (followed by bob")


def test_a_step_of_a_runbook_is_told():
    told = RunbookTicked(
        at=START, runbook="sev1", step="look", title="Look", status="done", by=ANN, text="all red"
    )
    assert texts(apply(declared(), told), "runbook") == ["sev1: done “Look”: all red"]
    with pytest.raises(IllegalEventError, match="say one of done, skipped, failed"):
        apply(declared(), RunbookTicked(at=START, runbook="r", step="s", title="t", status="x", by=ANN))


def test_a_draft_replaces_the_one_before_and_is_published_once():
    led = after(drafted(), drafted(key="U2"), drafted(key="U3", audience="stakeholders"))
    assert [known.status for known in led.updates] == ["replaced", "draft", "draft"]
    assert next_id(led) == "U4"
    step = apply(led, UpdatePublished(at=START + 1, update="U2", by=ANN, text="other words", next_due=9))
    told = step.incident.updates[1]
    assert (told.status, told.text, told.published_at, told.by, told.next_due) == (
        "published",
        "other words",
        START + 1,
        ANN,
        9,
    )
    assert texts(step, "update") == ["U2 was published to the public: other words"]
    with pytest.raises(IllegalEventError, match="was published already by ann"):
        apply(step.incident, UpdatePublished(at=START, update="U2", by=ANN))
    with pytest.raises(IllegalEventError, match="U1 was overtaken: publish U2 instead"):
        apply(led, UpdatePublished(at=START, update="U1", by=ANN))
    with pytest.raises(IllegalEventError, match="U1 was overtaken: draft another instead"):
        apply(step.incident, UpdatePublished(at=START, update="U1", by=ANN))
    with pytest.raises(IllegalEventError, match="has no update 'U9'; waiting drafts: U2, U3"):
        apply(led, UpdatePublished(at=START, update="U9", by=ANN))
    with pytest.raises(IllegalEventError, match="number it anew"):
        apply(led, drafted(key="U2"))
    with pytest.raises(IllegalEventError, match="there is no audience 'press'"):
        apply(led, drafted(key="U9", audience="press"))
    assert drafted(key="U9").update.status == "draft"
    with pytest.raises(IllegalEventError, match="INC-1 is closed"):
        apply(in_place(led, state=State.CLOSED), UpdatePublished(at=START, update="U2", by=ANN))


def test_a_missed_update_may_still_be_published_until_a_newer_one_waits():
    led = after(drafted(), UpdateMissed(at=START + 9, update="U1", told=(ANN,), next_due=99))
    assert (led.updates[0].status, led.updates[0].next_due) == ("missed", 99)
    assert apply(led, UpdateMissed(at=START, update="U1")).effects == ()
    late = apply(led, UpdatePublished(at=START + 2 * MINUTE, update="U1", by=ANN))
    assert texts(late, "update") == ["U1 was published to the public, late: so far"]
    newer = after(drafted(key="U2"), incident=led)
    with pytest.raises(IllegalEventError, match="U1 is out of date: publish U2"):
        apply(newer, UpdatePublished(at=START, update="U1", by=ANN))
    step = apply(after(drafted()), UpdateMissed(at=START, update="U1"))
    assert texts(step, "missed") == [
        "U1 to the public was due at 00:17:40 UTC and was not published: nobody leads who could be told"
    ]


def test_reminders_of_drafts_are_told():
    led = after(drafted())
    step = apply(led, UpdateReminded(at=START, update="U1", whom=(ANN,), because="you lead"))
    assert texts(step, "reminded") == [
        "U1 waits to be published to the public, due at 00:17:40 UTC: ann was reminded (you lead)"
    ]
    nobody = apply(after(drafted(due_at=0)), UpdateReminded(at=START, update="U1"))
    (said,) = texts(nobody, "reminded")
    assert said.startswith("U1 waits to be published to the public: nobody could be reminded: give somebody")
    published = after(UpdatePublished(at=START, update="U1", by=ANN), incident=led)
    assert apply(published, UpdateReminded(at=START, update="U1")).effects == ()


def test_nothing_of_a_restricted_incident_is_told_outside():
    secret = in_place(restricted_to=(ANN,))
    with pytest.raises(IllegalEventError, match="is restricted: nothing of it is told to the public"):
        apply(secret, drafted())
    waiting = in_place(after(drafted()), restricted_to=(ANN,))
    with pytest.raises(IllegalEventError, match="is restricted"):
        apply(waiting, UpdatePublished(at=START, update="U1", by=ANN))
    assert apply(secret, drafted(audience="internal")).incident.updates


def test_the_end_overtakes_drafts_and_filing_away_tells_what_was_never_said():
    over = apply(after(drafted()), Resolved(at=START, by=ANN)).incident
    assert over.updates[0].status == "replaced"
    reviewed = in_place(after(drafted(key="U2"), incident=over), state=State.REVIEWED)
    closed = apply(reviewed, Closed(at=START, by=ANN))
    assert texts(closed, "missed") == ["U2 to the public was never published"]
    assert {f"update:INC-1:{audience}" for audience in AUDIENCES} <= cancelled(closed)
    assert open_draft(closed.incident, "public") is None


_events = st.one_of(
    st.builds(
        RoleTaken,
        at=st.just(START),
        role=st.sampled_from(ROLES),
        person=st.sampled_from(["ann", "bob"]),
        by=st.just("x"),
        of=st.sampled_from(["", "y"]),
    ),
    st.builds(
        RoleLeft,
        at=st.just(START),
        role=st.sampled_from(ROLES),
        person=st.sampled_from(["ann", "bob"]),
        by=st.just("x"),
    ),
    st.builds(
        TrackOpened,
        at=st.just(START),
        hypothesis=st.text(max_size=9),
        by=st.just("x"),
        owner=st.sampled_from(["", "ann"]),
        due_at=st.sampled_from([0, START, START + SECOND]),
    ),
    st.builds(
        TrackMoved,
        at=st.just(START),
        track=st.sampled_from(["T1", "T2"]),
        by=st.just("x"),
        owner=st.sampled_from([None, "bob"]),
        due_at=st.sampled_from([None, 0, START + SECOND]),
    ),
    st.builds(
        TrackEnded,
        at=st.just(START),
        track=st.sampled_from(["T1", "T2"]),
        by=st.just("x"),
        status=st.sampled_from(["confirmed", "refuted", "dropped", "z"]),
        finding=st.sampled_from(["", "f"]),
    ),
    st.builds(
        TrackReminded,
        at=st.just(START + SECOND),
        track=st.sampled_from(["T1", "T2"]),
        whom=st.just("ann"),
        again_at=st.sampled_from([0, START + MINUTE]),
    ),
    st.builds(
        UpdateDrafted,
        at=st.just(START),
        update=st.builds(
            update, key=st.sampled_from(["U1", "U2", "U3"]), audience=st.sampled_from(AUDIENCES)
        ),
    ),
    st.builds(
        UpdatePublished, at=st.just(START), update=st.sampled_from(["U1", "U2", "U3"]), by=st.just("x")
    ),
    st.builds(UpdateMissed, at=st.just(START), update=st.sampled_from(["U1", "U2", "U3"])),
    st.builds(UpdateReminded, at=st.just(START), update=st.sampled_from(["U1", "U2", "U3"])),
    st.builds(Resolved, at=st.just(START), by=st.just("x")),
    st.builds(Acknowledged, at=st.just(START), by=st.sampled_from(["ann", "bob"])),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(_events, max_size=30))
def test_whatever_happens_roles_tracks_and_updates_stay_whole(events):
    incident = declared()
    for event in events:
        assert event_of(fact_of("INC-1", event)) == event
        try:
            step = apply(incident, event)
        except IllegalEventError:
            continue
        assert apply(incident, event) == step, "apply is a function"
        assert all(effect.text for effect in step.effects if isinstance(effect, Record))
        incident = step.incident
        for role in ROLES:
            having = holders(incident, role)
            assert len({held.person for held in having}) == len(having)
            assert role in SEVERAL or len(having) <= 1
        for audience in AUDIENCES:
            waiting = [u for u in incident.updates if u.audience == audience and u.status == "draft"]
            assert len(waiting) <= 1
        assert [track.id for track in incident.tracks] == [f"T{n + 1}" for n in range(len(incident.tracks))]
        assert all((track.due_at == 0) or track.status == "open" for track in incident.tracks)
        assert incident.service == "shop"
