"""The fishbone's data: seven categories, and what the evidence says of each (Ishikawa 1968)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.learn.facts import ids, shown, span
from aright.core.model.evidence import CauseKind, Step, Verdict
from aright.core.model.postmortem import Bone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.learn.facts import Facts
    from aright.core.model.evidence import Cause, Evidence

CATEGORIES: Final = ("Data", "Model", "Code", "Dependencies", "Infrastructure", "Process", "Monitoring")
MOST: Final = 3
"""Bones of one category."""

OURS: Final = ("cause", "contributed", "ruled out", "not looked at")


def bones_of(facts: Facts) -> tuple[Bone, ...]:
    """Return one bone per category at least; what nobody looked at says so."""
    found = [
        *_of_kind(facts, "Data", CauseKind.FEATURE_SOURCE, Step.INPUTS, "features"),
        *_data(facts),
        *_of_kind(facts, "Model", CauseKind.MODEL_VERSION, Step.SHADOW, "model version"),
        *_code(facts),
        *_vitals(facts),
        *_dependencies(facts),
        *_process(facts),
        *_monitoring(facts),
    ]
    bones = []
    for category in CATEGORIES:
        own = [each for each in found if each.category == category]
        own.sort(key=lambda each: OURS.index(each.status))
        bones += own[:MOST] or [Bone(category=category, text="nothing was reported", status="not looked at")]
    return tuple(bones)


def _of_kind(facts: Facts, category: str, kind: CauseKind, step: Step, what: str) -> list[Bone]:
    """Return a bone per hypothesis of a kind, or one that says that there was none."""
    causes = [each for each in (facts.diagnosis.causes if facts.diagnosis else ()) if each.kind is kind]
    bones = [_bone(facts, category, each) for each in causes]
    quiet = [each for each in facts.evidence(step) if not each.supports and not each.opposes]
    if not bones and quiet:
        return [Bone(category=category, text=f"{what}: no change", status="ruled out", evidence=ids(quiet))]
    return bones


def _bone(facts: Facts, category: str, cause: Cause) -> Bone:
    """Return the bone of a hypothesis: the cause, or what the evidence against it says."""
    text = f"{shown(cause.subject)} {cause.mode}".strip()
    if facts.cause is not None and cause.id == facts.cause.id:
        return Bone(category=category, text=text, status="cause", evidence=cause.evidence_for)
    if cause.evidence_against:
        return Bone(category=category, text=text, status="ruled out", evidence=cause.evidence_against)
    status = "contributed" if cause.evidence_for and cause.probability >= 0.1 else "not looked at"
    return Bone(category=category, text=text, status=status, evidence=cause.evidence_for)


def _data(facts: Facts) -> list[Bone]:
    """Return a bone per property of inputs, per job that makes data, and for the mix of the traffic."""
    causes = facts.diagnosis.causes if facts.diagnosis else ()
    kinds = (CauseKind.INPUTS, CauseKind.PIPELINE, CauseKind.TRAFFIC_MIX)
    return [_bone(facts, "Data", each) for kind in kinds for each in causes if each.kind is kind]


def _code(facts: Facts) -> list[Bone]:
    """Return a bone per other change: deploys, configuration, flags, libraries."""
    causes = facts.diagnosis.causes if facts.diagnosis else ()
    bones = []
    for each in causes:
        if each.kind is not CauseKind.OTHER_CHANGE:
            continue
        status = "cause" if facts.cause is not None and each.id == facts.cause.id else "not looked at"
        if status != "cause" and facts.diagnosis and facts.diagnosis.verdict is Verdict.CONFIRMED:
            status = "ruled out"
        bones.append(Bone(category="Code", text=shown(each.title), status=status, evidence=each.evidence_for))
    late = [each for each in facts.evidence(Step.CHANGES) if each.opposes or "after the loss" in each.text]
    bones += [
        Bone(category="Code", text="a later change", status="ruled out", evidence=(each.id,)) for each in late
    ]
    return bones


def _vitals(facts: Facts) -> list[Bone]:
    """Return what errors and latency say of the machines below."""
    signs = facts.vitals
    moved = [each for each in signs if _rose(each)]
    if moved:
        return _if_cited("Infrastructure", "errors or latency rose", moved)
    bone = Bone(
        category="Infrastructure",
        text="errors and latency as before",
        status="ruled out",
        evidence=ids(signs),
    )
    return [bone] if signs else []


def _dependencies(facts: Facts) -> list[Bone]:
    """Return whose contracts broke, and what fallbacks say of that which the answers need."""
    causes = facts.diagnosis.causes if facts.diagnosis else ()
    contracts = [each for each in causes if each.kind is CauseKind.CONTRACT]
    broken = [_bone(facts, "Dependencies", each) for each in contracts]
    theirs = {name for each in contracts for name in (*each.evidence_for, *each.evidence_against)}
    others = (each for each in facts.evidence(Step.DEPENDENCIES) if each.id not in theirs)
    return broken + _if_cited("Dependencies", "answers fell back", filter(_rose, others))


def _rose(evidence: Evidence) -> bool:
    """Tell whether a vital sign is beyond what it was before, give or take."""
    return evidence.now is not None and evidence.now > 1.25 * (evidence.before or 0.0) + 0.02


def _process(facts: Facts) -> list[Bone]:
    """Return what the way of working had to do with it."""
    cause = facts.cause
    if cause is None:
        return []
    if cause.kind is CauseKind.MODEL_VERSION:
        shadow = facts.speaking_for(cause, Step.SHADOW)
        return _if_cited("Process", "released without comparison on a share of the traffic", shadow)
    announced = facts.speaking_for(cause, Step.CHANGES)
    return _if_cited("Process", "a change that nobody checked afterwards", announced)


def _monitoring(facts: Facts) -> list[Bone]:
    """Return how long it went unnoticed, and what did not watch."""
    cited = facts.speaking_for(facts.cause, Step.INPUTS, Step.SHADOW) if facts.cause else ()
    cited = cited or facts.evidence(Step.HARM)
    late = span(facts.incident.opened_at - facts.began)
    watched = facts.cause is None or facts.cause.kind is CauseKind.CONTRACT
    what = "" if watched or facts.cause is None else f"; nothing watched {shown(facts.cause.subject)}"
    return _if_cited("Monitoring", f"noticed after {late}{what}", cited)


def _if_cited(category: str, text: str, evidence: Iterable[Evidence]) -> list[Bone]:
    cited = ids(evidence)
    return [Bone(category=category, text=text, status="contributed", evidence=cited)] if cited else []
