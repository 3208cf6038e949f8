"""Profiling: what each feature and output looked like, by version and segment, in portions that merge by sum.

All traffic has a profile of each column for every window. Segments have them for spans of several windows:
a profile of a few dozen rows takes as much room as the rows do. Of a busy service their rows are sampled,
evenly over the whole span, and the sample does not depend on the order in which rows came.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.model.columns import ATTRIBUTE
from aright.core.model.sheet import Sheet
from aright.core.model.tables import concat_rows
from aright.core.model.times import DAY, Micros
from aright.core.observe.compact import compact
from aright.core.observe.heavy_hitters import PLACES, VERSION
from aright.core.observe.parts import Columns, by_segment, by_version, candidates, versions_of
from aright.core.observe.unit_sums import EVERY_HASH
from aright.core.profile.codec import encode
from aright.core.profile.hashing import Hashes, hash_texts
from aright.core.profile.profile import merge_all
from aright.core.profile.sheets import pack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.cuts import Cuts
    from aright.core.model.signal import Segment
    from aright.core.profile.profile import Profile

ALWAYS: Final = ("latency_ms", "confidence")
"""Columns that are profiled whether or not their shift is watched."""

SAMPLE: Final = 16_384
"""Rows of a span that segments are profiled from at most; of more, a uniform sample."""

MOST_CELLS: Final = 1_024
"""Profiles of segments of one span: the largest segments have them, each with all its columns."""

TOGETHER: Final = 65_536
"""Rows of a window that wait until they are folded."""

ROOM: Final = 64 * 1024 * 1024
"""Bytes that rows and profiles may take, where nothing else is said."""

_MOST_ATTRIBUTES: Final = 64
_BOTH: Final = {"number", "category"}


class Extent(msgspec.Struct, frozen=True, kw_only=True):
    """How profiles are laid out in time, and what they may take.

    Attributes:
        width: of a window (µs).
        span: of the profiles of segments (µs), a multiple of ``width``.
        bytes_per_day: what all profiles of one day may take before they are compressed (bytes).
    """

    width: Micros
    span: Micros
    bytes_per_day: int

    def room(self, width: Micros) -> int:
        """Return the bytes that one window or span may take: each of the two kinds has half of the day's."""
        return self.bytes_per_day // 2 * width // DAY


@dataclass(eq=False)
class _Window:
    """A window that is open.

    Attributes:
        waiting: rows that are not folded yet.
        waits: how many.
        size: their bytes.
        profiles: of those that are, by version.
        spoiled: whether some came before it was known how to profile.
    """

    waiting: list[pa.Table] = field(default_factory=list)
    waits: int = 0
    size: int = 0
    profiles: dict[str, Columns] = field(default_factory=dict)
    spoiled: bool = False


@dataclass(eq=False)
class _Span:
    """A span that is not over: sampled rows and the hashes of their ids; those below ``below`` are in."""

    rows: list[pa.Table] = field(default_factory=list)
    hashes: list[Hashes] = field(default_factory=list)
    many: int = 0
    size: int = 0
    room: int = ROOM
    below: int = EVERY_HASH

    def add(self, rows: pa.Table) -> None:
        """Keep those of the rows that are in the sample; it is halved where it has become too large."""
        hashes = hash_texts(rows["id"])
        self._keep(rows, hashes)
        while (self.many > SAMPLE or self.size > self.room) and self.below > 1:
            self.below //= 2
            held = list(zip(self.rows, self.hashes, strict=True))
            self.rows, self.hashes, self.many, self.size = [], [], 0, 0
            for part, own in held:
                self._keep(part, own)

    def table(self) -> pa.Table:
        """Return the sampled rows."""
        return concat_rows(self.rows).combine_chunks()

    def _keep(self, rows: pa.Table, hashes: Hashes) -> None:
        if self.below < EVERY_HASH:
            chosen = hashes < np.uint64(self.below)
            rows, hashes = rows.filter(pa.array(chosen)), hashes[chosen]
        if rows.num_rows:
            kept, _ = compact(rows)
            self.rows.append(kept)
            self.hashes.append(hashes)
            self.many += rows.num_rows
            self.size += int(kept.nbytes)


