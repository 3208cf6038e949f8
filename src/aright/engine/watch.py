"""A service under watch: its open windows, its detector, and predictions that outcomes may refer to."""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar
from zlib import crc32

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.detect import Detector
from aright.core.detect.snapshot import UnreadableSnapshotError
from aright.core.model.bookkeeping import Snapshot
from aright.core.model.columns import TIME
from aright.core.model.frame import Kind
from aright.core.model.tables import concat_rows
from aright.core.observe.join import attach_predictions
from aright.core.observe.profiling import Extent, Profiler
from aright.core.observe.windows import Closed, Observer
from aright.engine.detecting import BYTES_OF_STREAM, detector_settings, settings_of
from aright.engine.operations import Memory
from aright.engine.parts import Told
from aright.engine.process import process_points
from aright.engine.recent import Recent
from aright.engine.slo import Objectives
from aright.engine.watching import PARTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.alert import Alert
    from aright.core.model.cuts import Cuts
    from aright.core.model.service import Service
    from aright.core.model.signal import SignalPoint
    from aright.core.model.times import Micros
    from aright.core.observe.grades import Scales
    from aright.engine.settings import Settings
    from aright.ports.state import Transaction

_log = logging.getLogger(__name__)

P = TypeVar("P")

SNAPSHOTS: Final = 120
"""Windows from which one snapshot of a service's detector is kept; services take turns."""

_UNREAD: Final = ("text", "label")
"""Columns of outcomes that no window reads."""


