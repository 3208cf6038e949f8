"""What must come of this drill: the truth is the plan's, and aright must have found it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.outcome import checks_of, common_facts, lost_and_restored
from aright.drill.result import Check, Facts, Result, same
from aright.drill.vision import names
from aright.drill.vision.plan import Fault, Plan

if TYPE_CHECKING:
    from aright.drill.oncall import Notes
    from aright.drill.pager import Pager
    from aright.drill.scenario import Played
    from aright.drill.views import IncidentView
    from aright.drill.vision.belts import Belts

NAME: Final = "vision-accuracy"

REPLAYED: Final = {
    Fault.FIRMWARE: "data",
    Fault.RESIZER: "data",
    Fault.BAD_MODEL: "model",
    Fault.BOTH: "both",
}
"""What stored pictures must say when they are graded again."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What the drill knows and aright had to find out.

    Attributes:
        plan: what happened.
        belts: what went by and how it was graded.
        played: what the play knows.
    """

    plan: Plan
    belts: Belts
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
        found=lambda: [
            *_found(plan, facts, notes.incident),
            same("data or model", REPLAYED[plan.fault], facts.replayed),
        ],
        served=lambda: lost_and_restored(
            "accuracy", facts.right_before, facts.right_during, facts.right_after
        ),
    )
    return Result(
        drill=NAME,
        seed=plan.seed,
        fault=plan.fault.value,
        hit=_hit(plan),
        facts=facts,
        checks=checks,
    )


def firmware_of(plan: Plan) -> str:
    """Return the firmware that may spoil pictures."""
    return names.FIRMWARES[plan.make][1]


def _hit(plan: Plan) -> str:
    told = {
        Fault.FIRMWARE: f"{firmware_of(plan)}: {plan.way.value}",
        Fault.RESIZER: f"{names.RESIZER}: {plan.layout.value}",
        Fault.BAD_MODEL: names.VERSIONS[1],
        Fault.BOTH: f"{firmware_of(plan)}: {plan.way.value}, and {names.VERSIONS[1]}",
        Fault.NONE: f"nothing{', benign version' if plan.deploys_model else ''}",
    }
    return told[plan.fault] + (" (announced)" if plan.announced else "")


def _found(plan: Plan, facts: Facts, incident: IncidentView | None) -> list[Check]:
    """Return whether the right thing was found and put right, and nothing else blamed."""
    match plan.fault:
        case Fault.FIRMWARE:
            return [
                same("reach", "segment", facts.reach),
                same("segment", f"{names.FIRMWARE} = {firmware_of(plan)}", facts.segment),
                same("cause", "inputs", facts.cause),
                _names_it("subject", (firmware_of(plan), names.FIRMWARE), facts.subject),
                same("action", names.RAW, facts.action),
            ]
        case Fault.RESIZER:
            return [
                same("reach", "global", facts.reach),
                _names_it("cause", ("contract", "dependency", "inputs"), facts.cause),
                _names_it("subject", (names.HOST, names.RESIZER, names.RESIZED), facts.subject),
                same("action", names.PIN, facts.action),
            ]
        case Fault.BOTH:
            return _both_found(plan, facts, incident)
        case _:
            return [
                same("reach", "global", facts.reach),
                same("cause", "model_version", facts.cause),
                _names_it("subject", (names.VERSIONS[1], names.MODEL), facts.subject),
                same("version to go back to", names.VERSIONS[0], facts.previous),
                same("action", names.ROLL_BACK, facts.action),
                same("guard", "version_quality", facts.guard),
            ]


def _both_found(plan: Plan, facts: Facts, incident: IncidentView | None) -> list[Check]:
    """Return whether of the causes in pictures and in models the likeliest are the two that there are."""
    causes = incident.diagnosis.causes if incident and incident.diagnosis else ()
    told: dict[str, str] = {}
    for cause in causes:
        told.setdefault(cause.kind, cause.subject)
    return [
        _names_it("cause", ("inputs", "model_version"), facts.cause),
        _names_it("subject", (firmware_of(plan), names.FIRMWARE, names.VERSIONS[1]), facts.subject),
        _names_it("pictures named", (firmware_of(plan), names.FIRMWARE), told.get("inputs", "")),
        _names_it("version named", (names.VERSIONS[1],), told.get("model_version", "")),
        _names_it("action", (names.RAW, names.ROLL_BACK), facts.action),
    ]


def _names_it(what: str, wanted: tuple[str, ...], found: str) -> Check:
    right = any(each in found for each in wanted)
    return Check(name=what, wanted=" or ".join(wanted), found=found, right=right)


def _facts(truth: Truth, notes: Notes, pager: Pager) -> Facts:
    plan, belts, end = truth.plan, truth.belts, truth.played.end
    hit = plan.fault is Fault.FIRMWARE
    mitigated = notes.mitigated_at or end
    return msgspec.structs.replace(
        common_facts(notes, pager, truth.played, onset=plan.onset),
        segment=_segment(notes.incident),
        right_before=belts.accuracy(plan.start, plan.onset, hit=hit),
        right_during=belts.accuracy(plan.onset, mitigated, hit=hit),
        right_after=belts.accuracy(mitigated, end, hit=hit),
        requests=belts.asked,
    )


def _segment(incident: IncidentView | None) -> str:
    segment = incident.diagnosis.scope.segment if incident and incident.diagnosis else None
    return f"{segment.attribute} = {segment.value}" if segment and segment.attribute else ""