class Profiler:
    """Folds one service's rows into sheets.

    Which columns there are, and in which frames numbers are binned, is what the service's first rows taught;
    before that nothing is profiled, so that all that is kept can be compared.

    After a restart the rows of open windows are added again, and rows of the span that is not over, from
    windows that are closed, are ``remember``ed.

    Args:
        service: whose.
        extent: how profiles are laid out.
        room: bytes that it may take: rows that wait a half of them, a span's sample a quarter.
    """

    def __init__(self, service: str, extent: Extent, room: int = ROOM) -> None:
        self._service = service
        self._extent = extent
        self._room = room
        self._windows: dict[Micros, _Window] = {}
        self._spans: dict[Micros, _Span] = {}

    @property
    def waits(self) -> bool:
        """Whether a span with rows is not over yet."""
        return bool(self._spans)

    @property
    def state_bytes(self) -> int:
        """What is kept in memory, about (bytes)."""
        held = sum(window.size for window in self._windows.values()) + sum(
            span.size for span in self._spans.values()
        )
        profiles = [
            profile
            for window in self._windows.values()
            for columns in window.profiles.values()
            for profile in columns.values()
        ]
        return held + sum(_in_memory(profile) for profile in profiles)

    def add(self, start: Micros, rows: pa.Table, cuts: Cuts | None) -> None:
        """Take rows of the open window that starts at ``start``."""
        window = self._windows.setdefault(start, _Window())
        if window.waits + rows.num_rows > TOGETHER:
            self._fold(start, window, cuts)
        window.waiting.append(rows)
        window.waits += rows.num_rows
        window.size += int(rows.nbytes)
        while sum(each.size for each in self._windows.values()) > self._room // 2:
            self._fold(*max(self._windows.items(), key=lambda each: each[1].size), cuts)

    def remember(self, start: Micros, rows: pa.Table, before: Micros, cuts: Cuts | None) -> None:
        """Take rows of a closed window, after a restart; all that start before ``before`` are closed."""
        if cuts is not None and start >= cuts.since and self._span_of(start) == self._span_of(before):
            self._span(start).add(_told(rows, cuts))

    def close(self, start: Micros, attributes: Sequence[str], cuts: Cuts | None) -> list[Sheet]:
        """Return the sheets of the window that starts at ``start``, and of spans that are over with it.

        Earlier windows that are still open are dropped, as the observer drops them.
        """
        sheets: list[Sheet] = []
        for at in [at for at in self._windows if at <= start]:
            window = self._windows.pop(at)
            if at == start:
                self._fold(start, window, cuts)
                sheets += [] if window.spoiled else self._of_window(start, window)
        over = start + self._extent.width - self._extent.span
        for at in [at for at in self._spans if at <= over]:
            span = self._spans.pop(at)
            if cuts is not None and span.many:
                sheets += self._of_span(at, span, attributes, cuts)
        return sheets

    def _span_of(self, start: Micros) -> Micros:
        return start // self._extent.span * self._extent.span

    def _span(self, start: Micros) -> _Span:
        return self._spans.setdefault(self._span_of(start), _Span(room=self._room // 4))

    def _fold(self, start: Micros, window: _Window, cuts: Cuts | None) -> None:
        """Profile the rows that wait; those of windows before anything was learned cannot be."""
        waiting, window.waiting, window.waits, window.size = window.waiting, [], 0, 0
        window.spoiled = window.spoiled or cuts is None
        if cuts is None or not waiting:
            return
        rows = _told(concat_rows(waiting), cuts).combine_chunks()
        self._span(start).add(rows)
        for version, profiles in by_version(rows, columns_of(cuts), cuts).items():
            before = window.profiles.get(version)
            window.profiles[version] = _merged(before, profiles) if before else profiles
        made = [profile for columns in window.profiles.values() for profile in columns.values()]
        if sum(_in_memory(profile) for profile in made) > self._room // 8:
            window.spoiled = True  # countless long texts as features, which no profile would tell apart
            window.profiles = {}

    def _of_window(self, start: Micros, window: _Window) -> list[Sheet]:
        """Return a sheet for each version; where they are too large, the largest columns are left out."""
        encoded = {version: _encoded(profiles) for version, profiles in window.profiles.items()}
        kept = _that_fit(encoded, self._extent.room(self._extent.width))
        return [
            Sheet(
                service=self._service,
                start=start,
                width=self._extent.width,
                version=version,
                body=pack({name: body for name, body in columns.items() if name in kept}),
                left_out=len(columns) - len(kept),
            )
            for version, columns in encoded.items()
        ]

    def _of_span(self, start: Micros, span: _Span, attributes: Sequence[str], cuts: Cuts) -> list[Sheet]:
        """Return the sheets of the largest segments, as many as there is room for."""
        rows, columns = span.table(), columns_of(cuts)
        ranked = candidates(rows, attributes)
        chosen = ranked[: MOST_CELLS // (len(columns) * len(versions_of(rows)[0]))] if columns else []
        bodies: dict[Segment, dict[str, dict[str, bytes]]] = {}
        for segment, version, profiles in by_segment(rows, columns, chosen, cuts):
            bodies.setdefault(segment, {})[version] = _encoded(profiles)
        room, kept = self._extent.room(self._extent.span), 0
        for candidate in chosen:
            room -= sum(_size(columns) for columns in bodies[candidate.segment].values())
            kept += room >= 0
        return [
            Sheet(
                service=self._service,
                start=start,
                width=self._extent.span,
                version=version,
                segment=candidate.segment,
                body=pack(encoded),
                share=span.below / EVERY_HASH,
                left_out=len(ranked) - kept,
            )
            for candidate in chosen[:kept]
            for version, encoded in bodies[candidate.segment].items()
        ]


def columns_of(cuts: Cuts) -> list[str]:
    """Return the columns that are profiled.

    >>> from aright.core.model.cuts import Cut, Cuts
    >>> columns_of(Cuts(key="shop", columns={"feat.age": Cut()}))
    ['feat.age', 'latency_ms', 'confidence']
    """
    return [*cuts.columns, *(name for name in ALWAYS if name not in cuts.columns)]


def _told(rows: pa.Table, cuts: Cuts) -> pa.Table:
    """Return only what profiling needs of rows."""
    wanted = {"id", VERSION, *PLACES, *columns_of(cuts)}
    attributes = [name for name in rows.column_names if name.startswith(ATTRIBUTE)][:_MOST_ATTRIBUTES]
    return rows.select([name for name in rows.column_names if name in wanted or name in attributes])


def _in_memory(profile: Profile) -> int:
    """Return what a profile takes, about (bytes)."""
    numbers = profile.numbers.counts.nbytes * 2 if profile.numbers is not None else 0
    categories = profile.categories.values if profile.categories is not None else ()
    return numbers + sum(100 + len(value) for value in categories)


def _merged(one: Columns, other: Columns) -> Columns:
    """Return both portions together; a column that has changed its kind in between stays as it began."""
    return {
        name: merge_all((profile, other[name])) if {profile.kind, other[name].kind} != _BOTH else profile
        for name, profile in one.items()
    }


def _encoded(profiles: Columns) -> dict[str, bytes]:
    return {name: encode(profile) for name, profile in profiles.items()}


def _size(columns: Mapping[str, bytes]) -> int:
    return sum(len(body) for body in columns.values())


def _that_fit(encoded: Mapping[str, Mapping[str, bytes]], room: int) -> set[str]:
    """Return the columns that fit when the smallest are taken first."""
    sizes: dict[str, int] = {}
    for columns in encoded.values():
        for name, body in columns.items():
            sizes[name] = sizes.get(name, 0) + len(body)
    kept = set()
    for name, size in sorted(sizes.items(), key=lambda entry: (entry[1], entry[0])):
        room -= size
        if room < 0:
            break
        kept.add(name)
    return kept
