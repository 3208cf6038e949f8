"""The training of a candidate beside that of the champion: what it was given, and how it came out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.contract.training_runs import compare_runs
from aright.core.model.run import ENDS
from aright.core.prevent.gate.report import Check, State, plain

if TYPE_CHECKING:
    from aright.core.model.run import Run
    from aright.core.prevent.gate.plan import TrainingPlan

_TOLD: Final = 8


def training_check(candidate: Run, champion: Run, plan: TrainingPlan) -> Check:
    """Return whether a candidate's training differs from the champion's in a way that is not allowed.

    >>> from aright.core.model.run import Run
    >>> from aright.core.prevent.gate.plan import TrainingPlan
    >>> one = Run(key="a", job="j", run_id="1", state="complete", seen=1, parameters={"rate": "0.1"})
    >>> two = Run(key="b", job="j", run_id="2", state="complete", seen=2, parameters={"rate": "1.0"})
    >>> training_check(two, one, TrainingPlan(candidate="x", champion="y")).line
    '✓ training: unlike the one before: rate 0.1 → 1.0'
    """
    found = compare_runs(candidate, champion)
    bad = [each for each in found if each.kind in plan.closes]
    others = [each for each in found if each.kind not in plan.closes]
    told = [each.text for each in (*bad, *others)]
    text = f"unlike the one before: {'; '.join(told[:_TOLD])}" if told else "as the one before"
    if len(told) > _TOLD:
        text += f"; {len(told) - _TOLD} more"
    unfinished = candidate.state not in ENDS
    if unfinished:
        text = f"it has not ended; {text}"
    return Check(
        name="training",
        state=State.FAILED if bad or unfinished else State.PASSED,
        text=plain(text, 1_000),
        next="train it again, or take what is meant to differ out of closes" if bad or unfinished else "",
    )
