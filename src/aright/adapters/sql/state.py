"""What the states of both databases share: one transaction at a time, and none inside another."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aright.adapters.sql.transaction import SqlTransaction
from aright.adapters.sql.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection, Engine

    from aright.adapters.sql.series import StreamKey


class SqlState:
    """The port's ``State`` over an engine; thread-safe.

    Args:
        engine: begins its transactions so that no two of them run at once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Turns()
        self._owner: int | None = None
        self._streams: dict[StreamKey, int] = {}

    @contextmanager
    def transaction(self) -> Iterator[SqlTransaction]:
        """Open a transaction: on disk when the block ends, taken back when it raises."""
        if self._owner == threading.get_ident():
            raise RuntimeError("a transaction is already open in this thread: use that one")
        with self._lock:
            self._owner = threading.get_ident()
            try:
                with self._begin() as connection:
                    tx = SqlTransaction(connection, self._streams)
                    yield tx
                self._streams.update(tx.new_streams)
            finally:
                self._owner = None

    def close(self) -> None:
        """Let go of the database."""
        with self._lock:
            self._engine.dispose()

    def _begin(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()
