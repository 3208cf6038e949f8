"""Dependencies: did a contract break, or a service that is called, and does the loss go with it?"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from aright.core.diagnose.contracts import (
    SLACK,
    broken_contracts,
    cascade,
    contracts,
    draft_of,
    hypothesis_of,
    nearest,
    party_of,
)
from aright.core.diagnose.dependencies.blaming import Blame, blame
from aright.core.diagnose.dependencies.findings import subject_of
from aright.core.diagnose.dependencies.spans import request_symptoms
from aright.core.diagnose.found import Found, nothing
from aright.core.diagnose.hypothesis import Hypothesis
from aright.core.diagnose.mechanism.verdicts import Verdicts, verdicts
from aright.core.diagnose.ranking import CLEAR
from aright.core.diagnose.wording import shown
from aright.core.model.evidence import CauseKind

if TYPE_CHECKING:
    from aright.core.diagnose.case import Case
    from aright.core.diagnose.scene import Scene
    from aright.core.model.evidence import Suspect

MOST: Final = 3
"""Suspects that become causes; the others stand in the list of suspects."""

_QUIET: Final = "no contract broke, and no other service is known to be hit"
SURE: Final = 0.999
"""No telemetry is surer than this of where something began."""


def trace_back(case: Case) -> Blame:
    """Return where the harm began by what services were seen to do; needs no scene."""
    seen = case.telemetry
    return blame(seen, request_symptoms(seen)) if seen is not None else Blame()


def callees(case: Case, scene: Scene | None, blamed: Blame | None = None) -> Found:
    """Return what is known of the services and third parties that the service stands on.

    Where a loss of answers is known, what is wrong within the service itself is left to the other steps.

    Args:
        case: what to look at.
        scene: as the scope opened it.
        blamed: what ``trace_back`` says, where it was asked already.
    """
    traced = blamed if blamed is not None else trace_back(case)
    found = _without_loss(case) if scene is None else _beside_loss(scene)
    known = {party_of(each.subject) for each in found.hypotheses}
    foreign = [each for each in traced.suspects[:MOST] if scene is None or each.service != case.service.key]
    suspected = [each for each in foreign if each.service not in known]
    said = verdicts(case.telemetry, traced.suspects) if case.telemetry is not None else Verdicts()
    found = replace(
        found,
        hypotheses=(*found.hypotheses, *(_hypothesis(each, scene) for each in suspected)),
        drafts=(*found.drafts, *traced.drafts),
        suspects=traced.suspects,
        path=_from_break(case, found) or traced.path,
        changes=said.changes,
        outside=said.outside,
    )
    told = found.drafts or found.hypotheses or found.changes or (found.outside and found.outside.pro)
    return found if told else nothing(_QUIET)


def _from_break(case: Case, found: Found) -> tuple[str, ...]:
    """Return how the harm went on from the third party whose contract broke; empty where none did.

    A service that another one's harm explains comes behind it; those that nothing explains come first, by
    when their harm began.
    """
    guilty = next((each for each in found.hypotheses if each.gain > 0.0), None)
    if guilty is None or not case.hits:
        return ()
    behind = {hit.service: hit.callee for hit in case.hits}

    def depth(name: str) -> int:
        steps = 0
        while behind.get(name) and steps < len(behind):
            name, steps = behind[name], steps + 1
        return steps

    ordered = sorted(case.hits, key=lambda hit: (depth(hit.service), hit.onset, hit.service))
    start = party_of(guilty.subject)
    return tuple(dict.fromkeys([start, *(hit.service for hit in ordered)]))


def _hypothesis(suspect: Suspect, scene: Scene | None) -> Hypothesis:
    """Return that it began at a suspect: a place, not yet a change, so it is likely at best.

    Its odds are those of the telemetry, whether or not answers show a loss.
    """
    sure = min(max(suspect.probability, 1.0 - SURE), SURE)
    subject = subject_of((suspect.service, suspect.host))
    return Hypothesis(
        kind=CauseKind.DEPENDENCY,
        subject=subject,
        title=f"It began at {shown(subject)}",
        gain=scene.finding.gain if scene is not None else CLEAR,
        prior=log(sure / (1.0 - sure)),
        explained=sure,
        low=0.0,
        mode="broke",
        onset=suspect.onset,
        service=suspect.service,
    )


def _beside_loss(scene: Scene) -> Found:
    hypotheses, drafts = contracts(scene)
    return Found(hypotheses=tuple(hypotheses), drafts=tuple(drafts))


def _without_loss(case: Case) -> Found:
    """Return what broken contracts say by themselves, where no answers show a loss."""
    told = broken_contracts(case.alerts)
    if not told:
        return Found(drafts=tuple(cascade(case.hits, ())))
    began = min((each.since for each in case.alerts if each.harm), default=case.now)
    broken = nearest(told, began + SLACK)
    first, rest = broken[0], broken[1:]
    surely = max(first.alert.log_e - first.alert.threshold, 0.0) + CLEAR
    hypotheses = [hypothesis_of(first, gain=surely, prior=0.0, explained=0.5)]
    hypotheses += [hypothesis_of(each, gain=surely, prior=-1.0, explained=0.0) for each in rest]
    drafts = [*(draft_of(each, cites=each in broken) for each in told), *cascade(case.hits, (first.token,))]
    return Found(hypotheses=tuple(hypotheses), drafts=tuple(drafts))
