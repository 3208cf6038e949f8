"""Casework: all that a diagnosis looks at, gathered outside of any transaction where it takes long."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from aright.core.diagnose import Case
from aright.core.incident.standing import hits_of, services_of
from aright.core.model.change import Change
from aright.core.model.contracts import SIGNAL
from aright.core.model.incident import Incident
from aright.core.model.notice import Notice
from aright.core.model.run import Run
from aright.core.model.tables import concat_rows
from aright.core.model.times import HOUR
from aright.engine.cases import payloads, served, spans_of
from aright.engine.gathering import call_graph
from aright.engine.once import Once
from aright.engine.telemetry import changes_beside, telemetry_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.diagnose.dependencies.telemetry import Telemetry
    from aright.core.model.alert import Alert
    from aright.core.model.service import Service
    from aright.core.model.times import Micros
    from aright.engine.cases import Spans
    from aright.engine.world import World
    from aright.ports.state import Transaction

_CHANGES: Final = 200
"""Changes of a service that are weighed, the last told."""

_NOTICES: Final = 200
_BEFORE: Final = HOUR
"""How long before the harm a contract may have broken that explains it."""

_RUNS: Final = 2_000
"""Runs of pipelines that are looked through, the last told."""

_PAYLOADS: Final = 20_000
_PAYLOADS_BACK: Final = HOUR
"""Documents looked at of either span, and how far back."""

_HOPS: Final = 2
"""Calls from a service that is hit to one whose dependencies are looked at."""


@dataclass(frozen=True)
class Reading:
    """What single steps look at: each reads it for itself, within its own budget, and none of it twice.

    Attributes:
        telemetry: what services were seen to do.
        runs: of the jobs that make the service's data.
        payloads: what the service exchanged with its dependencies.
    """

    telemetry: Once[Telemetry]
    runs: Once[tuple[Run, ...]]
    payloads: Once[pa.Table]


def open_case(world: World, incident: Incident, service: Service, *, now: Micros) -> tuple[Case, Reading]:
    """Return the case of an incident as it is known at ``now`` (µs, UTC), and what steps may read of it."""
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
    beside = changes_beside(world, incident)
    case = Case(
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
        beside=beside,
    )
    return case, Reading(
        telemetry=Once(
            partial(telemetry_of, world, incident, current=spans.current, now=now, changes=beside)
        ),
        runs=Once(partial(_runs, world, service.key)),
        payloads=Once(partial(_payloads, world, service.key, spans)),
    )


def _runs(world: World, service: str) -> tuple[Run, ...]:
    with world.state.transaction() as tx:
        told = tx.list(Run, limit=_RUNS)
    return upstream(service, told)


def upstream(service: str, runs: Sequence[Run]) -> tuple[Run, ...]:
    """Return the runs of a service's jobs, and of all jobs that these read from, directly or not.

    >>> from aright.core.model.run import DatasetUse
    >>> made = DatasetUse(name="raw")
    >>> def ended(job, **told):
    ...     return Run(key=job, job=job, run_id=job, state="complete", seen=1, **told)
    >>> near, other = ended("join", inputs=(made,), service="shop"), ended("bill", service="till")
    >>> far = ended("load", outputs=(made,))
    >>> [run.job for run in upstream("shop", [other, near, far])]
    ['join', 'load']
    """
    wanted = {run.job for run in runs if run.service == service}
    while True:
        read = {use.name for run in runs if run.job in wanted for use in run.inputs}
        more = {run.job for run in runs if any(use.name in read for use in run.outputs)} - wanted
        if not more:
            return tuple(run for run in runs if run.job in wanted)
        wanted |= more


def _payloads(world: World, service: str, spans: Spans) -> pa.Table:
    """Return what the service exchanged with its dependencies: of either span, the last that may be kept."""
    before = spans.reference[1] - min(_PAYLOADS_BACK, spans.reference[1] - spans.reference[0])
    parts = [payloads(world, service, each) for each in ((before, spans.reference[1]), spans.current)]
    return concat_rows([each.slice(max(each.num_rows - _PAYLOADS, 0)) for each in parts])


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
