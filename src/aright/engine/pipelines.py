"""Runs of pipelines: kept merged, held against what is usual, and missed when they do not come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import structs

from aright.core.contract.pipelines import due_by, judge_end, judge_late
from aright.core.model.alert import Alert
from aright.core.model.message import Due
from aright.core.model.run import ENDS, Dataset, Run
from aright.core.model.service import Service
from aright.core.observe.runs import failure, look, merge, owner_of, schema_changes
from aright.engine.respond import respond

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.contract.pipelines import Finding
    from aright.core.model.document import Document
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

LATE: Final = "pipeline"
"""The task of looking whether a job has begun that was due."""

_MOST_SERVICES: Final = 100_000
_MOST_RUNS: Final = 2_000


def keep_runs(world: World, tx: Transaction, documents: Sequence[Document]) -> None:
    """Merge runs into those that are known, and tell what came of them; events told again change nothing."""
    services = {service.key: service for service in tx.list(Service, limit=_MOST_SERVICES)}
    for told in documents:
        if isinstance(told, Run):
            _keep_run(world, tx, told, services)


def _keep_run(world: World, tx: Transaction, told: Run, services: dict[str, Service]) -> None:
    known = tx.get(Run, told.key)
    run = merge(known, told)
    run = structs.replace(run, service=run.service or owner_of(run.job, services.values()))
    for use in (*told.inputs, *told.outputs):
        before = tx.get(Dataset, use.name)
        now = look(before, use, structs.replace(run, seen=told.seen))
        if now is not None:
            tx.put_all([now, *schema_changes(before, now, run)])
    failed = failure(run)
    if failed is not None:
        tx.put(failed)
    service = services.get(run.service)
    if service is not None and run.state in ENDS and not run.judged:
        run = structs.replace(run, judged=True)
        since = run.started if run.started is not None else run.seen
        found = judge_end(run, _runs_of(tx, run))
        _tell(world, tx, service, [_alert(service.key, each, at=run.seen, since=since) for each in found])
    tx.put(run)
    if service is not None and (known is None or run.state in ENDS):
        due = due_by([*_runs_of(tx, run), run])
        if due is not None and due > world.clock.now():
            tx.schedule(Due(key=f"{LATE} {run.job}", task=LATE, subject=run.job, due_at=due))


def miss(world: World, due: Due) -> None:
    """Tell of a job that was due and has not begun."""
    now = world.clock.now()
    with world.state.transaction() as tx:
        tx.done(due.key)
        services = tx.list(Service, limit=_MOST_SERVICES)
        owner = owner_of(due.subject, services)
        runs = [run for run in tx.list(Run, service=owner, limit=_MOST_RUNS) if run.job == due.subject]
        late = judge_late(due.subject, runs, now)
        if late is not None:
            service = next(service for service in services if service.key == owner)
            last = max(runs, key=lambda run: run.seen)
            _tell(world, tx, service, [_alert(service.key, late, at=now, since=last.seen)])


def _runs_of(tx: Transaction, run: Run) -> list[Run]:
    """Return the other runs of a run's job."""
    found = tx.list(Run, service=run.service, limit=_MOST_RUNS)
    return [each for each in found if each.job == run.job and each.key != run.key]


def _tell(world: World, tx: Transaction, service: Service, alerts: Sequence[Alert]) -> None:
    if alerts:
        respond(world, tx, service, alerts, now=world.clock.now())


def _alert(service: str, finding: Finding, *, at: Micros, since: Micros) -> Alert:
    return Alert(
        key=f"{service}/{finding.what}/{finding.signal}",
        service=service,
        signal=finding.signal,
        harm=False,
        at=at,
        since=since,
        before=finding.before,
        now=finding.now,
        low=finding.now,
        high=finding.now,
        units=1.0,
        log_e=0.0,
        threshold=0.0,
        rule="a run of a pipeline, held against the last runs of the same job",
        text=finding.text,
    )
