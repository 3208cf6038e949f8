"""What may be asked about heartbeats: a part of ``Operations``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.heartbeat import Heartbeat


class HeartbeatOperations(Protocol):
    """Everything here may be called from any thread; a beat is on disk when it is answered."""

    def heartbeats(self) -> Sequence[Heartbeat]:
        """Return the heartbeats, by name."""
        ...

    def beat(self, heartbeat: str) -> Heartbeat:
        """Take a beat; raises ``UnknownError``."""
        ...
