"""The SQLite state: one file, one writer at a time, synced on every commit.

Write-ahead mode with ``synchronous=FULL`` syncs the log on each commit, so that what a transaction kept
outlives kill −9 and power cuts (https://www.sqlite.org/pragma.html#pragma_synchronous). Every transaction
begins IMMEDIATE: a deferred one that reads and then writes can fail in the middle when another process
wrote in between.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from sqlalchemy import URL, StaticPool, create_engine, event
from sqlalchemy.exc import DatabaseError

from aright.adapters.sql.schema import bring_up_to_date
from aright.adapters.sql.state import SqlState
from aright.ports.state import UnreadableStoreError

if TYPE_CHECKING:
    from pathlib import Path
    from sqlite3 import Connection as DriverConnection

    from sqlalchemy import Connection, Engine

BUSY_MS: Final = 30_000
"""How long a transaction waits for one of another process before it gives up (ms)."""


class SqliteState(SqlState):
    """A state in one file, made when it is not there; thread-safe.

    Args:
        path: the file; its directory must exist. It is readable by its owner alone: it holds the secrets of
            offered actions.

    Raises:
        UnreadableStoreError: the file is not a store, is damaged, or is of a newer aright.

    >>> import tempfile, pathlib
    >>> from aright.core.model.service import Service
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     state = SqliteState(pathlib.Path(folder) / "state.db")
    ...     with state.transaction() as tx:
    ...         tx.put(Service(key="shop"))
    ...         print(tx.get(Service, "shop").tier)
    ...     state.close()
    2
    """

    def __init__(self, path: Path) -> None:
        # SQLite gives its log files the mode of the database, so that making the file first is enough.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        super().__init__(_engine(path))
        try:
            with self._engine.begin() as connection:
                bring_up_to_date(connection)
        except (DatabaseError, UnreadableStoreError) as error:
            self._engine.dispose()
            reason = error if isinstance(error, UnreadableStoreError) else f"SQLite says: {error.orig}"
            raise UnreadableStoreError(f"{path} cannot be opened as a store: {reason}") from error


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        # One connection: transactions run one after the other anyway, and it keeps SQLite's page cache warm.
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": BUSY_MS / 1000},
    )

    def prepare(driver: DriverConnection, _record: object) -> None:
        driver.isolation_level = None  # else the driver begins transactions by itself, and deferred ones
        driver.execute("PRAGMA journal_mode = WAL")
        driver.execute("PRAGMA synchronous = FULL")

    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", begin)
    return engine
