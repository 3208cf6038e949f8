"""Streams: which rows of the detector's arrays belong to which signal of which segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.model.signal import ALL, Segment, SignalKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.detect.settings import KindOf
    from aright.core.model.signal import SignalPoint

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]

VERSION: Final = "version"
"""The segment attribute that model versions are shown under."""


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
            if row is None:
                row = self._add(Stream(point.name, segment, point.version))
            if row >= 0:
                last[row] = place
        rows, places = np.array(list(last), dtype=np.int64), list(last.values())
        n = np.array([points[place].n for place in places], dtype=np.float64)
        total = np.array([points[place].total for place in places], dtype=np.float64)
        usable = np.isfinite(n) & np.isfinite(total) & (n > 0)
        rows, n, total = rows[usable], n[usable], total[usable]
        return Counted(rows, n, np.clip(total, 0.0, n))

    def has(self, point: SignalPoint) -> bool:
        """Return whether a point's stream was seen before, or is wide."""
        segment = point.segment
        wide = Stream(point.name, segment, point.version).is_wide
        return wide or (point.name, segment.attribute, segment.value, point.version) in self._rows

    def look_up_again(self) -> list[bool]:
        """Take the kinds of signals from the catalogue as it is now; return which are harm, by row.

        Raises ``LookupError`` for a signal that is none any more.
        """
        self.kinds = [self._kind_of(stream.name) for stream in self.known]
        self._rows = {key: row for key, row in self._rows.items() if row >= 0}
        return [kind.harm for kind in self.kinds]

    def row_of(self, name: str, segment: Segment) -> int | None:
        """Return the row of a signal of a segment over all versions, or ``None``."""
        row = self._rows.get((name, segment.attribute, segment.value, ""))
        return row if row is not None and row >= 0 else None

    def pools(self) -> Pools:
        """Return which streams belong together."""
        sizes = [float(len(attributes)) for attributes in self._attributes]
        return Pools(np.array(self._pool_of, dtype=np.int64), np.array(sizes))

    def groups(self) -> IntArray:
        """Return the number of each stream's signal and segment attribute together."""
        if len(self._group_array) < len(self._group_of):
            self._group_array = np.array(self._group_of, dtype=np.int64)
        return self._group_array

    def _add(self, stream: Stream) -> int:
        """Give a new stream a row, -1 where its name is no signal's."""
        key = (stream.name, stream.segment.attribute, stream.segment.value, stream.version)
        try:
            kind = self._kind_of(stream.name)
        except LookupError:
            self._rows[key] = -1
            return -1
        row = self._rows[key] = len(self.known)
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
