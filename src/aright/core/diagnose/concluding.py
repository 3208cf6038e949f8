"""Concluding: what the steps found becomes ranked causes and a verdict, also before all of them are done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.diagnose.chain import chained
from aright.core.diagnose.changes import changes
from aright.core.diagnose.changes_alone import changes_alone
from aright.core.diagnose.contracts import broken_contracts
from aright.core.diagnose.found import FAILED, OVER_BUDGET, RUNNING, Found
from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.mechanism.hypotheses import OUTSIDE, outside_drafts, remedy_of
from aright.core.diagnose.ranking import ledger, rank, uncited, verdict_alone
from aright.core.diagnose.replays import heard, replay_draft
from aright.core.diagnose.report import scope_of
from aright.core.diagnose.scene import SEARCHED
from aright.core.diagnose.wording import shown, shown_text
from aright.core.model.evidence import CauseKind, Diagnosis, Reach, Scope, Step, StepState, Verdict
from aright.core.model.probability import odds
from aright.core.model.service import ADVICE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.diagnose.case import Case
    from aright.core.diagnose.mechanism.verdicts import WeighedChange, WeighedOutside
    from aright.core.diagnose.scene import Scene
    from aright.core.model.evidence import Cause, Evidence, Replayed

ORDER: Final = (Step.SCOPE, Step.PIPELINE, Step.INPUTS, Step.DEPENDENCIES, Step.SHADOW)
"""In which findings are told."""

_OUTSIDE: Final = "Something that was not looked at, or that is outside of this service"


def conclude(case: Case, scene: Scene | None, found: Mapping[Step, Found]) -> Diagnosis:
    """Return the diagnosis as far as the steps have come.

    Args:
        case: what they looked at.
        scene: as the scope opened it; ``None`` where no loss is known, or while the scope still runs.
        found: by step; a step that is missing is still running.
    """
    if scene is not None:
        return _by_loss(case, scene, found)
    if any(each.hypotheses for each in found.values()) or any(each.odds > 0.0 for each in _weighed(found)):
        return _by_signs(case, found)
    return _nothing_to_judge(case, found)


def _by_loss(case: Case, scene: Scene, found: Mapping[Step, Found]) -> Diagnosis:
    """Return the causes by what they explain of the loss."""
    replayed = _replayed(found)
    known = heard(chained(_hypotheses(found)), replayed)
    hypotheses, change_drafts = changes(scene, known, _weighed(found))
    drafts = _drafts(found)
    if replayed is not None:
        drafts.append(replay_draft(replayed, known, start=case.reference_span[0], end=case.current_span[1]))
    drafts += change_drafts
    searched = SEARCHED if scene.onset else 0.0
    beside = _beside(found)
    drafts += outside_drafts(beside, start=scene.since, end=case.current_span[1])
    every = [*hypotheses, _outside(scene, beside)]
    causes, evidence, verdict = rank(every, drafts, scene.finding, searched=searched)
    scope = scope_of(scene)
    return _told(
        case,
        found,
        scope=scope,
        verdict=verdict,
        causes=causes,
        evidence=evidence,
        since=scene.since,
    )


def _by_signs(case: Case, found: Mapping[Step, Found]) -> Diagnosis:
    """Return the causes by what was seen of them, where no answers show a loss."""
    known, change_drafts = changes_alone(case, _hypotheses(found), _weighed(found))
    first = min(each.onset for each in known)
    beside = _beside(found)
    outside = Hypothesis(
        kind=CauseKind.OUTSIDE,
        subject=OUTSIDE,
        title=_OUTSIDE,
        gain=0.0,
        prior=0.0,
        onset=first,
        remedy=remedy_of(beside),
    )
    drafts = [*_drafts(found), *change_drafts]
    drafts += outside_drafts(beside, start=first, end=case.current_span[1])
    causes, evidence = ledger([*known, outside], drafts)
    sentence = (
        f"Who is hit is not known: neither quality nor errors of {shown(case.service.key)} are known for "
        "enough answers."
    )
    return _told(
        case,
        found,
        scope=Scope(reach=Reach.UNCLEAR, sentence=sentence),
        verdict=verdict_alone(causes[0], case.service.key),
        causes=causes,
        evidence=evidence,
        since=causes[0].onset,
    )


def _nothing_to_judge(case: Case, found: Mapping[Step, Found]) -> Diagnosis:
    """Return a diagnosis that names no cause: a probability of what was not looked at would be made up."""
    scope = found.get(Step.SCOPE)
    if len(found) < len(ORDER):
        sentence = "The rows are being looked at."
    elif scope is not None and scope.state in {FAILED, OVER_BUDGET}:
        sentence = f"Who is hit is not known: looking at the answers did not come to an end ({scope.text})."
    else:
        sentence = (
            "Not enough data: neither quality, complaints, fallbacks nor errors are known for enough "
            "reference and current answers. Send outcomes for them, then diagnose again."
        )
    return _told(
        case,
        found,
        scope=Scope(reach=Reach.UNCLEAR, sentence=sentence),
        verdict=Verdict.INCONCLUSIVE,
        causes=(),
        evidence=uncited(_drafts(found)),
        since=case.current_span[0],
    )


def _told(
    case: Case,
    found: Mapping[Step, Found],
    *,
    scope: Scope,
    verdict: Verdict,
    causes: tuple[Cause, ...],
    evidence: tuple[Evidence, ...],
    since: int,
) -> Diagnosis:
    steps = [found[step] for step in ORDER if step in found]
    named = f" {_cause_sentence(causes[0], verdict, case)}" if causes else ""
    if not causes and scope.loss:
        named = " The loss is not clear enough yet to say what it comes of."
    return Diagnosis(
        key=case.incident,
        at=case.now,
        reference=case.reference_span,
        current=(since, case.current_span[1]),
        scope=scope,
        verdict=verdict,
        causes=causes,
        evidence=evidence,
        summary=f"{scope.sentence}{named}",
        suspects=tuple(each for step in steps for each in step.suspects),
        path=next((step.path for step in steps if step.path), ()),
        replayed=_replayed(found),
        steps=tuple(_state(step, found.get(step)) for step in ORDER),
    )


def _hypotheses(found: Mapping[Step, Found]) -> list[Hypothesis]:
    return [each for step in ORDER if step in found for each in found[step].hypotheses]


def _weighed(found: Mapping[Step, Found]) -> tuple[WeighedChange, ...]:
    return found[Step.DEPENDENCIES].changes if Step.DEPENDENCIES in found else ()


def _beside(found: Mapping[Step, Found]) -> WeighedOutside | None:
    return found[Step.DEPENDENCIES].outside if Step.DEPENDENCIES in found else None


def _replayed(found: Mapping[Step, Found]) -> Replayed | None:
    return found[Step.SHADOW].replayed if Step.SHADOW in found else None


def _drafts(found: Mapping[Step, Found]) -> list[Draft]:
    return [each for step in ORDER if step in found for each in found[step].drafts]


def _state(step: Step, found: Found | None) -> StepState:
    if found is None:
        return StepState(step=step, state=RUNNING)
    return StepState(step=step, state=found.state, text=found.text, took_ms=found.took_ms)


def _outside(scene: Scene, beside: WeighedOutside | None) -> Hypothesis:
    """Return the hypothesis that it is nothing that was looked at; it pays for naming the part hit."""
    best = scene.finding.best
    price = max(best.price, 0.0) if scene.finding.reach is Reach.SEGMENT and best is not None else 0.0
    return Hypothesis(
        kind=CauseKind.OUTSIDE,
        subject=OUTSIDE,
        title=_OUTSIDE,
        gain=max(scene.finding.gain - price, 0.0),
        prior=0.0,
        onset=scene.since,
        remedy=remedy_of(beside),
    )


def _cause_sentence(cause: Cause, verdict: Verdict, case: Case) -> str:
    sure_by = odds(cause.probability)
    if verdict is Verdict.INCONCLUSIVE:
        advice = f" If it is that: {ADVICE[cause.remedy]}." if cause.remedy in ADVICE else ""
        return f"The cause is not known yet; likeliest, at {sure_by}: {cause.title}.{advice}"
    sure = "Confirmed" if verdict is Verdict.CONFIRMED else "Likely"
    broken = (each for each in broken_contracts(case.alerts) if each.subject == cause.subject)
    words = next((f": {shown_text(each.text)}" for each in broken if each.since == cause.onset), "")
    return f"{sure} cause ({sure_by}): {cause.title}{words}."
