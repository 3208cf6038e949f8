"""Streams: which rows of the detector's arrays belong to which signal of which segment."""

from __future__ import annotations

from math import isfinite
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
        self._rows: dict[Stream, int] = {}
        self._unknown: set[str] = set()
        self.known: list[Stream] = []
        self.kinds: list[SignalKind] = []
        self._pool_of: list[int] = []
        self._pools: dict[Stream | str, int] = {}
        self._attributes: list[set[str]] = []
        self._group_of: list[int] = []
        self._groups: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self.known)

    def count(self, points: Sequence[SignalPoint]) -> Counted:
        """Return a window's points by row; a stream that is told twice counts as last told."""
        found: dict[int, tuple[float, float]] = {}
        for point in points:
            if not (point.n > 0 and isfinite(point.n) and isfinite(point.total)):
                continue
            row = self._row(Stream(point.name, point.segment, point.version))
            if row is not None:
                found[row] = (point.n, min(max(point.total, 0.0), point.n))
        counts = np.array(list(found.values()), dtype=np.float64).reshape(-1, 2)
        return Counted(np.array(list(found), dtype=np.int64), counts[:, 0], counts[:, 1])

    def row_of(self, name: str, segment: Segment) -> int | None:
        """Return the row of a signal of a segment over all versions, or ``None``."""
        return self._rows.get(Stream(name, segment, ""))

    def pools(self) -> Pools:
        """Return which streams belong together."""
        sizes = [float(len(attributes)) for attributes in self._attributes]
        return Pools(np.array(self._pool_of, dtype=np.int64), np.array(sizes))

    def groups(self) -> IntArray:
        """Return the number of each stream's signal and segment attribute together."""
        return np.array(self._group_of, dtype=np.int64)

    def _row(self, stream: Stream) -> int | None:
        row = self._rows.get(stream)
        if row is not None or stream.name in self._unknown:
            return row
        try:
            kind = self._kind_of(stream.name)
        except LookupError:
            self._unknown.add(stream.name)
            return None
        self._rows[stream] = len(self.known)
        self.known.append(stream)
        self.kinds.append(kind)
        pool = self._pools.setdefault(stream if stream.is_wide else stream.name, len(self._pools))
        if pool == len(self._attributes):
            self._attributes.append(set())
        self._attributes[pool].add(stream.segment.attribute)
        self._pool_of.append(pool)
        group = (stream.name, stream.segment.attribute)
        self._group_of.append(self._groups.setdefault(group, len(self._groups)))
        return len(self.known) - 1
