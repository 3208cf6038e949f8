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


class Writing(msgspec.Struct, frozen=True, kw_only=True):
    """How texts of one language are written.

    Attributes:
        weights: the logarithms of the shares of hashed blocks of letters, then of hashed pairs of letters, in
            eighths below 0, one byte each.
        centre: mean logarithm of the first texts' letters.
        least: how far below it all but the oddest of them were, times the root of their length.
    """

    weights: bytes
    centre: float
    least: float


class Norms(msgspec.Struct, frozen=True, kw_only=True):
    """What is usual of a service, beside the bins of its columns.

    Attributes:
        limits: by quantity, such as ``output_tokens``, the values that one of twenty was below and above.
        frequent: by column, numbers that came again and again, the most frequent first.
        defaults: by column, the most frequent of those where it looks like a default.
        shares: by column, the share of the first values in each of its bins but for those not there.
        languages: by target language, how it is written.
        lists: how many lists exposure is counted from, the same in every window; 0 without lists.
    """

    limits: dict[str, tuple[float, float]] = msgspec.field(default_factory=dict)
    frequent: dict[str, tuple[float, ...]] = msgspec.field(default_factory=dict)
    defaults: dict[str, float] = msgspec.field(default_factory=dict)
    shares: dict[str, tuple[float, ...]] = msgspec.field(default_factory=dict)
    languages: dict[str, Writing] = msgspec.field(default_factory=dict)
    lists: int = 0


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
        norms: what else is usual.
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
    norms: Norms = Norms()
