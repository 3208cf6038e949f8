"""Segments in memory, for tests and trials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import TIME
from aright.core.model.tables import concat_rows, empty

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.frame import Kind
    from aright.core.model.times import Micros


@dataclass(frozen=True)
class _Portion:
    kind: Kind
    service: str
    first: int
    last: int
    rows: pa.Table


class MemorySegments:
    """A ``Segments`` that lives as long as its process.

    >>> MemorySegments().services()
    []
    """

    def __init__(self) -> None:
        self._portions: list[_Portion] = []
        self._last = 0

    def write(self, kind: Kind, rows: pa.Table, *, first: int, last: int) -> int:
        """Keep the rows; see the port."""
        held = {(portion.kind, portion.service, portion.first, portion.last) for portion in self._portions}
        services = pc.unique(rows["service"]).to_pylist()
        written = [name for name in services if (kind, name, first, last) not in held]
        for name in written:
            own = rows.filter(pc.equal(rows["service"], name))
            self._portions.append(_Portion(kind, name, first, last, own))
            self._last = max(self._last, last)
        return len(written)

    def scan(
        self,
        kind: Kind,
        service: str,
        start: Micros,
        end: Micros,
        *,
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Return rows by time; see the port."""
        parts = [
            rows
            for portion in self._portions
            if (portion.kind, portion.service) == (kind, service)
            and (rows := _within(portion.rows, start, end)).num_rows
        ]
        table = concat_rows(parts).sort_by("time") if parts else empty(kind)
        return table if columns is None else table.select([n for n in columns if n in table.column_names])

    def services(self) -> list[str]:
        """Return the services that have rows, sorted."""
        return sorted({portion.service for portion in self._portions})

    def cut(self, position: int) -> int:
        """Forget rows from ``position`` on; see the port."""
        kept = [portion for portion in self._portions if portion.first < position]
        gone = len(self._portions) - len(kept)
        self._portions = kept
        self._last = max((portion.last for portion in kept), default=0)
        return gone

    def last_position(self) -> int:
        """Return the largest ``last`` written."""
        return self._last

    def compact(self, before: int) -> int:  # noqa: ARG002 - the port's
        """Merge nothing: there are no files."""
        return 0

    def drop_before(self, at: Micros) -> int:
        """Forget portions whose every row is older than ``at``."""
        kept = [portion for portion in self._portions if pc.max(portion.rows["time"]).value >= at]
        gone = len(self._portions) - len(kept)
        self._portions = kept
        return gone


def _within(rows: pa.Table, start: Micros, end: Micros) -> pa.Table:
    time = rows["time"]
    after = pc.greater_equal(time, pa.scalar(start, pa.int64()).cast(TIME))
    before = pc.less(time, pa.scalar(end, pa.int64()).cast(TIME))
    return rows.filter(pc.and_(after, before))
