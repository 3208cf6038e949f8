"""One transaction: the port's methods over an open connection, whichever database it is to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from sqlalchemy import delete, func, select

from aright.adapters.sql import facts, outbox, series, sheets, statements
from aright.adapters.sql.tables import DOCUMENTS, DUES, TIMELINE
from aright.adapters.sql.upserts import count_on, replace
from aright.core.incident.chain import seal
from aright.core.model import codec
from aright.core.model.document import Document
from aright.core.model.incident import TimelineEvent
from aright.core.model.message import Due

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from aright.core.model.fact import Fact
    from aright.core.model.message import Lease, Message
    from aright.core.model.sheet import Sheet
    from aright.core.model.signal import Segment, SignalPoint
    from aright.core.model.slo import Tally
    from aright.core.model.times import Micros

D = TypeVar("D", bound=Document)

_KEYS: Final = 500
"""Keys in one statement: SQLite takes some thousand variables at most."""


class SqlTransaction:
    """The port's ``Transaction``; see there for what each method promises.

    Args:
        connection: inside an open transaction.
        streams: ids of the streams that are known to be committed.

    Attributes:
        new_streams: ids made in this transaction, good once it is committed.
    """

    def __init__(self, connection: Connection, streams: dict[series.StreamKey, int]) -> None:
        self._connection = connection
        self._streams = streams
        self.new_streams: dict[series.StreamKey, int] = {}

    def put(self, value: Document) -> None:
        """Insert or replace a document."""
        self.put_all((value,))

    def put_all(self, values: Sequence[Document]) -> None:
        """Insert or replace documents, by one statement for all."""
        if not values:
            return
        last: int = self._connection.execute(statements.LAST_PUT).scalar_one() or 0
        rows = {
            (type(value), value.key): {
                "kind": codec.collection(type(value)),
                "key": value.key,
                "put": last + number,
                "service": codec.service_of(value),
                "tag": codec.tag_of(value),
                "body": codec.encode(value),
            }
            for number, value in enumerate(values, 1)
        }
        replace(self._connection, DOCUMENTS, list(rows.values()))

    def get(self, kind: type[D], key: str) -> D | None:
        """Return a document."""
        wanted = {"of": codec.collection(kind), "name": key}
        body: bytes | None = self._connection.execute(statements.ONE, wanted).scalar_one_or_none()
        return None if body is None else codec.decode(body, kind)

    def get_all(self, kind: type[D], keys: Sequence[str]) -> Mapping[str, D]:
        """Return documents by key, some hundred at a time."""
        found: dict[str, D] = {}
        for start in range(0, len(keys), _KEYS):
            wanted = {"of": codec.collection(kind), "names": list(keys[start : start + _KEYS])}
            rows = self._connection.execute(statements.SOME, wanted)
            found |= {key: codec.decode(body, kind) for key, body in rows}
        return found

    def list(
        self, kind: type[D], *, service: str | None = None, tag: str | None = None, limit: int = 1_000
    ) -> Sequence[D]:
        """Return documents, the last put first."""
        wanted: dict[str, str | int] = {"of": codec.collection(kind), "most": limit}
        if service is not None:
            wanted["service"] = service
        if tag is not None:
            wanted["tag"] = tag
        statement = statements.listing(service=service is not None, tag=tag is not None)
        return [codec.decode(body, kind) for body in self._connection.execute(statement, wanted).scalars()]

    def latest(self, limit: int) -> Sequence[tuple[int, str, str]]:
        """Return what was put last."""
        rows = self._connection.execute(statements.LATEST, {"most": limit})
        return [(put, kind, key) for put, kind, key in rows]

    def delete(self, kind: type[Document], key: str) -> bool:
        """Delete a document."""
        statement = delete(DOCUMENTS).where(
            DOCUMENTS.c.kind == codec.collection(kind), DOCUMENTS.c.key == key
        )
        return self._connection.execute(statement).rowcount > 0

    def keep_last(self, kind: type[Document], count: int) -> int:
        """Delete all documents of a type but the last ones."""
        of = DOCUMENTS.c.kind == codec.collection(kind)
        # The newest of those that go; their order is that of an index.
        newest = select(DOCUMENTS.c.put).where(of).order_by(DOCUMENTS.c.put.desc()).limit(1).offset(count)
        last: int | None = self._connection.execute(newest).scalar_one_or_none()
        if last is None:
            return 0
        return self._connection.execute(delete(DOCUMENTS).where(of, DOCUMENTS.c.put <= last)).rowcount

    def append_event(self, event: TimelineEvent) -> TimelineEvent:
        """Append to a timeline."""
        row = self._connection.execute(statements.LAST_EVENT, {"of": event.incident}).one_or_none()
        number, previous = (row.number, row.hash) if row else (0, "")
        sealed = seal(msgspec.structs.replace(event, number=number + 1), previous)
        values = {"incident": sealed.incident, "number": sealed.number, "hash": sealed.hash}
        self._connection.execute(statements.ADD_EVENT, values | {"body": msgspec.json.encode(sealed)})
        return sealed

    def events(self, incident: str) -> Sequence[TimelineEvent]:
        """Return a timeline."""
        statement = select(TIMELINE.c.body).where(TIMELINE.c.incident == incident).order_by(TIMELINE.c.number)
        bodies = self._connection.execute(statement).scalars()
        return [msgspec.json.decode(body, type=TimelineEvent) for body in bodies]

    def append_fact(self, fact: Fact) -> Fact:
        """Append a fact."""
        return facts.append(self._connection, fact)

    def facts(self, incident: str) -> Sequence[Fact]:
        """Return facts."""
        return facts.of_incident(self._connection, incident)

    def add_points(self, points: Sequence[SignalPoint]) -> None:
        """Keep signal points."""
        series.add(self._connection, points, self._streams, self.new_streams)

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
        return series.read(self._connection, service, start, end, names, segment)

    def tallies(
        self, service: str, *, name: str, segment: Segment, start: Micros, end: Micros, step: Micros
    ) -> Sequence[Tally]:
        """Return one series, merged by steps of time."""
        stream = (service, name, "", segment.attribute, segment.value)
        return series.tallies(self._connection, stream, start=start, end=end, step=step)

    def drop_points(self, before: Micros) -> int:
        """Delete old points."""
        return series.drop(self._connection, before)

    def add_sheets(self, value: Sequence[Sheet]) -> None:
        """Keep sheets."""
        sheets.add(self._connection, value)

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
        return sheets.read(self._connection, service, start, end, segment, version, narrower)

    def first_sheet(self, service: str, *, narrower: Micros) -> Micros | None:
        """Return where the earliest narrow sheet starts."""
        return sheets.first(self._connection, service, narrower)

    def remove_sheets(self, value: Sequence[Sheet]) -> int:
        """Delete these sheets."""
        return sheets.remove(self._connection, value)

    def drop_sheets(self, before: Micros) -> int:
        """Delete old sheets."""
        return sheets.drop(self._connection, before)

    def send(self, message: Message) -> bool:
        """Put a message into the outbox."""
        return outbox.send(self._connection, message)

    def messages(self, incident: str) -> Sequence[Message]:
        """Return an incident's messages."""
        return outbox.of_incident(self._connection, incident)

    def lease_messages(
        self, now: Micros, *, limit: int, span: Micros, but: Collection[str] = (), urgency: int = 9
    ) -> Sequence[Lease]:
        """Lend due messages."""
        return outbox.lease(self._connection, now, limit, now + span, but, urgency)

    def message_sent(self, lease: Lease) -> None:
        """Record success."""
        outbox.settle(self._connection, lease, status="sent", error="", due_at=None)

    def message_failed(self, lease: Lease, *, error: str, retry_at: Micros | None) -> None:
        """Record an error."""
        status = "failed" if retry_at is None else "pending"
        outbox.settle(self._connection, lease, status=status, error=error, due_at=retry_at)

    def schedule(self, due: Due) -> None:
        """Insert or move a due row."""
        row = {"key": due.key, "task": due.task, "subject": due.subject, "due_at": due.due_at}
        replace(self._connection, DUES, [row])

    def take_due(
        self, now: Micros, *, limit: int = 100, only: str = "", but: Collection[str] = ()
    ) -> Sequence[Due]:
        """Return due rows."""
        chosen = [DUES.c.due_at <= now]
        chosen += [DUES.c.task == only] if only else []
        chosen += [DUES.c.task.not_in(list(but))] if but else []
        statement = (
            select(DUES.c.key, DUES.c.task, DUES.c.subject, DUES.c.due_at)
            .where(*chosen)
            .order_by(DUES.c.due_at, DUES.c.key)
            .limit(limit)
        )
        rows = self._connection.execute(statement)
        return [Due(key=key, task=task, subject=subject, due_at=at) for key, task, subject, at in rows]

    def next_due(self) -> Micros | None:
        """Return the earliest due time."""
        earliest: Micros | None = self._connection.execute(select(func.min(DUES.c.due_at))).scalar_one()
        return earliest

    def done(self, key: str) -> None:
        """Delete a due row."""
        self._connection.execute(delete(DUES).where(DUES.c.key == key))

    def next_number(self, sequence: str) -> int:
        """Count on."""
        return count_on(self._connection, sequence)
