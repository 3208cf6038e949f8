"""Signal points: a stream's identity is kept once, a point is five numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from sqlalchemy import delete, func, select

from aright.adapters.sql.tables import POINTS, STREAMS
from aright.adapters.sql.upserts import add_new, replace
from aright.core.model.signal import Segment, SignalPoint
from aright.core.model.slo import Tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from aright.core.model.times import Micros

StreamKey: TypeAlias = tuple[str, str, str, str, str]
"""Service, name, version, segment attribute, segment value."""


def add(
    connection: Connection,
    points: Sequence[SignalPoint],
    known: dict[StreamKey, int],
    new: dict[StreamKey, int],
) -> None:
    """Keep points; ``new`` gets the ids of streams that were not in ``known``."""
    for point in points:
        if not (math.isfinite(point.n) and math.isfinite(point.total)):
            raise ValueError(f"{point.name} of {point.service}: n and total must be finite")
    keys = [_key(point) for point in points]
    _make(connection, [key for key in dict.fromkeys(keys) if key not in known and key not in new], new)
    ids = [known.get(key) or new[key] for key in keys]
    rows = {
        (stream, point.start): {
            "stream": stream,
            "start": point.start,
            "width": point.width,
            "n": point.n,
            "total": point.total,
        }
        for stream, point in zip(ids, points, strict=True)
    }
    replace(connection, POINTS, list(rows.values()))


def read(
    connection: Connection,
    service: str,
    start: Micros,
    end: Micros,
    names: Sequence[str] | None,
    segment: Segment | None,
) -> Sequence[SignalPoint]:
    """Return the points of windows that start within [start, end), ordered by start."""
    name, version, attribute, value = (
        STREAMS.c.name,
        STREAMS.c.version,
        STREAMS.c.attribute,
        STREAMS.c.value,
    )
    statement = (
        select(name, version, attribute, value, POINTS.c.start, POINTS.c.width, POINTS.c.n, POINTS.c.total)
        .join(POINTS, POINTS.c.stream == STREAMS.c.id)
        .where(STREAMS.c.service == service, POINTS.c.start >= start, POINTS.c.start < end)
        .order_by(POINTS.c.start, name, version, attribute, value)
    )
    if names is not None:
        statement = statement.where(name.in_(names))
    if segment is not None:
        statement = statement.where(attribute == segment.attribute, value == segment.value)
    return [
        SignalPoint(
            service=service,
            name=row[0],
            version=row[1],
            segment=Segment(row[2], row[3]),
            start=row[4],
            width=row[5],
            n=row[6],
            total=row[7],
        )
        for row in connection.execute(statement)
    ]


def tallies(
    connection: Connection,
    stream: StreamKey,
    *,
    start: Micros,
    end: Micros,
    step: Micros,
) -> Sequence[Tally]:
    """Return one stream merged by steps; the sums are made where the points are."""
    of = (
        select(STREAMS.c.id)
        .where(
            *(
                STREAMS.c[column] == value
                for column, value in zip(
                    ("service", "name", "version", "attribute", "value"), stream, strict=True
                )
            )
        )
        .scalar_subquery()
    )
    # A query within: PostgreSQL does not see that two steps given apart are one and the same.
    stepped = (
        select((POINTS.c.start - POINTS.c.start % step).label("at"), POINTS.c.n, POINTS.c.total)
        .where(POINTS.c.stream == of, POINTS.c.start >= start, POINTS.c.start < end)
        .subquery()
    )
    statement = (
        select(stepped.c.at, func.sum(stepped.c.n), func.sum(stepped.c.total))
        .group_by(stepped.c.at)
        .order_by(stepped.c.at)
    )
    return [Tally(row[0], row[1], row[2]) for row in connection.execute(statement)]


def drop(connection: Connection, before: Micros) -> int:
    """Delete points that start before then, stream by stream: that is how they are ordered on disk.

    A stream stays known when its last point goes: it is one short row, and others may hold its id.
    """
    of_stream = select(STREAMS.c.id).scalar_subquery()
    statement = delete(POINTS).where(POINTS.c.stream.in_(of_stream), POINTS.c.start < before)
    return connection.execute(statement).rowcount


def _key(point: SignalPoint) -> StreamKey:
    return (point.service, point.name, point.version, point.segment.attribute, point.segment.value)


def _make(connection: Connection, missing: Sequence[StreamKey], new: dict[StreamKey, int]) -> None:
    """Make streams that are missing, also where another process has just made them, and look up their ids."""
    if not missing:
        return
    columns = ("service", "name", "version", "attribute", "value")
    rows = [dict(zip(columns, key, strict=True)) for key in missing]
    add_new(connection, STREAMS, rows)
    services = {key[0] for key in missing}
    found = select(STREAMS.c.id, *(STREAMS.c[name] for name in columns)).where(
        STREAMS.c.service.in_(services)
    )
    wanted = set(missing)
    for number, *key in connection.execute(found):
        if tuple(key) in wanted:
            new[tuple(key)] = number
