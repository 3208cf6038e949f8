"""Learning: what a service's first rows say of how the later ones are to be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.columns import FEATURE
from aright.core.model.cuts import Cuts, Norms
from aright.core.model.tables import concat_rows
from aright.core.observe.bins import cut_of
from aright.core.observe.compact import compact
from aright.core.observe.measures import is_asked
from aright.core.observe.norms import norms_of
from aright.core.observe.profiling import ALWAYS
from aright.core.observe.signals import popularity, slow_share
from aright.core.observe.signals.shift import OUTPUTS
from aright.core.profile.frame import frame_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.model.service import Service
    from aright.core.model.times import Micros

ROWS: Final = 1_000
"""Rows from which is learned."""

WINDOWS: Final = 3
"""Windows that they must come from at least."""

MOST_COLUMNS: Final = 32
"""Features and outputs whose shift is watched, so that a window has some hundred points and not thousands."""

_ANSWERS: Final = (*OUTPUTS, "text", "items")
_MOST_OF_A_WINDOW: Final = 20_000
_MOST_LOOKED_AT: Final = 128
"""Features that are learned from at most: not all of those that are watched need have values at first."""


class Learning:
    """Gathers the rows of the first windows until they suffice."""

    def __init__(self, service: Service, room: int = 1 << 25) -> None:
        self._service = service
        self._room = room
        self._rows: list[pa.Table] = []
        self.left_out = 0

    @property
    def state_bytes(self) -> int:
        """What the rows take (bytes)."""
        return sum(int(rows.nbytes) for rows in self._rows)

    def part_of(self, rows: pa.Table) -> pa.Table:
        """Return a copy of as much of a window's rows as is learned from: so many rows, columns and bytes."""
        wanted = _wanted(rows.column_names)
        self.left_out += rows.num_columns - len(wanted)
        part = rows.select(wanted).slice(0, _MOST_OF_A_WINDOW)
        most = self._room // 4
        if part.nbytes > most:
            part = part.slice(0, max(part.num_rows * most // int(part.nbytes), 1))
        return compact(part)[0]

    def add(self, rows: pa.Table) -> None:
        """Keep rows of a window that ``part_of`` has made small; the first windows go where room is short."""
        if rows.num_rows:
            self._rows.append(rows)
        while len(self._rows) > WINDOWS and self.state_bytes > self._room:
            del self._rows[0]

    def fresh(self, rows: pa.Table, cuts: Cuts) -> pa.Table | None:
        """Return rows with those columns alone that came after all was learned; ``None`` without any.

        Of features no more are learned than are watched at all, so made-up names soon find no place.
        """
        known = {*cuts.columns, *cuts.norms.frequent}
        room = MOST_COLUMNS - len(cuts.columns)
        new = [
            name
            for name in rows.column_names
            if (name.startswith(FEATURE) or name in _ANSWERS)
            and name not in known
            and rows[name].null_count < rows.num_rows
        ]
        if "items" in new and cuts.items:
            new.remove("items")
        if not new or room <= 0:
            return None
        beside = [name for name in rows.column_names if not name.startswith(FEATURE) and name not in _ANSWERS]
        partners = [name for name in rows.column_names if is_asked(name) and name not in new]
        return rows.select([*beside, *partners, *new[:room]])

    def learn(self, scales: dict[str, tuple[float, float]], *, since: Micros = 0) -> Cuts | None:
        """Return what the rows of windows up to ``since`` say, or ``None`` where they do not suffice yet."""
        if len(self._rows) < WINDOWS or sum(rows.num_rows for rows in self._rows) < ROWS:
            return None
        rows = concat_rows(self._rows)
        items, ranks = popularity.learn(rows)
        there = (name for name in rows.column_names if name in OUTPUTS or name.startswith(FEATURE))
        given = [name for name in there if rows[name].null_count < rows.num_rows][:MOST_COLUMNS]
        columns = {name: cut_of(rows[name]) for name in given}
        windows, self._rows = self._rows, []
        return Cuts(
            key=self._service.key,
            columns=columns,
            items=items,
            ranks=ranks,
            slow_ms=slow_share.learn(rows),
            scales=dict(scales),
            since=since,
            frames=_frames(rows.select([name for name in (*given, *ALWAYS) if name in rows.column_names])),
            norms=norms_of(rows, columns, self._service, windows=windows),
        )


def extended(cuts: Cuts, learned: Cuts) -> Cuts:
    """Return cuts with what was learned later; nothing that was learned before is changed.

    >>> import pyarrow as pa
    >>> one, two = (Cuts(key="shop", columns={name: cut_of(pa.chunked_array([[1.0, 2.0]]))}) for name in "ab")
    >>> list(extended(one, two).columns)
    ['a', 'b']
    """
    first, then = cuts.norms, learned.norms
    return msgspec.structs.replace(
        cuts,
        columns=cuts.columns
        | {name: cut for name, cut in learned.columns.items() if name not in cuts.columns},
        items=cuts.items or learned.items,
        ranks=cuts.ranks or learned.ranks,
        slow_ms=cuts.slow_ms or learned.slow_ms,
        frames=learned.frames | cuts.frames,
        norms=Norms(
            limits=then.limits | first.limits,
            frequent=then.frequent | first.frequent,
            defaults={name: default for name, default in then.defaults.items() if name not in first.frequent}
            | first.defaults,
            shares=then.shares | first.shares,
            languages=then.languages | first.languages,
            lists=first.lists or then.lists,
        ),
    )


def _frames(rows: pa.Table) -> dict[str, tuple[float, float]]:
    found = {name: frame_of(rows[name]) for name in rows.column_names}
    return {name: (frame.centre, frame.scale) for name, frame in found.items() if frame is not None}


def _wanted(names: Sequence[str]) -> list[str]:
    """Return the columns that are learned from: the first features, and those that signals name."""
    features = [name for name in names if name.startswith(FEATURE)]
    kept = {*features[:_MOST_LOOKED_AT], *(name for name in features if is_asked(name))}
    return [name for name in names if not name.startswith(FEATURE) or name in kept]
