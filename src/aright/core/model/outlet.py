"""Outlets: the channels of the catalog, and what other systems call an incident."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.model.times import Micros

OUTLET_TYPES: Final = ("pagerduty", "servicenow", "slack", "email", "webhook")
"""What a channel of the catalog may be."""


class Outlet(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as the catalog sets it up; never kept in the store, since it holds secrets.

    Attributes:
        key: its name, as people, policies and updates write it.
        type: one of ``OUTLET_TYPES``.
        settings: by name, as the type's own configuration reads them; secrets among them.
    """

    key: str
    type: str
    settings: dict[str, str] = msgspec.field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Outlet(key={self.key!r}, type={self.type!r})"

    def __rich_repr__(self) -> list[tuple[str, object]]:
        """Leave the settings out of what rich prints, too."""
        return [("key", self.key), ("type", self.type)]


class ExternalRef(msgspec.Struct, frozen=True, kw_only=True):
    """What another system calls an incident.

    Attributes:
        key: the channel's name and the incident's id: ``servicenow/INC-1``.
        channel: the channel's name.
        incident: the incident's id.
        id: the other system's own key: a sys_id, an incident id.
        number: what people there call it: ``INC0010023``.
        link: its page there; empty where it has none.
        state: what that system last said of it, in its own word; empty where it has not.
        seen_at: when (µs, UTC).
    """

    key: str
    channel: str
    incident: str
    id: str
    number: str = ""
    link: str = ""
    state: str = ""
    seen_at: Micros = 0

    @property
    def tag(self) -> str:
        """Return the incident: all of its references are found."""
        return self.incident


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a receiver said to a message that it accepted.

    Attributes:
        answer: cut to 2,000 characters.
        ref: what it calls the incident, where it said so.
        remaining: how many more requests it would take until ``resets_in``; ``None`` where it did not say.
        resets_in: seconds until it counts anew; ``None`` likewise.
    """

    answer: str = ""
    ref: ExternalRef | None = None
    remaining: int | None = None
    resets_in: float | None = None
