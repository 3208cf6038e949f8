from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from aright.drill.shop.plan import MINUTE, SECOND, Fault, Plan, make_plan
from aright.drill.shop.traffic import Traffic, make_traffic
from aright.drill.shop.world import People, make_liking, make_people

SEEDS = [0, 1, 2, 3]


@cache
def day(seed: int) -> tuple[Plan, People, Traffic]:
    plan = make_plan(seed, Fault.NONE)
    people = make_people(plan)
    return plan, people, make_traffic(plan, people, make_liking(plan, people))


@pytest.mark.parametrize("seed", SEEDS)
def test_traffic_stays_under_twenty_a_second_and_near_twelve(seed):
    plan, _, traffic = day(seed)
    minutes = (traffic.time - plan.start) // MINUTE
    rates = np.bincount(minutes)[1:34] / 60
    assert rates.max() < 20
    assert 9 < rates.mean() < 15
    assert (np.diff(traffic.time) >= 0).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_users_come_in_bursts(seed):
    plan, _, traffic = day(seed)
    window = (traffic.time - plan.start) // (30 * SECOND)
    inside = window < 60
    pairs, counts = np.unique(window[inside] * 10_000 + traffic.user[inside], return_counts=True)
    assert counts.mean() > 1.6
    assert counts.max() >= 6
    assert 0.05 < 1 - traffic.graded.mean() < 0.2  # repeated by an impatient client: never looked at
    assert len(pairs) > 60 * 100


@pytest.mark.parametrize("seed", SEEDS)
def test_two_sources_shift_at_the_onset_and_the_others_do_not(seed):
    plan, _, traffic = day(seed)
    late = traffic.time >= plan.onset
    assert traffic.discount[late].mean() > 1.5 * traffic.discount[~late].mean()
    assert traffic.pages[late].mean() > 1.3 * traffic.pages[~late].mean()
    for calm in (traffic.median, traffic.degrees, traffic.dwell):
        spread = calm.std() * (1 / late.sum() + 1 / (~late).sum()) ** 0.5
        assert abs(calm[late].mean() - calm[~late].mean()) < 8 * spread  # the users of bursts share theirs


@pytest.mark.parametrize("seed", range(6))
def test_area_and_hall_go_along_with_the_shard_and_three_attributes_with_nothing(seed):
    plan = make_plan(seed, Fault.NONE)
    people = make_people(plan)
    hit = people.shard == plan.shards.index(plan.shard)

    def spread(codes):
        return max(hit[codes == k].mean() for k in np.unique(codes)) - hit.mean()

    assert spread(people.area) > 0.4
    assert spread(people.hall) > 0.15
    assert max(hit[people.area == k].mean() for k in range(6)) < 0.97
    for nothing in (people.handset, people.build, people.cohort):
        assert spread(nothing) < 0.12


def test_places_between_two_instants_are_half_open():
    _, _, traffic = day(0)
    rows = traffic.between(int(traffic.time[3]), int(traffic.time[9]))
    assert rows == range(3, 9)
