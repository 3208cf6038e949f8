from __future__ import annotations

import numpy as np
import pytest

from aright.drill.shop.plan import MINUTE, SECOND, Fault, Plan, make_plan
from aright.drill.shop.snapshots import BACKUP, LAG, LIMIT, PERIOD, VectorSource


def make_source(plan: Plan) -> VectorSource:
    """One known user in every shard, and last one whom nothing is known of."""
    count = len(plan.shards)
    vectors = {"1": np.arange(1, count + 2, dtype=np.float32)[:, None] * np.ones((1, 3), dtype=np.float32)}
    return VectorSource(plan, vectors, np.arange(count + 1) % count, np.arange(count + 1) < count)


def age(source: VectorSource, user: int, now: int) -> float:
    reading = source.fetch(user, "1", now)
    assert reading is not None
    return reading.age_s


def plan_of(fault: Fault, *, restored: bool = False) -> tuple[Plan, int]:
    plan = make_plan(5 if restored else 1, fault)
    assert plan.restored is restored
    return plan, plan.shards.index(plan.shard)


@pytest.mark.parametrize("fault", list(Fault))
def test_snapshots_are_a_minute_old_at_most_while_all_is_well(fault):
    plan, hit = plan_of(fault)
    source = make_source(plan)
    for now in range(plan.start, plan.onset - LIMIT, 7 * SECOND):
        for user in range(len(plan.shards)):
            assert LAG / SECOND <= age(source, user, now) <= (PERIOD + LAG) / SECOND
    assert source.fetch(hit, "1", plan.start).norm == pytest.approx((hit + 1) * 3**0.5)  # type: ignore[union-attr]  # there is one


def test_unknown_user_has_no_vector():
    plan, _ = plan_of(Fault.NONE)
    assert make_source(plan).fetch(len(plan.shards), "1", plan.start) is None


def test_empty_source_gives_nothing_for_its_shard_from_the_onset():
    plan, hit = plan_of(Fault.EMPTY)
    source = make_source(plan)
    assert source.fetch(hit, "1", plan.onset - 1) is not None
    assert source.fetch(hit, "1", plan.onset) is None
    assert source.fetch((hit + 1) % len(plan.shards), "1", plan.onset) is not None


def test_stopped_refreshing_passes_the_limit_just_at_the_onset_and_grows():
    plan, hit = plan_of(Fault.STALE)
    source = make_source(plan)
    assert age(source, hit, plan.onset) * SECOND == LIMIT
    assert age(source, hit, plan.onset + 5 * MINUTE) * SECOND == LIMIT + 5 * MINUTE
    assert age(source, (hit + 1) % len(plan.shards), plan.onset + 5 * MINUTE) * SECOND < LIMIT


def test_restored_backup_is_old_at_once():
    plan, hit = plan_of(Fault.STALE, restored=True)
    source = make_source(plan)
    assert age(source, hit, plan.onset - 1) * SECOND < LIMIT
    assert age(source, hit, plan.onset) * SECOND == BACKUP


@pytest.mark.parametrize(
    ("fault", "restored"), [(Fault.EMPTY, False), (Fault.STALE, False), (Fault.STALE, True)]
)
def test_pinned_shard_serves_the_last_good_snapshot_until_it_is_unpinned(fault, restored):
    plan, hit = plan_of(fault, restored=restored)
    source = make_source(plan)
    now = plan.onset + 4 * MINUTE
    broken = source.fetch(hit, "1", now)
    taken = source.pin(plan.shard, now)
    assert plan.onset - LIMIT <= taken <= plan.onset
    reading = source.fetch(hit, "1", now)
    assert reading is not None
    assert reading.pinned
    assert reading.age_s * SECOND == now - taken
    assert source.unpin(plan.shard)
    assert source.fetch(hit, "1", now) is None if broken is None else age(source, hit, now) == broken.age_s
    assert not source.unpin(plan.shard)


def test_pinning_a_sound_shard_keeps_its_present_snapshot():
    plan, hit = plan_of(Fault.EMPTY)
    source = make_source(plan)
    other = plan.shards[(hit + 1) % len(plan.shards)]
    assert plan.onset + 2 * MINUTE <= source.pin(other, plan.onset + 3 * MINUTE) <= plan.onset + 3 * MINUTE
