"""A window's partial counts to its signal points.

All traffic has every signal. Segments (at most 96) have those that say who is hit: rates, quality, events,
popularity and personalisation. Bins of features and outputs (at most 32 columns, ten bins each) are of all
traffic alone. A window of a service with eight attributes of five values each, four rates and twelve features
has some 400 points.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.model.signal import ALL, Segment, SignalPoint
from aright.core.observe.bins import names_of
from aright.core.observe.measures import SHOWN
from aright.core.observe.partial import SERVED
from aright.core.observe.signals import (
    coverage,
    default_share,
    events,
    exposure_entropy,
    gini,
    latency,
    length_ratio,
    personalisation,
    quality,
    score_ks,
    shift,
    spike_share,
    stale_share,
)
from aright.core.observe.signals.exposure import exposures

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from aright.core.model.cuts import Cuts
    from aright.core.model.times import Micros
    from aright.core.observe.heavy_hitters import Attributes
    from aright.core.observe.list_sample import ListSample
    from aright.core.observe.partial import Partial
    from aright.core.observe.segments import Part, Segments
    from aright.core.observe.unit_sums import UnitSums

LISTS_FOR_COVERAGE: Final = 256
LISTS_OF_SEGMENT: Final = 128
FEWEST_LISTS: Final = 8

WIDE: Final = tuple(f"{name}:" for name in (length_ratio.SHORT, length_ratio.LONG, stale_share.NAME))
"""Signals with a part of their own are of all traffic alone; segments have what is before the colon."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Window:
    """What a window's points are made from.

    Attributes:
        service: whose.
        start: the window's start (µs, UTC).
        width: its width (µs).
        quality: graded kinds that are quality; empty means all of them.
        events: kinds of events that are known; none came is a zero for them, not a gap.
        attributes: what the codes of segments stand for.
        cuts: bins and items; ``None`` before they are learned.
    """

    service: str
    start: Micros
    width: Micros
    quality: tuple[str, ...]
    events: Collection[str]
    attributes: Attributes
    cuts: Cuts | None

    def point(self, name: str, n: float, total: float, part: Part | None = None) -> SignalPoint:
        """Return a point; the total is kept within [0, n] against rounding, but for what is only shown."""
        segment = Segment(part[0], self.attributes.value(*part)) if part else ALL
        bounded = name not in SHOWN and not name.startswith(f"{latency.NAME}:")
        return SignalPoint(
            service=self.service,
            name=name,
            start=self.start,
            width=self.width,
            n=float(n),
            total=float(min(max(total, 0.0), n) if bounded else total),
            segment=segment,
        )


def points_of(window: Window, partial: Partial, segments: Segments) -> list[SignalPoint]:
    """Return all points of a window."""
    served, told = partial.served(), partial.told()
    everyone = float(served.tally(SERVED).n[0])
    watched = set(window.attributes.names())
    units = {name: served.tally_by(SERVED, name).n for name in served.codes if name in watched}
    parts = segments.choose(units, everyone)
    points = [
        point
        for sums in (served, partial.texts)
        if sums is not None
        for name in sums.counts
        if name != SERVED
        for point in _means(window, name, sums, () if name in SHOWN or name.startswith(WIDE) else parts)
    ]
    points += [point for name in _qualities(window, told) for point in _means(window, name, told, parts)]
    points += [
        point for kind in sorted(window.events) for point in _events(window, kind, served, told, parts)
    ]
    lists = partial.lists()
    if lists is not None:
        points += _list_points(window, lists, parts)
    points += _shift_points(window, partial)
    points += _number_points(window, partial)
    return points


def _qualities(window: Window, told: UnitSums) -> list[str]:
    wanted = {quality.PREFIX + kind for kind in window.quality}
    names = sorted(name for name in told.counts if name.startswith(quality.PREFIX))
    return [name for name in names if not wanted or name in wanted]


