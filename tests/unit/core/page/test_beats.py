"""When a heartbeat is missed: what aright slept through does not count, whatever the clock does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.heartbeat import Heartbeat
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND
from aright.core.page.heartbeats import ASLEEP, Vigil, alert_of, due_at, found_again, judged_at

BEAT = Heartbeat(key="etl", service="shop", every=5 * MINUTE, grace=MINUTE, last_at=HOUR)


def awake(*looks: int) -> Vigil:
    vigil = Vigil()
    for at in looks:
        vigil = vigil.look(at)
    return vigil


def test_one_that_was_never_heard_is_never_due() -> None:
    assert due_at(Heartbeat(key="a", service="s", every=HOUR)) == 0


def test_short_pauses_are_none() -> None:
    vigil = awake(0 + SECOND, ASLEEP, 2 * ASLEEP)
    assert (vigil.since, vigil.pauses) == (SECOND, ())
    assert awake(SECOND, SECOND // 2).since == SECOND, "threads look in any order"


def test_only_what_was_slept_since_the_beat_counts() -> None:
    vigil = awake(HOUR - 20 * MINUTE, HOUR + 10 * MINUTE)
    assert vigil.asleep(HOUR) == 10 * MINUTE
    assert vigil.asleep(2 * HOUR) == 0
    assert judged_at(BEAT, vigil) == HOUR + 16 * MINUTE


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 3 * DAY), max_size=30), st.integers(0, 3 * DAY))
def test_it_is_never_judged_early_and_pauses_stay_bounded(steps: list[int], start: int) -> None:
    vigil, now = Vigil(), start
    for step in steps:
        now += step
        vigil = vigil.look(now)
    assert judged_at(BEAT, vigil) >= due_at(BEAT)
    assert vigil.asleep(start) <= now - start
    assert judged_at(BEAT, vigil) <= due_at(BEAT) + now + BEAT.grace


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(-DAY, DAY), min_size=1, max_size=400))
def test_a_wild_clock_leaves_a_sound_vigil(jumps: list[int]) -> None:
    vigil, now = Vigil(), 100 * 365 * DAY
    for jump in jumps:
        now += jump
        vigil = vigil.look(now)
    assert len(vigil.pauses) <= 200
    assert all(start <= end <= max(now, vigil.seen) for start, end in vigil.pauses)


def test_words() -> None:
    daily = Heartbeat(key="etl", service="shop", every=DAY, grace=90 * SECOND, last_at=HOUR)
    alert = alert_of(daily, 2 * DAY)
    assert alert.text.endswith("expected every day")
    assert alert.rule == "heartbeat etl, with a grace of 90 seconds"
    assert (alert.since, alert.harm) == (HOUR + DAY, True)
    assert found_again(daily, 3 * DAY).endswith("after 3 days of silence")
