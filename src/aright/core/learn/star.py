"""The response in STAR form: situation, task, action, result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident.telling import outcome
from aright.core.learn.facts import shown, span
from aright.core.model.times import clock_text

if TYPE_CHECKING:
    from aright.core.learn.facts import Facts


def star_of(facts: Facts) -> dict[str, str]:
    """Return the four parts, each from the timeline and the diagnosis."""
    return {
        "situation": _situation(facts),
        "task": _task(facts),
        "action": _action(facts),
        "result": _result(facts),
    }


def _situation(facts: Facts) -> str:
    sentence = facts.diagnosis.scope.sentence if facts.diagnosis else f"{facts.incident.title}."
    service = shown(facts.service.key)
    kind = f"{facts.service.type}, tier {facts.service.tier}"
    return f"{service} ({kind}), {clock_text(facts.began)} UTC: {sentence}"


def _task(facts: Facts) -> str:
    level = f"SEV{facts.incident.severity.level}: " if facts.incident.severity else ""
    who = facts.incident.acknowledged_by
    taken = f"{shown(who)} took it on" if who else "nobody acknowledged it"
    return f"{level}find what hurts users of {shown(facts.service.key)} and put back what worked; {taken}."


def _action(facts: Facts) -> str:
    told = [
        f"{clock_text(each.at)} “{each.title}” by {shown(each.by)}{' (dry run)' if each.dry_run else ''}: "
        f"{outcome(each).replace('_', ' ')}"
        for each in facts.incident.mitigations
    ]
    cause = f"The cause was named: {facts.cause.title}. " if facts.cause else "The cause was not proven. "
    return cause + ("; ".join(told) + "." if told else "No mitigation was carried out through aright.")


def _result(facts: Facts) -> str:
    worked = facts.worked
    parts = []
    if worked is not None:
        parts.append(f"“{worked.title}” worked: {worked.verdict}")
    elif facts.incident.mitigations:
        parts.append("No mitigation was verified")
    if facts.incident.resolved_at:
        parts.append(
            f"The harm lasted {span(facts.ended - facts.began)}; the incident was open for "
            f"{span(facts.incident.resolved_at - facts.incident.opened_at)}"
        )
    if facts.guards:
        parts.append(f"{facts.guards[0].key} stands guard: {facts.guards[0].title}")
    return ". ".join(each.rstrip(".") for each in parts) + "." if parts else "Not over yet."
