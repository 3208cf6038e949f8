"""Cuts: where columns are divided, frozen and kept with the counts that depend on them."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """The bins of one column.

    Attributes:
        edges: between neighbouring bins of a number, ascending; a value on an edge is below it.
        values: a category's own bins, the most frequent first.
    """

    edges: tuple[float, ...] = ()
    values: tuple[str, ...] = ()


class Cuts(msgspec.Struct, frozen=True, kw_only=True):
    """What a service's first rows taught, which later windows are counted by.

    Attributes:
        key: the service's name.
        columns: by column, such as ``feat.profiles.norm`` or ``score``.
        attributes: segment attributes that are watched, found or told.
        items: items of lists, those shown least first.
        ranks: the percentile of each of them by how often it was shown, in [0, 1].
        slow_ms: latency from which a request is slow (ms); 0 where latencies are not known.
        scales: smallest and largest value of each graded outcome kind.
        since: end of the window with which they were learned; later windows have profiles (µs, UTC).
        frames: centre and scale in which a column's numbers are binned for its profile, where it needs one.
    """

    key: str
    columns: dict[str, Cut]
    attributes: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    ranks: tuple[float, ...] = ()
    slow_ms: float = 0.0
    scales: dict[str, tuple[float, float]] = msgspec.field(default_factory=dict)
    since: Micros = 0
    frames: dict[str, tuple[float, float]] = msgspec.field(default_factory=dict)
