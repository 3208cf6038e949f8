"""Rows at rest and rows at hand, read as one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import TIME
from aright.core.model.tables import concat_rows

if TYPE_CHECKING:
    from aright.core.model.frame import Kind
    from aright.core.model.times import Micros
    from aright.ports.segments import Segments

_MOST_PIECES: Final = 64
"""Pieces of one kind and service at hand before they are laid together."""


class Rows:
    """Segments plus the tail that is not yet written.

    The tail is bounded by the engine's settings, and the log has it as well, so that losing it loses nothing.
    A look from another thread waits while the tail comes to rest, so that it sees no row twice or not at all.

    Attributes:
        waiting: rows in the tail.
        waiting_bytes: what they take.
        reached: log position up to which all has been taken; 0 before the first.
    """

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._moving = threading.RLock()
        self._tail: dict[tuple[Kind, str], list[pa.Table]] = {}
        self._flushed = 0
        self.waiting = 0
        self.waiting_bytes = 0
        self.reached = 0

    def start(self, position: int) -> None:
        """Go on from a checkpoint: what was written beyond ``position`` is deleted, and read from the log."""
        self._segments.cut(position)
        self._flushed = self.reached = position

    def services(self) -> list[str]:
        """Return the services that have rows at rest or at hand, sorted."""
        with self._moving:
            return sorted({*self._segments.services(), *(service for _, service in self._tail)})

    def add(self, kind: Kind, service: str, rows: pa.Table) -> None:
        """Take rows of one service; ``reach`` tells how far in the log they came from."""
        if rows.num_rows:
            with self._moving:
                self._tail.setdefault((kind, service), []).append(rows)
                self.waiting += rows.num_rows
                self.waiting_bytes += rows.nbytes

    def reach(self, position: int) -> None:
        """Note that all before ``position`` has been taken, whether or not it held rows."""
        self.reached = max(self.reached, position)

    def flush(self) -> int:
        """Write the tail; return the log position up to which all is at rest."""
        with self._moving:
            for (
                kind,
                _,
            ), pieces in self._tail.items():  # services apart: column types may differ
                self._segments.write(kind, concat_rows(pieces), first=self._flushed, last=self.reached)
            self._tail.clear()
            self._flushed, self.waiting, self.waiting_bytes = self.reached, 0, 0
            return self._flushed

    def scan(self, kind: Kind, service: str, start: Micros, end: Micros) -> pa.Table:
        """Return the rows of a service with ``start <= time < end``, by time, those at hand included."""
        with self._moving:
            rested = self._segments.scan(kind, service, start, end)
            pieces = self._at_hand(kind, service)
        at_hand = [part for rows in pieces if (part := _within(rows, start, end)).num_rows]
        if not at_hand:
            return rested
        return concat_rows([rested, *at_hand] if rested.num_rows else at_hand).sort_by("time")

    def compact(self, position: int) -> int:
        """Merge small files that lie before a committed ``position``; may run beside everything else."""
        return self._segments.compact(position)

    def drop_before(self, at: Micros) -> int:
        """Delete files whose every row is older than ``at``; may run beside everything else."""
        return self._segments.drop_before(at)

    def _at_hand(self, kind: Kind, service: str) -> list[pa.Table]:
        """Return the tail of a service, many small pieces laid together."""
        pieces = self._tail.get((kind, service), [])
        if len(pieces) > _MOST_PIECES:
            pieces[:] = [concat_rows(pieces).combine_chunks()]
        return list(pieces)


def _within(table: pa.Table, start: Micros, end: Micros) -> pa.Table:
    time = table["time"]
    low, high = (pa.scalar(at, pa.int64()).cast(TIME) for at in (start, end))
    return table.filter(pc.and_(pc.greater_equal(time, low), pc.less(time, high)))
