"""What was weighed, in words and as a diagnosis holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.diagnose.wording import shown
from aright.core.model.evidence import Paired, Replayed
from aright.core.model.probability import percent, points

if TYPE_CHECKING:
    from aright.core.diagnose.shadow.effects import Effect
    from aright.core.diagnose.shadow.unlabelled import Glimpse
    from aright.core.diagnose.shadow.weighing import Weighed

_EITHER: Final = 0.025
"""Probability beyond either end of the intervals that are told: 95 % are between."""

_SAID: Final = {
    "data": "say data, not model",
    "model": "say model, not data",
    "both": "say both model and data",
    "neither": "say neither model nor data",
}
HIDDEN: Final = 0.25
"""Of the one effect, how much the other's interval may hold for it to be told as nothing."""

_SEEN: Final = {
    "data": "point to the inputs",
    "model": "point to the model",
    "both": "point to both model and inputs",
}


def told(weighed: Weighed, previous: str, version: str) -> Replayed:
    """Return what pairs with their truth say.

    Args:
        weighed: the pairs, weighed.
        previous: the version before.
        version: the version of now.
    """
    if weighed.model is None or weighed.inputs is None:
        text = f"Stored inputs say neither data nor model yet: {weighed.lacking}."
        return Replayed(verdict="unclear", previous=previous, version=version, effects=(), text=text)
    model = _paired("model", weighed.model, sum(weighed.pairs))
    inputs = _paired("inputs", weighed.inputs, sum(weighed.pairs))
    run = f"{sum(weighed.pairs):,} stored inputs, replayed on {shown(previous)} and {shown(version)},"
    compared = "" if weighed.changed else f" more than {shown(previous)}"
    parts = (
        f"Version {shown(version)} costs {_costs(model)}{compared} on the same inputs, "
        f"the inputs of now {_costs(inputs)}."
    )
    if weighed.verdict == "unclear":
        text = f"{run} do not tell data from model: {weighed.lacking}. {parts}"
    else:
        same = "" if weighed.changed else f" {shown(version)} served before, too."
        said = _said(weighed.verdict, model, inputs)
        text = f"{run} {said}.{same} {parts}{_apart(weighed, previous, version)}"
    return Replayed(
        verdict=weighed.verdict, previous=previous, version=version, effects=(model, inputs), text=text
    )


def _said(verdict: str, model: Paired, inputs: Paired) -> str:
    """Return the verdict; it says "not" only where the interval of the other effect leaves little room."""
    effect, other, name = (inputs, model, "model") if verdict == "data" else (model, inputs, "data")
    if verdict not in {"data", "model"} or other.high <= HIDDEN * effect.effect:
        return _SAID[verdict]
    return f"say {verdict}; the {name} may still add up to {points(other.high)}"


def _apart(weighed: Weighed, previous: str, version: str) -> str:
    """Return a sentence on a version that does worse on one side's inputs alone; empty for none."""
    if not weighed.differ or weighed.sides is None:
        return ""
    then, now = (each.value for each in weighed.sides)
    if now <= then:
        return f" On inputs of before version {shown(version)} costs more than on those of now."
    return (
        f" On inputs of now, {shown(previous)} loses {points(now)} less than {shown(version)}: "
        "going back to it helps until they are as they were."
    )


def told_without_truth(seen: Glimpse, previous: str, version: str) -> Replayed:
    """Return what replays say where the truth of the inputs of now is not known."""
    count = sum(seen.pairs)
    effects = [_paired("disagreement", seen.differ, count)] if seen.differ is not None else []
    if seen.truth is not None:
        effects.insert(0, _paired("model", seen.truth, seen.pairs[0]))
    names = f"{shown(previous)} and {shown(version)}"
    run = f"{count:,} stored inputs, replayed on {names}, without the truth of those of now,"
    verdict = _SEEN.get(seen.verdict, "do not tell data from model")
    return Replayed(
        verdict=seen.verdict,
        previous=previous,
        version=version,
        effects=tuple(effects),
        text=" ".join([f"{run} {verdict}.", *_limits(seen, version)]),
    )


def _limits(seen: Glimpse, version: str) -> list[str]:
    """Return what was seen instead of losses, and what that cannot tell."""
    said = []
    if seen.differ is not None and seen.alike:
        said.append(f"Both versions answer alike, so version {shown(version)} is not the cause.")
    elif seen.differ is not None:
        said.append(
            f"The versions differ in {percent(max(seen.differ.value, 0.0))} of the answers, beyond their own "
            "noise; which of them is right is not known."
        )
    if seen.truth is not None:
        costs = _costs(_paired("model", seen.truth, seen.pairs[0]))
        said.append(f"On inputs of before, whose truth is known, version {shown(version)} costs {costs}.")
    if seen.unsure is not None and seen.unsure.model is not None and seen.unsure.inputs is not None:
        said.append(
            f"Version {shown(version)} is less sure by {points(seen.unsure.model.value)} on the same inputs, "
            f"and both are by {points(seen.unsure.inputs.value)} on the inputs of now; answers that are sure "
            "and wrong do not show."
        )
    return said


def _paired(name: str, effect: Effect, pairs: int) -> Paired:
    return Paired(
        name=name,
        effect=effect.value,
        low=max(effect.low(_EITHER), -1.0),
        high=min(effect.high(_EITHER), 1.0),
        pairs=pairs,
    )


def _costs(effect: Paired) -> str:
    return f"{points(effect.effect)} of loss (95 %: {points(effect.low)} to {points(effect.high)})"
