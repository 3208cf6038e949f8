"""Diagnosing: gather the rows, ask the core, keep what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.diagnose import Case, diagnose
from aright.core.incident import Diagnosed, SeverityJudged, is_open
from aright.core.incident.dues import diagnose_key
from aright.core.incident.standing import hits_of, services_of
from aright.core.model.change import Change
from aright.core.model.contracts import SIGNAL
from aright.core.model.evidence import Verdict
from aright.core.model.incident import Incident
from aright.core.model.notice import Notice
from aright.core.model.service import Service
from aright.core.model.times import HOUR
from aright.core.page import severity
from aright.engine.cases import served, spans_of
from aright.engine.gathering import call_graph
from aright.engine.happening import happen
from aright.engine.operations import Happening

if TYPE_CHECKING:
    from aright.core.model.alert import Alert
    from aright.core.model.evidence import Diagnosis
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


def run_diagnosis(world: World, key: str) -> None:
    """Diagnose an open incident; look again later while it is young, not confirmed and not mitigated.

    The rows are read and judged outside any transaction, so that doors and pages do not wait for it.
    """
    now = world.clock.now()
    with world.state.transaction() as tx:
        incident = tx.get(Incident, key)
        if incident is None or not is_open(incident):
            tx.done(diagnose_key(key))
            return
        service = tx.get(Service, incident.service) or Service(key=incident.service)
        earlier = tx.list(Incident, service=incident.service)
        changes = [
            change
            for name in services_of(incident)
            for change in tx.list(Change, service=name, limit=_CHANGES)
        ]
        told = _contracts_told(tx, incident)
    case = _case(world, incident, service, earlier=tuple(earlier), changes=tuple(changes), told=told, now=now)
    found = diagnose(case)
    every = world.settings.diagnose_every
    young = now - incident.opened_at < every * world.settings.diagnoses
    again = young and found.verdict is not Verdict.CONFIRMED and not incident.mitigated_at
    _keep(world, key, service, found, now=now, again_at=now + every if again else 0)


def _case(
    world: World,
    incident: Incident,
    service: Service,
    *,
    earlier: tuple[Incident, ...],
    changes: tuple[Change, ...],
    told: tuple[Alert, ...],
    now: Micros,
) -> Case:
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
        changes=changes,
        hits=hits_of(incident),
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


def _keep(
    world: World, key: str, service: Service, found: Diagnosis, *, now: Micros, again_at: Micros
) -> None:
    with world.state.transaction() as tx:
        tx.done(diagnose_key(key))  # unless it is scheduled again below
        incident = tx.get(Incident, key)
        if incident is None or not is_open(incident):
            return
        incident = happen(world, tx, incident, Diagnosed(at=now, diagnosis=found, again_at=again_at))
        own = [alert for alert in incident.alerts if alert.service == service.key] or incident.alerts
        happen(
            world,
            tx,
            incident,
            SeverityJudged(at=now, severity=severity(service, alerts=own, scope=found.scope)),
        )
    world.happenings.tell(Happening(kind="incident", key=key))
