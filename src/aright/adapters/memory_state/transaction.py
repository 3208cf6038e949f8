"""One transaction over the dictionaries."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import msgspec

from aright.adapters.memory_state.tables import Parcel, Row
from aright.core.incident.chain import seal, seal_fact
from aright.core.model import codec
from aright.core.model.document import Document
from aright.core.model.message import Lease
from aright.core.model.slo import Tally
from aright.ports.state import FencedError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from aright.adapters.memory_state.tables import PointKey, SheetKey, Tables, Undo
    from aright.core.model.fact import Fact
    from aright.core.model.incident import TimelineEvent
    from aright.core.model.message import Due, Message
    from aright.core.model.sheet import Sheet
    from aright.core.model.signal import Segment, SignalPoint
    from aright.core.model.times import Micros

D = TypeVar("D", bound=Document)


class MemoryTransaction:
    """The port's ``Transaction``; see there for what each method promises."""

    def __init__(self, tables: Tables, undo: Undo) -> None:
        self._tables = tables
        self._undo = undo

    def put(self, value: Document) -> None:
        """Insert or replace a document."""
        body = codec.encode(value)
        row = Row(put=self._count("put"), service=codec.service_of(value), tag=codec.tag_of(value), body=body)
        self._undo.set(self._tables.documents, (codec.collection(type(value)), value.key), row)

    def put_all(self, values: Sequence[Document]) -> None:
        """Insert or replace documents."""
        for value in values:
            self.put(value)

    def get(self, kind: type[D], key: str) -> D | None:
        """Return a document."""
        row = self._tables.documents.get((codec.collection(kind), key))
        return None if row is None else codec.decode(row.body, kind)

    def get_all(self, kind: type[D], keys: Sequence[str]) -> Mapping[str, D]:
        """Return documents by key."""
        found = {key: self.get(kind, key) for key in keys}
        return {key: value for key, value in found.items() if value is not None}

    def list(
        self, kind: type[D], *, service: str | None = None, tag: str | None = None, limit: int = 1_000
    ) -> Sequence[D]:
        """Return documents, the last put first."""
        name = codec.collection(kind)
        rows = [
            row
            for (of, _), row in self._tables.documents.items()
            if of == name and service in {None, row.service} and tag in {None, row.tag}
        ]
        rows.sort(key=lambda row: row.put, reverse=True)
        return [codec.decode(row.body, kind) for row in rows[:limit]]

    def latest(self, limit: int) -> Sequence[tuple[int, str, str]]:
        """Return what was put last."""
        rows = [(row.put, kind, key) for (kind, key), row in self._tables.documents.items()]
        return sorted(rows, reverse=True)[:limit]

    def delete(self, kind: type[Document], key: str) -> bool:
        """Delete a document."""
        return self._undo.drop(self._tables.documents, (codec.collection(kind), key))

    def keep_last(self, kind: type[Document], count: int) -> int:
        """Delete all documents of a type but the last ones."""
        name = codec.collection(kind)
        rows = [(row.put, key) for key, row in self._tables.documents.items() if key[0] == name]
        gone = sorted(rows, reverse=True)[count:]
        for _, key in gone:
            self._undo.drop(self._tables.documents, key)
        return len(gone)

    def append_event(self, event: TimelineEvent) -> TimelineEvent:
        """Append to a timeline."""
        before = self._tables.timelines.get(event.incident, ())
        numbered = msgspec.structs.replace(event, number=len(before) + 1)
        sealed = seal(numbered, before[-1].hash if before else "")
        self._undo.set(self._tables.timelines, event.incident, (*before, sealed))
        return sealed

    def events(self, incident: str) -> Sequence[TimelineEvent]:
        """Return a timeline."""
        return self._tables.timelines.get(incident, ())

    def append_fact(self, fact: Fact) -> Fact:
        """Append a fact."""
        before = self._tables.facts.get(fact.incident, ())
        numbered = msgspec.structs.replace(fact, number=len(before) + 1)
        sealed = seal_fact(numbered, before[-1].hash if before else "")
        self._undo.set(self._tables.facts, fact.incident, (*before, sealed))
        return sealed

    def facts(self, incident: str) -> Sequence[Fact]:
        """Return facts."""
        return self._tables.facts.get(incident, ())

    def add_points(self, points: Sequence[SignalPoint]) -> None:
        """Keep signal points."""
        for point in points:
            if not (math.isfinite(point.n) and math.isfinite(point.total)):
                raise ValueError(f"{point.name} of {point.service}: n and total must be finite")
            series = self._tables.points.setdefault(point.service, {})
            self._undo.set(series, _key(point), point)

    def points(
        self,
        service: str,
        *,
        start: Micros,
        end: Micros,
        names: Sequence[str] | None = None,
        segment: Segment | None = None,
    ) -> Sequence[SignalPoint]:
        """Return signal points, ordered."""
        wanted = None if names is None else frozenset(names)
        found = [
            point
            for point in self._tables.points.get(service, {}).values()
            if start <= point.start < end
            and (wanted is None or point.name in wanted)
            and segment in {None, point.segment}
        ]
        return sorted(found, key=_key)

    def tallies(
        self, service: str, *, name: str, segment: Segment, start: Micros, end: Micros, step: Micros
    ) -> Sequence[Tally]:
        """Return one series, merged by steps of time."""
        found: dict[Micros, Tally] = {}
        for point in self.points(service, start=start, end=end, names=[name], segment=segment):
            if not point.version:
                at = point.start - point.start % step
                before = found.get(at, Tally(at, 0.0, 0.0))
                found[at] = Tally(at, before.n + point.n, before.total + point.total)
        return list(found.values())

    def drop_points(self, before: Micros) -> int:
        """Delete old points."""
        gone = 0
        for series in self._tables.points.values():
            for key in [key for key in series if key[0] < before]:
                gone += self._undo.drop(series, key)
        return gone

    def add_sheets(self, value: Sequence[Sheet]) -> None:
        """Keep sheets."""
        for sheet in value:
            self._undo.set(self._tables.sheets.setdefault(sheet.service, {}), _identity(sheet), sheet)

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
        """Return sheets, ordered."""
        found = [
            sheet
            for sheet in self._tables.sheets.get(service, {}).values()
            if start <= sheet.start < end
            and segment in {None, sheet.segment}
            and version in {None, sheet.version}
            and (narrower is None or sheet.width < narrower)
        ]
        return sorted(found, key=_identity)

    def first_sheet(self, service: str, *, narrower: Micros) -> Micros | None:
        """Return where the earliest narrow sheet starts."""
        kept = self._tables.sheets.get(service, {}).values()
        return min((sheet.start for sheet in kept if sheet.width < narrower), default=None)

    def remove_sheets(self, value: Sequence[Sheet]) -> int:
        """Delete these sheets."""
        return sum(
            self._undo.drop(self._tables.sheets.get(sheet.service, {}), _identity(sheet)) for sheet in value
        )

    def drop_sheets(self, before: Micros) -> int:
        """Delete old sheets."""
        gone = 0
        for kept in self._tables.sheets.values():
            for key in [key for key in kept if key[0] < before]:
                gone += self._undo.drop(kept, key)
        return gone

    def send(self, message: Message) -> bool:
        """Put a message into the outbox."""
        if message.id in self._tables.outbox:
            return False
        parcel = Parcel(number=self._count("outbox"), fence=0, until=0, message=message)
        self._undo.set(self._tables.outbox, message.id, parcel)
        self._hurry(message)
        return True

    def _hurry(self, by: Message) -> None:
        for key, parcel in list(self._tables.outbox.items()):
            earlier = parcel.message
            if (earlier.dedup_key, earlier.status) == (
                by.dedup_key,
                "pending",
            ) and earlier.urgency > by.urgency:
                hurried = msgspec.structs.replace(earlier, urgency=by.urgency)
                self._undo.set(self._tables.outbox, key, replace(parcel, message=hurried))

    def messages(self, incident: str) -> Sequence[Message]:
        """Return an incident's messages."""
        parcels = [parcel for parcel in self._tables.outbox.values() if parcel.message.incident == incident]
        return [parcel.message for parcel in sorted(parcels, key=lambda parcel: parcel.number)]

    def lease_messages(
        self, now: Micros, *, limit: int, span: Micros, but: Collection[str] = (), urgency: int = 9
    ) -> Sequence[Lease]:
        """Lend due messages."""
        pending = [parcel for parcel in self._tables.outbox.values() if parcel.message.status == "pending"]
        first: dict[str, int] = {}
        for parcel in sorted(pending, key=lambda parcel: parcel.number):
            first.setdefault(parcel.message.dedup_key, parcel.number)
        ready = [
            parcel
            for parcel in pending
            if parcel.message.due_at <= now
            and parcel.message.channel not in but
            and parcel.message.urgency <= urgency
            and parcel.until <= now
            and first[parcel.message.dedup_key] == parcel.number
        ]
        ready.sort(key=lambda parcel: (parcel.message.urgency, parcel.number))
        return [self._lend(parcel, now + span) for parcel in ready[:limit]]

    def message_sent(self, lease: Lease) -> None:
        """Record success."""
        self._settle(lease, status="sent", error="", due_at=None)

    def message_failed(self, lease: Lease, *, error: str, retry_at: Micros | None) -> None:
        """Record an error."""
        status = "failed" if retry_at is None else "pending"
        self._settle(lease, status=status, error=error, due_at=retry_at)

    def schedule(self, due: Due) -> None:
        """Insert or move a due row."""
        self._undo.set(self._tables.dues, due.key, due)

    def take_due(
        self, now: Micros, *, limit: int = 100, only: str = "", but: Collection[str] = ()
    ) -> Sequence[Due]:
        """Return due rows."""
        rows = [
            due
            for due in self._tables.dues.values()
            if due.due_at <= now and only in {"", due.task} and due.task not in but
        ]
        return sorted(rows, key=lambda due: (due.due_at, due.key))[:limit]

    def next_due(self) -> Micros | None:
        """Return the earliest due time."""
        return min((due.due_at for due in self._tables.dues.values()), default=None)

    def done(self, key: str) -> None:
        """Delete a due row."""
        self._undo.drop(self._tables.dues, key)

    def next_number(self, sequence: str) -> int:
        """Count on."""
        return self._count(f"sequence {sequence}")

    def _count(self, counter: str) -> int:
        number = self._tables.counters.get(counter, 0) + 1
        self._undo.set(self._tables.counters, counter, number)
        return number

    def _lend(self, parcel: Parcel, until: Micros) -> Lease:
        message = msgspec.structs.replace(parcel.message, attempts=parcel.message.attempts + 1)
        lent = replace(parcel, fence=parcel.fence + 1, until=until, message=message)
        self._undo.set(self._tables.outbox, message.id, lent)
        return Lease(fence=lent.fence, message=message)

    def _settle(self, lease: Lease, *, status: str, error: str, due_at: Micros | None) -> None:
        parcel = self._tables.outbox.get(lease.message.id)
        if parcel is None or parcel.fence != lease.fence or parcel.message.status != "pending":
            raise FencedError(f"message {lease.message.id} is no longer this worker's: read it again")
        message = msgspec.structs.replace(parcel.message, status=status, error=error)
        if due_at is not None:
            message = msgspec.structs.replace(message, due_at=due_at)
        self._undo.set(self._tables.outbox, message.id, replace(parcel, until=0, message=message))


def _key(point: SignalPoint) -> PointKey:
    return (point.start, point.name, point.version, point.segment.attribute, point.segment.value)


def _identity(sheet: Sheet) -> SheetKey:
    return (sheet.start, sheet.width, sheet.version, sheet.segment.attribute, sheet.segment.value)
