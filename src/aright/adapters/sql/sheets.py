"""Sheets: packed profiles by service, version, segment, start and width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from aright.adapters.sql.tables import SHEETS
from aright.adapters.sql.upserts import replace
from aright.core.model.sheet import Sheet
from aright.core.model.signal import Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from aright.core.model.times import Micros


def add(connection: Connection, sheets: Sequence[Sheet]) -> None:
    """Keep sheets, each in place of the one with its identity."""
    rows = {
        (sheet.service, sheet.segment, sheet.version, sheet.start, sheet.width): {
            "service": sheet.service,
            "attribute": sheet.segment.attribute,
            "value": sheet.segment.value,
            "version": sheet.version,
            "start": sheet.start,
            "width": sheet.width,
            "share": sheet.share,
            "left_out": sheet.left_out,
            "body": sheet.body,
        }
        for sheet in sheets
    }
    replace(connection, SHEETS, list(rows.values()))


def read(
    connection: Connection,
    service: str,
    start: Micros,
    end: Micros,
    segment: Segment | None,
    version: str | None,
    narrower: Micros | None,
) -> Sequence[Sheet]:
    """Return sheets that start within [start, end), in their order."""
    columns = SHEETS.c
    statement = (
        select(SHEETS)
        .where(columns.service == service, columns.start >= start, columns.start < end)
        .order_by(columns.start, columns.width, columns.version, columns.attribute, columns.value)
    )
    if segment is not None:
        statement = statement.where(columns.attribute == segment.attribute, columns.value == segment.value)
    if version is not None:
        statement = statement.where(columns.version == version)
    if narrower is not None:
        statement = statement.where(columns.width < narrower)
    return [
        Sheet(
            service=row.service,
            start=row.start,
            width=row.width,
            body=row.body,
            version=row.version,
            segment=Segment(row.attribute, row.value),
            share=row.share,
            left_out=row.left_out,
        )
        for row in connection.execute(statement)
    ]


def first(connection: Connection, service: str, narrower: Micros) -> Micros | None:
    """Return the earliest start of a service's sheets narrower than that."""
    statement = select(func.min(SHEETS.c.start)).where(SHEETS.c.service == service, SHEETS.c.width < narrower)
    earliest: Micros | None = connection.execute(statement).scalar_one()
    return earliest


def remove(connection: Connection, sheets: Sequence[Sheet]) -> int:
    """Delete these sheets, by their identity."""
    return sum(
        connection.execute(
            delete(SHEETS).where(
                SHEETS.c.service == sheet.service,
                SHEETS.c.attribute == sheet.segment.attribute,
                SHEETS.c.value == sheet.segment.value,
                SHEETS.c.version == sheet.version,
                SHEETS.c.start == sheet.start,
                SHEETS.c.width == sheet.width,
            )
        ).rowcount
        for sheet in sheets
    )


def drop(connection: Connection, before: Micros) -> int:
    """Delete sheets that start before then."""
    return connection.execute(delete(SHEETS).where(SHEETS.c.start < before)).rowcount
