"""Heartbeats in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.model.heartbeat import Heartbeat
from aright.core.model.times import HOUR
from aright.engine.operations import UnknownError

if TYPE_CHECKING:
    from collections.abc import Sequence


class FakeHeartbeats:
    """Hears everybody at a time of its own."""

    def __init__(self) -> None:
        self.known = {"etl": Heartbeat(key="etl", service="shop", every=HOUR)}
        self.now = HOUR

    def heartbeats(self) -> Sequence[Heartbeat]:
        return list(self.known.values())

    def beat(self, heartbeat: str) -> Heartbeat:
        if heartbeat not in self.known:
            raise UnknownError(f"there is no heartbeat {heartbeat!r}")
        self.known[heartbeat] = msgspec.structs.replace(self.known[heartbeat], last_at=self.now)
        return self.known[heartbeat]
