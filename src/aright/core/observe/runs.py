"""Events of a run become one run, data sets are held against what they were, jobs find their service."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from msgspec import structs

from aright.core.contract.pipelines import difference
from aright.core.model.change import Change
from aright.core.model.run import ENDS, FAILED, Dataset, DatasetUse, Run

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.model.service import Service

MOST_SERVICES: Final = 20
_SOURCE: Final = "openlineage"


def merge(one: Run | None, other: Run) -> Run:
    """Return what two looks at the same run say together, whichever came first; again says nothing new.

    >>> begun = Run(key="w/daily/1", job="w/daily", run_id="1", state="running", seen=5, started=5)
    >>> done = Run(key="w/daily/1", job="w/daily", run_id="1", state="complete", seen=9, ended=9)
    >>> both = merge(done, begun)
    >>> both.state, both.started, both.ended, both == merge(begun, done), both == merge(both, begun)
    ('complete', 5, 9, True, True)
    """
    if one is None:
        return other
    older, newer = (one, other) if one.seen <= other.seen else (other, one)
    last = newer if newer.state in ENDS or older.state not in ENDS else older
    starts = [run.started for run in (one, other) if run.started is not None]
    return structs.replace(
        newer,
        service=newer.service or older.service,
        kind=newer.kind or older.kind,
        state=last.state,
        started=min(starts, default=None),
        ended=last.ended,
        inputs=_uses(older.inputs, newer.inputs),
        outputs=_uses(older.outputs, newer.outputs),
        error=newer.error or older.error,
        parent=newer.parent or older.parent,
        code=newer.code or older.code,
        parameters=older.parameters | newer.parameters,
        judged=one.judged or other.judged,
    )


def owner_of(job: str, services: Iterable[Service]) -> str:
    """Return the service whose ``pipelines`` name a job, written ``namespace/job``; empty where none does.

    >>> from aright.core.model.service import Service
    >>> shop = Service(key="shop", pipelines=("warehouse/features.*",))
    >>> owner_of("warehouse/features.daily", [shop]), owner_of("warehouse/billing", [shop])
    ('shop', '')
    """
    return next(
        (
            service.key
            for service in services
            for pattern in service.pipelines
            if job == pattern or fnmatchcase(job, pattern)
        ),
        "",
    )


def look(known: Dataset | None, use: DatasetUse, run: Run) -> Dataset | None:
    """Return a data set as it is now known; ``None`` where the run says nothing new of it."""
    if not use.fields or (known is not None and run.seen < known.seen):
        return None
    before = known.services if known else ()
    services = tuple(dict.fromkeys((*before, run.service))) if run.service else before
    return Dataset(key=use.name, fields=use.fields, seen=run.seen, services=services[-MOST_SERVICES:])


def schema_changes(known: Dataset | None, new: Dataset, run: Run) -> list[Change]:
    """Return a change for each service that uses a data set whose columns are others now."""
    if known is None or known.fields == new.fields:
        return []
    said = difference(known.fields, new.fields)
    if not said:
        return []
    return [
        Change(
            key=f"{_SOURCE} {new.key} {new.seen} {service}",
            at=new.seen,
            service=service,
            kind="schema",
            what=new.key,
            before=_listed(known.fields),
            after=_listed(new.fields),
            source=f"{_SOURCE} {run.job}",
            title=f"{new.key}: {said}"[:1_024],
        )
        for service in new.services
    ]


def failure(run: Run) -> Change | None:
    """Return the change that a run of a service's pipeline which did not come to its end is."""
    if run.state not in ENDS or run.state == "complete" or not run.service:
        return None
    verb = "failed" if run.state == FAILED else "was aborted"
    why = f": {run.error}" if run.error else ""
    return Change(
        key=f"{_SOURCE} {run.key} {run.state}",
        at=run.ended if run.ended is not None else run.seen,
        service=run.service,
        kind="data",
        what=run.job,
        after=run.state,
        source=_SOURCE,
        title=f"{run.job} {verb}{why}"[:1_024],
    )


def _uses(older: Sequence[DatasetUse], newer: Sequence[DatasetUse]) -> tuple[DatasetUse, ...]:
    found = {use.name: use for use in older}
    for use in newer:
        known = found.get(use.name)
        found[use.name] = use if known is None else _use(known, use)
    return tuple(found[name] for name in sorted(found))


def _use(older: DatasetUse, newer: DatasetUse) -> DatasetUse:
    return DatasetUse(
        name=newer.name,
        rows=older.rows if newer.rows is None else newer.rows,
        bytes=older.bytes if newer.bytes is None else newer.bytes,
        nulls=newer.nulls or older.nulls,
        fields=newer.fields or older.fields,
        source=newer.source or older.source,
        version=newer.version or older.version,
    )


def _listed(fields: Mapping[str, str]) -> str:
    text = ", ".join(f"{name} {kind}".strip() for name, kind in fields.items())
    return text if len(text) <= 1_000 else f"{text[:999]}…"
