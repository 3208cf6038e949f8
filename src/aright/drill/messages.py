"""What a drill and its services say to each other, whatever the services are for."""

from __future__ import annotations

from typing import Final

import msgspec

FLUSH: Final = "/flush"
"""Where a service is asked to send what it has to report."""


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """What a service is told on its standard input, so that no secret stands in a list of processes.

    Attributes:
        url: aright's.
        token: for aright.
        secret: that mitigations, and replays, are signed with.
        ports: of the drill's services and of whom else they call, by name.
    """

    url: str
    token: str
    secret: str
    ports: dict[str, int]


class Flushed(msgspec.Struct, frozen=True, kw_only=True):
    """How a service's reporting stands.

    Attributes:
        sent: whether all of it has been accepted.
        dropped: rows and batches of spans that were not, or were put aside as unreadable.
    """

    sent: bool
    dropped: int = 0
