"""Consuming: rows from the intake to segments and watches; changes and bad rows to the state database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.bookkeeping import Quarantined
from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.run import Run
from aright.core.model.service import Service
from aright.engine.foreign import keep_alerts
from aright.engine.pipelines import keep_runs
from aright.engine.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from aright.core.model.document import Document
    from aright.core.model.frame import Kind
    from aright.engine.intake import Taken
    from aright.engine.world import World
    from aright.ports.state import Transaction

MOST_SERVICES: Final = 1_000
"""Services under watch; the rows of further ones are kept, but no window is made of them."""


Keeper: TypeAlias = "Callable[[World, Transaction, Sequence[Document]], None]"

KEEPERS: Final[dict[type, Keeper]] = {ForeignAlert: keep_alerts, Run: keep_runs}
"""How values of a type are kept, in the order they came, where it is not just under their key."""


def consume(world: World, watches: dict[str, Watch], taken: Sequence[Taken]) -> None:
    """Take portions in the order of the log."""
    owners = owners_of(watch.service for watch in watches.values())
    for portion in taken:
        for kind, service, rows in _keep(world, portion, owners):
            watch = watch_of(world, watches, service)
            if watch is not None:
                watch.take(kind, rows)
    _keep_documents(world, taken)


def keep(world: World, taken: Sequence[Taken], owners: Mapping[str, str]) -> None:
    """Keep portions at hand that windows have counted already; no watch is told of them."""
    for portion in taken:
        _keep(world, portion, owners)
    _keep_documents(world, taken)


def owners_of(services: Iterable[Service]) -> dict[str, str]:
    """Return the service by each other name that its rows may come under.

    >>> owners_of([Service(key="shop", jobs=("shop-api", "shop-worker"))])
    {'shop-api': 'shop', 'shop-worker': 'shop'}
    """
    return {job: service.key for service in services for job in service.jobs}


def _keep(world: World, portion: Taken, owners: Mapping[str, str]) -> list[tuple[Kind, str, pa.Table]]:
    parts = [
        (kind, service, rows)
        for kind, table in portion.tables.items()
        if table.num_rows
        for service, rows in by_service(_renamed(table, owners) if owners else table)
    ]
    for part in parts:
        world.rows.add(*part)
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


def _renamed(rows: pa.Table, owners: Mapping[str, str]) -> pa.Table:
    encoded = rows["service"].combine_chunks().dictionary_encode()
    names: list[str] = encoded.dictionary.to_pylist()
    if not any(name in owners for name in names):
        return rows
    owned = pa.array([owners.get(name, name) for name in names], pa.string())
    return rows.set_column(rows.schema.get_field_index("service"), "service", owned.take(encoded.indices))


def _keep_documents(world: World, taken: Sequence[Taken]) -> None:
    documents = [value for portion in taken for value in (*portion.changes, *portion.documents)]
    bad = [portion for portion in taken if portion.bad_count]
    if not documents and not bad:
        return
    with world.state.transaction() as tx:
        keep_documents(world, tx, documents)
        for portion in bad:
            kind = portion.kind.name.lower()
            tx.put(
                Quarantined(
                    key=f"{portion.last}:{kind}",
                    at=portion.received_at,
                    kind=kind,
                    count=portion.bad_count,
                    rows=portion.bad,
                )
            )


def keep_documents(world: World, tx: Transaction, documents: Sequence[Document]) -> None:
    """Keep values as each type is kept, in the order they came."""
    by_type: dict[type, list[Document]] = {}
    for document in documents:
        by_type.setdefault(type(document), []).append(document)
    for kind_of_value, values in by_type.items():
        KEEPERS.get(kind_of_value, _put)(world, tx, values)


def _put(_world: World, tx: Transaction, values: Sequence[Document]) -> None:
    for value in values:
        tx.put(value)
