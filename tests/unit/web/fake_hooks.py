"""Webhooks of other systems, in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.ports.hook import ForgedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aright.engine.hook_operations import Taken


class FakeHooks:
    """Believes what is signed with "right"."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str, bytes]] = []
        self.error: Exception | None = None
        self.before: Callable[[], object] = lambda: None

    def webhook(self, system: str, channel: str, headers: Mapping[str, str], body: bytes) -> Taken:
        if headers.get("x-pagerduty-signature") != "right":
            raise ForgedError
        self.before()
        if self.error is not None:
            raise self.error
        self.told.append((system, channel, body))
        return "taken"
