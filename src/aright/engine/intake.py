"""Intake: from the doors into the log, and from the log to the engine.

What the doors decoded is handed to the engine in memory, in the log's order. Memory is bounded: where the
engine falls behind, portions are let go and read from the log again, as after a restart.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from aright.core.model.bookkeeping import BadRow
from aright.core.observe.intake import Intake as Read
from aright.core.observe.intake import UnreadableError, read
from aright.ports.log import LogBrokenError, LogFullError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from aright.core.model.change import Change
    from aright.core.model.document import Document
    from aright.core.model.frame import Frame, Kind
    from aright.core.model.times import Micros
    from aright.ports.log import Log

_ACCEPTED_ONCE: Final = (
    1 << 31
)  # a frame in the log was within the bound of its day, which may have been larger
_PORTION_OVERHEAD: Final = 4_096  # bytes counted for each portion besides its columns, and for each value


@dataclass(frozen=True, kw_only=True)
class Acceptance:
    """What became of a body.

    Attributes:
        accepted: how many rows were taken.
        bad_count: how many were set aside.
        bad: the first 20 of those.
        notes: what was left out of rows that were taken.
        durable: the position behind the body in the log, once it is on disk.
    """

    accepted: int
    bad_count: int
    bad: tuple[BadRow, ...]
    notes: tuple[BadRow, ...] = ()
    durable: Future[int]


@dataclass(frozen=True, kw_only=True)
class Taken:
    """One body's rows, for the engine.

    Attributes:
        first: log position of the body.
        last: log position behind it.
        kind: what its rows are.
        rows: good rows; ``None`` for changes and where there is none.
        changes: good changes.
        others: good rows of other kinds in the same body.
        documents: good values that are kept by key.
        bad: the first 20 bad rows.
        bad_count: how many there were.
        received_at: when the door took it (µs, UTC).
    """

    first: int
    last: int
    kind: Kind
    rows: pa.Table | None
    changes: tuple[Change, ...]
    bad: tuple[BadRow, ...]
    bad_count: int
    received_at: Micros
    others: Mapping[Kind, pa.Table] = field(default_factory=dict)
    documents: tuple[Document, ...] = ()

    @property
    def tables(self) -> dict[Kind, pa.Table]:
        """Return all rows, by kind."""
        own = {self.kind: self.rows} if self.rows is not None else {}
        return {**own, **self.others}

    @property
    def size(self) -> int:
        """Return how many rows it has; documents count as one."""
        return sum(rows.num_rows for rows in self.tables.values()) or 1


class Intake:
    """The way in; ``accept`` may be called from many threads, the other methods from the engine's.

    Args:
        log: where bodies are kept.
        limit_bytes: largest body once decompressed.
        memory_bytes: how much may wait for the engine in memory.
        behind_bytes: how far the engine may lie behind the log before bodies are refused.

    Attributes:
        accepted: rows taken since the start.
        quarantined: rows set aside since the start.
    """

    def __init__(
        self,
        log: Log,
        limit_bytes: int = 64 << 20,
        *,
        memory_bytes: int = 256 << 20,
        behind_bytes: int = 4 << 30,
    ) -> None:
        self._log = log
        self._limit = limit_bytes
        self._memory_bytes = memory_bytes
        self._behind_bytes = behind_bytes
        self._lock = Lock()
        self._appending = Lock()  # a log that is done at once must call back in its own order, too
        self._ready: deque[tuple[Taken, int]] = deque()
        self._held = 0
        self._next = self._seen = log.end()
        self.accepted = 0
        self.quarantined = 0

    def start(self, position: int) -> None:
        """Hand out from ``position``; called once, before the first ``take``.

        Raises ``LogBrokenError`` where the log ends before that.
        """
        if position > self._log.end():
            raise LogBrokenError(
                f"the log ends at {self._log.end():,}, before the checkpoint at {position:,}: "
                "restore the log that belongs to this state database, or start with an empty store"
            )
        with self._lock:
            self._next = position

    def accept(self, frame: Frame) -> Acceptance:
        """Decode the body and give it to the log; its rows are handed over once it is on disk.

        Raises ``UnreadableError`` where no row can be told apart, ``LogFullError`` where the disk or the
        engine lies too far behind.
        """
        if self.behind() > self._behind_bytes:
            raise LogFullError("too much waits to be looked at: send again in a second")
        found = read(frame, limit_bytes=self._limit)
        if not found.good and not found.bad_count:
            nowhere = _at(self._log.end())
            return Acceptance(accepted=0, bad_count=0, bad=(), notes=found.notes, durable=nowhere)
        with self._appending:
            durable = self._log.append(frame)
            durable.add_done_callback(self._hand_over(frame, found))
        return Acceptance(
            accepted=found.good,
            bad_count=found.bad_count,
            bad=found.bad,
            notes=found.notes,
            durable=durable,
        )

    def count(self, accepted: int, quarantined: int) -> None:
        """Count rows that were taken and set aside past the log."""
        with self._lock:
            self.accepted += accepted
            self.quarantined += quarantined

    def take(self, limit_rows: int) -> list[Taken]:
        """Return the next portions in the log's order, about ``limit_rows`` rows; empty when caught up."""
        portions: list[Taken] = []
        rows = 0
        while rows < limit_rows:
            more = self._from_memory() or self._from_log(limit_rows - rows)
            if not more:
                break
            portions += more
            rows += sum(portion.size for portion in more)
        return portions

    def caught_up(self) -> bool:
        """Return whether all that is on disk has been taken."""
        return self.behind() == 0

    def behind(self) -> int:
        """Return how many durable bytes have not been taken yet."""
        end = self._log.end()
        with self._lock:
            return max(end - self._next, 0)

    def release(self, position: int) -> None:
        """Let the log delete what lies before ``position``: a checkpoint holds that it is at rest."""
        self._log.release(position)

    def _hand_over(self, frame: Frame, found: Read) -> Callable[[Future[int]], None]:
        """Return what the log calls, in its own order, once the body is on disk."""

        def durable(future: Future[int]) -> None:
            if future.exception() is not None:
                return
            last = future.result()
            with self._lock:
                first, self._seen = self._seen, last
                portion = _taken(found, frame, first, last)
                size = _held_by(portion)
                self.accepted += found.good
                self.quarantined += found.bad_count
                if self._held + size <= self._memory_bytes or not self._ready:
                    self._ready.append((portion, size))
                    self._held += size

        return durable

    def _from_memory(self) -> list[Taken]:
        with self._lock:
            while self._ready:
                portion, size = self._ready[0]
                if portion.first > self._next:
                    return []
                self._ready.popleft()
                self._held -= size
                if portion.first == self._next:
                    self._next = portion.last
                    return [portion]
        return []

    def _from_log(self, limit_rows: int) -> list[Taken]:
        """Read what was let go, or was there before the start, up to what waits in memory."""
        with self._lock:
            position = self._next
            stop = self._ready[0][0].first if self._ready else self._seen
        portions: list[Taken] = []
        rows = 0
        if position < stop:
            with closing(self._log.read(position)) as frames:  # type: ignore[type-var]  # a generator, in every log
                for last, frame in frames:
                    portion = _taken(self._reread(frame), frame, position, last)
                    portions.append(portion)
                    position = last
                    rows += portion.size
                    if position >= stop or rows >= limit_rows:
                        break
            with self._lock:
                self._next = position
        return portions

    def _reread(self, frame: Frame) -> Read:
        try:
            return read(frame, limit_bytes=_ACCEPTED_ONCE)
        except UnreadableError as error:  # written by a version of aright that understood it
            bad = BadRow(row=0, field="", problem=error.problem, fix=error.fix)
            return Read(kind=frame.kind, bad=(bad,), bad_count=1)


def _taken(found: Read, frame: Frame, first: int, last: int) -> Taken:
    return Taken(
        first=first,
        last=last,
        kind=found.kind,
        rows=found.rows,
        changes=found.changes,
        bad=found.bad,
        bad_count=found.bad_count,
        received_at=frame.received_at,
        others=found.others,
        documents=found.documents,
    )


def _held_by(portion: Taken) -> int:
    """Return about how many bytes a portion takes."""
    values = 1 + len(portion.changes) + len(portion.documents)
    rows: int = sum(table.get_total_buffer_size() for table in portion.tables.values())
    return values * _PORTION_OVERHEAD + rows


def _at(position: int) -> Future[int]:
    done: Future[int] = Future()
    done.set_result(position)
    return done
