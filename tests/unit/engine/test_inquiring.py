"""The steps of a diagnosis run side by side: what one does stops no other."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from aright.core.diagnose import Case
from aright.core.diagnose.found import DONE, FAILED, NOTHING, OVER_BUDGET, Found
from aright.core.model.evidence import Step
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.model.tables import empty
from aright.engine.inquiring import run_steps

if TYPE_CHECKING:
    import pyarrow as pa
    import pytest

    from aright.engine.inquiring import Opening


def case() -> Case:
    rows: pa.Table = empty(Kind.PREDICTIONS)
    return Case(
        incident="INC-1",
        service=Service(key="shop"),
        now=9,
        reference=rows,
        current=rows,
        reference_span=(0, 4),
        current_span=(4, 9),
    )


def quick(_: Opening) -> Found:
    return Found(text="looked")


def broken(_: Opening) -> Found:
    raise ValueError("no such column")


def test_every_step_is_told_of_once_and_the_scope_without_losses_opens_no_scene() -> None:
    told = list(run_steps(case(), {Step.INPUTS: quick, Step.SHADOW: quick}, known={}, budget_s=30))
    assert sorted(step.value for step, _, _ in told) == ["inputs", "scope", "shadow"]
    assert {found.state for step, found, _ in told if step is not Step.SCOPE} == {DONE}
    assert [found.state for step, found, _ in told if step is Step.SCOPE] == [NOTHING]
    assert all(scene is None for _, _, scene in told)


def test_a_step_that_breaks_says_so_and_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    looks = {Step.INPUTS: broken, Step.SHADOW: quick}
    told = {step: found for step, found, _ in run_steps(case(), looks, known={}, budget_s=30)}
    assert (told[Step.INPUTS].state, told[Step.INPUTS].text) == (FAILED, "ValueError: no such column")
    assert told[Step.SHADOW].state == DONE
    assert "the step inputs of a diagnosis broke" in caplog.text


def test_a_step_over_its_budget_is_left_behind() -> None:
    never = threading.Event()

    def endless(_: Opening) -> Found:
        never.wait(60)
        return Found()

    looks = {Step.DEPENDENCIES: endless, Step.INPUTS: quick}
    told = {step: found for step, found, _ in run_steps(case(), looks, known={}, budget_s=0.3)}
    never.set()
    assert told[Step.DEPENDENCIES].state == OVER_BUDGET
    assert told[Step.DEPENDENCIES].text == "it took longer than 0.3 s"
    assert told[Step.INPUTS].state == DONE


def test_what_was_found_before_a_crash_is_not_looked_for_again() -> None:
    looks = {Step.INPUTS: broken, Step.SHADOW: quick}
    known = {Step.INPUTS: Found(text="found before")}
    told = {step: found for step, found, _ in run_steps(case(), looks, known=known, budget_s=30)}
    assert told[Step.INPUTS].text == "found before"


def test_steps_wait_for_the_scene_and_their_waiting_is_not_theirs() -> None:
    def patient(opening: Opening) -> Found:
        assert opening.scene() is None
        assert opening.waited_s >= 0.0
        return Found()

    told = {
        step: found for step, found, _ in run_steps(case(), {Step.INPUTS: patient}, known={}, budget_s=30)
    }
    assert told[Step.INPUTS].state == DONE
