"""Replicas: several processes over one state; one of them watches."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.times import Micros

WATCHER: Final = "watcher"


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """The lease of the replica that watches: rows, windows, diagnoses and releases are its own.

    Attributes:
        key: always ``watcher``.
        name: of the replica.
        store: id of the folder that its log and segments are in.
        fence: grows whenever the lease goes to a process; what an older one does is refused.
        until: when it runs out (µs, UTC).
        beats: grows with each renewal.
        missed_at: since when the others have not heard it (µs, UTC); 0 while they have.
        incident: that its silence opened or joined; empty for none.
    """

    key: str = WATCHER
    name: str
    store: str
    fence: int
    until: Micros
    beats: int = 0
    missed_at: Micros = 0
    incident: str = ""
