"""When tickets are looked at: every minute, and at once where something says that they changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.message import Due
from aright.core.model.times import MINUTE, SECOND

if TYPE_CHECKING:
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

TICKETS: Final = "tickets"
"""The task; it waits for another system's answers."""

EVERY: Final[Micros] = MINUTE
SOON: Final[Micros] = 3 * SECOND
"""Where something is on its way to a ticket: what people did there is told apart from it once it has come."""


def look_at(tx: Transaction, channel: str, at: Micros) -> None:
    """Let a channel's tickets be looked at then; many wishes for the same time are one look."""
    tx.schedule(Due(key=f"{TICKETS}:{channel}", task=TICKETS, subject=channel, due_at=at))


def begin(world: World) -> None:
    """Let the tickets of all channels that can read them be looked at."""
    if not world.tickets:
        return
    with world.state.transaction() as tx:
        for channel in world.tickets:
            look_at(tx, channel, world.clock.now())


def nudged(world: World, tx: Transaction, channel: str, now: Micros) -> bool:
    """Look now, since a channel says that something changed; return whether it has tickets to look at.

    The look is at the next whole second, so that many changes at once are one look.
    """
    if channel not in world.tickets:
        return False
    look_at(tx, channel, now + -now % SECOND)
    world.bell.ring()
    return True
