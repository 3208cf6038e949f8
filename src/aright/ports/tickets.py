"""Tickets: what people did with an incident's ticket where it is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.outlet import ExternalRef
    from aright.core.model.ticket import TicketSeen
    from aright.core.model.times import Micros


class TicketsError(Exception):
    """The tickets could not be read. Its text says why; they are read again when it is time."""


class Tickets(Protocol):
    """One system's tickets. Thread-safe."""

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

    def nudged(self, headers: Mapping[str, str], body: bytes, now: Micros) -> str:
        """Return the id of a webhook that says that something changed; what did is then read.

        Raises ``ForgedError``, ``StaleError`` and ``NoMessageError`` (ports/hook.py).

        Args:
            headers: by their names in lower case.
            body: as it came, byte for byte.
            now: the wall's time (µs, UTC).
        """
        ...
