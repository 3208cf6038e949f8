"""The state database: documents, timelines, the outbox, what is due, the series of signals, and profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from aright.core.model.document import Document

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    from aright.core.model.fact import Fact
    from aright.core.model.incident import TimelineEvent
    from aright.core.model.message import Due, Lease, Message
    from aright.core.model.sheet import Sheet
    from aright.core.model.signal import Segment, SignalPoint
    from aright.core.model.slo import Tally
    from aright.core.model.times import Micros

D = TypeVar("D", bound=Document)


class FencedError(Exception):
    """Another worker has leased the row since; what this one did is not recorded. Read the row again."""


class UnreachableError(Exception):
    """The state cannot be reached just now; a transaction that had begun was most likely not committed.

    Whether it was is unknown where the connection was lost while it was committed: what is done again must
    come to the same. The next transaction tries to connect anew.
    """


class UnreadableStoreError(Exception):
    """The database is no store of aright, is damaged, or was written by a newer aright."""


class Transaction(Protocol):
    """All or nothing; what it returns it has also read within."""

    def put(self, value: Document) -> None:
        """Insert the document, or replace the one with the same type and key.

        Raises ``UnkeepableError`` (core/model/codec) where it would not read back, as with a NaN in it.
        """
        ...

    def put_all(self, values: Sequence[Document]) -> None:
        """Put many documents in their order, as ``put`` does each, for less than putting one by one."""
        ...

    def get(self, kind: type[D], key: str) -> D | None:
        """Return the document, or ``None``."""
        ...

    def get_all(self, kind: type[D], keys: Sequence[str]) -> Mapping[str, D]:
        """Return those of these documents that there are, by key."""
        ...

    def list(
        self, kind: type[D], *, service: str | None = None, tag: str | None = None, limit: int = 1_000
    ) -> Sequence[D]:
        """Return documents of a type, the last put first.

        Args:
            kind: the type.
            service: keeps those of one service. A ``Service`` belongs to itself; documents without a service
                belong to none.
            tag: keeps those of one tag (``tag`` of the document), such as ``open`` incidents; by an index, so
                that it costs what it finds.
            limit: how many at most.
        """
        ...

    def latest(self, limit: int) -> Sequence[tuple[int, str, str]]:
        """Return what was put last, of all types: the put's own number, the type's name, the key.

        It costs a look at an index, and shows a replica what others have written.
        """
        ...

    def delete(self, kind: type[Document], key: str) -> bool:
        """Delete a document; return whether it was there."""
        ...

    def keep_last(self, kind: type[Document], count: int) -> int:
        """Delete all documents of a type but those last put; return how many went."""
        ...

    def append_event(self, event: TimelineEvent) -> TimelineEvent:
        """Append to the incident's timeline: number, previous and hash are filled in here and returned."""
        ...

    def events(self, incident: str) -> Sequence[TimelineEvent]:
        """Return the incident's timeline, oldest first."""
        ...

    def append_fact(self, fact: Fact) -> Fact:
        """Append an event of an incident: number, previous and hash are filled in here and returned."""
        ...

    def facts(self, incident: str) -> Sequence[Fact]:
        """Return the events that made an incident what it is, oldest first."""
        ...

    def add_points(self, points: Sequence[SignalPoint]) -> None:
        """Keep signal points; a point of the same service, version, segment, name and start is replaced.

        Raises ``ValueError`` where ``n`` or ``total`` is not finite.
        """
        ...

    def points(
        self,
        service: str,
        *,
        start: Micros,
        end: Micros,
        names: Sequence[str] | None = None,
        segment: Segment | None = None,
    ) -> Sequence[SignalPoint]:
        """Return points of windows with ``start <= window start < end``.

        Ordered by start, then name, version and segment.
        """
        ...

    def tallies(
        self, service: str, *, name: str, segment: Segment, start: Micros, end: Micros, step: Micros
    ) -> Sequence[Tally]:
        """Return one series, of all versions together, merged by steps of time; empty steps are left out.

        Args:
            service: whose.
            name: the signal.
            segment: of which part of the traffic.
            start: of the first window (µs, UTC).
            end: later windows are left out (µs, UTC).
            step: how long a step is (µs); steps start at its multiples, also before ``start``.
        """
        ...

    def drop_points(self, before: Micros) -> int:
        """Delete points of windows that started before then; return how many went."""
        ...

    def add_sheets(self, value: Sequence[Sheet]) -> None:
        """Keep sheets; one of the same service, version, segment, start and width is replaced."""
        ...

    def sheets(
        self,
        service: str,
        *,
        start: Micros,
        end: Micros,
        segment: Segment | None = None,
        version: str | None = None,
        narrower: Micros | None = None,
    ) -> Sequence[Sheet]:
        """Return sheets with ``start <= sheet start < end``, those less wide than ``narrower`` alone.

        Ordered by start, then width, version and segment.
        """
        ...

    def first_sheet(self, service: str, *, narrower: Micros) -> Micros | None:
        """Return the earliest start of a service's sheets less wide than that, or ``None``."""
        ...

    def remove_sheets(self, value: Sequence[Sheet]) -> int:
        """Delete the sheets of the same identity as these; return how many went."""
        ...

    def drop_sheets(self, before: Micros) -> int:
        """Delete sheets that start before then; return how many went."""
        ...

    def send(self, message: Message) -> bool:
        """Put a message into the outbox; return ``False`` and change nothing where its id is known.

        Earlier messages of its ``dedup_key`` that are pending become as urgent as it: it waits for them.
        """
        ...

    def messages(self, incident: str) -> Sequence[Message]:
        """Return an incident's messages, oldest first."""
        ...

    def lease_messages(
        self, now: Micros, *, limit: int, span: Micros, but: Collection[str] = (), urgency: int = 9
    ) -> Sequence[Lease]:
        """Lend due, unleased messages to the caller until ``now + span``, most urgent first, then oldest.

        A message waits while an earlier one of the same ``dedup_key`` is pending: a receiver drops a resolve
        that comes before its trigger. Each lease counts as an attempt.

        Args:
            now: µs, UTC.
            limit: at most so many.
            span: how long (µs).
            but: none of these channels.
            urgency: none less urgent than that.
        """
        ...

    def message_sent(self, lease: Lease) -> None:
        """Record success; raises ``FencedError`` under an older fence."""
        ...

    def message_failed(self, lease: Lease, *, error: str, retry_at: Micros | None) -> None:
        """Record an error; try again at ``retry_at``, or never with ``None``. Raises ``FencedError``."""
        ...

    def schedule(self, due: Due) -> None:
        """Insert or move a due row."""
        ...

    def take_due(
        self, now: Micros, *, limit: int = 100, only: str = "", but: Collection[str] = ()
    ) -> Sequence[Due]:
        """Return rows that are due, earliest first; they stay until ``done``.

        Args:
            now: µs, UTC.
            limit: at most so many.
            only: of this task alone; empty for all.
            but: none of these tasks.
        """
        ...

    def next_due(self) -> Micros | None:
        """Return the earliest ``due_at``, or ``None``."""
        ...

    def done(self, key: str) -> None:
        """Delete a due row."""
        ...

    def next_number(self, sequence: str) -> int:
        """Return 1, 2, 3 … of a named sequence, never the same twice."""
        ...


class State(Protocol):
    """Committed means on disk."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Open a transaction: committed when the block ends, rolled back when it raises.

        Transactions run one after the other, over all threads and processes. One inside another of the same
        thread raises ``RuntimeError``: it would wait for itself.
        """
        ...

    def close(self) -> None:
        """Let go of the files."""
        ...
