"""Windows: rows fold in by event time, close once, and give signal points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.outcome import is_event
from aright.core.model.tables import concat_rows
from aright.core.observe.grades import Grades
from aright.core.observe.heavy_hitters import Attributes
from aright.core.observe.learning import Learning, extended
from aright.core.observe.partial import Partial
from aright.core.observe.points import Window, points_of
from aright.core.observe.segments import Segments
from aright.core.observe.signals.events import PREFIX as EVENTS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.cuts import Cuts
    from aright.core.model.service import Service
    from aright.core.model.sheet import Sheet
    from aright.core.model.signal import SignalPoint
    from aright.core.model.times import Micros
    from aright.core.observe.profiling import Profiler

PORTION: Final = 8_192
"""Rows that wait until they are folded in together."""

MOST_WAITING: Final = 65_536
"""Rows of one window that wait while nothing is learned yet."""

ROOM: Final = 128 * 1024 * 1024
"""Bytes that open windows may take, where nothing else is said."""

_SHADOW: Final = "shadow"


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A closed window.

    Attributes:
        points: its signals.
        late: rows that came after the window of their time was closed, since the last close.
        sheets: its profiles.
    """

    points: tuple[SignalPoint, ...]
    late: int
    sheets: tuple[Sheet, ...] = ()


@dataclass(eq=False)
class _Open:
    """An open window: rows that wait, and what has been folded."""

    partial: Partial
    waiting: list[pa.Table]
    first: pa.Table | None = None
    cuts: Cuts | None = None
    came: bool = False
    waits: int = 0


