"""What one part of a schedule says of an instant, and for how long it says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from aright.core.model.times import Micros
    from aright.core.page.schedule.wall import Wall


class Piece(NamedTuple):
    """An answer that holds for a span; the answer next to it may be the same.

    Attributes:
        person: who; empty for nobody.
        because: the layer, holiday or override.
        start: from when (µs, UTC).
        end: until when, not included (µs, UTC).
    """

    person: str
    because: str
    start: Micros
    end: Micros


class Level(Protocol):
    """A layer, the holidays, or the overrides."""

    def piece(self, at: Micros, wall: Wall) -> Piece:
        """Return what holds at an instant, whose wall time is ``wall``; its span contains the instant."""
        ...
