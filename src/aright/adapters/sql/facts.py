"""Facts: the events of incidents, appended and read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import select

from aright.adapters.sql.statements import ADD_FACT, LAST_FACT
from aright.adapters.sql.tables import FACTS
from aright.core.incident.chain import seal_fact
from aright.core.model.fact import Fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def append(connection: Connection, fact: Fact) -> Fact:
    """Append a fact; return it with its number and hashes."""
    row = connection.execute(LAST_FACT, {"of": fact.incident}).one_or_none()
    number, previous = (row.number, row.hash) if row else (0, "")
    sealed = seal_fact(msgspec.structs.replace(fact, number=number + 1), previous)
    values = {"incident": sealed.incident, "number": sealed.number, "hash": sealed.hash}
    connection.execute(ADD_FACT, values | {"body": msgspec.json.encode(sealed)})
    return sealed


def of_incident(connection: Connection, incident: str) -> Sequence[Fact]:
    """Return an incident's facts, oldest first."""
    statement = select(FACTS.c.body).where(FACTS.c.incident == incident).order_by(FACTS.c.number)
    return [msgspec.json.decode(body, type=Fact) for body in connection.execute(statement).scalars()]
