"""Recent predictions, kept at hand for the outcomes that refer to them, within a bound of bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, TIME
from aright.core.model.tables import concat_rows
from aright.core.observe.compact import compact
from aright.core.observe.heavy_hitters import MOST_ATTRIBUTES, PLACES, VERSION

if TYPE_CHECKING:
    from aright.core.model.times import Micros

_KEPT: Final = ("id", "unit", "time", VERSION, *PLACES)


class Recent:
    """The predictions of the last hour or so, those parts of them that outcomes need.

    They are copies, so that no body which they came in is held; where they take too much, the oldest go.

    Args:
        room: bytes that they may take.

    >>> recent = Recent(1 << 20)
    >>> recent.add(pa.table({"id": ["a"], "time": pa.array([5], TIME), "score": [0.5]}))
    >>> recent.table().column_names
    ['id', 'time']
    """

    def __init__(self, room: int) -> None:
        self._room = room
        self._tables: list[pa.Table] = []
        self._sizes: list[int] = []
        self.left_out = 0

    @property
    def state_bytes(self) -> int:
        """What they take (bytes)."""
        return sum(self._sizes)

    def add(self, predictions: pa.Table) -> None:
        """Keep predictions, the latest ones."""
        names = [name for name in predictions.column_names if name.startswith(ATTRIBUTE)][:MOST_ATTRIBUTES]
        wanted = [name for name in predictions.column_names if name in _KEPT or name in names]
        kept, _ = compact(predictions.select(wanted))
        self._tables.append(kept)
        self._sizes.append(int(kept.nbytes))
        while self.state_bytes > self._room and self._drop_oldest():
            pass

    def table(self) -> pa.Table:
        """Return all of them."""
        if len(self._tables) > 1:
            self._tables = [concat_rows(self._tables)]
            self._sizes = [int(self._tables[0].nbytes)]
        if not self._tables:
            return pa.table({name: pa.array([], pa.string()) for name in ("id", "unit", VERSION)})
        return self._tables[0]

    def forget(self, before: Micros) -> None:
        """Let go of those that are older."""
        kept = [_since(table, before) for table in self._tables]
        self._tables = [table for table in kept if table.num_rows]
        self._sizes = [int(table.nbytes) for table in self._tables]

    def _drop_oldest(self) -> bool:
        oldest = self._tables[0]
        many = oldest.num_rows if len(self._tables) > 1 else oldest.num_rows // 2
        if not many:
            return False
        self.left_out += many
        rest = oldest.slice(many)
        self._tables[:1] = [rest] if rest.num_rows else []
        self._sizes[:1] = [int(rest.nbytes)] if rest.num_rows else []
        return True


def _since(rows: pa.Table, start: Micros) -> pa.Table:
    if pc.min(rows["time"]).cast(pa.int64()).as_py() >= start:
        return rows  # which is so for all of them but the oldest: a copy of an hour each window is saved
    return rows.filter(pc.greater_equal(rows["time"], pa.scalar(start, pa.int64()).cast(TIME)))
