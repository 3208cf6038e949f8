"""Finds for each copy the answer that was shown to the same request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

    from aright.core.model.times import Micros

STABLE: Final = 0
CANDIDATE: Final = 1
AGAIN: Final = 2
"""The stable version's second answer to the same request."""

MOST_WAITING: Final = 200_000
"""Rows that wait for others; beyond, the oldest go."""

SIDE: Final = "side"


@dataclass(frozen=True, eq=False)
class Matched:
    """Rows that belong together; tables have the columns that were added.

    Attributes:
        stable: answers that were shown and copied.
        candidate: the candidate's answers to the same requests, row for row.
        again: the stable version's second answers, where there are some.
        again_of: which row of ``stable`` each of these is for.
        others: answers that were shown and not copied.
    """

    stable: pa.Table
    candidate: pa.Table
    again: pa.Table
    again_of: npt.NDArray[np.int64]
    others: pa.Table


class Matching:
    """Keeps rows until their partners came; rows may come in any order.

    A copy names the answer that was shown by its ``pair``; where it has none, both have the same
    ``trace_id``.

    Args:
        patient: whether rows without a partner wait until there are too many of them, as those whose
            outcomes come late; else they are given up when they are taken.
    """

    def __init__(self, *, patient: bool = False) -> None:
        self._patient = patient
        self._waiting: list[pa.Table] = []
        self.lost = 0
        """Rows that were given up."""

    def add(self, rows: pa.Table) -> None:
        """Take rows with ``id``, ``pair``, ``trace_id``, ``time`` (µs) and ``side``."""
        if rows.num_rows:
            self._waiting.append(rows)

    def take(self, before: Micros, copied: set[str] | None = None) -> Matched | None:
        """Return what belongs together of the rows of before ``before``; ``None`` for no rows.

        Args:
            before: later rows go on waiting, and so do their partners (µs, UTC).
            copied: answers that were copied, by id, where it is known: the others are ``others`` then, and
                else those without a copy.
        """
        if not self._waiting:
            return None
        pool = pa.concat_tables(self._waiting)
        sides = np.asarray(pool[SIDE])
        stable = pool.filter(pa.array(sides == STABLE))
        mine = pool.filter(pa.array(sides == CANDIDATE))
        again = pool.filter(pa.array(sides == AGAIN))
        old = np.asarray(stable["time"]) < before
        of, of_again = _partners(mine, stable), _partners(again, stable)
        first = _first(of, old)
        has = np.zeros(stable.num_rows, dtype=bool)
        has[of[first]] = True
        known = (
            has if copied is None else np.asarray(pc.is_in(stable["id"], pa.array(list(copied), pa.string())))
        )
        alone = old & ~has & ~known
        place = np.full(stable.num_rows, -1)
        place[of[first]] = np.arange(len(first))
        second = _first(of_again, has)
        made = Matched(
            stable=stable.take(pa.array(of[first])),
            candidate=mine.take(pa.array(first)),
            again=again.take(pa.array(second)),
            again_of=place[of_again[second]],
            others=stable.filter(pa.array(alone)),
        )
        gone = np.isin(of, np.flatnonzero(old & has)) | ((of < 0) & self._over(mine, before))
        gone_again = np.isin(of_again, np.flatnonzero(old)) | ((of_again < 0) & self._over(again, before))
        self.lost += int(((of < 0) & gone).sum())
        self._keep(
            [
                stable.filter(pa.array(~(old & (has | alone)))),
                _without(mine, gone),
                _without(again, gone_again),
            ]
        )
        return made

    def _over(self, rows: pa.Table, before: Micros) -> npt.NDArray[np.bool_]:
        """Return which rows have waited long enough for an answer that does not come."""
        if self._patient:
            return np.zeros(rows.num_rows, dtype=bool)
        return np.asarray(rows["time"]) < before

    def _keep(self, tables: list[pa.Table]) -> None:
        waiting = pa.concat_tables(tables)
        if waiting.num_rows > MOST_WAITING:
            self.lost += waiting.num_rows - MOST_WAITING
            waiting = waiting.sort_by("time").slice(waiting.num_rows - MOST_WAITING)
        self._waiting = [waiting] if waiting.num_rows else []


def _partners(copies: pa.Table, shown: pa.Table) -> npt.NDArray[np.int64]:
    """Return for each copy the row of the answer that was shown; −1 for none."""
    if not copies.num_rows or not shown.num_rows:
        return np.full(copies.num_rows, -1, dtype=np.int64)
    named = pc.index_in(copies["pair"], value_set=shown["id"].combine_chunks(), skip_nulls=True)
    traced = pc.index_in(copies["trace_id"], value_set=shown["trace_id"].combine_chunks(), skip_nulls=True)
    found = pc.if_else(pc.is_valid(copies["pair"]), named, traced)
    return np.asarray(pc.fill_null(found, -1), dtype=np.int64)


def _first(of: npt.NDArray[np.int64], wanted: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the first copy of each wanted answer, by answer."""
    there = np.flatnonzero(of >= 0)
    there = there[wanted[of[there]]]
    _, first = np.unique(of[there], return_index=True)
    return np.asarray(there[first], dtype=np.int64)


def _without(rows: pa.Table, gone: npt.NDArray[np.bool_]) -> pa.Table:
    return rows.filter(pa.array(~gone))
