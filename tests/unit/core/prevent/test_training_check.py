"""The gate's look at trainings: what is not allowed closes it, what merely differs is told."""

import pytest
from msgspec import structs

from aright.core.model.curves import Curve
from aright.core.model.run import Run
from aright.core.prevent.gate import State
from aright.core.prevent.gate.plan import TrainingPlan
from aright.core.prevent.gate.training_check import training_check

STEPS = tuple(range(60))
FALLS = tuple(1 / (1 + step) for step in STEPS)
BASE = Run(
    key="a",
    job="j",
    run_id="1",
    state="complete",
    seen=1,
    parameters={"rate": "0.1"},
    curves={"loss": Curve(steps=STEPS, values=FALLS, last=59)},
)
PLAN = TrainingPlan(candidate="x", champion="y")


def checked(plan=PLAN, **changed):
    return training_check(structs.replace(BASE, **changed), BASE, plan)


def test_a_training_like_the_one_before_opens_the_gate():
    assert checked().line == "✓ training: as the one before"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"state": "failed", "error": "no space"}, "it failed: no space"),
        (
            {"curves": {"loss": Curve(steps=STEPS[:9], values=FALLS[:9], last=59, broken=9)}},
            "loss is no number",
        ),
        ({"state": "running"}, "it has not ended; as the one before"),
    ],
)
def test_a_training_that_went_wrong_closes_it(changed, said):
    check = checked(**changed)

    assert check.state is State.FAILED
    assert said in check.text
    assert check.next


def test_what_differs_is_told_and_closes_the_gate_where_that_is_asked():
    rates = {"rate": "1.0", **{f"new{at}": "1" for at in range(12)}}
    strict = TrainingPlan(candidate="x", champion="y", closes=("parameter",))

    assert checked(parameters=rates).state is State.PASSED
    assert checked(parameters=rates).text.endswith("; 5 more")
    assert checked(strict, parameters=rates).state is State.FAILED
