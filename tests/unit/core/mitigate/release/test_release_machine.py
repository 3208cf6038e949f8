from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.mitigate.release import IllegalOrderError, carry_out, decide, settled, target
from aright.core.mitigate.release.moving import MOST_LOOKS, seen
from aright.core.model.release import UNDER_WAY, Call, Judged, Look, Policy, Release, ReleaseState
from aright.core.model.signal import Segment
from aright.core.model.times import DAY, HOUR, MINUTE


def release(state: ReleaseState = ReleaseState.CANARY, **changed) -> Release:
    made = Release(
        key="REL-1",
        service="cards",
        version="9",
        stable="8",
        state=state,
        policy=Policy(patience=HOUR, shadow_for=2 * HOUR),
        started_at=0,
        by="ada",
        step=0 if state is ReleaseState.CANARY else -1,
    )
    return msgspec.structs.replace(made, **changed)


def look(call: Call = Call.GO, *, at: int = MINUTE, hold: str = "", stage: str = "canary") -> Look:
    return Look(at=at, stage=stage, share=0.01, call=call, reason="It is so.", hold=hold)


def with_policy(made: Release, **changed) -> Release:
    return msgspec.structs.replace(made, policy=msgspec.structs.replace(made.policy, **changed))


def test_a_good_release_goes_step_by_step_and_then_to_all():
    made, shares = settled(release(ReleaseState.PLANNED), at=0).release, []
    while made.state is ReleaseState.CANARY:
        shares.append(target(made, aliased=True).share)
        made = decide(made, look()).release
    assert shares == [0.01, 0.05, 0.25, 0.5]
    assert made.state is ReleaseState.PROMOTING
    assert target(made, aliased=True).version == "9"
    made = settled(made, at=HOUR).release
    assert made.state is ReleaseState.VERIFYING
    assert (target(made, aliased=True).share, target(made, aliased=False).share) == (0.0, 1.0)
    ended = decide(made, look(stage="verifying"))
    assert ended.release.state is ReleaseState.PROMOTED
    assert ended.release.outcome == "It is so."
    assert ended.lines[0].key


def test_a_shadow_comes_first_where_pairs_are_wanted():
    made = settled(with_policy(release(ReleaseState.PLANNED), shadow_pairs=500), at=0)
    assert made.release.state is ReleaseState.SHADOW
    assert target(made.release, aliased=False).share == 0.0
    assert decide(made.release, look(stage="shadow")).release.state is ReleaseState.CANARY


def test_harm_puts_the_version_before_back_even_while_it_is_paused():
    moved = decide(release(paused_by="ada"), look(Call.ROLL_BACK))
    assert moved.release.state is ReleaseState.ROLLING_BACK
    assert target(moved.release, aliased=True) == (0.0, "8")
    assert "8 is put back" in moved.lines[0].text


def test_what_is_paused_goes_nowhere():
    moved = decide(release(paused_by="ada"), look())
    assert (moved.release.state, moved.release.step) == (ReleaseState.CANARY, 0)
    assert moved.release.looks[-1].hold == "paused"
    assert not settled(release(ReleaseState.PLANNED, paused_by="ada"), at=0).lines


def test_a_person_is_waited_for_before_users_and_before_all_of_them():
    waits = with_policy(release(ReleaseState.PLANNED), approvals=("canary", "promoting"))
    held = settled(waits, at=0)
    assert held.release.state is ReleaseState.PLANNED
    assert held.release.looks[-1].hold == "approval"
    assert not settled(held.release, at=MINUTE).lines  # told once
    approved = carry_out(held.release, "approve", by="ada", text="seen it", at=0).release
    canary = settled(approved, at=0).release
    assert canary.state is ReleaseState.CANARY
    last = msgspec.structs.replace(canary, step=3)
    assert decide(last, look()).release.looks[-1].hold == "approval"
    approved = carry_out(last, "approve", by="ada", text="", at=0).release
    assert decide(approved, look()).release.state is ReleaseState.PROMOTING


def test_a_shadow_waits_for_a_person_too():
    waits = with_policy(release(ReleaseState.SHADOW), approvals=("canary",), shadow_pairs=9)
    assert decide(waits, look(stage="shadow")).release.state is ReleaseState.SHADOW


def test_a_hold_is_told_once_and_an_inconclusive_one_once_it_lasts():
    first = decide(release(), look(Call.HOLD, hold="no_data"))
    assert [line.kind for line in first.lines] == ["held"]
    assert not decide(first.release, look(Call.HOLD, at=2 * MINUTE, hold="no_data")).lines
    early = decide(release(), look(Call.HOLD, hold="inconclusive"))
    assert not early.lines
    late = decide(early.release, look(Call.HOLD, at=HOUR, hold="inconclusive"))
    assert [line.kind for line in late.lines] == ["held"]
    assert not decide(late.release, look(Call.HOLD, at=HOUR + MINUTE, hold="inconclusive")).lines


def test_a_shadow_has_a_patience_of_its_own():
    held = decide(release(ReleaseState.SHADOW), look(Call.HOLD, at=HOUR, hold="inconclusive", stage="shadow"))
    assert not held.lines


def test_what_is_not_looked_at_is_not_moved_by_a_look():
    made = release(ReleaseState.ROLLING_BACK)
    assert decide(made, look(Call.ROLL_BACK)).release is made


