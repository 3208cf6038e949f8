from __future__ import annotations

import msgspec
import numpy as np
import pytest

from aright.core.mitigate.canary import plan_canary
from aright.core.mitigate.canary.planning import expected_minutes
from aright.core.mitigate.canary.simulating import PROMOTED, ROLLED_BACK, Traffic, play
from aright.core.model.release import Policy
from aright.core.model.times import HOUR


def test_a_plan_says_how_long_each_step_takes():
    plan = plan_canary(
        Policy(), units_per_minute=1000.0, base_rates={"error_share": 0.02}, random=np.random.default_rng(1)
    )
    left = [step.median for step in plan.steps]
    assert left == sorted(left, key=lambda at: at or 0)
    assert plan.promoted > 0.95
    assert plan.found is not None
    assert plan.found < 30
    assert 500 < plan.exposed < 2500
    assert plan.part_found is None


def test_parts_take_longer_and_are_told():
    base = {"error_share": 0.02}
    alone = plan_canary(Policy(), units_per_minute=1e3, base_rates=base, random=np.random.default_rng(1))
    parts = plan_canary(
        Policy(), units_per_minute=1e3, base_rates=base, random=np.random.default_rng(1), parts=12
    )
    assert (parts.steps[-1].median or 0) > (alone.steps[-1].median or 0)
    assert parts.part_found is not None


def test_too_little_traffic_is_said_to_be_too_little():
    policy = msgspec.structs.replace(Policy(), patience=HOUR)
    plan = plan_canary(
        policy, units_per_minute=0.05, base_rates={"error_share": 0.01}, random=np.random.default_rng(1)
    )
    assert plan.steps[-1].median is None
    assert plan.found is None


def test_the_equation_is_near_the_simulation():
    policy = msgspec.structs.replace(Policy(), steps=(0.05,), step_margins=(1.5,))
    traffic = Traffic(units=1000.0, base=(0.02,))
    played = play(policy, traffic, np.random.default_rng(5), runs=400, looks=600)
    mean = played.looks[played.ended == PROMOTED].mean()
    assert mean == pytest.approx(expected_minutes(policy, 0.05, 1.5, 1000.0, 0.02), rel=0.25)


def test_equal_releases_are_rolled_back_as_seldom_as_promised():
    traffic = Traffic(units=300.0, base=(0.03, 0.03), parts=(0.25,) * 4, shares=lambda _: 0.2)
    played = play(Policy(), traffic, np.random.default_rng(6), runs=1000, looks=40)
    assert (played.ended == ROLLED_BACK).sum() <= 20


@pytest.mark.parametrize(
    ("units", "rates", "problem"),
    [(0.0, {"a": 0.1}, "traffic"), (1.0, {}, "base rate"), (1.0, {"a": 1.0}, "between 0 and 1")],
)
def test_a_plan_of_nothing_is_refused(units, rates, problem):
    with pytest.raises(ValueError, match=problem):
        plan_canary(Policy(), units_per_minute=units, base_rates=rates, random=np.random.default_rng(1))
