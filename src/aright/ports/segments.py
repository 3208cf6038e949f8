"""Segments: observed rows at rest, in files that a query engine reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.model.frame import Kind
    from aright.core.model.times import Micros


class Segments(Protocol):
    """Immutable files of rows, by kind and service, named by the log positions that they hold."""

    def write(self, kind: Kind, rows: pa.Table, *, first: int, last: int) -> int:
        """Keep the rows of log positions ``first`` to ``last`` durably; return how many files that took.

        The table may hold several services. Writing the same positions again changes nothing, so that reading
        the log again after a crash is harmless.
        """
        ...

    def scan(
        self,
        kind: Kind,
        service: str,
        start: Micros,
        end: Micros,
        *,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return the rows with ``start <= time < end``, ordered by time, columns unified by name.

        ``columns`` names those wanted; one that no file has is left out of the answer. Without any rows the
        table has the fixed columns of its kind and no rows.
        """
        ...

    def services(self) -> list[str]:
        """Return the services that have rows, sorted."""
        ...

    def cut(self, position: int) -> int:
        """Delete files of rows from ``position`` on; return how many.

        Called once at the start with the checkpoint's position: what a crash left beyond it is read from
        the log again, perhaps in other portions.
        """
        ...

    def last_position(self) -> int:
        """Return the largest ``last`` ever written, 0 for none."""
        ...

    def compact(self, before: int) -> int:
        """Merge small files that lie wholly before the log position ``before``; return how many went.

        ``before`` must never be cut again: a checkpoint holds it. Rows and their order stay as they are. May
        be called while others read and write.
        """
        ...

    def drop_before(self, at: Micros) -> int:
        """Delete files whose every row is older than ``at``; return how many. May run as ``compact``."""
        ...
