"""Where the state is, and what part this process plays over it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from aright.adapters.memory_log import MemoryLog
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.parquet import ParquetSegments, ParquetSettings
from aright.adapters.sql.sqlite import SqliteState
from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings
from aright.engine.role import Lease, Role
from aright.engine.rows import Rows

if TYPE_CHECKING:
    from pathlib import Path

    from aright.ports.clock import Clock
    from aright.ports.log import Log
    from aright.ports.state import State

_ID: Final = "replica"


def open_state(store: Path, address: str) -> State:
    """Open the state: in a file of the store, or at an address where there is one.

    Raises ``ValueError``, ``UnreachableError`` and ``UnreadableStoreError``; no password is in their texts.
    """
    if not address:
        return SqliteState(store / "state.db")
    from aright.adapters.sql.postgres import PostgresState  # noqa: PLC0415 - its driver is an extra

    return PostgresState(address)


def open_log(store: Path, *, watches: bool) -> Log:
    """Open the log of rows; a replica that responds takes none, and needs no disk."""
    return WriteAheadLog(WriteAheadSettings(folder=store / "log")) if watches else MemoryLog()


def open_rows(store: Path, *, watches: bool) -> Rows:
    """Open the rows at rest, likewise."""
    if not watches:
        return Rows(MemorySegments())
    return Rows(ParquetSegments(ParquetSettings(folder=store / "segments")))


def role_of(store: Path, state: State, clock: Clock, *, shared: bool, watches: bool, name: str) -> Role:
    """Return what this process does; where it watches a state that others share, the watch is its own then.

    Args:
        store: the folder of its log, which it has open already.
        state: which all share.
        clock: what time it is.
        shared: whether others may share it.
        watches: whether this one is to watch.
        name: of this replica.

    Raises:
        WatchedError: another one watches.
    """
    if not shared:
        return Role()
    if not watches:
        return Role(name=name, watches=False)
    own = _id_of(store)
    lease = Lease(state, clock, name=name, store=own)
    lease.take()
    return Role(name=name, lease=lease, store=own)


def _id_of(store: Path) -> str:
    """Return the store's id, made once: rows and checkpoints of one store mean nothing in another."""
    file = store / _ID
    if not file.exists():
        made = store / f"{_ID}.new"
        made.write_text(secrets.token_hex(8))
        made.rename(file)
    return file.read_text().strip()
