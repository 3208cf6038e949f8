from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.engine.lanes import Lanes

if TYPE_CHECKING:
    from aright.engine.lanes import Lane

CHANNELS = ("mail", "chat", "pager")


@settings(deadline=None, max_examples=200)
@given(
    st.lists(st.one_of(st.tuples(st.sampled_from(CHANNELS), st.booleans()), st.integers(0, 20)), max_size=80)
)
def test_no_channel_holds_the_others_up_and_sev1_always_has_its_own(steps: list[tuple[str, bool] | int]):
    lanes = Lanes(shared=6, each=3, kept=2)
    taken: list[Lane] = []
    for step in steps:
        if isinstance(step, int):
            if taken:
                lanes.end(taken.pop(step % len(taken)))
        else:
            channel, urgent = step
            if lanes.room(channel, urgent=urgent):
                taken.append(lanes.begin(channel, urgent=urgent))
        shared = Counter(lane.channel for lane in taken if not lane.kept)
        kept = Counter(lane.channel for lane in taken if lane.kept)
        assert shared.total() <= 6
        assert max(shared.values(), default=0) <= 3
        assert max(kept.values(), default=0) <= 2
        for channel in CHANNELS:
            ordinary = shared[channel] < 3 and shared.total() < 6
            assert lanes.room(channel, urgent=False) == ordinary
            assert lanes.room(channel, urgent=True) == (ordinary or kept[channel] < 2)
            if not kept[channel]:
                assert lanes.room(channel, urgent=True), "whatever others do, SEV1 of a channel can begin"
    for lane in taken:
        lanes.end(lane)
    assert all(lanes.room(channel, urgent=False) for channel in CHANNELS)


def test_what_is_most_urgent_takes_a_shared_place_first():
    lanes = Lanes(shared=1, each=1, kept=1)
    assert not lanes.begin("mail", urgent=True).kept
    assert lanes.begin("mail", urgent=True).kept
    assert not lanes.room("mail", urgent=True)
