"""Diagnose: a case to ranked causes with evidence, one step after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.diagnose.concluding import conclude
from aright.core.diagnose.steps import STEPS, scope
from aright.core.model.evidence import Step

if TYPE_CHECKING:
    from aright.core.diagnose.case import Case
    from aright.core.model.evidence import Diagnosis


def diagnose(case: Case) -> Diagnosis:
    """Return who is hit, since when, by what, and how sure that is.

    The scope comes first; inputs, dependencies, model versions, changes and the mix of the traffic are then
    judged by one measure: whether the rows they touch are the rows that lost. "Outside" is always a
    hypothesis.

    Args:
        case: joined reference and current rows, alerts and changes of one incident.

    Returns:
        The diagnosis. Rows that carry no loss give one that is inconclusive, names no cause and says so.
    """
    scene, first = scope(case)
    found = {Step.SCOPE: first} | {step: look(case, scene) for step, look in STEPS.items()}
    return conclude(case, scene, found)
