"""What documents and timelines are asked for, built once: building a statement takes longer than it runs."""

from __future__ import annotations

from functools import cache
from typing import Final

from sqlalchemy import Integer, Select, bindparam, func, insert, select

from aright.adapters.sql.tables import DOCUMENTS, FACTS, TIMELINE

_KIND: Final = DOCUMENTS.c.kind == bindparam("of")

LAST_PUT: Final = select(func.max(DOCUMENTS.c.put))
"""The highest ``put`` of all."""

LATEST: Final = (
    select(DOCUMENTS.c.put, DOCUMENTS.c.kind, DOCUMENTS.c.key)
    .order_by(DOCUMENTS.c.put.desc())
    .limit(bindparam("most", type_=Integer))
)
"""The ``most`` documents that were put last, whatever their types."""

ONE: Final = select(DOCUMENTS.c.body).where(_KIND, DOCUMENTS.c.key == bindparam("name"))
"""The document ``name`` of the type ``of``."""

SOME: Final = select(DOCUMENTS.c.key, DOCUMENTS.c.body).where(
    _KIND, DOCUMENTS.c.key.in_(bindparam("names", expanding=True))
)
"""Those of the documents ``names`` of the type ``of`` that there are."""

LAST_EVENT: Final = (
    select(TIMELINE.c.number, TIMELINE.c.hash)
    .where(TIMELINE.c.incident == bindparam("of"))
    .order_by(TIMELINE.c.number.desc())
    .limit(1)
)
"""The end of the timeline of the incident ``of``."""

LAST_FACT: Final = (
    select(FACTS.c.number, FACTS.c.hash)
    .where(FACTS.c.incident == bindparam("of"))
    .order_by(FACTS.c.number.desc())
    .limit(1)
)
"""The end of its facts."""

ADD_EVENT: Final = insert(TIMELINE)
ADD_FACT: Final = insert(FACTS)


@cache
def listing(*, service: bool, tag: bool) -> Select[bytes]:
    """Return what lists ``most`` documents of the type ``of``, the last put first.

    Args:
        service: only those of ``service``.
        tag: only those of ``tag``.
    """
    statement = select(DOCUMENTS.c.body).where(_KIND)
    if service:
        statement = statement.where(DOCUMENTS.c.service == bindparam("service"))
    if tag:
        statement = statement.where(DOCUMENTS.c.tag == bindparam("tag"))
    return statement.order_by(DOCUMENTS.c.put.desc()).limit(bindparam("most", type_=Integer))
