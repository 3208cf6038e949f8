"""The outbox: messages with leases and fences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, exists, select, update

from aright.adapters.sql.tables import OUTBOX
from aright.adapters.sql.upserts import add_new
from aright.core.model.message import Lease, Message
from aright.ports.state import FencedError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy import Connection, Row, Select

    from aright.core.model.times import Micros


def send(connection: Connection, message: Message) -> bool:
    """Insert a message unless its id is known."""
    row = {
        "id": message.id,
        "channel": message.channel,
        "dedup_key": message.dedup_key,
        "incident": message.incident,
        "urgency": message.urgency,
        "body": message.body,
        "due_at": message.due_at,
        "attempts": message.attempts,
        "status": message.status,
        "error": message.error,
        "fence": 0,
        "leased_until": 0,
    }
    new = add_new(connection, OUTBOX, [row]) > 0
    if new:
        connection.execute(_HURRY, {"of": message.dedup_key, "most": message.urgency})
    return new


_HURRY: Final = (
    update(OUTBOX)
    .where(
        OUTBOX.c.dedup_key == bindparam("of"),
        OUTBOX.c.status == "pending",
        OUTBOX.c.urgency > bindparam("most"),
    )
    .values(urgency=bindparam("most"))
)
"""Earlier messages of a key are as urgent as the one that waits for them."""


def of_incident(connection: Connection, incident: str) -> Sequence[Message]:
    """Return an incident's messages, oldest first."""
    statement = select(OUTBOX).where(OUTBOX.c.incident == incident).order_by(OUTBOX.c.number)
    return [_message(row) for row in connection.execute(statement)]


def _ready() -> Select[tuple[int]]:
    """Return what selects the numbers of due messages: built once, which takes longer than it runs."""
    earlier = OUTBOX.alias("earlier")
    waits = exists().where(
        earlier.c.dedup_key == OUTBOX.c.dedup_key,
        earlier.c.number < OUTBOX.c.number,
        earlier.c.status == "pending",
    )
    now = bindparam("now", type_=OUTBOX.c.due_at.type)
    return (
        select(OUTBOX.c.number)
        .where(
            OUTBOX.c.status == "pending",
            OUTBOX.c.due_at <= now,
            OUTBOX.c.leased_until <= now,
            OUTBOX.c.urgency <= bindparam("urgency", type_=OUTBOX.c.urgency.type),
            OUTBOX.c.channel.not_in(bindparam("but", expanding=True)),
            ~waits,
        )
        .order_by(OUTBOX.c.urgency, OUTBOX.c.number)
        .limit(bindparam("most", type_=OUTBOX.c.number.type))
    )


_READY: Final = _ready()


def lease(
    connection: Connection,
    now: Micros,
    limit: int,
    until: Micros,
    but: Collection[str] = (),
    urgency: int = 9,
) -> Sequence[Lease]:
    """Lend due messages until ``until``, the most urgent first, none before an earlier one of its key."""
    numbers = (
        connection.execute(_READY, {"now": now, "most": limit, "but": list(but), "urgency": urgency})
        .scalars()
        .all()
    )
    if not numbers:
        return []
    lend = (
        update(OUTBOX)
        .where(OUTBOX.c.number.in_(numbers))
        .values(fence=OUTBOX.c.fence + 1, attempts=OUTBOX.c.attempts + 1, leased_until=until)
    )
    connection.execute(lend)
    lent = select(OUTBOX).where(OUTBOX.c.number.in_(numbers)).order_by(OUTBOX.c.urgency, OUTBOX.c.number)
    return [Lease(fence=row.fence, message=_message(row)) for row in connection.execute(lent)]


def settle(connection: Connection, lease: Lease, *, status: str, error: str, due_at: Micros | None) -> None:
    """Write what became of a leased message; raises ``FencedError`` under an older fence."""
    values: dict[str, str | int] = {"status": status, "error": error, "leased_until": 0}
    if due_at is not None:
        values["due_at"] = due_at
    statement = (
        update(OUTBOX)
        .where(OUTBOX.c.id == lease.message.id, OUTBOX.c.fence == lease.fence, OUTBOX.c.status == "pending")
        .values(**values)
    )
    if connection.execute(statement).rowcount == 0:
        raise FencedError(f"message {lease.message.id} is no longer this worker's: read it again")


def _message(row: Row[tuple[object, ...]]) -> Message:
    return Message(
        id=row.id,
        channel=row.channel,
        dedup_key=row.dedup_key,
        incident=row.incident,
        urgency=row.urgency,
        body=row.body,
        due_at=row.due_at,
        attempts=row.attempts,
        status=row.status,
        error=row.error,
    )
