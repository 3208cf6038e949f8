from __future__ import annotations

import pytest

from aright.drill.shop.plan import MINUTE, Fault, choose_fault, make_plan

SEEDS = range(200)


def test_hit_shard_holds_about_three_in_ten_users_and_is_not_always_the_same():
    plans = [make_plan(seed, Fault.EMPTY) for seed in SEEDS]
    shares = [plan.shares[plan.shards.index(plan.shard)] for plan in plans]
    assert all(0.27 <= share <= 0.33 for share in shares)
    assert all(abs(sum(plan.shares) - 1) < 1e-9 for plan in plans)
    assert len({plan.shard for plan in plans}) == 6
    assert len({plan.shards.index(plan.shard) for plan in plans}) > 3
    assert {len(plan.shards) for plan in plans} == {3, 4, 5, 6}


@pytest.mark.parametrize("first", [0, 8, 40])
def test_of_eight_seeds_half_are_empty_and_half_of_each_send_no_flag(first):
    plans = [make_plan(seed, choose_fault("source", seed)) for seed in range(first, first + 8)]
    for fault in (Fault.EMPTY, Fault.STALE):
        same = [plan for plan in plans if plan.fault is fault]
        assert len(same) == 4
        assert sum(plan.sends_flag for plan in same) == 2
        assert sum(plan.restored for plan in same) == 2


def test_fault_leaves_time_for_a_reference_and_moves_with_the_seed():
    plans = [make_plan(seed, Fault.EMPTY) for seed in SEEDS]
    assert all(13 * MINUTE <= plan.onset - plan.start < 14 * MINUTE for plan in plans)
    assert len({plan.onset for plan in plans}) == len(SEEDS)


def test_a_version_goes_out_for_bad_models_and_for_half_of_the_calm_drills():
    assert all(make_plan(seed, Fault.BAD_MODEL).deploys for seed in SEEDS)
    assert sum(make_plan(seed, Fault.NONE).deploys for seed in SEEDS) == len(SEEDS) // 2
    assert not any(make_plan(seed, Fault.STALE).deploys for seed in SEEDS)


def test_same_seed_same_plan():
    assert make_plan(11, Fault.STALE) == make_plan(11, Fault.STALE)


def test_bad_choices_name_the_good_ones():
    with pytest.raises(ValueError, match="source, empty, stale, bad-model, none"):
        choose_fault("meteor", 1)
    with pytest.raises(ValueError, match="0 or more"):
        make_plan(-1, Fault.NONE)
