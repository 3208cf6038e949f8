"""Heartbeats: what must be heard from again and again, or somebody is told."""

from __future__ import annotations

import msgspec

from aright.core.model.times import MINUTE, Micros


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """A dead man's switch.

    Attributes:
        key: its name.
        service: whose incident its silence opens.
        every: how often it must be heard (µs).
        grace: how much later at most (µs).
        alert: the name of another program's alert that counts as its beat, such as ``Watchdog``; else empty.
        page: whether its silence is harm, and pages; else it gives notice.
        last_at: when it was heard last (µs, UTC); 0 for never: it is missed from its first beat on only.
        missed_at: since when it is missed (µs, UTC); 0 while it is not.
    """

    key: str
    service: str
    every: Micros
    grace: Micros = MINUTE
    alert: str = ""
    page: bool = True
    last_at: Micros = 0
    missed_at: Micros = 0

    @property
    def tag(self) -> str:
        """Return ``alert`` for one that other programs' alerts may beat."""
        return "alert" if self.alert else ""


class Pulse(msgspec.Struct, frozen=True, kw_only=True):
    """When aright itself was awake last; one document.

    Attributes:
        key: ``aright``.
        at: µs, UTC.
    """

    at: Micros
    key: str = "aright"
