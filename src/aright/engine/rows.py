"""Rows at rest and rows at hand, read as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import TIME
from aright.core.model.tables import concat_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.frame import Kind
    from aright.core.model.times import Micros
    from aright.ports.segments import Segments


class Rows:
    """Segments plus the tail that is not yet written.

    The tail is small (``Settings.flush_rows``) and lives in the log as well, so that losing it loses nothing.
    """

    def __init__(self, segments: Segments) -> None:
        self._segments = segments
        self._tail: dict[Kind, list[pa.Table]] = {}
        self._first: int | None = None
        self._last = 0
        self.waiting = 0

    def cut(self, position: int) -> None:
        """Delete what was written beyond ``position``: it is read from the log again."""
        self._segments.cut(position)

    def services(self) -> list[str]:
        """Return the services that have rows at rest, sorted."""
        return self._segments.services()

    def add(self, kind: Kind, rows: pa.Table, *, first: int, last: int) -> None:
        """Take rows of the log positions ``first`` to ``last``."""
        self._tail.setdefault(kind, []).append(rows)
        self.waiting += rows.num_rows
        self.pass_over(first=first, last=last)

    def pass_over(self, *, first: int, last: int) -> None:
        """Note positions that held no rows for segments."""
        self._first = first if self._first is None else self._first
        self._last = max(self._last, last)

    def flush(self) -> int | None:
        """Write the tail; return the position up to which all is at rest, ``None`` where nothing waited."""
        if self._first is None:
            return None
        for kind, tables in self._tail.items():
            whole = concat_rows(tables)
            self._segments.write(kind, whole, first=self._first, last=self._last)
        position = self._last
        self._tail.clear()
        self._first, self.waiting = None, 0
        return position

    def scan(
        self, kind: Kind, service: str, start: Micros, end: Micros, *, columns: Sequence[str] | None = None
    ) -> pa.Table:
        """Return the rows of a service with ``start <= time < end``, by time, those at hand included."""
        rested = self._segments.scan(kind, service, start, end, columns=columns)
        at_hand = [
            part
            for table in self._tail.get(kind, ())
            if (part := _within(table, service, start, end, columns)).num_rows
        ]
        if not at_hand:
            return rested
        return concat_rows([rested, *at_hand]).sort_by("time")


def _within(
    table: pa.Table, service: str, start: Micros, end: Micros, columns: Sequence[str] | None
) -> pa.Table:
    time, name = table["time"], table["service"]
    chosen = pc.and_(
        pc.and_(
            pc.greater_equal(time, pa.scalar(start, pa.int64()).cast(TIME)),
            pc.less(time, pa.scalar(end, pa.int64()).cast(TIME)),
        ),
        pc.equal(name, service),
    )
    if columns is not None:
        wanted = {*columns, "time"}
        table = table.select([column for column in table.column_names if column in wanted])
    return table.filter(chosen)