class Observer:
    """Folds one service's rows into windows.

    Rows may come in any order and any portions, and of each window only partial counts are kept. Answers of a
    shadow model reach nobody and are left out.

    After a restart it is made again with the ``cuts`` that were kept, ``remember``s rows of the last closed
    windows and ``know_events``; then the stored rows of windows that are still open are added again.

    Args:
        service: gives watched attributes and quality.
        width: width of a window (µs).
        cuts: what the first rows taught, where that was found before.
        profiler: makes profiles of the same rows; none are made without.
        room: bytes that open windows may take; where they take more, units are sampled.

    >>> from aright.core.model.columns import TIME
    >>> from aright.core.model.service import Service
    >>> observer = Observer(Service(key="shop"), 30_000_000)
    >>> observer.add(pa.table({
    ...     "id": ["a", "b", "c"], "time": pa.array([1, 2, 31_000_000], TIME), "unit": ["u", "u", "u"],
    ...     "status": [500, 200, 200],
    ... }))
    >>> [(point.name, point.n, point.total) for point in observer.close(0).points]
    [('error_share', 1.0, 0.5)]
    >>> observer.open_windows()
    [30000000]
    """

    def __init__(
        self,
        service: Service,
        width: Micros,
        cuts: Cuts | None = None,
        profiler: Profiler | None = None,
        room: int = ROOM,
    ) -> None:
        self._service = service
        self._width = width
        self._windows: dict[Micros, _Open] = {}
        self._closed_to: Micros = 0
        self._late = 0
        self._attributes = Attributes(service.segments)
        self._segments = Segments()
        self._events: set[str] = set()
        self._grades = Grades(cuts.scales if cuts is not None else {})
        self._room = room
        self._units_left_out = 0
        self._learning = Learning(service, room // 8)
        self._profiler = profiler
        self.cuts = cuts

    def add(self, predictions: pa.Table) -> None:
        """Fold predictions in; those of a closed window are counted as late."""
        for start, rows in self._by_window(_without_shadow(predictions), count=True):
            if self._profiler is not None:
                self._profiler.add(start, rows, self.cuts)
            window = self._window(start)
            window.waiting.append(rows)
            window.waits += int(rows.nbytes)
            window.came = True
            most = MOST_WAITING if self.cuts is None else PORTION
            many = sum(part.num_rows for part in window.waiting) >= most
            if many or window.waits > self._room // 4:
                self._fold(window)
        self._make_room()

    def add_outcomes(self, outcomes: pa.Table) -> None:
        """Fold outcomes in, by the time they came; ``attach_predictions`` has given them attributes."""
        for start, rows in self._by_window(outcomes, count=True):
            self._events |= {kind for kind in pc.unique(rows["kind"]).to_pylist() if kind and is_event(kind)}
            window = self._window(start)
            self._fold(window)
            window.partial.fold_outcomes(rows, self._attributes.look_up(rows), self._grades)
        self._make_room()

    @property
    def state_bytes(self) -> int:
        """What is kept in memory, about (bytes)."""
        first = self._firsts() + self._learning.state_bytes
        profiler = self._profiler.state_bytes if self._profiler is not None else 0
        return self._taken() + first + self._attributes.state_bytes + profiler

    @property
    def left_out(self) -> dict[str, int]:
        """What was left out since the start, to keep within bounds: by what it is, how many times."""
        found = {
            **self._attributes.left_out,
            "segments": self._segments.left_out,
            "units": self._units_left_out,
            "kinds": self._grades.left_out,
            "features": self._learning.left_out,
        }
        return {name: count for name, count in found.items() if count}

    def _taken(self) -> int:
        return sum(window.waits + window.partial.state_bytes for window in self._windows.values())

    def _firsts(self) -> int:
        return sum(int(window.first.nbytes) for window in self._windows.values() if window.first is not None)

    def _make_room(self) -> None:
        """Fold what waits, and count smaller samples, while open windows take more than they may."""
        while self._taken() > self._room:
            waiting = max(self._windows.values(), key=lambda window: window.waits)
            if waiting.waits > self._room // 8:
                self._fold(waiting)
                continue
            largest = max(self._windows.values(), key=lambda window: window.partial.state_bytes)
            units = largest.partial.units
            if not largest.partial.shrink():
                return
            self._units_left_out += max(units - largest.partial.units, 0)

    def remember(self, predictions: pa.Table, before: Micros = 0) -> None:
        """Learn from rows of closed windows, after a restart, without counting them.

        All windows that start before ``before`` are closed.
        """
        for start, rows in self._by_window(_without_shadow(predictions), count=False):
            if self._profiler is not None:
                self._profiler.remember(start, rows, before, self.cuts)
            self._attributes.encode(rows)
            self._attributes.end_window()
            if self.cuts is None:
                self._learning.add(self._learning.part_of(rows))

    def know_events(self, names: Iterable[str]) -> None:
        """Learn from stored points' names which kinds of events there are: that none came is a zero."""
        self._events |= {name.removeprefix(EVENTS) for name in names if name.startswith(EVENTS)}

    def open_windows(self) -> list[Micros]:
        """Return the starts of windows with rows, ascending."""
        return sorted(self._windows)

    def waits(self) -> bool:
        """Return whether rows wait for a window to close, or for the span of a profile to be over."""
        return bool(self._windows) or (self._profiler is not None and self._profiler.waits)

    def close(self, start: Micros) -> Closed:
        """Close the window that starts at ``start``; earlier open ones go with it, uncounted."""
        for earlier in [at for at in self._windows if at < start]:
            self._late += sum(part.num_rows for part in self._windows.pop(earlier).waiting)
        self._closed_to = max(self._closed_to, start + self._width)
        late, self._late = self._late, 0
        sheets = self._sheets(start)
        window = self._windows.pop(start, None)
        if window is None or not window.came:
            return Closed(points=(), late=late, sheets=sheets)
        self._fold(window)
        points = points_of(self._looking(start), window.partial, self._segments)
        self._attributes.end_window()
        self._learn(window, start + self._width)
        return Closed(points=tuple(points), late=late, sheets=sheets)

    def _sheets(self, start: Micros) -> tuple[Sheet, ...]:
        if self._profiler is None:
            return ()
        return tuple(self._profiler.close(start, self._attributes.names(), self.cuts))

    def _window(self, start: Micros) -> _Open:
        return self._windows.setdefault(start, _Open(Partial(start, self._service), []))

    def _fold(self, window: _Open) -> None:
        if not window.waiting:
            return
        rows = concat_rows(window.waiting)
        window.waiting.clear()
        window.waits = 0
        if window.first is None and self._firsts() < self._room // 4:
            unknown = rows if self.cuts is None else self._learning.fresh(rows, self.cuts)
            window.first = self._learning.part_of(unknown) if unknown is not None else None
        window.cuts = window.cuts or self.cuts
        window.partial.fold(rows, self._attributes.encode(rows), window.cuts)

    def _looking(self, start: Micros) -> Window:
        return Window(
            service=self._service.key,
            start=start,
            width=self._width,
            quality=self._service.quality,
            events=self._events,
            attributes=self._attributes,
            cuts=self.cuts,
        )

    def _learn(self, window: _Open, end: Micros) -> None:
        if window.first is not None:
            self._learning.add(window.first)
        if self.cuts is None:
            self.cuts = self._learning.learn(self._grades.scales, since=end)
        elif window.first is not None:
            learned = self._learning.learn(self._grades.scales)
            self.cuts = extended(self.cuts, learned) if learned is not None else self.cuts
        if self.cuts is not None and self.cuts.scales != self._grades.scales:
            self.cuts = msgspec.structs.replace(self.cuts, scales=dict(self._grades.scales))

    def _by_window(self, rows: pa.Table, *, count: bool) -> list[tuple[Micros, pa.Table]]:
        """Cut rows by window; with ``count``, those of closed windows are only counted as late."""
        if not rows.num_rows:
            return []
        starts = np.asarray(rows["time"].cast(pa.int64()), dtype=np.int64) // self._width * self._width
        if count:
            late = starts < self._closed_to
            self._late += int(late.sum())
            if late.any():
                rows, starts = rows.filter(pa.array(~late)), starts[~late]
        if len(starts) and starts.min() == starts.max():
            return [(int(starts[0]), rows)]
        rows = rows.take(pa.array(np.argsort(starts, kind="stable")))
        found, first, many = np.unique(np.sort(starts), return_index=True, return_counts=True)
        return [
            (int(start), rows.slice(int(at), int(length)))
            for start, at, length in zip(found, first, many, strict=True)
        ]


def _without_shadow(rows: pa.Table) -> pa.Table:
    if "arm" not in rows.column_names or rows["arm"].null_count == rows.num_rows:
        return rows
    shadow = pc.fill_null(pc.equal(rows["arm"].cast(pa.string()), _SHADOW), False)
    return rows.filter(pc.invert(shadow)) if pc.any(shadow).as_py() else rows
