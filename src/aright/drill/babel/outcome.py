"""What must come of this drill: the truth is the plan's, and aright must have found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.babel import names
from aright.drill.babel.plan import FIELD, Fault, Plan
from aright.drill.outcome import checks_of, common_facts, likeliest, lost_and_restored
from aright.drill.result import Check, Facts, Result, same, within
from aright.drill.times import SECOND

if TYPE_CHECKING:
    from aright.drill.babel.people import People
    from aright.drill.oncall import Notes
    from aright.drill.pager import Pager
    from aright.drill.scenario import Played
    from aright.drill.views import IncidentView

NAME: Final = "translation-cascade"
ONSET_SECONDS: Final = 180
"""How far a service's onset may lie from the third party's change: a chance error just before it counts."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the drill knows and aright had to find out.

    Attributes:
        plan: what happened.
        people: what users were answered.
        played: what the play knows.
    """

    plan: Plan
    people: People
    played: Played


def judge(truth: Truth, notes: Notes, pager: Pager) -> Result:
    """Return a drill's result."""
    plan = truth.plan
    facts = _facts(truth, notes, pager)
    checks = checks_of(
        facts,
        notes,
        pager,
        played=truth.played,
        calm=plan.fault is Fault.NONE,
        found=lambda: _found(plan, notes.incident, facts),
        served=lambda: lost_and_restored(
            "answers", facts.answered_before, facts.answered_during, facts.answered_after
        ),
    )
    beside = "a release of the chatbot" if plan.deploys else "a new field that nobody reads"
    hit = {
        Fault.NONE: "nothing",
        Fault.RELEASE: f"{names.TRANSLATION} {names.RELEASES[1]}",
    }.get(plan.fault) or f"{names.PROVIDER}: {FIELD[plan.fault]}"
    return Result(
        drill=NAME,
        seed=plan.seed,
        fault=plan.fault.value,
        hit=f"{hit} (and {beside})",
        facts=facts,
        checks=checks,
    )


def _found(plan: Plan, incident: IncidentView | None, facts: Facts) -> list[Check]:
    """Return whether the right thing was found, and nobody else was blamed."""
    common = [
        same("services in the incident", sorted(names.SERVICES), sorted(facts.services)),
        within("onsets off by s", _farthest_onset(plan, incident), high=ONSET_SECONDS),
    ]
    if plan.fault is Fault.RELEASE:
        kinds, release = ("model_version", "other_change"), names.RELEASES[1]
        return [
            *common,
            Check(name="cause", wanted=" or ".join(kinds), found=facts.cause, right=facts.cause in kinds),
            Check(name="subject", wanted=release, found=facts.subject, right=release in facts.subject),
            Check(
                name="action",
                wanted=" or ".join(names.ROLL_BACKS),
                found=facts.action,
                right=facts.action in names.ROLL_BACKS,
            ),
        ]
    field = FIELD[plan.fault]
    blamed = _blamed(incident)
    return [
        *common,
        same("cause", "contract", facts.cause),
        Check(
            name="subject",
            wanted=names.PROVIDER,
            found=facts.subject,
            right=facts.subject.startswith(names.PROVIDER),
        ),
        Check(
            name="contract break in words",
            wanted=f"`{field}` … since …",
            found=facts.contract,
            right=f"`{field}`" in facts.contract and "since " in facts.contract,
        ),
        same("victims blamed", [], [one for one in blamed if one in names.SERVICES]),
        same("action", names.PIN, facts.action),
        same("guard", "payload_contract", facts.guard),
    ]


def _facts(truth: Truth, notes: Notes, pager: Pager) -> Facts:
    plan, people, end = truth.plan, truth.people, truth.played.end
    mitigated = notes.mitigated_at or end
    settled = mitigated + 10 * SECOND if notes.mitigated_at else end
    hits = notes.incident.hits if notes.incident else ()
    return msgspec.structs.replace(
        common_facts(notes, pager, truth.played, onset=plan.onset),
        answered_before=people.share_answered(plan.start, plan.onset),
        answered_during=people.share_answered(plan.onset, mitigated),
        answered_after=people.share_answered(settled, end),
        services=tuple(hit.service for hit in sorted(hits, key=lambda hit: (hit.onset, hit.service))),
        contract=contract_in_words(notes.incident),
        requests=people.asked,
    )


def contract_in_words(incident: IncidentView | None) -> str:
    """Return the finding on a broken contract that the likeliest cause cites; empty without one."""
    found = incident.diagnosis if incident else None
    if found is None or not found.causes:
        return ""
    cited = [one.text for one in found.evidence if one.id in found.causes[0].evidence_for]
    return next((text for text in cited if "`" in text), "")


def _blamed(incident: IncidentView | None) -> list[str]:
    """Return what the likeliest cause is about."""
    cause = likeliest(incident)
    return [cause.subject] if cause else []


def _farthest_onset(plan: Plan, incident: IncidentView | None) -> float | None:
    if incident is None or not incident.hits:
        return None
    return max(abs(hit.onset - plan.onset) for hit in incident.hits) / SECOND
