"""Learning: what a service's first rows say of how the later ones are to be counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.columns import FEATURE
from aright.core.model.cuts import Cuts
from aright.core.model.tables import concat_rows
from aright.core.observe.bins import cut_of
from aright.core.observe.norms import norms_of
from aright.core.observe.profiling import ALWAYS
from aright.core.observe.signals import popularity, slow_share
from aright.core.observe.signals.shift import OUTPUTS
from aright.core.profile.frame import frame_of

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.model.service import Service
    from aright.core.model.times import Micros

ROWS: Final = 1_000
"""Rows from which is learned."""

WINDOWS: Final = 3
"""Windows that they must come from at least."""

MOST_COLUMNS: Final = 32
"""Features and outputs whose shift is watched, so that a window has some hundred points and not thousands."""

_MOST_OF_A_WINDOW: Final = 20_000


class Learning:
    """Gathers the rows of the first windows until they suffice."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._rows: list[pa.Table] = []

    def add(self, rows: pa.Table) -> None:
        """Keep a window's rows, or a part of them."""
        if rows.num_rows:
            self._rows.append(rows.slice(0, _MOST_OF_A_WINDOW))

    def learn(self, scales: dict[str, tuple[float, float]], *, since: Micros = 0) -> Cuts | None:
        """Return what the rows of windows up to ``since`` say, or ``None`` where they do not suffice yet."""
        if len(self._rows) < WINDOWS or sum(rows.num_rows for rows in self._rows) < ROWS:
            return None
        rows = concat_rows(self._rows)
        items, ranks = popularity.learn(rows)
        there = (name for name in rows.column_names if name in OUTPUTS or name.startswith(FEATURE))
        given = [name for name in there if rows[name].null_count < rows.num_rows][:MOST_COLUMNS]
        columns = {name: cut_of(rows[name]) for name in given}
        return Cuts(
            key=self._service.key,
            columns=columns,
            items=items,
            ranks=ranks,
            slow_ms=slow_share.learn(rows),
            scales=dict(scales),
            since=since,
            frames=_frames(rows.select([name for name in (*given, *ALWAYS) if name in rows.column_names])),
            norms=norms_of(rows, columns, self._service, windows=self._rows),
        )


def _frames(rows: pa.Table) -> dict[str, tuple[float, float]]:
    found = {name: frame_of(rows[name]) for name in rows.column_names}
    return {name: (frame.centre, frame.scale) for name, frame in found.items() if frame is not None}
