"""pg8000's connection with fewer waits: a statement is one message to the server, and one answer from it.

The driver waits for an answer to each of a statement's three parts (parse, describe, bind and execute); the
server takes all of them at once, and skips the rest where one fails
(https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY). Every answer that is not
waited for is time for which no other replica has to wait. It builds on the insides of pg8000 1.31, which the
extra pins; the battery of tests for states holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pg8000 import core, legacy  # type: ignore[import-untyped]  # it has no types

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNNAMED: Final = core.NULL_BYTE


class Connection(legacy.Connection):  # type: ignore[misc]  # the same
    """A connection of pg8000."""

    def execute_unnamed(
        self, statement: str, vals: Sequence[object] = (), oids: Sequence[int] = (), stream: object = None
    ) -> Any:
        """Execute a statement with its values, in one message."""
        if stream is not None:
            return super().execute_unnamed(statement, vals, oids, stream)
        context = core.Context(statement)
        self.send_PARSE(_UNNAMED, statement, oids)
        self.send_DESCRIBE_STATEMENT(_UNNAMED)
        self.send_BIND(_UNNAMED, core.make_params(self.py_types, vals))
        self.send_EXECUTE()
        core._write(self._sock, core.SYNC_MSG)  # noqa: SLF001 - as the driver itself does it
        core._flush(self._sock)  # noqa: SLF001 - the same
        self.handle_messages(context)
        return context

    def commit(self) -> None:
        """Commit, in one message."""
        self.execute_simple("commit")

    def rollback(self) -> None:
        """Take everything back, in one message."""
        if self._in_transaction:
            self.execute_simple("rollback")
