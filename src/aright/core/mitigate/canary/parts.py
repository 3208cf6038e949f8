"""Parts of the traffic that are watched one by one: which values, and how much each may bet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE
from aright.core.model.signal import ALL, Segment

if TYPE_CHECKING:
    from collections.abc import Sequence

Codes: TypeAlias = npt.NDArray[np.int64]

REST: Final = "all other values"
"""Value of the part that holds what is too small to be watched by itself."""

SMALLEST_SHARE: Final = 0.02
"""Of the units: smaller parts are pooled, and promotion does not wait for them one by one."""

MOST_PARTS: Final = 48
"""Values of one attribute that are watched one by one."""

_MOST_VALUES: Final = 512
_UNITS_TO_BEGIN: Final = 300
_NEWCOMER: Final = 50
_LATER: Final = 1 / 8
"""Share of an attribute's bets that is kept for values that come later."""


class Attribute:
    """The watched values of one attribute.

    Which values are watched is decided between intervals by how many units have them, never by how those
    fare, and each gets its share of the bets then, once for all: equal shares of seven eighths for what is
    there when 300 units were seen, and of the last eighth 1/2, 1/6, 1/12 … for each that comes later,
    which add up to 1.

    Args:
        name: the attribute.
        first: number of the stream of its pooled values.
    """

    def __init__(self, name: str, first: int) -> None:
        self.name = name
        self.rest = first
        self.streams: dict[int, str] = {first: REST}
        self.weights: dict[int, float] = {}
        self._codes: dict[str, int] = {}
        self._units = np.zeros(_MOST_VALUES)
        self._stream_of = np.full(_MOST_VALUES + 1, first, dtype=np.int64)
        self._later = 0

    @property
    def began(self) -> bool:
        """Whether its parts are watched yet."""
        return bool(self.weights)

    def codes(self, rows: pa.Table) -> Codes:
        """Return the code of each row's value, shape (rows,); the last one for none and for too many."""
        column = ATTRIBUTE + self.name
        if column not in rows.column_names:
            return np.full(rows.num_rows, _MOST_VALUES, dtype=np.int64)
        texts = pc.cast(rows[column], pa.string()).combine_chunks()
        encoded = texts.chunk(0) if isinstance(texts, pa.ChunkedArray) else texts
        encoded = encoded.dictionary_encode()
        mapped = [self._code(value) for value in encoded.dictionary.to_pylist()]
        table = np.array([*mapped, _MOST_VALUES], dtype=np.int64)
        return table[np.asarray(pc.fill_null(encoded.indices, len(mapped)), dtype=np.int64)]

    def streams_of(self, codes: Codes) -> Codes:
        """Return the stream of each code."""
        return self._stream_of[codes]

    def grow(self, codes: Codes, following: int) -> list[int]:
        """Count an interval's units by value, and return streams taken up then, from ``following`` on."""
        counts = np.bincount(codes, minlength=_MOST_VALUES + 1)[:_MOST_VALUES]
        self._units += counts
        everyone = self._units.sum()
        if not self.began and everyone < _UNITS_TO_BEGIN:
            return []
        large = self._units >= max(SMALLEST_SHARE * everyone, _NEWCOMER if self.began else 1)
        names = {code: value for value, code in self._codes.items()}
        chosen = [
            int(code)
            for code in np.argsort(-self._units, kind="stable")
            if large[code] and self._stream_of[code] == self.rest
        ]
        chosen = chosen[: MOST_PARTS - (len(self.streams) - 1)]
        streams = [following + at for at in range(len(chosen))]
        self._bet(streams)
        for code, stream in zip(chosen, streams, strict=True):
            self._stream_of[code] = stream
            self.streams[stream] = names[code]
        return streams

    def _bet(self, streams: Sequence[int]) -> None:
        if not self.began:
            each = (1 - _LATER) / (len(streams) + 1)
            self.weights = dict.fromkeys([self.rest, *streams], each)
            return
        for stream in streams:
            self._later += 1
            self.weights[stream] = _LATER / (self._later * (self._later + 1))

    def _code(self, value: str | None) -> int:
        if value is None:
            return _MOST_VALUES
        if value not in self._codes and len(self._codes) < _MOST_VALUES:
            self._codes[value] = len(self._codes)
        return self._codes.get(value, _MOST_VALUES)


def equal_weights(parts: int) -> npt.NDArray[np.float64]:
    """Return the bets on all traffic and on parts of one attribute that are all there from the beginning.

    >>> equal_weights(0).tolist(), equal_weights(3).round(3).tolist()
    ([1.0], [0.5, 0.109, 0.109, 0.109])
    """
    if not parts:
        return np.ones(1)
    each = 0.5 * (1 - _LATER) / (parts + 1)
    return np.array([0.5] + [each] * parts)


class Parts:
    """All traffic and the watched parts of it, as numbered streams; stream 0 is all.

    >>> parts = Parts(("region",))
    >>> codes = parts.attributes[0].codes(pa.table({"attr.region": ["north", "south", "north"] * 100}))
    >>> parts.grow([codes]), [str(segment) for segment in parts.segments()]
    (True, ['all traffic', 'region = all other values', 'region = north', 'region = south'])
    >>> parts.weights().round(3).tolist()
    [0.5, 0.146, 0.146, 0.146]
    """

    def __init__(self, attributes: Sequence[str]) -> None:
        self.attributes = [Attribute(name, at + 1) for at, name in enumerate(attributes)]
        self.width = 1 + len(self.attributes)

    def grow(self, codes: Sequence[Codes]) -> bool:
        """Count units by attribute and value, and return whether there are new streams from now on."""
        before = self.width
        for attribute, units in zip(self.attributes, codes, strict=True):
            self.width += len(attribute.grow(units, self.width))
        return self.width > before

    def segments(self) -> list[Segment]:
        """Return the segment of each stream."""
        names = {0: ALL}
        for attribute in self.attributes:
            names |= {stream: Segment(attribute.name, value) for stream, value in attribute.streams.items()}
        return [names[stream] for stream in range(self.width)]

    def weights(self) -> npt.NDArray[np.float64]:
        """Return each stream's share of the bets: half for all traffic, half for the parts."""
        weights = np.zeros(self.width)
        weights[0] = 0.5 if self.attributes else 1.0
        for attribute in self.attributes:
            for stream, weight in attribute.weights.items():
                weights[stream] = weight * 0.5 / len(self.attributes)
        return weights
