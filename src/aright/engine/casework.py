"""Casework: all that a diagnosis looks at, gathered outside of any transaction where it takes long."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.diagnose import Case
from aright.core.incident.standing import hits_of, services_of
from aright.core.model.change import Change
from aright.core.model.contracts import SIGNAL
from aright.core.model.incident import Incident
from aright.core.model.notice import Notice
from aright.core.model.times import HOUR
from aright.engine.cases import served, spans_of
from aright.engine.gathering import call_graph
from aright.engine.telemetry import telemetry_of

if TYPE_CHECKING:
    from aright.core.model.alert import Alert
    from aright.core.model.service import Service
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

_CHANGES: Final = 200
"""Changes of a service that are weighed, the last told."""

_NOTICES: Final = 200
_BEFORE: Final = HOUR
"""How long before the harm a contract may have broken that explains it."""

_HOPS: Final = 2
"""Calls from a service that is hit to one whose dependencies are looked at."""


def open_case(world: World, incident: Incident, service: Service, *, now: Micros) -> Case:
    """Return the case of an incident as it is known at ``now`` (µs, UTC)."""
    with world.state.transaction() as tx:
        earlier = tx.list(Incident, service=incident.service)
        changes = [
            change
            for name in services_of(incident)
            for change in tx.list(Change, service=name, limit=_CHANGES)
        ]
        told = _contracts_told(tx, incident)
    spans = spans_of(incident, earlier, now=now, settings=world.settings)
    rows = served(world, service.key, now=now)
    return Case(
        incident=incident.key,
        service=service,
        now=now,
        reference=rows.before(spans),
        current=rows.during(spans.current),
        reference_span=spans.reference,
        current_span=spans.current,
        alerts=(*incident.alerts, *told),
        changes=tuple(changes),
        hits=hits_of(incident),
        telemetry=telemetry_of(world, incident, current=spans.current, now=now),
    )


def _contracts_told(tx: Transaction, incident: Incident) -> tuple[Alert, ...]:
    """Return what was told of contracts with dependencies, of the services hit and of those they stand on.

    A broken contract often is a notice, and told before the harm: it is no part of the incident by itself.
    """
    known = {alert.key for alert in incident.alerts}
    graph, hit = call_graph(tx), services_of(incident)
    names = dict.fromkeys([*hit, *(callee for name in hit for callee in graph.below(name, _HOPS))])
    earliest = incident.began_at - _BEFORE
    return tuple(
        notice.alert
        for name in names
        for notice in tx.list(Notice, service=name, limit=_NOTICES)
        if notice.alert.signal.startswith(SIGNAL) and notice.at >= earliest and notice.alert.key not in known
    )
