"""Dependencies: did a contract break, or a service that is called, and does the loss go with it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.diagnose.contracts import (
    SLACK,
    broken_contracts,
    cascade,
    contracts,
    draft_of,
    hypothesis_of,
    nearest,
)
from aright.core.diagnose.found import Found, nothing
from aright.core.diagnose.ranking import CLEAR

if TYPE_CHECKING:
    from aright.core.diagnose.case import Case
    from aright.core.diagnose.scene import Scene


def callees(case: Case, scene: Scene | None) -> Found:
    """Return what is known of the services and third parties that the service stands on."""
    found = _without_loss(case) if scene is None else _beside_loss(scene)
    return found if found.drafts else nothing("no contract broke, and no other service is hit")


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
