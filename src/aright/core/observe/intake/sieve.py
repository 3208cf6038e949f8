"""The sieve: rows still thought good, and those that fell out."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.observe.intake.quarantine import Quarantine

Mask: TypeAlias = np.ndarray[tuple[int], np.dtype[np.bool_]]
"""One truth for each row."""

Numbers: TypeAlias = np.ndarray[tuple[int], np.dtype[np.int64]]
"""For each row of a table, its number in the body."""

_CELLS: Final = 40  # of a bad row that are shown
_NO: Final = pa.scalar(False, pa.bool_())


class Sieve:
    """A row falls out at the first check that it fails.

    Attributes:
        table: all rows, whether they fell out or not.
        columns: the table's columns by name.
        keep: which rows are still in.
    """

    def __init__(self, table: pa.Table, numbers: Numbers, quarantine: Quarantine) -> None:
        self.table = table
        self.columns: dict[str, pa.ChunkedArray] = dict(zip(table.column_names, table.columns, strict=True))
        self._numbers = numbers
        self._quarantine = quarantine
        self.keep: Mask = np.ones(table.num_rows, np.bool_)

    def drop(
        self, bad: pa.ChunkedArray | Mask, field: str, problem: Callable[[int], str] | str, fix: str
    ) -> None:
        """Let rows fall out; ``problem`` may depend on the row."""
        mask = bad if isinstance(bad, np.ndarray) else pc.fill_null(bad, _NO).to_numpy().astype(np.bool_)
        rows = np.flatnonzero(mask & self.keep)
        self.keep[rows] = False
        for seen, row in enumerate(rows):
            if not self._quarantine.wants_more:
                self._quarantine.add_uncounted(len(rows) - seen)
                return
            said = problem if isinstance(problem, str) else problem(int(row))
            self._quarantine.add(int(self._numbers[row]), field, said, fix, row_text(self.table, int(row)))

    def good(self) -> tuple[pa.Table, Numbers]:
        """Return the rows that are still in, with their numbers."""
        if self.keep.all():
            return self.table, self._numbers
        return self.table.filter(pa.array(self.keep)), self._numbers[self.keep]


def row_text(table: pa.Table, row: int) -> str:
    """Return a row's filled cells as JSON, times as microseconds.

    >>> row_text(pa.table({"id": ["a"], "time": pa.array([7], pa.timestamp("us")), "unit": [None]}), 0)
    '{"id": "a", "time": 7}'
    """
    cells = {}
    for name in table.column_names:
        column = table[name].slice(row, 1)
        value = (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column)[0].as_py()
        if value is not None:
            cells[name] = value
        if len(cells) == _CELLS:
            break
    return json.dumps(cells, ensure_ascii=False, default=str)
