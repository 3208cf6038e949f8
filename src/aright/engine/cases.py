"""Gathering rows: what an incident is held against, and what is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import TIME
from aright.core.model.cuts import Cuts
from aright.core.model.frame import Kind
from aright.core.model.times import HOUR, Micros
from aright.core.observe.answers import answers_of
from aright.core.observe.join import join_outcomes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.incident import Incident
    from aright.core.observe.grades import Scales
    from aright.engine.rows import Rows
    from aright.engine.settings import Settings
    from aright.engine.world import World

Span = tuple[Micros, Micros]

_MARGIN: Final = 4


class Spans(msgspec.Struct, frozen=True):
    """Which rows an incident is about.

    Attributes:
        reference: start and end of what went before (µs, UTC).
        current: start and end of what is judged (µs, UTC).
        without: spans of earlier incidents, left out of the reference.
    """

    reference: Span
    current: Span
    without: tuple[Span, ...] = ()


def spans_of(incident: Incident, earlier: Iterable[Incident], *, now: Micros, settings: Settings) -> Spans:
    """Return the spans of an incident.

    The rows judged begin where harm was first seen, even if a diagnosis has put its beginning later since: it
    may have been wrong, and the next one could not find out. They end with the mitigation, whose effect is
    judged apart. Alarms are a little late, so the reference ends some windows before.
    """
    first = first_seen(incident)
    end = max(min(incident.mitigated_at or now, now), first)
    before = first - _MARGIN * settings.width
    without = tuple(
        (other.began_at - settings.width, other.resolved_at or now)
        for other in earlier
        if other.key != incident.key and other.service == incident.service
    )
    return Spans(reference=(before - settings.reference, before), current=(first, end), without=without)


def first_seen(incident: Incident) -> Micros:
    """Return the earliest time at which any of its harm was seen, or is thought to have begun (µs, UTC).

    >>> from aright.core.model.incident import Hit, Incident, State
    >>> hit = Hit(service="s", onset=3, at=5)
    >>> told = {"key": "I", "service": "s", "state": State.TRIAGED, "title": "", "opened_at": 5}
    >>> first_seen(Incident(**told, began_at=4, hits=(hit,)))
    3
    """
    harm = (alert.since for alert in incident.alerts if alert.harm)
    return min([incident.began_at, *harm, *(hit.onset for hit in incident.hits)])


@dataclass(frozen=True, kw_only=True)
class Served:
    """What a service answered, with the outcomes that have come for it so far, graded on one scale.

    Attributes:
        rows: observed rows.
        service: whose.
        scales: smallest and largest value of each graded kind, as its signals have them.
        settings: how long outcomes take.
        now: outcomes of later are not known yet (µs, UTC).
        traced: whether the service sends no predictions: the requests that its traces show stand for them.
    """

    rows: Rows
    service: str
    scales: Scales
    settings: Settings
    now: Micros
    traced: bool = False

    def during(self, span: Span) -> pa.Table:
        """Return the predictions of a span, joined."""
        start, end = span
        if self.traced:
            predictions = answers_of(self.rows.scan(Kind.SPANS, self.service, start, end))
        else:
            predictions = self.rows.scan(Kind.PREDICTIONS, self.service, start, end)
        until = min(end + self.settings.memory, self.now + 1)
        outcomes = self.rows.scan(Kind.OUTCOMES, self.service, start, until)
        return join_outcomes(predictions, outcomes, self.scales)

    def before(self, spans: Spans) -> pa.Table:
        """Return the reference, earlier incidents left out."""
        table = self.during(spans.reference)
        for start, end in spans.without:
            table = table.filter(pc.invert(_between(table["time"], start, end)))
        return table


def served(world: World, service: str, *, now: Micros) -> Served:
    """Return what a service answered, to be asked outside of a transaction."""
    with world.state.transaction() as tx:
        cuts = tx.get(Cuts, service)
    scales = cuts.scales if cuts is not None else {}
    traced = cuts is None and not world.rows.scan(Kind.PREDICTIONS, service, now - HOUR, now + 1).num_rows
    return Served(
        rows=world.rows, service=service, scales=scales, settings=world.settings, now=now, traced=traced
    )


def payloads(world: World, service: str, span: Span) -> pa.Table:
    """Return what a service exchanged with its dependencies during a span."""
    return world.rows.scan(Kind.PAYLOADS, service, *span)


def windows_of(table: pa.Table, *, width: Micros) -> list[tuple[Micros, pa.Table]]:
    """Return rows by window, as (window start, rows), by time; the windows are those of the engine."""
    if table.num_rows == 0:
        return []
    times = table["time"].cast(pa.int64())
    first, last = pc.min(times).as_py(), pc.max(times).as_py()
    starts = range(first // width * width, last + 1, width)
    parts = ((start, table.filter(_between(table["time"], start, start + width))) for start in starts)
    return [(start, part) for start, part in parts if part.num_rows]


def _between(time: pa.ChunkedArray, start: Micros, end: Micros) -> pa.ChunkedArray:
    low, high = (pa.scalar(at, pa.int64()).cast(TIME) for at in (start, end))
    return pc.and_(pc.greater_equal(time, low), pc.less(time, high))
