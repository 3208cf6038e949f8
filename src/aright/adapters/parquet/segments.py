"""Segments: an index of file names in memory, files on disk."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.adapters.parquet.files import make_folder, read, sync_folder, write
from aright.adapters.parquet.names import Segment, folder_of, list_segments
from aright.core.model.tables import concat_rows, empty

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from aright.adapters.parquet.settings import ParquetSettings
    from aright.core.model.frame import Kind
    from aright.core.model.times import Micros

_ALL_TIME: Final = (-(2**62), 2**62)
_TRIES: Final = 5
_MOST_MERGED: Final = 1_000_000  # rows in one merged file, about


class ParquetSegments:
    """A ``Segments`` on local disk.

    One process writes, from one thread; ``scan``, ``compact`` and ``drop_before`` may run beside it.

    >>> import tempfile, pathlib
    >>> from aright.adapters.parquet import ParquetSettings
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ParquetSegments(ParquetSettings(folder=pathlib.Path(folder))).last_position()
    0
    """

    def __init__(self, settings: ParquetSettings) -> None:
        self._settings = settings
        self._folder = settings.folder
        make_folder(self._folder)
        self._lock = Lock()
        self._tidying = Lock()  # one at a time deletes files; held while merging, unlike the index's own
        self._index: dict[tuple[Kind, str], list[Segment]] = {}
        for segment in list_segments(self._folder):
            self._index.setdefault((segment.kind, segment.service), []).append(segment)
        self._finish_merges()

    def write(self, kind: Kind, rows: pa.Table, *, first: int, last: int) -> int:
        """Keep the rows, one file for each service; see the port."""
        written = 0
        for service, own in _by_service(rows):
            if not any(segment.holds(first, last) for segment in self._segments(kind, service)):
                self._keep(kind, service, own, first, last)
                written += 1
        return written

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
        wanted = None if columns is None else list(dict.fromkeys(["time", *columns]))
        part = (kind, service, start, end)
        for _ in range(_TRIES):
            try:
                tables = self._read(part, wanted)
                break
            except FileNotFoundError:  # merged or dropped since the index was asked
                continue
        else:
            with self._tidying:  # a reader that is slower than what tidies would never come to an end
                tables = self._read(part, wanted)
        table = concat_rows(tables).sort_by("time") if tables else empty(kind)
        return table if columns is None else table.select([n for n in columns if n in table.column_names])

    def services(self) -> list[str]:
        """Return the services that have rows, sorted."""
        with self._lock:
            return sorted({service for (_, service), segments in self._index.items() if segments})

    def cut(self, position: int) -> int:
        """Delete files of rows from ``position`` on; see the port."""
        return self._drop([segment for segment in self._all() if segment.first >= position])

    def last_position(self) -> int:
        """Return the largest ``last`` among the files."""
        return max((segment.last for segment in self._all()), default=0)

    def compact(self, before: int) -> int:
        """Merge runs of small files that lie before ``before``; see the port."""
        with self._lock:
            known = {key: list(segments) for key, segments in self._index.items()}
        gone = 0
        for (kind, service), segments in known.items():
            for run in self._runs(segment for segment in segments if segment.last <= before):
                with self._tidying:
                    gone += self._merge(kind, service, run)
        return gone

    def drop_before(self, at: Micros) -> int:
        """Delete files whose every row is older than ``at``."""
        with self._tidying:
            return self._drop([segment for segment in self._all() if segment.end < at])

    def _read(self, part: tuple[Kind, str, Micros, Micros], wanted: list[str] | None) -> list[pa.Table]:
        kind, service, start, end = part
        hit = [s for s in self._segments(kind, service) if s.start < end and s.end >= start]
        return [read(self._folder, segment, start, end, wanted) for segment in hit]

    def _segments(self, kind: Kind, service: str) -> list[Segment]:
        with self._lock:
            return list(self._index.get((kind, service), ()))

    def _all(self) -> list[Segment]:
        with self._lock:
            return [segment for segments in self._index.values() for segment in segments]

    def _keep(self, kind: Kind, service: str, rows: pa.Table, first: int, last: int) -> None:
        """Write one file that is sorted by time, and know it from then on."""
        times = rows["time"].cast(pa.int64())
        segment = Segment(first, last, times[0].as_py(), times[-1].as_py(), rows.num_rows, kind, service)
        home = folder_of(self._folder, kind, service)
        make_folder(home)
        write(self._folder, segment, rows)
        sync_folder(home)
        with self._lock:
            kept = self._index.setdefault((kind, service), [])
            kept.append(segment)
            kept.sort()

    def _drop(self, segments: list[Segment]) -> int:
        with self._lock:
            for segment in segments:
                self._index[segment.kind, segment.service].remove(segment)
        for segment in segments:
            segment.path(self._folder).unlink(missing_ok=True)
        for home in {folder_of(self._folder, segment.kind, segment.service) for segment in segments}:
            sync_folder(home)
        return len(segments)

    def _runs(self, segments: Iterable[Segment]) -> Iterator[list[Segment]]:
        """Yield runs of small files that are worth one large one, none with more rows than fit in memory."""
        run: list[Segment] = []
        for segment in segments:
            small = segment.rows < self._settings.small_rows
            if small and sum(part.rows for part in run) < _MOST_MERGED:
                run.append(segment)
                continue
            if len(run) >= self._settings.merge_files:
                yield run
            run = [segment] if small else []
        if len(run) >= self._settings.merge_files:
            yield run

    def _merge(self, kind: Kind, service: str, run: list[Segment]) -> int:
        """Put one file in the place of its parts; in between, readers must not see both."""
        known = set(self._segments(kind, service))
        if not known.issuperset(run):  # dropped since the index was asked
            return 0
        rows = concat_rows([read(self._folder, segment, *_ALL_TIME) for segment in run]).sort_by("time")
        merged = Segment(
            run[0].first,
            run[-1].last,
            min(segment.start for segment in run),
            max(segment.end for segment in run),
            rows.num_rows,
            kind,
            service,
        )
        write(self._folder, merged, rows)
        sync_folder(folder_of(self._folder, kind, service))
        with self._lock:
            rest = [segment for segment in self._index[kind, service] if segment not in run]
            self._index[kind, service] = sorted([*rest, merged])
        for segment in run:
            segment.path(self._folder).unlink(missing_ok=True)
        return len(run)

    def _finish_merges(self) -> None:
        """Delete parts that a crash left beside the file they were merged into."""
        for segments in list(self._index.values()):
            for part in list(segments):
                if any(whole != part and whole.holds(part.first, part.last) for whole in segments):
                    self._drop([part])


def _by_service(rows: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """Yield each service's rows by time; sorted once, however many services there are."""
    if not rows.num_rows:
        return
    names = rows["service"].cast(pa.string())
    if len(pc.unique(names)) == 1:
        yield names[0].as_py(), rows.sort_by("time")
        return
    plain = rows.set_column(rows.schema.get_field_index("service"), "service", names)
    ordered = plain.sort_by([("service", "ascending"), ("time", "ascending")])
    ends = pc.run_end_encode(ordered["service"].combine_chunks())
    start = 0
    for service, end in zip(ends.values.to_pylist(), ends.run_ends.to_pylist(), strict=True):
        yield service, ordered.slice(start, end - start)
        start = end
