"""Applying an event to an incident, with all that comes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident import apply
from aright.core.incident.effects import Schedule, SendPage
from aright.engine.commit import commit

if TYPE_CHECKING:
    from aright.core.incident import Event
    from aright.core.model.incident import Incident
    from aright.engine.world import World
    from aright.ports.state import Transaction


def happen(world: World, tx: Transaction, incident: Incident | None, event: Event) -> Incident:
    """Apply an event and keep all that comes of it; raises ``IllegalEventError`` where it does not fit."""
    step = apply(incident, event)
    moved = commit(tx, step, outlets=world.outlets, base_url=world.public_url)
    if any(isinstance(effect, SendPage | Schedule) for effect in step.effects):
        world.bell.ring()  # the sender looks once this transaction is over
    return moved