class Watch:
    """Folds one service's rows into windows and judges each window as it closes."""

    def __init__(self, service: Service, settings: Settings, cuts: Cuts | None = None) -> None:
        self.service = service
        settings = settings_of(service, settings)
        self._settings = settings
        room = settings.state_bytes
        self._observer = Observer(service, settings.width, cuts, _profiler(service, settings), room // 4)
        self._detector = Detector(detector_settings(service, settings))
        self.objectives = Objectives()
        self._parts = [make(service, settings) for make in PARTS]
        self._recent = Recent(room * 3 // 8)
        self._left_out: Counter[str] = Counter()
        self._waiting: dict[Kind, list[pa.Table]] = {Kind.OUTCOMES: [], Kind.PROCESS: []}
        self.first: Micros | None = None
        self.memory = self.measure()
        self._last_quiet = False

    def take(self, kind: Kind, rows: pa.Table) -> None:
        """Fold rows of this service in; outcomes and samples wait until their window closes."""
        if rows.num_rows == 0:
            return
        earliest = _earliest(rows)
        self.first = earliest if self.first is None else min(self.first, earliest)
        if kind is Kind.PREDICTIONS:
            self._observer.add(rows)
            self._recent.add(rows)
        elif kind in self._waiting:
            self._wait(kind, rows)
        for part in self._parts:
            if kind in part.kinds:
                part.take(kind, rows)

    def part(self, kind: type[P]) -> P | None:
        """Return the part of a type."""
        return next((part for part in self._parts if isinstance(part, kind)), None)

    def resume(self, tx: Transaction, closed_to: Micros) -> None:
        """Let each part go on after a restart from what it put into the state."""
        for part in self._parts:
            part.resume(tx, closed_to)

    def remember(self, predictions: pa.Table, before: Micros) -> None:
        """Keep predictions at hand for their outcomes, uncounted: windows before ``before`` are closed."""
        if predictions.num_rows:
            self._recent.add(predictions)
            self._observer.remember(predictions, before)

    @property
    def cuts(self) -> Cuts | None:
        """Where the service's columns are cut; ``None`` until enough rows have come."""
        return self._observer.cuts

    @property
    def scales(self) -> Scales:
        """Smallest and largest value of each graded kind, as far as they are known."""
        return self.cuts.scales if self.cuts is not None else {}

    def know(self, points: Sequence[SignalPoint]) -> None:
        """Learn from stored points what the observer cannot see in open windows."""
        self._observer.know_events({point.name for point in points})

    def learn(self, points: Sequence[SignalPoint], *, now: Micros, quiet: bool) -> list[Alert]:
        """Judge one closed window's points, or go over stored ones again after a restart."""
        alerts = self._detector.update(points, now=now, quiet=quiet)
        self._left_out["streams"] += self._detector.left_out
        return alerts

    def measure(self) -> Memory:
        """Return what the service's memory takes, and what was left out to keep it bounded."""
        waiting = sum(int(rows.nbytes) for tables in self._waiting.values() for rows in tables)
        detector = self._detector.streams * BYTES_OF_STREAM
        taken = self._observer.state_bytes + self._recent.state_bytes + waiting + detector
        left_out = self._left_out + Counter(self._observer.left_out)
        left_out["predictions"] += self._recent.left_out
        return Memory(
            service=self.service.key,
            bytes=taken,
            limit=self._settings.state_bytes,
            left_out={name: count for name, count in sorted(left_out.items()) if count},
        )

    def keep(self, tx: Transaction, upto: Micros, *, quiet: bool) -> None:
        """Keep what the detector knows after a window, once in an hour and when quiet begins or ends.

        So ``quiet`` is the same for all windows since then that have points.
        """
        due = (upto // self._settings.width + crc32(self.service.key.encode())) % SNAPSHOTS == 0
        if due or quiet != self._last_quiet:
            self._last_quiet = quiet
            self.freeze(tx, upto)

    def freeze(self, tx: Transaction, upto: Micros) -> None:
        """Keep what the detector knows; windows that end by ``upto`` have been judged."""
        tx.put(
            Snapshot(
                key=self.service.key,
                service=self.service.key,
                upto=upto,
                width=self._settings.width,
                body=self._detector.freeze(),
            )
        )

    def thaw(self, tx: Transaction, closed_to: Micros) -> tuple[Micros, bool] | None:
        """Let the detector go on from what was kept.

        Returns:
            up to when it has judged, and whether it was quiet then; ``None`` where nothing kept can be used.
        """
        kept = tx.get(Snapshot, self.service.key)
        if kept is None or kept.upto > closed_to or kept.width != self._settings.width:
            return None
        try:
            self._detector = Detector.thaw(detector_settings(self.service, self._settings), kept.body)
        except UnreadableSnapshotError as unreadable:
            _log.info("%s: %s; its points are gone over instead", self.service.key, unreadable)
            return None
        self._last_quiet = self._detector.quiet
        self._observer.know_events(self._detector.signals)
        return kept.upto, self._last_quiet

    def has_open(self) -> bool:
        """Return whether rows wait for a window to close."""
        waits = self._observer.waits() or any(self._waiting.values())
        return waits or any(part.has_open() for part in self._parts)

    def close(self, start: Micros) -> Closed:
        """Close the window that starts at ``start``; process metrics are among its points."""
        end = start + self._settings.width
        outcomes = self._draw(Kind.OUTCOMES, end)
        if outcomes is not None:
            self._observer.add_outcomes(attach_predictions(outcomes, self._recent.table()))
        closed = self._observer.close(start)
        points = list(closed.points)
        samples = self._draw(Kind.PROCESS, end)
        if samples is not None:
            samples = _since(samples, start)  # late ones are left out, as late predictions are
            points += process_points(self.service.key, samples, start=start, width=self._settings.width)
        self._recent.forget(end - self._settings.memory)
        self.memory = self.measure()
        return replace(closed, points=tuple(points))

    def close_parts(self, tx: Transaction, start: Micros, *, now: Micros, quiet: bool) -> Told:
        """Close the same window of every part, and return what all of them tell."""
        told = [part.close(tx, start, now=now, quiet=quiet) for part in self._parts]
        return Told(
            points=tuple(point for each in told for point in each.points),
            alerts=tuple(alert for each in told for alert in each.alerts),
            late=sum(each.late for each in told),
            halves=next((each.halves for each in told if each.halves is not None), None),
        )

    def _wait(self, kind: Kind, rows: pa.Table) -> None:
        """Keep rows until their window closes, as many as there is room for."""
        rows = rows.select([name for name in rows.column_names if name not in _UNREAD])
        waiting = sum(int(table.nbytes) for table in self._waiting[kind])
        if waiting + rows.nbytes > self._settings.state_bytes // 32:
            self._left_out[kind.name.lower()] += rows.num_rows
        else:
            self._waiting[kind].append(rows)

    def _draw(self, kind: Kind, end: Micros) -> pa.Table | None:
        waiting = self._waiting[kind]
        if not waiting:
            return None
        whole = concat_rows(waiting)
        ripe = pc.less(whole["time"], pa.scalar(end, pa.int64()).cast(TIME))
        later = whole.filter(pc.invert(ripe))
        self._waiting[kind] = [later] if later.num_rows else []
        now = whole.filter(ripe)
        return now if now.num_rows else None


def _since(rows: pa.Table, start: Micros) -> pa.Table:
    return rows.filter(pc.greater_equal(rows["time"], pa.scalar(start, pa.int64()).cast(TIME)))


def _earliest(rows: pa.Table) -> Micros:
    return int(pc.min(rows["time"]).cast(pa.int64()).as_py())


def _profiler(service: Service, settings: Settings) -> Profiler | None:
    """Return what makes profiles; the rows of a span must still be at hand after a restart."""
    if not settings.profile_bytes:
        return None
    span = max(1, min(settings.profile_span, settings.memory) // settings.width) * settings.width
    extent = Extent(width=settings.width, span=span, bytes_per_day=settings.profile_bytes)
    return Profiler(service.key, extent, settings.state_bytes // 8)