def _means(window: Window, name: str, sums: UnitSums, parts: Sequence[Part]) -> Iterator[SignalPoint]:
    """Yield a measure's mean over units, where any were counted."""
    if name not in sums.counts:
        return
    whole = sums.tally(name)
    if whole.n[0] > 0:
        yield window.point(name, whole.n[0], whole.total[0])
    tallies = {attribute: sums.tally_by(name, attribute) for attribute in {part[0] for part in parts}}
    for part in parts:
        n, total = tallies[part[0]]
        if part[1] < len(n) and n[part[1]] > 0:
            yield window.point(name, n[part[1]], total[part[1]], part)


def _events(
    window: Window, kind: str, served: UnitSums, told: UnitSums, parts: Sequence[Part]
) -> Iterator[SignalPoint]:
    """Yield units with an event per unit served, both of the same sample of units."""
    name, below = events.PREFIX + kind, min(served.below, told.below)
    served, told = served.keep_below(below), told.keep_below(below)
    everyone, hit = served.tally(SERVED).n[0], told.tally(name).n[0]
    if everyone > 0:
        yield window.point(name, *events.count(everyone, hit))
    for attribute, code in parts:
        units, hits = served.tally_by(SERVED, attribute).n, told.tally_by(name, attribute).n
        if code < len(units) and units[code] > 0:
            hit = hits[code] if code < len(hits) else 0.0
            yield window.point(name, *events.count(units[code], hit), (attribute, code))


def _list_points(window: Window, sample: ListSample, parts: Sequence[Part]) -> Iterator[SignalPoint]:
    everyone = np.arange(len(sample.hashes))
    first = sample.take(everyone[:LISTS_FOR_COVERAGE])
    if window.cuts is not None and window.cuts.items and len(first) >= FEWEST_LISTS:
        yield window.point(coverage.NAME, *coverage.count(first, window.cuts.items))
    if window.cuts is not None and 0 < window.cuts.norms.lists <= len(everyone):
        lists = window.cuts.norms.lists
        shown = exposures(sample.take(everyone[:lists]), window.cuts.items)
        yield window.point(gini.NAME, *gini.count(shown, lists))
        yield window.point(exposure_entropy.NAME, *exposure_entropy.count(shown, lists))
    whole: list[tuple[Part | None, int, np.ndarray[tuple[int, ...], np.dtype[np.int64]]]] = [
        (None, LISTS_FOR_COVERAGE, everyone)
    ]
    whole += [
        (part, LISTS_OF_SEGMENT, np.flatnonzero(sample.codes[part[0]] == part[1]))
        for part in parts
        if part[0] in sample.codes
    ]
    for part, most, places in whole:
        if len(places) >= FEWEST_LISTS:
            yield window.point(personalisation.NAME, *personalisation.count(sample.take(places[:most])), part)


def _shift_points(window: Window, partial: Partial) -> Iterator[SignalPoint]:
    if window.cuts is None or not partial.binned:
        return
    for column, counts in partial.bins.items():
        for name, count in zip(names_of(window.cuts.columns[column]), counts, strict=True):
            yield window.point(shift.name_of(column, name), partial.binned, float(count))


def _number_points(window: Window, partial: Partial) -> Iterator[SignalPoint]:
    """Yield what is told by single numbers: defaults, spikes, scores against the first, latencies."""
    if partial.latencies is not None:
        for name, n, total in latency.values(partial.latencies):
            yield window.point(name, n, total)
    if window.cuts is None or not partial.binned:
        return
    norms = window.cuts.norms
    for column, count in partial.defaults.items():
        yield window.point(default_share.name_of(column), partial.binned, count)
    sampled, seeking = partial.samples()
    for column, values in sampled.items():
        n, total = spike_share.count(values, seeking, norms.frequent[column])
        if n > 0:
            yield window.point(spike_share.name_of(column), n, total)
    if score_ks.COLUMN in norms.shares and score_ks.COLUMN in partial.bins:
        counts = partial.bins[score_ks.COLUMN]
        shares = score_ks.below(counts, window.cuts.columns[score_ks.COLUMN])
        shares[score_ks.NAME] = score_ks.distance(counts, norms.shares[score_ks.COLUMN])
        for name, (n, total) in shares.items():
            if n > 0:
                yield window.point(name, n, total)
