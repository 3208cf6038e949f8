"""The post-mortem, written from what was recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.learn.actions import actions_of
from aright.core.learn.facts import gather, span
from aright.core.learn.fishbone import bones_of
from aright.core.learn.impact import impact_of
from aright.core.learn.star import star_of
from aright.core.learn.whys import whys_of
from aright.core.model.evidence import Verdict
from aright.core.model.postmortem import PostMortem
from aright.core.model.times import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.learn.facts import Facts
    from aright.core.model.guard import Guard
    from aright.core.model.incident import Incident, TimelineEvent
    from aright.core.model.postmortem import Why
    from aright.core.model.service import Service
    from aright.core.model.times import Micros

TOLD: Final = frozenset(
    {
        "declared",
        "paged",
        "page_failed",
        "acknowledged",
        "mitigation",
        "verified",
        "not_verified",
        "resolved",
        "guard",
    }
)
"""Kinds of events that are told even when they are no key moment."""

MOST_TOLD: Final = 60


def write_post_mortem(
    incident: Incident,
    timeline: Sequence[TimelineEvent],
    guards: Sequence[Guard],
    service: Service,
    now: Micros,
) -> PostMortem:
    """Return a draft in which every line rests on something recorded, or says that it is assumed.

    Args:
        incident: as it stands, with its latest diagnosis.
        timeline: all its events, oldest first.
        guards: what was compiled from it and admitted.
        service: whose; its first owner is given the actions.
        now: when it is written (µs, UTC).
    """
    facts = gather(incident, timeline, guards, service, now)
    whys = whys_of(facts)
    return PostMortem(
        key=incident.key,
        at=now,
        title=incident.title,
        summary=_summary(facts),
        impact=impact_of(facts),
        star=star_of(facts),
        whys=whys,
        bones=bones_of(facts),
        timeline=tuple(each.number for each in timeline if each.key or each.kind in TOLD)[:MOST_TOLD],
        actions=actions_of(facts, whys),
        went_well=tuple(_well(facts)),
        went_badly=tuple(_badly(facts, whys)),
    )


def _summary(facts: Facts) -> str:
    found = facts.diagnosis.summary if facts.diagnosis else f"{facts.incident.title}. It was never diagnosed."
    worked = facts.worked
    if worked is not None:
        return f"{found} “{worked.title}” put it right after {span(facts.ended - facts.began)}."
    return found


def _well(facts: Facts) -> list[str]:
    incident = facts.incident
    told = []
    if incident.opened_at > facts.began:
        told.append(f"Noticed {span(incident.opened_at - facts.began)} after it began.")
    if facts.diagnosis is not None and facts.diagnosis.verdict is Verdict.CONFIRMED:
        told.append(_confirmed(len(facts.cause.evidence_for) if facts.cause is not None else 0))
    taken = next((each for each in facts.timeline if each.kind == "acknowledged"), None)
    if taken is not None:
        waited = taken.at - incident.opened_at
        after = f"{span(waited)} after it was opened" if waited >= SECOND else "as soon as it was opened"
        told.append(f"Taken on by {taken.by} {after}.")
    if facts.worked is not None:
        told.append(f"“{facts.worked.title}” was verified: {facts.worked.verdict}")
    if facts.guards:
        told.append("A replay proved the guard: it fires on this incident and is silent on the time before.")
    return told


def _confirmed(findings: int) -> str:
    by = f" by {findings} findings" if findings > 1 else ""
    return f"The cause was confirmed{by}."


def _badly(facts: Facts, whys: Sequence[Why]) -> list[str]:
    told = []
    if facts.cause is None:
        told.append("The cause was not proven.")
    elif facts.cause.onset and facts.incident.opened_at > facts.cause.onset:
        late = span(facts.incident.opened_at - facts.cause.onset)
        told.append(f"Users had to be hurt first: the cause had been there for {late}.")
    if not facts.incident.acknowledged_by:
        told.append("Nobody acknowledged the page.")
    failed = [each for each in facts.timeline if each.kind in {"page_failed", "not_verified"}]
    told += [each.text for each in failed[:3]]
    assumed = sum(each.assumed for each in whys)
    if assumed:
        told.append(f"{assumed} of {len(whys)} whys {'is' if assumed == 1 else 'are'} assumed, not shown.")
    if not facts.guards:
        told.append("No guard came of it.")
    return told
