"""When audiences hear: cadences, what is due now, and once for each time."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.communicate import draft_update, due_of, look, next_after, span
from aright.core.incident import (
    Event,
    Reopened,
    Resolved,
    Reviewed,
    SeverityJudged,
    UpdateDrafted,
    UpdateMissed,
    UpdatePublished,
    apply,
)
from aright.core.incident.telling_updates import next_id, open_draft
from aright.core.model.command import Cadence, Updating
from aright.core.model.incident import Lull, Severity, State, StatusUpdate
from aright.core.model.times import DAY, HOUR, MINUTE
from tests.unit.core.incident.making import START, alert, in_place

PUBLIC = Updating()


def sev(level: int) -> Severity:
    return Severity(level=level, score=0, arithmetic="")


def sev1(**changes):
    return in_place(severity=sev(1), **changes)


def told(at, audience="public", **changes):
    made = StatusUpdate(
        at=at, text="x", next_due=0, id="U1", audience=audience, status="published", published_at=at
    )
    return msgspec.structs.replace(made, **changes)


@pytest.mark.parametrize(
    ("audience", "level", "open_for", "minutes"),
    [
        ("internal", 1, 0, 30),
        ("internal", 1, 2 * HOUR, 60),
        ("internal", 3, 0, 240),
        ("internal", 4, 9 * HOUR, 24 * 60),
        ("stakeholders", 1, 0, 60),
        ("stakeholders", 2, 0, 120),
        ("stakeholders", 3, 0, 0),
        ("public", 1, 0, 20),
        ("public", 1, 2 * HOUR, 60),
        ("public", 2, 0, 30),
        ("public", 0, 0, 30),
        ("press", 1, 0, 0),
    ],
)
def test_the_worse_the_more_often(audience, level, open_for, minutes):
    assert span(PUBLIC, audience, level, open_for) == minutes * MINUTE


def test_what_ships_is_as_promised_for_sev1():
    assert due_of(sev1(), "public", PUBLIC) == START + 20 * MINUTE
    assert due_of(sev1(), "stakeholders", PUBLIC) == START + HOUR
    assert due_of(sev1(), "internal", PUBLIC) == START + 30 * MINUTE
    tiny = Updating(cadences={"public": {1: Cadence(early=1, later=1)}})
    assert due_of(sev1(), "public", tiny) == START + MINUTE, "nobody hears more often than each minute"


def test_a_draft_is_made_before_it_is_due_and_missed_after_its_grace():
    due_at = START + 20 * MINUTE
    assert look(sev1(), "public", PUBLIC, START).again_at == due_at - 10 * MINUTE
    ripe = look(sev1(), "public", PUBLIC, due_at - 10 * MINUTE)
    assert (ripe.do, ripe.due_at) == ("draft", due_at)
    waiting = sev1(updates=(told(due_at - 10 * MINUTE, status="draft", due_at=due_at, published_at=0),))
    assert look(waiting, "public", PUBLIC, due_at).again_at == due_at + 5 * MINUTE
    late = look(waiting, "public", PUBLIC, due_at + 5 * MINUTE)
    assert (late.do, late.next_due) == ("miss", due_at + 20 * MINUTE)
    much_later = look(waiting, "public", PUBLIC, due_at + 55 * MINUTE)
    assert (much_later.do, much_later.next_due) == ("miss", due_at + 60 * MINUTE), "once, not three times"


def test_a_draft_made_early_by_hand_is_drafted_anew_with_later_facts():
    early = sev1(updates=(told(START + MINUTE, status="draft", due_at=START + 20 * MINUTE, published_at=0),))
    assert look(early, "public", PUBLIC, START + 9 * MINUTE).again_at == START + 10 * MINUTE
    assert look(early, "public", PUBLIC, START + 10 * MINUTE).do == "draft"


def test_publishing_early_moves_the_next_and_what_was_promised_is_kept():
    heard = sev1(updates=(told(START + 12 * MINUTE, next_due=START + 32 * MINUTE),))
    assert due_of(heard, "public", PUBLIC) == START + 32 * MINUTE
    milder = msgspec.structs.replace(heard, severity=sev(2))
    assert due_of(milder, "public", PUBLIC) == START + 32 * MINUTE, "it was promised"
    assert next_after(milder, "public", PUBLIC, START + 32 * MINUTE) == START + 62 * MINUTE
    never = msgspec.structs.replace(heard, severity=sev(3))
    assert due_of(never, "public", PUBLIC) == 0
    assert look(never, "public", PUBLIC, START).again_at == 0


def test_automatic_audiences_are_published_when_due_and_once_after_a_long_sleep():
    assert look(sev1(), "internal", PUBLIC, START).again_at == START + 30 * MINUTE
    found = look(sev1(), "internal", PUBLIC, START + 90 * MINUTE)
    assert (found.do, found.due_at, found.next_due) == (
        "publish",
        START + 30 * MINUTE,
        START + 120 * MINUTE,
    )


def test_a_severity_that_rises_makes_due_what_nobody_can_have_missed():
    quiet = in_place(severity=sev(3))
    rose_at = START + 3 * HOUR
    worse = msgspec.structs.replace(quiet, severity=sev(1))
    found = look(worse, "public", PUBLIC, rose_at, news_at=rose_at)
    assert (found.do, found.due_at) == ("draft", rose_at + 10 * MINUTE)
    slept = look(worse, "public", PUBLIC, rose_at + HOUR, news_at=rose_at)
    assert (slept.do, slept.due_at) == ("draft", rose_at + 10 * MINUTE), "and then it counts as missed"


def test_a_missed_one_stays_on_the_cadence_or_follows_a_new_one():
    missed = told(
        START + 10 * MINUTE,
        status="missed",
        due_at=START + 20 * MINUTE,
        published_at=0,
        missed_at=START + 65 * MINUTE,
        next_due=START + 80 * MINUTE,
    )
    on_grid = sev1(updates=(missed,))
    assert due_of(on_grid, "public", PUBLIC) == START + 80 * MINUTE
    assert due_of(on_grid, "public", PUBLIC, not_before=START + 90 * MINUTE) == START + 80 * MINUTE
    slow = Updating(cadences={"public": {1: Cadence(early=10 * MINUTE, later=HOUR)}})
    assert due_of(on_grid, "public", slow) == START + 70 * MINUTE, "it hears more often now"
    assert due_of(on_grid, "public", slow, not_before=START + 76 * MINUTE) == START + 76 * MINUTE
    milder = msgspec.structs.replace(on_grid, severity=sev(2))
    assert due_of(milder, "public", PUBLIC) == START + 80 * MINUTE


def test_a_restricted_incident_is_silent_outside():
    secret = sev1(restricted_to=("ann",))
    assert due_of(secret, "public", PUBLIC) == due_of(secret, "stakeholders", PUBLIC) == 0
    assert due_of(secret, "internal", PUBLIC) == START + 30 * MINUTE
    assert next_after(secret, "public", PUBLIC, START) == 0


def test_the_last_update_goes_to_those_who_heard_before():
    ended = START + 15 * MINUTE
    never = apply(sev1(), Resolved(at=ended, by="ann")).incident
    assert look(never, "public", PUBLIC, ended).due_at == 0, "it ended before the first was due"
    assert look(never, "internal", PUBLIC, ended).do == "publish"
    heard = apply(sev1(updates=(told(START + MINUTE),)), Resolved(at=ended, by="ann")).incident
    found = look(heard, "public", PUBLIC, ended)
    assert (found.do, found.due_at) == ("draft", ended + 10 * MINUTE)
    waiting = told(ended, id="U2", status="draft", due_at=found.due_at, published_at=0)
    last = msgspec.structs.replace(heard, updates=(*heard.updates, waiting))
    late = look(last, "public", PUBLIC, ended + HOUR)
    assert (late.do, late.next_due) == ("miss", 0)
    over = apply(last, UpdateMissed(at=ended + HOUR, update="U2")).incident
    assert look(over, "public", PUBLIC, ended + HOUR).due_at == 0
    filed = msgspec.structs.replace(last, state=State.CLOSED)
    assert look(filed, "public", PUBLIC, ended).due_at == 0


def test_an_update_that_was_due_while_nobody_looked_is_told_with_the_end():
    ended = START + 25 * MINUTE
    slept = apply(sev1(), Resolved(at=ended, by="ann")).incident
    assert look(slept, "public", PUBLIC, ended).do == "draft"


def test_by_hand_internal_updates_end_only_for_those_who_heard():
    by_hand = Updating(automatic=())
    ended = START + 5 * MINUTE
    over = apply(sev1(), Resolved(at=ended, by="ann")).incident
    assert look(over, "internal", by_hand, ended).due_at == 0


def test_what_is_opened_again_is_told_anew():
    ended = START + 30 * MINUTE
    again = ended + 5 * MINUTE
    heard = apply(sev1(updates=(told(START + 20 * MINUTE),)), Resolved(at=ended, by="ann")).incident
    back = apply(heard, Reopened(at=again, service="shop", alerts=(alert(),))).incident
    assert back.lulls == (Lull(start=ended, end=again),)
    assert due_of(back, "public", PUBLIC) == again + 20 * MINUTE


def act(incident, audience, updating, now, news_at=0):
    """Do what the engine does, without its texts; return the incident and what was told."""
    told_now: list[tuple[int, int]] = []
    for _ in range(4):
        found = look(incident, audience, updating, now, news_at=news_at)
        if not found.do:
            return incident, told_now
        if found.do == "miss":
            draft = open_draft(incident, audience)
            assert draft is not None
            event: Event = UpdateMissed(at=now, update=draft.id, next_due=found.next_due)
            told_now.append((found.due_at, incident.resolved_at))
        else:
            made = draft_update(incident, now, audience, due_at=found.due_at, updating=updating)
            publish = found.do == "publish"
            made = msgspec.structs.replace(
                made,
                id=next_id(incident),
                status="published" if publish else "draft",
                published_at=now if publish else 0,
            )
            event = UpdateDrafted(at=now, update=made)
            if publish:
                told_now.append((found.due_at, incident.resolved_at))
        incident = apply(incident, event).incident
    raise AssertionError("it never comes to rest")


_moves = st.lists(
    st.tuples(
        st.integers(0, 6 * HOUR // MINUTE),
        st.sampled_from(["look", "look", "publish", "severity", "resolve", "review"]),
        st.integers(1, 4),
    ),
    max_size=25,
)


@settings(deadline=None, max_examples=200)
@given(moves=_moves, audience=st.sampled_from(["internal", "stakeholders", "public"]))
def test_at_any_time_nothing_is_due_twice_and_it_comes_to_rest(moves, audience):
    incident, now, slots = sev1(), START, []
    for minutes, what, level in moves:
        now += minutes * MINUTE
        news_at = 0
        incident, told_now = act(incident, audience, PUBLIC, now)  # what fell due before is done first
        slots += told_now
        assert len(told_now) <= 1, "what a long sleep left undone is told once"
        waiting = open_draft(incident, audience)
        if what == "publish" and waiting is not None:
            after = next_after(incident, audience, PUBLIC, now)
            incident = apply(
                incident, UpdatePublished(at=now, update=waiting.id, by="ann", next_due=after)
            ).incident
        elif what == "severity":
            incident = apply(incident, SeverityJudged(at=now, severity=sev(level))).incident
            news_at = now
        elif what == "resolve":
            incident = apply(incident, Resolved(at=now, by="ann")).incident
        elif what == "review" and incident.state is State.RESOLVED:
            incident = apply(incident, Reviewed(at=now, by="ann")).incident
        incident, told_now = act(incident, audience, PUBLIC, now, news_at)
        slots += told_now
        found = look(incident, audience, PUBLIC, now)
        assert not found.do
        assert not found.again_at or found.again_at > now
        assert not found.due_at or found.due_at <= now + DAY
    assert len(slots) == len(set(slots)), "no time is told twice"
