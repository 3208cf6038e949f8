"""Telemetry of an incident: what the services hit, and those that they stand on, were seen to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.incident.standing import services_of
from aright.core.model.change import Change
from aright.core.model.columns import CATEGORY, TIME
from aright.core.model.frame import Kind
from aright.core.model.tables import concat_rows, empty
from aright.core.model.times import HOUR
from aright.engine.calls import edges
from aright.engine.process import is_process, to_process

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.calls import CallEdge
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros
    from aright.engine.cases import Span
    from aright.engine.world import World

_BACK: Final = HOUR
"""How long before the incident telemetry is looked at: what is usual of minutes does not need a day."""

_HOPS: Final = 4
MOST_SERVICES: Final = 40
"""Services looked at, those nearest to the ones hit."""

MOST_ROWS: Final = 300_000
"""Rows of one kind that are looked at, about: of more, each service gives its share, the latest first."""

_CHANGES: Final = 100


def telemetry_of(
    world: World, incident: Incident, *, current: Span, now: Micros, changes: tuple[Change, ...]
) -> Telemetry:
    """Return what is kept of the services of an incident; asked outside of a transaction.

    Args:
        world: the ports.
        incident: whose services are looked at, with what they call, directly or not.
        current: start and end of what is judged (µs, UTC).
        now: µs, UTC.
        changes: that were told of these services.
    """
    known = edges(world)
    names = _near(known, services_of(incident))
    span = (current[0] - _BACK, current[1])
    return Telemetry(
        target=incident.service,
        at=now,
        reference=(span[0], current[0]),
        current=current,
        metrics=metrics_of(world, names, span),
        spans=_rows(world, Kind.SPANS, names, span),
        logs=_rows(world, Kind.LOGS, names, span),
        calls=tuple((edge.service, edge.callee) for edge in known if edge.service in names),
        changes=changes,
    )


def changes_beside(world: World, incident: Incident) -> tuple[Change, ...]:
    """Return the changes told of the services of an incident; asked outside of a transaction."""
    names = _near(edges(world), services_of(incident))
    with world.state.transaction() as tx:
        return tuple(each for name in names for each in tx.list(Change, service=name, limit=_CHANGES))


def _near(known: Sequence[CallEdge], hit: Iterable[str]) -> list[str]:
    """Return the services hit and those that they call, the nearest first."""
    callees: dict[str, list[str]] = {}
    for edge in known:
        callees.setdefault(edge.service, []).append(edge.callee)
    names = list(dict.fromkeys(hit))
    last = names
    for _ in range(_HOPS):
        last = [callee for name in last for callee in callees.get(name, ()) if callee not in names]
        names += dict.fromkeys(last)
    return names[:MOST_SERVICES]


def _rows(world: World, kind: Kind, names: Sequence[str], span: Span) -> pa.Table:
    most = max(MOST_ROWS // max(len(names), 1), 1_000)
    found = [rows.slice(max(rows.num_rows - most, 0)) for rows in _each(world, kind, names, span)]
    return concat_rows(found) if found else empty(kind)


def metrics_of(world: World, names: Sequence[str], span: Span) -> pa.Table:
    """Return samples of gauges by machine, and by window what was worked out of counters."""
    gauges = _rows(world, Kind.PROCESS, names, span)
    gauged = set(pc.unique(gauges["name"].cast(pa.string())).to_pylist())
    with world.state.transaction() as tx:
        points = [
            (name, point)
            for name in names
            for point in to_process(
                each for each in tx.points(name, start=span[0], end=span[1]) if is_process(each.name)
            )
            if point.name not in gauged
        ]
    if not points:
        return gauges
    worked_out: pa.Table = pa.table(
        {
            "time": pa.array([point.start for _, point in points], pa.int64()).cast(TIME),
            "service": [name for name, _ in points],
            "name": pa.array([point.name for _, point in points]).cast(CATEGORY),
            "value": pa.array([point.mean for _, point in points], pa.float32()),
        }
    )
    return concat_rows([gauges, worked_out])


def _each(world: World, kind: Kind, names: Sequence[str], span: Span) -> Iterable[pa.Table]:
    for name in names:
        rows = world.rows.scan(kind, name, *span)
        if rows.num_rows:
            yield rows
