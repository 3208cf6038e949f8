"""Diagnose: a case to ranked causes with evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.diagnose.changes import changes
from aright.core.diagnose.contracts import (
    SLACK,
    broken_contracts,
    cascade,
    contracts,
    draft_of,
    hypothesis_of,
    nearest,
    shown_text,
)
from aright.core.diagnose.hypothesis import Hypothesis
from aright.core.diagnose.inputs import inputs
from aright.core.diagnose.mix import traffic_mix
from aright.core.diagnose.ranking import CLEAR, ledger, rank
from aright.core.diagnose.report import scope_drafts, scope_of
from aright.core.diagnose.scene import open_scene
from aright.core.diagnose.versions import versions
from aright.core.diagnose.vitals import vitals
from aright.core.diagnose.wording import shown
from aright.core.model.evidence import Cause, CauseKind, Diagnosis, Reach, Scope, Verdict
from aright.core.model.probability import odds

if TYPE_CHECKING:
    from aright.core.diagnose.case import Case
    from aright.core.diagnose.scene import Scene


_OUTSIDE: Final = "Something that was not looked at, or that is outside of this service"


def diagnose(case: Case) -> Diagnosis:
    """Return who is hit, since when, by what, and how sure that is.

    The scope comes first; inputs, model versions, changes and the mix of the traffic are then judged by one
    measure: whether the rows they touch are the rows that lost. "Outside" is always a hypothesis.

    Args:
        case: joined reference and current rows, alerts and changes of one incident.

    Returns:
        The diagnosis. Rows that carry no loss give one that is inconclusive, names no cause and says so.
    """
    scene = open_scene(case)
    if scene is None:
        return _by_contract(case) or _nothing_to_judge(case)
    sources, input_drafts = inputs(scene)
    models, model_drafts = versions(scene)
    mix, mix_draft = traffic_mix(scene)
    broken, contract_drafts = contracts(scene)
    hypotheses, change_drafts = changes(scene, [*sources, *models, *broken, mix])
    harm, *scope = scope_drafts(scene)
    drafts = [
        harm,
        *vitals(scene),
        *scope,
        *input_drafts,
        *contract_drafts,
        *model_drafts,
        mix_draft,
        *change_drafts,
    ]
    causes, evidence, verdict = rank([*hypotheses, _outside(scene)], drafts, scene.finding)
    hit = scope_of(scene)
    return Diagnosis(
        key=case.incident,
        at=case.now,
        reference=case.reference_span,
        current=(scene.since, case.current_span[1]),
        scope=hit,
        verdict=verdict,
        causes=causes,
        evidence=evidence,
        summary=f"{hit.sentence} {_cause_sentence(causes[0], verdict, case)}",
    )


def _outside(scene: Scene) -> Hypothesis:
    """Return the hypothesis that it is nothing that was looked at; it pays for naming the part hit."""
    best = scene.finding.best
    price = max(best.price, 0.0) if scene.finding.reach is Reach.SEGMENT and best is not None else 0.0
    return Hypothesis(
        kind=CauseKind.OUTSIDE,
        subject="outside",
        title=_OUTSIDE,
        gain=max(scene.finding.gain - price, 0.0),
        prior=0.0,
        onset=scene.since,
    )


def _cause_sentence(cause: Cause, verdict: Verdict, case: Case) -> str:
    sure_by = odds(cause.probability)
    if verdict is Verdict.INCONCLUSIVE:
        return f"The cause is not known yet; likeliest, at {sure_by}: {cause.title}."
    sure = "Confirmed" if verdict is Verdict.CONFIRMED else "Likely"
    broken = (each for each in broken_contracts(case.alerts) if each.subject == cause.subject)
    words = next((f": {shown_text(each.text)}" for each in broken if each.since == cause.onset), "")
    return f"{sure} cause ({sure_by}): {cause.title}{words}."


def _by_contract(case: Case) -> Diagnosis | None:
    """Return what a broken contract says by itself, where no answers show a loss; ``None`` without one."""
    told = broken_contracts(case.alerts)
    if not told:
        return None
    began = min((each.since for each in case.alerts if each.harm), default=case.now)
    broken = nearest(told, began + SLACK)
    first, rest = broken[0], broken[1:]
    surely = max(first.alert.log_e - first.alert.threshold, 0.0) + CLEAR
    hypotheses = [hypothesis_of(first, gain=surely, prior=0.0, explained=0.5)]
    hypotheses += [hypothesis_of(each, gain=surely, prior=-1.0, explained=0.0) for each in rest]
    outside = Hypothesis(
        kind=CauseKind.OUTSIDE, subject="outside", title=_OUTSIDE, gain=0.0, prior=0.0, onset=first.since
    )
    drafts = [*(draft_of(each, cites=each in broken) for each in told), *cascade(case.hits, (first.token,))]
    causes, evidence = ledger([*hypotheses, outside], drafts)
    sentence = (
        f"Who is hit is not known: neither quality nor errors of {shown(case.service.key)} are known for "
        "enough answers."
    )
    return Diagnosis(
        key=case.incident,
        at=case.now,
        reference=case.reference_span,
        current=(first.since, case.current_span[1]),
        scope=Scope(reach=Reach.UNCLEAR, sentence=sentence),
        verdict=Verdict.LIKELY,
        causes=causes,
        evidence=evidence,
        summary=f"{sentence} {_cause_sentence(causes[0], Verdict.LIKELY, case)}",
    )


def _nothing_to_judge(case: Case) -> Diagnosis:
    """Return a diagnosis that names no cause: a probability of what was not looked at would be made up."""
    sentence = (
        "Not enough data: neither quality, complaints, fallbacks nor errors are known for enough reference "
        "and current answers. Send outcomes for them, then diagnose again."
    )
    return Diagnosis(
        key=case.incident,
        at=case.now,
        reference=case.reference_span,
        current=case.current_span,
        scope=Scope(reach=Reach.UNCLEAR, sentence=sentence),
        verdict=Verdict.INCONCLUSIVE,
        causes=(),
        evidence=(),
        summary=sentence,
    )
