"""Windows: rows fold in by event time, close once, and give signal points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import FEATURE
from aright.core.model.cuts import Cuts
from aright.core.model.tables import concat_rows
from aright.core.observe.attributes import find_attributes
from aright.core.observe.bins import cut_of
from aright.core.observe.lists import Items
from aright.core.observe.window import Looking, listed, window_points

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.service import Service
    from aright.core.model.signal import SignalPoint
    from aright.core.model.times import Micros

MOST_ROWS: Final = 200_000
"""Rows of one window that are kept; above that a part of the units stands for all, chosen by hash."""

ROWS_FOR_CUTS: Final = 1_000
"""Rows from which bins and attributes are found."""

MOST_COLUMNS: Final = 200
"""Columns whose shift is watched."""

_OUTPUTS: Final = ("score", "number", "label")


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A closed window.

    Attributes:
        points: its signals.
        late: rows that came after the window of their time was closed, since the last close.
    """

    points: tuple[SignalPoint, ...]
    late: int


class Observer:
    """Folds one service's rows into windows.

    Rows may come in any order and any portions: a window's points depend on its rows alone, on the cuts (the
    engine keeps them) and, for coverage and popularity, on the items of the windows closed before.

    Args:
        service: gives watched attributes and quality.
        width: width of a window (µs).
        cuts: where columns are cut, where that was found before.
    """

    def __init__(self, service: Service, width: Micros, cuts: Cuts | None = None) -> None:
        self._service = service
        self._width = width
        self._open: dict[Micros, list[pa.Table]] = {}
        self._outcomes: dict[Micros, list[pa.Table]] = {}
        self._closed_to: Micros = 0
        self._items = Items()
        self._events: set[str] = set()
        self._first: list[pa.Table] = []
        self._late = 0
        self.cuts = cuts

    def add(self, predictions: pa.Table) -> None:
        """Fold predictions in; those of a closed window are counted as late."""
        for start, rows in self._by_window(predictions):
            parts = self._open.setdefault(start, [])
            parts.append(rows)
            if sum(part.num_rows for part in parts) > MOST_ROWS:
                self._open[start] = [_thin(concat_rows(parts))]

    def add_outcomes(self, outcomes: pa.Table) -> None:
        """Fold outcomes in, by the time they came; ``attach_predictions`` has given them attributes."""
        for start, rows in self._by_window(outcomes):
            self._outcomes.setdefault(start, []).append(rows)

    def remember(self, predictions: pa.Table) -> None:
        """Learn which items are shown from rows of closed windows, after a restart."""
        if "items" in predictions.column_names:
            self._items.learn([items for _, _, items in listed(predictions)])

    def know_events(self, names: Iterable[str]) -> None:
        """Learn from stored points which kinds of events there are, so that none is a zero, not a gap."""
        self._events |= {name for name in names if name.startswith("events:")}

    def open_windows(self) -> list[Micros]:
        """Return the starts of windows with rows, ascending."""
        return sorted({*self._open, *self._outcomes})

    def close(self, start: Micros) -> Closed:
        """Close the window that starts at ``start``, and with it all before."""
        for earlier in [at for at in self.open_windows() if at < start]:
            self._late += sum(part.num_rows for part in self._open.pop(earlier, ()))
            self._outcomes.pop(earlier, None)
        self._closed_to = max(self._closed_to, start + self._width)
        late, self._late = self._late, 0
        parts, came = self._open.pop(start, []), self._outcomes.pop(start, [])
        if not parts:
            return Closed(points=(), late=late)
        rows = concat_rows(parts)
        outcomes = concat_rows(came) if came else None
        points = window_points(rows, outcomes, self._looking(start))
        points += self._without_events(points, start)
        self.remember(rows)
        self._find_cuts(rows)
        return Closed(points=tuple(points), late=late)

    def _looking(self, start: Micros) -> Looking:
        cuts = self.cuts
        return Looking(
            service=self._service.key,
            start=start,
            width=self._width,
            attributes=cuts.attributes if cuts else self._service.segments,
            cuts=cuts.columns if cuts else {},
            quality=self._service.quality,
            items=self._items,
        )

    def _without_events(self, points: list[SignalPoint], start: Micros) -> list[SignalPoint]:
        """Return zeros for kinds of events that are known but did not come in this window."""
        came = {point.name for point in points if point.name.startswith("events:")}
        quiet = self._events - came
        self._events |= came
        if not quiet:
            return []
        served = {point.segment: point.n for point in points if point.name == "error_share"}
        if not served:
            served = {point.segment: point.n for point in points if not point.segment.attribute}
        return [
            type(points[0])(
                service=self._service.key,
                name=name,
                start=start,
                width=self._width,
                n=n,
                total=0.0,
                segment=segment,
            )
            for name in sorted(quiet)
            for segment, n in served.items()
        ]

    def _find_cuts(self, rows: pa.Table) -> None:
        if self.cuts is not None:
            return
        self._first.append(rows)
        if sum(part.num_rows for part in self._first) < ROWS_FOR_CUTS:
            return
        first = concat_rows(self._first)
        self._first.clear()
        features = [name for name in first.column_names if name.startswith(FEATURE)]
        watched = [
            name
            for name in (*_OUTPUTS, *features)
            if name in first.column_names and first[name].null_count < first.num_rows
        ]
        self.cuts = Cuts(
            key=self._service.key,
            columns={name: cut_of(first[name]) for name in watched[:MOST_COLUMNS]},
            attributes=find_attributes(first, self._service.segments),
        )

    def _by_window(self, rows: pa.Table) -> list[tuple[Micros, pa.Table]]:
        if not rows.num_rows:
            return []
        times = np.asarray(rows["time"].cast(pa.int64()), dtype=np.int64)
        starts = times // self._width * self._width
        self._late += int((starts < self._closed_to).sum())
        wanted = np.unique(starts[starts >= self._closed_to])
        if len(wanted) == 1 and len(starts) == int((starts == wanted[0]).sum()):
            return [(int(wanted[0]), rows)]
        return [(int(start), rows.filter(pa.array(starts == start))) for start in wanted]


def _thin(rows: pa.Table) -> pa.Table:
    """Keep the rows of half of the units, by a hash: a uniform sample, the same whatever the order."""
    name = "unit" if "unit" in rows.column_names and rows["unit"].null_count < rows.num_rows else "id"
    encoded = rows[name].combine_chunks().dictionary_encode()
    hashes = np.fromiter(
        (crc32((text or "").encode()) for text in encoded.dictionary.to_pylist()), dtype=np.int64
    )
    if not len(hashes):
        return rows.slice(0, MOST_ROWS // 2)
    half = hashes <= np.median(hashes)
    keep = half[np.asarray(pc.fill_null(encoded.indices, 0), dtype=np.int64)]
    kept = rows.filter(pa.array(keep))
    return kept if 0 < kept.num_rows < rows.num_rows else rows.slice(0, MOST_ROWS // 2)
