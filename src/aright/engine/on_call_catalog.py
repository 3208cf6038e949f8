"""The catalog's people, schedules, policies, heartbeats and updates, put into the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.command import Updating
from aright.core.model.on_call import Person, Policy, Schedule
from aright.engine.heartbeats import put_heartbeats

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.catalog import Catalog
    from aright.core.model.document import Document
    from aright.core.model.times import Micros
    from aright.ports.state import Transaction

_EVERY: Final = 1_000_000


def put_on_call(tx: Transaction, catalog: Catalog, *, now: Micros) -> None:
    """Make these all the people, schedules, policies and heartbeats there are; those not named any more go.

    A page under way keeps its policy as it was when it fired; overrides stay.
    """
    _put_all(tx, Person, catalog.people)
    _put_all(tx, Schedule, catalog.schedules)
    _put_all(tx, Policy, catalog.policies)
    put_heartbeats(tx, catalog.heartbeats, now=now)
    _put_all(tx, Updating, [catalog.updating] if catalog.updating is not None else [])


def _put_all(tx: Transaction, kind: type[Document], values: Sequence[Document]) -> None:
    kept = {value.key for value in values}
    for old in tx.list(kind, limit=_EVERY):
        if old.key not in kept:
            tx.delete(kind, old.key)
    tx.put_all(values)
