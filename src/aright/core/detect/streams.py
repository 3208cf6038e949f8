"""Streams: which rows of the detector's arrays belong to which signal of which segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.model.signal import ALL, Segment, SignalKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.detect.settings import KindOf
    from aright.core.model.signal import SignalPoint

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

VERSION: Final = "version"
"""The segment attribute that model versions are shown under."""

_MOST_STRANGERS: Final = 4_096


class Stream(NamedTuple):
    """One signal of one segment.

    Attributes:
        name: the signal.
        segment: which part of the traffic.
        version: the point's version; empty for all.
    """

    name: str
    segment: Segment
    version: str

    @property
    def is_wide(self) -> bool:
        """Whether it is all traffic, or all of one model version."""
        return self.segment == ALL or self.segment.attribute == VERSION

    @property
    def is_whole(self) -> bool:
        """Whether it is all traffic of all versions."""
        return self.segment == ALL and not self.version


class Counted(NamedTuple):
    """The usable points of one window.

    Attributes:
        rows: rows of the streams, each once.
        n: units counted, > 0.
        total: sums of their values, in [0, n].
    """

    rows: IntArray
    n: FloatArray
    total: FloatArray


class Pools(NamedTuple):
    """Which streams tell of their over-dispersion together: a signal's segments; wide streams stay alone.

    Attributes:
        of: number of each stream's pool, shape (streams,).
        attributes: how many segment attributes each pool has, shape (pools,).
    """

    of: IntArray
    attributes: FloatArray


class Streams:
    """Gives every stream a row, in the order in which they are first seen."""

    def __init__(self, kind_of: KindOf) -> None:
        self._kind_of = kind_of
        self._rows: dict[tuple[str, str, str, str], int] = {}
        self._strangers: set[str] = set()
        self.known: list[Stream] = []
        self.kinds: list[SignalKind] = []
        self._pool_of: list[int] = []
        self._group_of: list[int] = []
        self._group_array: IntArray = np.zeros(0, dtype=np.int64)
        self._pools: dict[Stream | str, int] = {}
        self._attributes: list[set[str]] = []
        self._groups: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self.known)

    def count(self, points: Sequence[SignalPoint]) -> Counted:
        """Return a window's points by row; a stream that is told twice counts as last told."""
        last: dict[int, int] = {}
        for place, point in enumerate(points):
            segment = point.segment
            row = self._rows.get((point.name, segment.attribute, segment.value, point.version))
            if row is None and (kind := self._kind(point.name)) is not None:
                row = self._place(Stream(point.name, segment, point.version), kind)
            if row is not None:
                last[row] = place
        rows, places = np.array(list(last), dtype=np.int64), list(last.values())
        n = np.array([points[place].n for place in places], dtype=np.float64)
        total = np.array([points[place].total for place in places], dtype=np.float64)
        usable = np.isfinite(n) & np.isfinite(total) & (n > 0)
        rows, n, total = rows[usable], n[usable], total[usable]
        return Counted(rows, n, np.clip(total, 0.0, n))

    def seen(self, points: Iterable[SignalPoint]) -> IntArray:
        """Return the rows of those points whose streams have one."""
        keys = ((each.name, each.segment.attribute, each.segment.value, each.version) for each in points)
        rows = (self._rows.get(key) for key in keys)
        return np.array([row for row in rows if row is not None], dtype=np.int64)

    def unseen(self, points: Iterable[SignalPoint]) -> list[Stream]:
        """Return streams of signals that have no row yet, each once, in the order of their points."""
        return [
            stream
            for stream in dict.fromkeys(Stream(each.name, each.segment, each.version) for each in points)
            if _key(stream) not in self._rows and self._kind(stream.name) is not None
        ]

    def keep(self, rows: IntArray) -> None:
        """Forget all streams but these, which take the first rows in this order."""
        kept = [(self.known[row], self.kinds[row]) for row in rows]
        for table in (self._rows, self._pools, self._groups):
            table.clear()
        for column in (self.known, self.kinds, self._pool_of, self._group_of, self._attributes):
            column.clear()
        self._group_array = np.zeros(0, dtype=np.int64)
        for stream, kind in kept:
            self._place(stream, kind)

    def look_up_again(self) -> list[bool]:
        """Take the kinds of signals from the catalogue as it is now; return which are harm, by row.

        Raises ``LookupError`` for a signal that is none any more.
        """
        self.kinds = [self._kind_of(stream.name) for stream in self.known]
        strangers, self._strangers = self._strangers, set()
        for name in sorted(strangers):
            self._kind(name)
        return [kind.harm for kind in self.kinds]

    def row_of(self, name: str, segment: Segment) -> int | None:
        """Return the row of a signal of a segment over all versions, or ``None``."""
        return self._rows.get((name, segment.attribute, segment.value, ""))

    def pools(self) -> Pools:
        """Return which streams belong together."""
        sizes = [float(len(attributes)) for attributes in self._attributes]
        return Pools(np.array(self._pool_of, dtype=np.int64), np.array(sizes))

    def groups(self) -> IntArray:
        """Return the number of each stream's signal and segment attribute together."""
        if len(self._group_array) < len(self._group_of):
            self._group_array = np.array(self._group_of, dtype=np.int64)
        return self._group_array

    def _kind(self, name: str) -> SignalKind | None:
        """Return a signal's kind; some of the names that are no signals are remembered."""
        if name in self._strangers:
            return None
        try:
            return self._kind_of(name)
        except LookupError:
            if len(self._strangers) >= _MOST_STRANGERS:
                self._strangers.clear()
            self._strangers.add(name)
            return None

    def _place(self, stream: Stream, kind: SignalKind) -> int:
        """Give a stream a row."""
        row = self._rows[_key(stream)] = len(self.known)
        self.known.append(stream)
        self.kinds.append(kind)
        pool = self._pools.setdefault(stream if stream.is_wide else stream.name, len(self._pools))
        if pool == len(self._attributes):
            self._attributes.append(set())
        self._attributes[pool].add(stream.segment.attribute)
        self._pool_of.append(pool)
        group = (stream.name, stream.segment.attribute)
        self._group_of.append(self._groups.setdefault(group, len(self._groups)))
        return row


def _key(stream: Stream) -> tuple[str, str, str, str]:
    return (stream.name, stream.segment.attribute, stream.segment.value, stream.version)
