"""Committing a step: the incident and all that follows from it, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from aright.core.incident.effects import Cancel, Record, Schedule, SendPage
from aright.engine.page_messages import dedup_key
from aright.engine.paging import NO_PAGER, Page

if TYPE_CHECKING:
    from aright.core.incident.effects import Step
    from aright.core.model.incident import Incident
    from aright.engine.outlets import Outlets
    from aright.ports.state import Transaction

__all__ = ["NO_PAGER", "PAGER", "commit", "dedup_key"]

PAGER: Final = "pagerduty"
"""The channel that flags and environment name."""


def commit(tx: Transaction, step: Step, *, outlets: Outlets, base_url: str = "") -> Incident:
    """Put the incident, its timeline, its escalation, its messages and its due rows into the transaction.

    A crash leaves all of it or none. Messages' ids are made of the incident and of how far its escalation has
    come, so that the same step committed again pages nobody twice.

    Args:
        tx: open; the caller ends it.
        step: what ``apply`` returned.
        outlets: the channels; where nobody can be paged by any, the timeline says so instead.
        base_url: where aright's own pages are, for the link; empty leaves the link out.

    Returns:
        The incident as committed.
    """
    incident = step.incident
    tx.put(incident)
    if step.fact is not None:
        tx.append_fact(step.fact)
    page = Page(tx=tx, incident=incident, outlets=outlets, base_url=base_url)
    for effect in step.effects:
        match effect:
            case Record():
                page.write(effect)
            case SendPage():
                page.send(effect)
            case Schedule():
                tx.schedule(effect.due)
            case Cancel():
                tx.done(effect.key)
            case _:
                assert_never(effect)
    return incident
