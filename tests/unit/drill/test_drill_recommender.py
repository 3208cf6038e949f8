from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from aright.drill.shop import names
from aright.drill.shop.plan import SECOND, Fault, Plan, make_plan
from aright.drill.shop.recommend import Recommender
from aright.drill.shop.world import (
    USERS,
    Liking,
    chance_of_click,
    chance_of_complaint,
    favourites,
    make_liking,
    make_people,
    take_up,
)

LEVEL = np.zeros(USERS, dtype=np.float32)
EVERYBODY = np.arange(USERS)


@cache
def world(seed: int, fault: Fault) -> tuple[Plan, Liking, Recommender]:
    plan = make_plan(seed, fault)
    people = make_people(plan)
    liking = make_liking(plan, people)
    return plan, liking, Recommender(plan, take_up(plan, liking), people.shard)


def clicks(liking: Liking, shop: Recommender, now: int) -> tuple[np.ndarray, np.ndarray]:
    """Chance of a click for every user at ``now``, and whether the list was the generic one."""
    shelves = [shop.shelf(user, now) for user in range(USERS)]
    shown = np.array([shelf.items for shelf in shelves])
    return chance_of_click(liking, EVERYBODY, shown, LEVEL), np.array([shelf.generic for shelf in shelves])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_fitted_lists_draw_far_more_clicks_than_popular_ones_and_near_as_many_as_favourites(seed):
    plan, liking, shop = world(seed, Fault.EMPTY)
    personal, generic = clicks(liking, shop, plan.start)
    popular, all_generic = clicks(liking, shop, plan.onset + SECOND)
    hit = all_generic & ~generic
    best = chance_of_click(liking, EVERYBODY, favourites(liking), LEVEL)
    assert generic.mean() < 0.04  # users whom nothing is known of
    assert personal[hit].mean() > 1.5 * popular[hit].mean()
    assert personal[hit].mean() > 0.8 * best[hit].mean()


@pytest.mark.parametrize("seed", [4, 5])
def test_outage_of_a_source_hits_the_users_of_its_shard_and_nobody_else(seed):
    plan, liking, shop = world(seed, Fault.EMPTY)
    before, _ = clicks(liking, shop, plan.onset - SECOND)
    after, generic = clicks(liking, shop, plan.onset)
    shard = make_people(plan).shard == plan.shards.index(plan.shard)
    assert generic[shard].all()
    assert np.array_equal(before[~shard], after[~shard])
    assert 0.24 < shard.mean() < 0.36


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_model_trained_on_slipped_ids_is_worse_for_all_but_no_nonsense(seed):
    plan, liking, shop = world(seed, Fault.BAD_MODEL)
    good, _ = clicks(liking, shop, plan.onset - SECOND)
    bad, generic = clicks(liking, shop, plan.onset)
    random = np.random.default_rng(seed).integers(0, 400, (USERS, 10))
    nonsense = chance_of_click(liking, EVERYBODY, random, LEVEL)
    assert shop.serving(plan.onset) == names.VERSIONS[1]
    assert generic.mean() < 0.04
    assert 1.2 * nonsense.mean() < bad.mean() < 0.75 * good.mean()
    shards = make_people(plan).shard
    losses = [1 - bad[shards == k].mean() / good[shards == k].mean() for k in range(len(plan.shards))]
    assert max(losses) - min(losses) < 0.12


def test_slipped_ids_do_not_show_in_the_vectors_that_the_source_gives():
    plan, _, shop = world(2, Fault.BAD_MODEL)

    def norms(now):
        return [reading.norm for user in range(USERS) if (reading := shop.shelf(user, now).reading)]

    good, bad = norms(plan.onset - SECOND), norms(plan.onset)
    assert abs(np.median(good) - np.median(bad)) < 0.1 * np.std(good)


@pytest.mark.parametrize("seed", [1, 3])
def test_benign_release_serves_as_well_as_the_version_before(seed):
    plan, liking, shop = world(seed, Fault.NONE)
    before, _ = clicks(liking, shop, plan.onset - SECOND)
    after, _ = clicks(liking, shop, plan.onset)
    assert shop.serving(plan.onset) != shop.serving(plan.onset - SECOND)
    assert abs(after.mean() / before.mean() - 1) < 0.02


def test_kept_version_is_served_whatever_is_deployed():
    plan, _, shop = world(6, Fault.BAD_MODEL)
    assert shop.keep(names.VERSIONS[0]) == ""
    assert shop.serving(plan.onset) == names.VERSIONS[0]
    assert shop.keep("") == names.VERSIONS[0]
    assert shop.serving(plan.onset) == names.VERSIONS[1]


def test_generic_lists_draw_several_times_the_complaints():
    plan, liking, shop = world(1, Fault.EMPTY)
    hoped = chance_of_click(liking, EVERYBODY, favourites(liking), LEVEL)
    personal, generic = clicks(liking, shop, plan.start)
    popular, hit = clicks(liking, shop, plan.onset)
    hit &= ~generic
    usual = chance_of_complaint(personal[hit], hoped[hit]).mean()
    assert usual < 0.005
    assert chance_of_complaint(popular[hit], hoped[hit]).mean() > 4 * usual
