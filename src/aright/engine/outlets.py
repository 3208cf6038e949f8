"""What committing knows of the channels: their names, their sorts, and what each takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aright.core.page.escalating.timing import REMIND_EVERY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.times import Micros
    from aright.ports.channel import Channel, Kind

LEAST_SEVERE: Final = 4


@dataclass(frozen=True, slots=True)
class Outlet:
    """A channel without its way out.

    Attributes:
        kind: what it is to an incident.
        takes: the actions that it has a use for.
    """

    kind: Kind
    takes: frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlets:
    """All channels that are set up.

    Attributes:
        by_name: in the order in which the catalog has them.
        ticket_level: incidents up to this level have a ticket, 1 to 4; one not judged yet counts as 2.
        remind_every: how often everybody is told again of a page that nobody took on (µs).
    """

    by_name: Mapping[str, Outlet] = field(default_factory=dict)
    ticket_level: int = LEAST_SEVERE
    remind_every: Micros = REMIND_EVERY

    def takes(self, name: str, action: str) -> bool:
        """Return whether a channel has a use for an action; one that is gone may come back, and had."""
        known = self.by_name.get(name)
        return known is None or action in known.takes

    @property
    def paging(self) -> frozenset[str]:
        """Channels by which somebody can be paged."""
        return frozenset(
            name for name, one in self.by_name.items() if one.kind != "tickets" and "trigger" in one.takes
        )

    @property
    def pagers(self) -> tuple[str, ...]:
        """Channels that escalate by themselves."""
        return tuple(
            name for name, one in self.by_name.items() if one.kind == "pager" and "trigger" in one.takes
        )

    @property
    def tickets(self) -> tuple[str, ...]:
        """Channels that keep a record of their own."""
        return tuple(
            name for name, one in self.by_name.items() if one.kind == "tickets" and "trigger" in one.takes
        )


def outlets_of(
    channels: Mapping[str, Channel], *, ticket_level: int = LEAST_SEVERE, remind_every: Micros = REMIND_EVERY
) -> Outlets:
    """Return what committing knows of the channels."""
    by_name = {name: Outlet(channel.kind, channel.takes) for name, channel in channels.items()}
    return Outlets(by_name=by_name, ticket_level=ticket_level, remind_every=remind_every)