def test_of_what_is_being_promoted_harm_alone_counts():
    made = release(ReleaseState.PROMOTING)
    assert decide(made, look()).release is made
    assert decide(made, look(Call.ROLL_BACK)).release.state is ReleaseState.ROLLING_BACK
    assert settled(release(), at=0).lines == ()


def test_what_was_forced_goes_on_to_all_at_once():
    moved = settled(release(ReleaseState.PLANNED, forced="ada"), at=0)
    assert moved.release.state is ReleaseState.PROMOTING
    assert moved.lines[0].by == "ada"


@pytest.mark.parametrize("state", [ReleaseState.ROLLED_BACK, ReleaseState.STOPPED])
def test_what_is_over_takes_no_orders(state):
    with pytest.raises(IllegalOrderError, match="nothing is under way"):
        carry_out(release(state), "roll_back", by="ada", text="", at=0)


def test_what_serves_all_can_still_be_put_back():
    moved = carry_out(release(ReleaseState.PROMOTED), "roll_back", by="ada", text="Complaints.", at=DAY)
    assert moved.release.state is ReleaseState.ROLLING_BACK
    assert moved.lines[0].text == "ada puts 8 back. Complaints."


@pytest.mark.parametrize(
    ("what", "made", "match"),
    [
        ("explode", release(), "no order"),
        ("approve", release(), "nobody's approval"),
        ("pause", release(paused_by="ada"), "already"),
        ("resume", release(), "not paused"),
        ("promote", release(ReleaseState.SHADOW), "only a canary"),
        ("roll_back", release(ReleaseState.ROLLING_BACK), "already"),
        ("stop", release(), "Roll it back instead"),
    ],
)
def test_an_order_that_does_not_fit_says_why(what, made, match):
    with pytest.raises(IllegalOrderError, match=match):
        carry_out(made, what, by="ada", text="", at=0)


def test_orders_that_fit():
    paused = carry_out(release(), "pause", by="ada", text="lunch", at=0).release
    assert carry_out(paused, "resume", by="bob", text="", at=0).release.paused_by == ""
    promoted = carry_out(release(), "promote", by="ada", text="", at=9)
    assert (promoted.release.state, promoted.release.forced) == (ReleaseState.PROMOTING, "ada")
    assert "Nothing has been seen" in promoted.lines[0].text
    stopped = carry_out(release(ReleaseState.SHADOW), "stop", by="ada", text="", at=9).release
    assert (stopped.state, stopped.ended_at) == (ReleaseState.STOPPED, 9)


def test_looks_are_thinned_and_only_the_last_keeps_its_parts():
    one, two, part = (Judged(metric="error_share", segment=Segment("country", value)) for value in "abx")
    made = release()
    for at in range(3 * MOST_LOOKS):
        told = msgspec.structs.replace(look(at=at), judged=(Judged(metric="error_share"), one, two, part))
        made = seen(made, told)
    assert len(made.looks) <= MOST_LOOKS
    assert made.looks[-1].judged[-1] == part
    assert all(part not in each.judged and two in each.judged for each in made.looks[:-1])
    assert [each.at for each in made.looks] == sorted(each.at for each in made.looks)


_LOOKS = st.sampled_from(
    ["go", "hold", "back", "settle", "pause", "resume", "promote", "roll_back", "approve", "stop"]
)


@settings(deadline=None, max_examples=150)
@given(st.lists(_LOOKS, max_size=20), st.booleans(), st.integers(0, 1))
def test_all_are_served_by_it_only_after_every_step_or_a_persons_word(acts, approvals, pairs):
    made = with_policy(
        release(ReleaseState.PLANNED),
        approvals=("canary", "promoting") if approvals else (),
        shadow_pairs=pairs,
    )
    gone = 0
    for at, act in enumerate(acts, 1):
        before = made
        calls = {"go": Call.GO, "hold": Call.HOLD, "back": Call.ROLL_BACK}
        if act in calls:
            made = decide(made, look(calls[act], at=at, hold="no_data" if act == "hold" else "")).release
            gone += made.step > before.step
        elif act == "settle":
            made = settled(made, at=at).release
            gone += made.step > before.step
        else:
            try:
                made = carry_out(made, act, by="ada", text="", at=at).release
            except IllegalOrderError:
                made = before
        if made.state in {ReleaseState.PROMOTING, ReleaseState.VERIFYING, ReleaseState.PROMOTED}:
            assert gone == len(made.policy.steps) or made.forced
            assert made.forced or not approvals or "promoting" in made.approved
        if before.state not in UNDER_WAY and before.state is not ReleaseState.PROMOTED:
            assert made == before
        assert 0 <= target(made, aliased=True).share <= 1
        assert bool(made.ended_at) == (made.state not in UNDER_WAY)


def test_a_person_may_end_a_watch_and_a_going_back():
    watched = carry_out(release(ReleaseState.VERIFYING), "promote", by="ada", text="calm", at=HOUR)
    assert (watched.release.state, watched.release.ended_at) == (ReleaseState.PROMOTED, HOUR)
    back = carry_out(release(ReleaseState.ROLLING_BACK, outcome="Worse."), "stop", by="ada", text="", at=HOUR)
    assert back.release.state is ReleaseState.ROLLED_BACK
    assert back.release.outcome.startswith("Worse. ada ends it")
