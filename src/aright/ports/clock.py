"""The clock the engine lives by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from aright.core.model.times import Micros


class Clock(Protocol):
    """Wall time, or time that is driven through a door."""

    @property
    def driven(self) -> bool:
        """Whether time moves only when it is told to."""
        ...

    def now(self) -> Micros:
        """Return the current instant (µs, UTC); never goes back."""
        ...


class DrivenClock(Clock, Protocol):
    """A clock for drills and stories."""

    def set(self, to: Micros) -> None:
        """Move on to ``to``; raises ``ValueError`` where that is in its past."""
        ...
