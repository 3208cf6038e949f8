"""Query: asks tables of rows which of them a filter selects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.filters import Filter


class SlowQueryError(TimeoutError):
    """Looking took too long, and was given up."""


class Query(Protocol):
    """An engine that filters tables; it reads nothing but what it is handed."""

    def matching(self, rows: pa.Table, where: Filter) -> pa.Table:
        """Return the rows for which the filter holds, in their order, all columns as they were.

        Raises ``FilterError`` where a constant cannot be of its column's type, and ``SlowQueryError``. A
        column that the rows do not have is null in each of them.
        """
        ...
