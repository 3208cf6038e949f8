"""Tickets: what people did with an incident's ticket where it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.outlet import ExternalRef
    from aright.core.model.ticket import TicketSeen


class TicketsError(Exception):
    """The tickets could not be read. Its text says why; they are read again when it is time."""


@runtime_checkable
class Tickets(Protocol):
    """One system's tickets; a channel that can read them is this, too. Thread-safe."""

    @property
    def name(self) -> str:
        """The channel's name."""
        ...

    def read(self, refs: Sequence[ExternalRef]) -> Sequence[TicketSeen]:
        """Return these tickets as they stand; what is gone is left out. Raises ``TicketsError``.

        What was made twice, as by a request that was done long after its answer was lost, is cancelled on
        the way.
        """
        ...
