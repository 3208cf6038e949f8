"""The desk's part for heartbeats; see ``HeartbeatOperations`` for what each method promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.engine.heartbeats import beat, heartbeats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.heartbeat import Heartbeat
    from aright.engine.world import World


class HeartbeatDesk:
    """Heartbeats, and who is heard."""

    def __init__(self, world: World) -> None:
        self._world = world

    def heartbeats(self) -> Sequence[Heartbeat]:
        """Return the heartbeats, by name."""
        return heartbeats(self._world.state)

    def beat(self, heartbeat: str) -> Heartbeat:
        """Take a beat."""
        return beat(self._world, heartbeat)
