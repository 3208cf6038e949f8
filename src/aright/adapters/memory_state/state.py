"""The in-memory state: tables as dictionaries, one transaction at a time."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aright.adapters.memory_state.tables import Tables, Undo
from aright.adapters.memory_state.transaction import MemoryTransaction

if TYPE_CHECKING:
    from collections.abc import Iterator


class MemoryState:
    """A state that is gone when the process is; thread-safe.

    >>> from aright.core.model.service import Service
    >>> state = MemoryState()
    >>> with state.transaction() as tx:
    ...     tx.put(Service(key="shop"))
    >>> with state.transaction() as tx:
    ...     tx.get(Service, "shop").tier
    2
    """

    def __init__(self) -> None:
        self._tables = Tables()
        self._lock = threading.Lock()
        self._owner: int | None = None

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        """Open a transaction: kept when the block ends, taken back when it raises."""
        if self._owner == threading.get_ident():
            raise RuntimeError("a transaction is already open in this thread: use that one")
        with self._lock:
            self._owner = threading.get_ident()
            undo = Undo()
            try:
                yield MemoryTransaction(self._tables, undo)
            except BaseException:
                undo.take_back()
                raise
            finally:
                self._owner = None

    def close(self) -> None:
        """Do nothing: there are no files."""
