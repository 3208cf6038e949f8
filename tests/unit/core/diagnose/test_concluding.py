"""What can be said before all steps are done, and when some of them broke."""

from __future__ import annotations

from aright.core.diagnose.concluding import ORDER, conclude
from aright.core.diagnose.found import FAILED, NOTHING, RUNNING, Found, nothing
from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.steps import STEPS, scope
from aright.core.model.evidence import CauseKind, Reach, Step, Suspect, Verdict
from tests.unit.core.diagnose.simulation import World, make_case

EMPTY = {step: nothing("nothing there") for step in ORDER}


def quiet_case():
    return make_case(World(0, "none"))


def test_while_steps_run_the_diagnosis_says_so_and_blames_nobody():
    case = quiet_case()
    found = conclude(case, None, {Step.SCOPE: nothing("no loss")})
    assert [(each.step, each.state) for each in found.steps][:2] == [
        (Step.SCOPE, NOTHING),
        (Step.PIPELINE, RUNNING),
    ]
    assert found.causes == ()
    assert found.scope.sentence == "The rows are being looked at."


def test_a_scope_that_broke_is_told_in_the_sentence():
    broken = EMPTY | {Step.SCOPE: Found(state=FAILED, text="MemoryError: rows")}
    found = conclude(quiet_case(), None, broken)
    assert "did not come to an end (MemoryError: rows)" in found.summary
    assert found.verdict is Verdict.INCONCLUSIVE


def test_what_was_seen_without_a_loss_is_likely_at_best():
    contract = Hypothesis(
        kind=CauseKind.CONTRACT, subject="rates GET /v1", title="It changed", gain=20.0, prior=0.0, seen=True,
        explained=0.5, onset=7,
    )  # fmt: skip
    suspect = Suspect(service="rates", probability=0.9)
    draft = Draft(step=Step.DEPENDENCIES, text="It changed.", supports=(contract.token,))
    seen = Found(hypotheses=(contract,), drafts=(draft,), suspects=(suspect,), path=("rates", "shop"))
    found = conclude(quiet_case(), None, EMPTY | {Step.DEPENDENCIES: seen})
    assert (found.verdict, found.causes[0].subject) == (Verdict.LIKELY, "rates GET /v1")
    assert (found.scope.reach, found.current[0]) == (Reach.UNCLEAR, 7)
    assert (found.suspects, found.path) == ((suspect,), ("rates", "shop"))
    assert found.causes[0].evidence_for == ("E1",)


def test_causes_are_named_before_all_steps_are_done():
    case = make_case(World(3, "loss-segment"))
    scene, first = scope(case)
    assert scene is not None
    early = conclude(case, scene, {Step.SCOPE: first})
    found = {step: look(case, scene) for step, look in STEPS.items()}
    late = conclude(case, scene, {Step.SCOPE: first} | found)
    assert early.scope == late.scope
    assert {each.state for each in early.steps[1:]} == {RUNNING}
    assert RUNNING not in {each.state for each in late.steps}
