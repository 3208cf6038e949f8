"""Weighed changes as hypotheses beside all others."""

from __future__ import annotations

from math import exp, log
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.ranking import PRIORS
from aright.core.diagnose.wording import shown, shown_text
from aright.core.model.evidence import CauseKind, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.diagnose.mechanism.verdicts import WeighedChange, WeighedOutside
    from aright.core.model.change import Change
    from aright.core.model.times import Micros

OUTSIDE: Final = "outside"
"""Subject of the hypothesis that it is nothing that was looked at."""

SUREST: Final = 4.0
"""Nats that telemetry adds or takes at most: a reader of diffs is never surer than 98 %."""

LATE: Final = -3.0
"""Nats of a change that came after what is wrong had begun, as far as telemetry tells."""


def odds_of(weighed: WeighedChange) -> float:
    """Return the log prior of a change, by what telemetry says of it."""
    return LATE if weighed.late else min(max(weighed.odds, -SUREST), SUREST)


def is_suspect(weighed: WeighedChange | None) -> bool:
    """Tell whether telemetry says that a change rather did it than not."""
    return weighed is not None and not weighed.late and weighed.odds > 0.0


def hypothesis_of(change: Change, weighed: WeighedChange, *, gain: float, own: str) -> Hypothesis:
    """Return the hypothesis that a change did it, by what telemetry says of it.

    Args:
        change: the change.
        weighed: what telemetry says.
        gain: log-likelihood of the loss that it may explain.
        own: the incident's own service.
    """
    suspect = is_suspect(weighed)
    odds = odds_of(weighed)
    return Hypothesis(
        kind=CauseKind.OTHER_CHANGE,
        subject=change.key,
        title=title_of(change),
        gain=gain,
        prior=odds,
        explained=1.0 / (1.0 + exp(-odds)) if suspect else 0.0,
        remedy="roll_back_change" if suspect else "",
        mode="changed" if suspect else "",
        onset=change.at,
        previous=change.before,
        service="" if change.service == own else change.service,
    )


def title_of(change: Change) -> str:
    """Return one sentence: that this change did it."""
    return (
        f"The {shown(change.kind)} change did it: {shown(change.title or f'{change.kind} of {change.what}')}"
    )


def shared(known: Sequence[Hypothesis], suspects: Mapping[str, Change]) -> list[Hypothesis]:
    """Return hypotheses with a service's share parted among the changes that may have broken it.

    That it began at a service says where; that a change to it did it says why. The odds of the place go over
    to its changes, each by its own odds, and what is left is that it broke by itself.

    Args:
        known: all hypotheses.
        suspects: by token, the change of a hypothesis that telemetry speaks for.
    """
    found = list(known)
    for at, place in enumerate(found):
        if place.kind is not CauseKind.DEPENDENCY:
            continue
        mine = [
            number
            for number, each in enumerate(found)
            if each.token in suspects and suspects[each.token].service == place.service
        ]
        whole = log(1.0 + sum(exp(found[number].prior) for number in mine))
        apart = PRIORS[CauseKind.DEPENDENCY] - PRIORS[CauseKind.OTHER_CHANGE]
        for number in mine:
            prior = place.prior + found[number].prior - whole + apart
            found[number] = replace(found[number], prior=max(prior, found[number].prior), gain=place.gain)
        found[at] = replace(place, prior=place.prior - whole)
    return found


def told(weighed: WeighedChange | None) -> str:
    """Return what telemetry says of a change, to follow a sentence; empty where it says nothing.

    >>> from aright.core.diagnose.mechanism.verdicts import WeighedChange
    >>> told(WeighedChange(key="c", odds=1.0, pro=("it names x",), contra=("it came late",)))
    '. For it: it names x. Against it: it came late'
    """
    if weighed is None:
        return ""
    if weighed.late:
        return f". It came after {shown(weighed.late)}"
    parts = [("For it", weighed.pro), ("Against it", weighed.contra)]
    return "".join(f". {word}: {'; '.join(texts)}" for word, texts in parts if texts)


def remedy_of(beside: WeighedOutside | None) -> str:
    """Return what helps if it came from outside; empty where telemetry does not speak for that."""
    return beside.remedy if beside is not None and beside.pro else ""


def outside_drafts(beside: WeighedOutside | None, *, start: Micros, end: Micros) -> list[Draft]:
    """Return the finding that telemetry speaks for, or against, a cause outside; none where it says nothing.

    Args:
        beside: what it says.
        start: since when (µs, UTC).
        end: until when.
    """
    if beside is None or not (beside.pro or beside.contra):
        return []
    token = f"{CauseKind.OUTSIDE.value}:{OUTSIDE}"
    text = "; ".join(map(shown_text, beside.pro or beside.contra))
    return [
        Draft(
            step=Step.DEPENDENCIES,
            text=f"{'For' if beside.pro else 'Against'} a cause outside: {text}.",
            supports=(token,) if beside.pro else (),
            opposes=() if beside.pro else (token,),
            start=start,
            end=end,
            rows="",
        )
    ]
