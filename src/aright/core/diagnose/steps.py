"""The five steps of a diagnosis: each looks at one case by itself and says what it found.

Scope comes first, since it opens the scene; the others need nothing of one another and may run side by side.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.callees import callees
from aright.core.diagnose.found import Found, nothing
from aright.core.diagnose.inputs import inputs
from aright.core.diagnose.mix import traffic_mix
from aright.core.diagnose.pipeline import pipelines
from aright.core.diagnose.report import scope_drafts
from aright.core.diagnose.scene import open_scene
from aright.core.diagnose.versions import versions
from aright.core.diagnose.vitals import vitals
from aright.core.model.evidence import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aright.core.diagnose.case import Case
    from aright.core.diagnose.scene import Scene

_NO_LOSS: Final = "no loss of its answers is known, before and now"


def scope(case: Case) -> tuple[Scene | None, Found]:
    """Return who is hit and since when, and what was found on that; no scene where no loss is known."""
    scene = open_scene(case)
    if scene is None:
        return None, nothing(_NO_LOSS)
    harm, *rest = scope_drafts(scene)
    mix, mix_draft = traffic_mix(scene)
    drafts = (harm, *vitals(scene), *rest, mix_draft)
    return scene, Found(hypotheses=(mix,), drafts=drafts)


def pipeline(case: Case, scene: Scene | None) -> Found:
    """Return which jobs that make data were late, failed or made something else."""
    if not case.runs and not case.trainings:
        return nothing("no runs of pipelines are known")
    if scene is None:
        return nothing(_NO_LOSS)
    hypotheses, drafts = pipelines(case, scene)
    return Found(hypotheses=tuple(hypotheses), drafts=tuple(drafts))


def input_step(case: Case, scene: Scene | None) -> Found:  # noqa: ARG001 - every step has this signature
    """Return which inputs moved where users are hit, and how much of the loss goes with them."""
    if scene is None:
        return nothing(_NO_LOSS)
    hypotheses, drafts = inputs(scene)
    if not drafts:
        return nothing("the answers carry no features")
    return Found(hypotheses=tuple(hypotheses), drafts=tuple(drafts))


def shadow(case: Case, scene: Scene | None) -> Found:  # noqa: ARG001 - every step has this signature
    """Return whether the loss goes with a model version."""
    if scene is None:
        return nothing(_NO_LOSS)
    hypotheses, drafts = versions(scene)
    if not drafts:
        return nothing("the answers name no version of a model")
    return Found(hypotheses=tuple(hypotheses), drafts=tuple(drafts))


STEPS: Final[Mapping[Step, Callable[[Case, Scene | None], Found]]] = MappingProxyType(
    {Step.PIPELINE: pipeline, Step.INPUTS: input_step, Step.DEPENDENCIES: callees, Step.SHADOW: shadow}
)
"""The steps that look at what the scope has opened, in the order in which their findings are told."""
