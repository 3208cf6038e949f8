"""What is said of a property's value that came up or grew, and the hypothesis that it did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.sentences import TOLD, move_phrase, worth
from aright.core.diagnose.sql import all_of, equals
from aright.core.diagnose.wording import listed, shown
from aright.core.model.evidence import CauseKind, Step
from aright.core.model.probability import percent
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from aright.core.diagnose.properties import Property
    from aright.core.diagnose.scene import Scene

PRIOR: Final = {"new": 0.0, "changed": -0.5}
"""Log prior per mode: a value that grew often did so with the mix of the traffic."""

BARE: Final = -2.0
"""Nats off where nothing moved with a value: a word for who is hit, or a mark that a failure leaves."""

MOST_FEATURES: Final = 12


def hypothesis_of(scene: Scene, found: Property) -> Hypothesis:
    """Return the hypothesis that inputs of that value did it."""
    mode = "new" if found.is_new else "changed"
    verb = "came up" if found.is_new else "became more"
    unlike = ", unlike those before" if found.moves else ""
    return Hypothesis(
        kind=CauseKind.INPUTS,
        subject=shown(found.told),
        title=f"Inputs with {shown(found.told)} {verb}{unlike}",
        gain=found.gain,
        prior=PRIOR[mode] + (0.0 if found.moves else BARE),
        seen=True,
        explained=found.share.value,
        low=found.share.low,
        contrasted=found.share.contrasted,
        remedy="restore_inputs",
        mode=mode,
        onset=found.onset.at if found.onset else scene.since,
        features=found.features[:MOST_FEATURES],
    )


def draft_of(scene: Scene, found: Property) -> Draft:
    """Return the finding on a value: how much it serves, what moved with it, how much loss goes with it."""
    token = f"{CauseKind.INPUTS.value}:{shown(found.told)}"
    goes_with = found.share.value >= 0.5 and found.gain >= 0.5 * scene.finding.gain
    return Draft(
        step=Step.INPUTS,
        text=_sentence(scene, found),
        supports=(token,) if goes_with else (),
        opposes=() if goes_with else (token,),
        weight=found.gain if goes_with else 0.0,
        start=scene.since,
        end=scene.case.current_span[1],
        query=all_of([scene.query, equals(found.column, found.value)]),
        before=found.before,
        now=found.now,
    )


def _sentence(scene: Scene, found: Property) -> str:
    also = f" (the same rows have {listed(found.twins)})" if found.twins else ""
    since = f" since {clock_text(found.onset.at)} UTC" if found.onset else ""
    text = (
        f"{shown(found.told)} is in {percent(found.now)} of all answers{since}, "
        f"{percent(found.before)} before{also}. "
    )
    if found.moves:
        told = "; ".join(move_phrase(scene, each, found.compared) for each in found.moves[:TOLD])
        more = len(found.moves) - TOLD
        text += f"With it, and not without it: {told}"
        text += f"; {more} more features moved. " if more > 0 else ". "
    elif found.looked:
        text += "No feature moved with it. "
    if found.acquitted is not None:
        return text + "Its answers were well before the loss began, so the loss does not go with it."
    return f"{text}{worth(found.share)}."
