"""What must come of this shop's drill: the truth is the plan's, and aright must have found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.outcome import checks_of, common_facts, lost_and_restored
from aright.drill.result import Check, Facts, Result, same
from aright.drill.shop import names
from aright.drill.shop.plan import Fault, Plan

if TYPE_CHECKING:
    from aright.drill.oncall import Notes
    from aright.drill.pager import Pager
    from aright.drill.scenario import Played
    from aright.drill.shop.visitors import Visitors
    from aright.drill.views import IncidentView

NAME: Final = "recommender-silent"


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
    checks = checks_of(
        facts,
        notes,
        pager,
        played=truth.played,
        calm=plan.fault is Fault.NONE,
        found=lambda: _found(plan, facts),
        # By what users like and not by how often they clicked: of a few hundred lists that is luck.
        served=lambda: lost_and_restored("quality", facts.fit_before, facts.fit_during, facts.fit_after),
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
        checks=checks,
    )


def _found(plan: Plan, facts: Facts) -> list[Check]:
    """Return whether the right thing was found, and put right."""
    if plan.fault is Fault.BAD_MODEL:
        named = names.VERSIONS[1] in facts.subject or names.MODEL in facts.subject
        return [
            same("reach", "global", facts.reach),
            same("cause", "model_version", facts.cause),
            Check(name="subject", wanted=names.VERSIONS[1], found=facts.subject, right=named),
            same("version to go back to", names.VERSIONS[0], facts.previous),
            same("action", names.ROLL_BACK, facts.action),
            same("guard", "version_quality", facts.guard),
        ]
    return [
        same("reach", "segment", facts.reach),
        same("segment", f"{names.SHARD} = {plan.shard}", facts.segment),
        same("cause", "feature_source", facts.cause),
        same("subject", names.VECTORS, facts.subject),
        same("mode", plan.fault.value, facts.mode),
        same("action", names.RESTORE, facts.action),
        same("guard", "source_contract", facts.guard),
    ]


def _facts(truth: Truth, notes: Notes, pager: Pager) -> Facts:
    plan, visitors, end = truth.plan, truth.visitors, truth.played.end
    hit = plan.fault is not Fault.BAD_MODEL
    mitigated = notes.mitigated_at or end
    before = visitors.quality(plan.start, plan.onset, hit=hit)
    during = visitors.quality(plan.onset, mitigated, hit=hit)
    after = visitors.quality(mitigated, end, hit=hit)
    return msgspec.structs.replace(
        common_facts(notes, pager, truth.played, onset=plan.onset),
        segment=_segment(notes.incident),
        clicks_before=before.clicks,
        clicks_during=during.clicks,
        clicks_after=after.clicks,
        fit_before=before.fit,
        fit_during=during.fit,
        fit_after=after.fit,
        requests=visitors.asked,
        complaints=visitors.complaints,
    )


def _segment(incident: IncidentView | None) -> str:
    segment = incident.diagnosis.scope.segment if incident and incident.diagnosis else None
    return f"{segment.attribute} = {segment.value}" if segment and segment.attribute else ""
