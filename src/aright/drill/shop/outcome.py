"""What must come of this shop's drill: the truth is the plan's, and aright must have found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.drill.byhand import OVER
from aright.drill.oncall import Notes, Stage
from aright.drill.result import Check, Facts, Result, same, within
from aright.drill.shop import names
from aright.drill.shop.plan import SECOND, Fault, Plan

if TYPE_CHECKING:
    from aright.drill.pager import Pager
    from aright.drill.scenario import Played
    from aright.drill.shop.visitors import Visitors
    from aright.drill.views import CauseView, IncidentView

NAME: Final = "recommender-silent"
DETECT_SECONDS: Final = 300
LOST: Final = 0.8
RESTORED: Final = 0.95
"""Of the quality before, the share that a fault leaves at most, and that has to be back at least. It is
judged by what the users like and not by how often they clicked: of a few hundred lists that is luck."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the drill knows and aright had to find out.

    Attributes:
        plan: what happened.
        visitors: what users made of it.
        played: what the play knows.
    """

    plan: Plan
    visitors: Visitors
    played: Played


def judge(truth: Truth, notes: Notes, pager: Pager) -> Result:
    """Return a drill's result; one by hand may end where the incident is resolved."""
    plan = truth.plan
    facts = _facts(truth, notes, pager)
    checks = [same("rows lost", 0, facts.lost), same("rows late", 0, facts.late)]
    if plan.fault is Fault.NONE:
        checks += [same("incidents", 0, facts.incidents), same("pages", 0, facts.pages)]
    else:
        checks += _found(plan, facts)
        checks += _seen_through(
            facts, notes, pager, ended=OVER if truth.played.by_hand else frozenset({"closed"})
        )
    flag = "flagged" if plan.sends_flag else "no flag"
    way = f", {'restored backup' if plan.restored else 'stopped'}" if plan.fault is Fault.STALE else ""
    hit = {
        Fault.NONE: f"nothing{', benign deploy' if plan.deploys else ''}",
        Fault.BAD_MODEL: names.VERSIONS[1],
    }
    told = hit.get(plan.fault, f"{names.SHARD} = {plan.shard}{way}")
    return Result(
        drill=NAME,
        seed=plan.seed,
        fault=plan.fault.value,
        hit=f"{told} ({flag})",
        facts=facts,
        checks=tuple(checks),
    )


def _found(plan: Plan, facts: Facts) -> list[Check]:
    """Return whether the right thing was found, in time and once."""
    checks = [
        same("incidents", 1, facts.incidents),
        same("pages", 1, facts.pages),
        within("detected after s", facts.detected_s, high=DETECT_SECONDS),
        within("explained after s", facts.explained_s, high=DETECT_SECONDS + 60),
    ]
    if plan.fault is Fault.BAD_MODEL:
        named = names.VERSIONS[1] in facts.subject or names.MODEL in facts.subject
        return [
            *checks,
            same("reach", "global", facts.reach),
            same("cause", "model_version", facts.cause),
            Check(name="subject", wanted=names.VERSIONS[1], found=facts.subject, right=named),
            same("version to go back to", names.VERSIONS[0], facts.previous),
            same("action", names.ROLL_BACK, facts.action),
            same("guard", "version_quality", facts.guard),
        ]
    return [
        *checks,
        same("reach", "segment", facts.reach),
        same("segment", f"{names.SHARD} = {plan.shard}", facts.segment),
        same("cause", "feature_source", facts.cause),
        same("subject", names.VECTORS, facts.subject),
        same("mode", plan.fault.value, facts.mode),
        same("action", names.RESTORE, facts.action),
        same("guard", "source_contract", facts.guard),
    ]


def _seen_through(facts: Facts, notes: Notes, pager: Pager, *, ended: frozenset[str]) -> list[Check]:
    """Return whether the incident was carried to its end, and users are served as before."""
    after_mitigation = None if facts.mitigated_s is None else 12 * 60 + facts.mitigated_s
    return [
        same(
            "person on call", Stage.DONE.value, notes.stage.value if not notes.trouble else notes.trouble[0]
        ),
        same("page's link leads to the incident", True, bool(notes.page_link)),
        same("pages refused", [], pager.refused),
        within("severity", float(facts.severity), low=1, high=4),
        within("status updates", float(facts.updates), low=1),
        within("verified after s", facts.verified_s, high=after_mitigation or 0),
        within("quality lost", facts.fit_during / facts.fit_before, high=LOST),
        within("quality restored", facts.fit_after / facts.fit_before, low=RESTORED),
        same("whys", 5, facts.whys),
        within("whys with evidence", float(facts.whys_cited), low=2),
        same("guard accepted by replay", True, facts.guard_accepted),
        Check(name="state", wanted=" or ".join(sorted(ended)), found=facts.state, right=facts.state in ended),
    ]


def _facts(truth: Truth, notes: Notes, pager: Pager) -> Facts:
    plan, incident = truth.plan, notes.incident
    hit = plan.fault is not Fault.BAD_MODEL
    mitigated = notes.mitigated_at or truth.played.end
    before = truth.visitors.quality(plan.start, plan.onset, hit=hit)
    during = truth.visitors.quality(plan.onset, mitigated, hit=hit)
    after = truth.visitors.quality(mitigated, truth.played.end, hit=hit)
    guard = notes.guards[0] if notes.guards else None
    whys = notes.post_mortem.whys if notes.post_mortem else ()
    cause = _cause(incident)
    scope = incident.diagnosis.scope if incident and incident.diagnosis else None
    attribute = scope.segment.attribute if scope else ""
    return Facts(
        incidents=notes.incidents,
        detected_s=_after(plan, incident.opened_at if incident else 0),
        paged_s=_after(plan, notes.paged_at),
        explained_s=_after(plan, notes.explained_at),
        mitigated_s=_after(plan, notes.mitigated_at),
        verified_s=_after(plan, notes.verified_at),
        pages=len(pager.dedup_keys),
        reach=scope.reach if scope else "",
        segment=f"{attribute} = {scope.segment.value}" if scope and attribute else "",
        verdict=incident.diagnosis.verdict if incident and incident.diagnosis else "",
        cause=cause.kind if cause else "",
        subject=cause.subject if cause else "",
        mode=cause.mode if cause else "",
        previous=cause.previous if cause else "",
        action=notes.action,
        severity=incident.severity.level if incident and incident.severity else 0,
        updates=len(incident.updates) if incident else 0,
        whys=len(whys),
        whys_cited=sum(bool(why.evidence) for why in whys),
        guard=guard.kind if guard else "",
        guard_accepted=bool(guard and guard.replay and guard.replay.accepted),
        state=incident.state if incident else "",
        clicks_before=before.clicks,
        clicks_during=during.clicks,
        clicks_after=after.clicks,
        fit_before=before.fit,
        fit_during=during.fit,
        fit_after=after.fit,
        requests=truth.visitors.asked,
        complaints=truth.visitors.complaints,
        lost=truth.played.lost,
        late=truth.played.late,
        explained_wall_s=truth.played.explained_wall_s,
        wall_s=truth.played.wall_s,
    )


def _cause(incident: IncidentView | None) -> CauseView | None:
    found = incident.diagnosis if incident else None
    return found.causes[0] if found and found.causes else None


def _after(plan: Plan, at: int) -> float | None:
    return (at - plan.onset) / SECOND if at else None
