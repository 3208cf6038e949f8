"""Consuming: rows from the intake to segments and watches; changes and bad rows to the state database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow.compute as pc

from aright.core.model.bookkeeping import Quarantined
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.engine.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pyarrow as pa

    from aright.engine.intake import Taken
    from aright.engine.world import World

MOST_SERVICES: Final = 1_000
"""Services under watch; the rows of further ones are kept, but no window is made of them."""


def consume(world: World, watches: dict[str, Watch], taken: Sequence[Taken]) -> None:
    """Take portions in the order of the log."""
    for portion in taken:
        for service, rows in _keep(world, portion):
            watch = watch_of(world, watches, service)
            if watch is not None:
                watch.take(portion.kind, rows)
    _keep_documents(world, taken)


def keep(world: World, taken: Sequence[Taken]) -> None:
    """Keep portions at hand that windows have counted already; no watch is told of them."""
    for portion in taken:
        _keep(world, portion)
    _keep_documents(world, taken)


def _keep(world: World, portion: Taken) -> list[tuple[str, pa.Table]]:
    parts = list(by_service(portion.rows)) if portion.rows is not None and portion.rows.num_rows else []
    for service, rows in parts:
        world.rows.add(portion.kind, service, rows)
    world.rows.reach(portion.last)
    return parts


def watch_of(world: World, watches: dict[str, Watch], name: str) -> Watch | None:
    """Return the watch of a service; one that is new is put into the catalog with defaults."""
    if name in watches or len(watches) >= MOST_SERVICES:
        return watches.get(name)
    with world.state.transaction() as tx:
        service = tx.get(Service, name)
        if service is None:
            service = Service(key=name)
            tx.put(service)
    watches[name] = Watch(service, world.settings)
    return watches[name]


def by_service(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield (service, its rows); most bodies hold one."""
    names = pc.unique(rows["service"]).to_pylist()
    if len(names) == 1:
        yield names[0], rows
        return
    for name in names:
        yield name, rows.filter(pc.equal(rows["service"], name))


def _keep_documents(world: World, taken: Sequence[Taken]) -> None:
    changes = [change for portion in taken for change in portion.changes]
    bad = [portion for portion in taken if portion.bad_count]
    if not changes and not bad:
        return
    with world.state.transaction() as tx:
        for change in changes:
            tx.put(change)
        for portion in bad:
            kind = Kind(portion.kind).name.lower()
            tx.put(
                Quarantined(
                    key=f"{portion.last}:{kind}",
                    at=portion.received_at,
                    kind=kind,
                    count=portion.bad_count,
                    rows=portion.bad,
                )
            )
