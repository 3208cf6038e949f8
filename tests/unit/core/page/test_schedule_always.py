"""Schedules, whatever they are: tiles without gap or overlap, and the same answer each way."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from aright.core.model.times import DAY
from aright.core.page.schedule import next_shift, on_shift, shifts
from aright.core.page.schedule.wall import wall_clock
from bench import response_schedules
from bench.response_schedules import SPAN, ZONES, plain, world

worlds = st.integers(0, 2**32).map(lambda seed: world(random.Random(seed)))


@settings(deadline=None, max_examples=60)
@given(worlds, st.integers(0, SPAN - 1))
def test_tiles_meet_and_say_what_on_shift_says(made, after):
    schedule, overrides, start, staffed = made

    tiles = shifts(schedule, overrides, start, start + SPAN)

    assert (tiles[0].start, tiles[-1].end) == (start, start + SPAN)
    for tile, following in pairwise(tiles):
        assert tile.start < tile.end == following.start
        assert (tile.person, tile.because) != (following.person, following.because)
    assert not staffed or all(tile.person for tile in tiles)
    tile = next(tile for tile in tiles if tile.end > start + after)
    found = on_shift(schedule, overrides, start + after)
    assert (found.person, found.because) == (tile.person, tile.because)
    assert found.person == plain(schedule, overrides, start + after)


@settings(deadline=None, max_examples=30)
@given(worlds)
def test_the_next_shift_is_the_first_tile_that_somebody_has(made):
    schedule, overrides, start, _ = made
    _, *others = shifts(schedule, overrides, start, start + SPAN)

    found = next_shift(schedule, overrides, start, reach=SPAN)

    taken = next((tile for tile in others if tile.person), None)
    if taken is None:
        assert found is None or found.start >= start + SPAN
    else:
        assert found is not None
        assert (found.person, found.start) == (taken.person, taken.start)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(ZONES), st.integers(11_000 * DAY, 47_000 * DAY), st.integers(0, 2 * DAY))
def test_the_wall_clock_never_goes_back_and_is_reached_when_it_shows(zone, at, later):
    clock = wall_clock(zone)

    wall = clock.at(at)

    assert wall <= clock.at(at + later)
    assert clock.reached(wall) <= at < clock.reached(wall + 1)


def test_many_cases_have_neither_gap_nor_overlap():
    count = response_schedules.run(5_000, random.Random(3))

    assert count.cases >= 5_000
    assert count.beside_changes > 500
    assert (count.gaps, count.overlaps, count.differing, count.undefined) == (0, 0, 0, 0)
