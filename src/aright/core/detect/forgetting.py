"""Forgetting: streams that are long unseen give up their places, so that a detector's memory is bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from aright.core.detect.settings import Settings
    from aright.core.model.times import Micros

IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

PARTS: Final = 64
"""Old streams are looked for this often while one becomes old, and this part of the room is made at once."""

RESERVED: Final = 8
"""One in so many places is kept for wide streams."""


class Presence:
    """When each stream was last seen, by a clock of windows with shares that were judged outside incidents.

    So a service that tells nothing for a week forgets nothing, and neither does one whose pools are gone as
    long as its incident is open.

    >>> presence = Presence()
    >>> presence.grow(2)
    >>> for quiet in (False, False, True):
    ...     presence.see(np.array([1]), width=30, quiet=quiet)
    >>> presence.absent
    array([60,  0])
    """

    def __init__(self) -> None:
        self._clock: Micros = 0
        self._swept: Micros = 0
        self._last: IntArray = np.zeros(0, dtype=np.int64)

    def grow(self, streams: int) -> None:
        """Make room for as many streams in all; the new ones are seen now."""
        more = streams - len(self._last)
        self._last = np.concatenate((self._last, np.full(more, self._clock, dtype=np.int64)))

    def keep(self, rows: IntArray) -> None:
        """Forget all streams but these."""
        self._last = self._last[rows]

    def see(self, rows: IntArray, *, width: Micros, quiet: bool) -> None:
        """Note which streams a window has shown."""
        if rows.size and not quiet:
            self._clock += width
        self._last[rows] = self._clock

    @property
    def absent(self) -> IntArray:
        """For how long each stream has not been seen (µs), shape (streams,)."""
        return self._clock - self._last

    def due(self, every: Micros) -> bool:
        """Return whether it is time to look for old streams, once in as long."""
        if self._clock - self._swept < every:
            return False
        self._swept = self._clock
        return True


def too_old(absent: IntArray, lasting: BoolArray, settings: Settings) -> BoolArray:
    """Return which streams are forgotten, shape (streams,); ``lasting`` ones stay longer.

    >>> from aright.core.detect.settings import Settings
    >>> settings = Settings(kind_of=lambda name: name, forget_after=10, forget_lasting_after=100)
    >>> too_old(np.array([9, 11, 11]), np.array([False, False, True]), settings)
    array([False,  True, False])
    """
    return absent > np.where(lasting, settings.forget_lasting_after, settings.forget_after)


def giving_way(absent: IntArray, held: BoolArray, lacking: int, settings: Settings) -> IntArray:
    """Return the streams that give way to new ones, the longest unseen first.

    None does that is ``held`` or was seen of late: where more segments are there at a time than there is
    room for, those that came first are judged, rather than all of them learned again and again. Some more
    than are lacking go at once, so that this is rare.

    >>> from aright.core.detect.settings import Settings
    >>> settings = Settings(kind_of=lambda name: name, forget_after=640, most_streams=64)
    >>> giving_way(np.array([12, 50, 9, 60]), np.array([False, False, False, True]), 3, settings)
    array([1, 0])
    """
    may = np.flatnonzero(~held & (absent >= settings.forget_after // PARTS))
    order = np.argsort(-absent[may], kind="stable")
    return may[order[: max(lacking, settings.most_streams // PARTS)]]
