"""What must come of this drill: the truth is the plan's, and aright must have found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.drill.babel import names
from aright.drill.babel.plan import FIELD, Fault, Plan
from aright.drill.byhand import OVER
from aright.drill.oncall import Notes, Stage
from aright.drill.result import Check, Facts, Result, same, within
from aright.drill.times import SECOND

if TYPE_CHECKING:
    from aright.drill.babel.people import People
    from aright.drill.pager import Pager
    from aright.drill.scenario import Played
    from aright.drill.views import IncidentView

NAME: Final = "translation-cascade"
DETECT_SECONDS: Final = 300
LOST: Final = 0.8
RESTORED: Final = 0.95
"""Of the answers before, the share that a fault leaves at most, and that has to be back at least."""

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
    checks = [same("rows lost", 0, facts.lost), same("rows late", 0, facts.late)]
    if plan.fault is Fault.NONE:
        checks += [same("incidents", 0, facts.incidents), same("pages", 0, facts.pages)]
    else:
        checks += _found(plan, notes.incident, facts)
        ended = OVER if truth.played.by_hand else frozenset({"closed"})
        checks += _seen_through(facts, notes, pager, ended=ended)
    beside = "a release of the chatbot" if plan.deploys else "a new field that nobody reads"
    hit = "nothing" if plan.fault is Fault.NONE else f"{names.PROVIDER}: {FIELD[plan.fault]}"
    return Result(
        drill=NAME,
        seed=plan.seed,
        fault=plan.fault.value,
        hit=f"{hit} (and {beside})",
        facts=facts,
        checks=tuple(checks),
    )


def _found(plan: Plan, incident: IncidentView | None, facts: Facts) -> list[Check]:
    """Return whether the right thing was found, in time, once, and nobody else was blamed."""
    field = FIELD[plan.fault]
    blamed = _blamed(incident)
    return [
        same("incidents", 1, facts.incidents),
        same("pages", 1, facts.pages),
        within("detected after s", facts.detected_s, high=DETECT_SECONDS),
        within("explained after s", facts.explained_s, high=DETECT_SECONDS + 60),
        same("services in the incident", sorted(names.SERVICES), sorted(facts.services)),
        within("onsets off by s", _farthest_onset(plan, incident), high=ONSET_SECONDS),
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


def _seen_through(facts: Facts, notes: Notes, pager: Pager, *, ended: frozenset[str]) -> list[Check]:
    """Return whether the incident was carried to its end, and users are answered as before."""
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
        within("answers lost", facts.answered_during / facts.answered_before, high=LOST),
        within("answers restored", facts.answered_after / facts.answered_before, low=RESTORED),
        same("whys", 5, facts.whys),
        within("whys with evidence", float(facts.whys_cited), low=2),
        same("guard accepted by replay", True, facts.guard_accepted),
        Check(name="state", wanted=" or ".join(sorted(ended)), found=facts.state, right=facts.state in ended),
    ]


def _facts(truth: Truth, notes: Notes, pager: Pager) -> Facts:
    plan, incident, people = truth.plan, notes.incident, truth.people
    mitigated = notes.mitigated_at or truth.played.end
    settled = mitigated + 10 * SECOND if notes.mitigated_at else truth.played.end
    guard = notes.guards[0] if notes.guards else None
    whys = notes.post_mortem.whys if notes.post_mortem else ()
    found = incident.diagnosis if incident else None
    cause = found.causes[0] if found and found.causes else None
    return Facts(
        incidents=notes.incidents,
        detected_s=_after(plan, incident.opened_at if incident else 0),
        paged_s=_after(plan, notes.paged_at),
        explained_s=_after(plan, notes.explained_at),
        mitigated_s=_after(plan, notes.mitigated_at),
        verified_s=_after(plan, notes.verified_at),
        pages=len(pager.dedup_keys),
        reach=found.scope.reach if found else "",
        verdict=found.verdict if found else "",
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
        answered_before=people.share_answered(plan.start, plan.onset),
        answered_during=people.share_answered(plan.onset, mitigated),
        answered_after=people.share_answered(settled, truth.played.end),
        services=tuple(hit.service for hit in sorted(incident.hits, key=lambda hit: (hit.onset, hit.service)))
        if incident
        else (),
        contract=contract_in_words(incident),
        requests=people.asked,
        lost=truth.played.lost,
        late=truth.played.late,
        explained_wall_s=truth.played.explained_wall_s,
        wall_s=truth.played.wall_s,
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
    found = incident.diagnosis if incident else None
    return [found.causes[0].subject] if found and found.causes else []


def _farthest_onset(plan: Plan, incident: IncidentView | None) -> float | None:
    if incident is None or not incident.hits:
        return None
    return max(abs(hit.onset - plan.onset) for hit in incident.hits) / SECOND


def _after(plan: Plan, at: int) -> float | None:
    return (at - plan.onset) / SECOND if at else None
