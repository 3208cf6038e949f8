"""Estimates of quality: learned from answers with labels, told of each hour's answers before theirs come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc
from msgspec import structs

from aright.core.detect.estimates import NoEstimate, estimate
from aright.core.detect.estimates_alerts import HARM, NOTICE, confirmed, is_confirmed, left_range, signal_of
from aright.core.detect.estimates_classes import learn_classes
from aright.core.detect.estimates_late import blend
from aright.core.detect.estimates_numbers import learn_loss
from aright.core.detect.estimates_rows import LABELS, estimable, known_truths
from aright.core.detect.estimates_rule import Usuals, judge, usuals
from aright.core.model.estimates import EstimatedChunk, Estimates
from aright.core.model.frame import Kind
from aright.core.model.signal import SignalPoint
from aright.core.model.tables import concat_rows
from aright.engine.parts import Told
from aright.engine.quiet import quiet_spans, was_quiet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.detect.estimates import Columns, Estimate, Estimator
    from aright.core.detect.estimates_late import Blend
    from aright.core.model.alert import Alert
    from aright.core.model.service import Service
    from aright.core.model.times import Micros
    from aright.engine.settings import Settings
    from aright.engine.watch import Watch
    from aright.engine.world import World
    from aright.ports.state import Transaction

MOST_LEARNED: Final = 40_000
"""Answers that are learned from; of more, a part of each hour is drawn."""

MOST_ROWS: Final = 20_000
"""Answers of an hour that are looked at; of more, a part of each sixth of it."""

FEWEST_LEARNED: Final = 1_000
"""Answers with labels that are learned from, at least."""

FEWEST_ROWS: Final = 100
"""Answers of an hour, for it to have an estimate."""

LOW, HIGH, LABELLED = "estimate_low:", "estimate_high:", "estimate_labelled"
"""Names of the ends of the 95 % interval (before the metric's name), and of the share with labels."""

_CHUNKS: Final = 48
_LATE_ONES: Final = 2
_ALL_CAME: Final = 0.98
_TRY_EVERY: Final = 6
_LONGEST: Final = 7 * 24
_GROWTH: Final = 2
_PIECES: Final = 6
_PROBES: Final = 8

Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Learned:
    """What a span of answers with labels taught.

    Attributes:
        end: of the span (µs, UTC).
        estimator: what to expect of rows.
        usuals: what is usual in an hour.
        classes: of the truths.
    """

    end: Micros
    estimator: Estimator
    usuals: Usuals
    classes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """An hour as it stands."""

    span: Span
    rows: int
    estimates: tuple[Estimate, ...]
    blends: tuple[Blend, ...]


class Labels:
    """Counts the bodies of labels that a service has sent, since somebody looked: a part of its watch."""

    def __init__(self, service: Service, settings: Settings) -> None:  # noqa: ARG002 - made as all parts are
        self._came = 0

    @property
    def kinds(self) -> frozenset[Kind]:
        """Return outcomes alone."""
        return frozenset({Kind.OUTCOMES})

    def came(self) -> int:
        """Return how many came since this was asked."""
        came, self._came = self._came, 0
        return came

    def resume(self, tx: Transaction, closed_to: Micros) -> None:
        """Count from the start on: labels before it have been looked at, or will be with the next ones."""

    def take(self, kind: Kind, rows: pa.Table) -> None:  # noqa: ARG002 - the port's signature
        """Count a body of outcomes that has labels."""
        self._came += LABELS in pc.unique(rows["kind"]).to_pylist()

    def has_open(self) -> bool:
        """Return that nothing waits."""
        return False

    def close(self, tx: Transaction, start: Micros, *, now: Micros, quiet: bool) -> Told:  # noqa: ARG002 - as above
        """Tell nothing by itself."""
        return Told()


class Estimating:
    """Estimates each service's quality as an hour's last window closes.

    What was learned is a function of stored rows, and the state names the span: after a restart it is learned
    again from the same ones. Late labels take the place of the estimates of earlier hours, two at a time.
    """

    def __init__(self) -> None:
        self._learned: dict[str, Learned] = {}

    def close(
        self, world: World, tx: Transaction, watch: Watch, start: Micros, *, now: Micros, quiet: bool
    ) -> Told:
        """Estimate the hour that ends with this window, if one does.

        Args:
            world: rows and settings.
            tx: keeps what is remembered.
            watch: of the service whose answers they are.
            start: of the window (µs, UTC).
            now: µs, UTC.
            quiet: an incident is open: nothing is learned.
        """
        every, end = world.settings.estimate_every, start + world.settings.width
        if not every or end // every == start // every:
            return Told()
        end, service = end // every * every, watch.service
        labels = watch.part(Labels)
        came = labels is not None and labels.came() > 0
        state = tx.get(Estimates, service.key) or Estimates(key=service.key, service=service.key)
        if came:
            state = structs.replace(state, labels_at=end)
        if not quiet and came and _is_due(state, end, every):
            state = self._learn(world, tx, service, state, end)
            tx.put(state)
        learned = self._known(world, tx, service, state)
        seen = None if learned is None else _look(world, service, learned, (end - every, end), end)
        if learned is None or seen is None:
            return Told()
        alerts, state = _judged(learned, seen, state, now)
        state = _noted(state, seen, end)
        for chunk in _waiting(state):
            late = _look(world, service, learned, (chunk.start, chunk.end), end)
            if late is not None:
                tx.add_points(_points(service.key, late))
                more, state = _confirmed(learned, late, state, now)
                alerts, state = [*alerts, *more], _noted(state, late, end)
        tx.put(state)
        return Told(points=tuple(_points(service.key, seen)), alerts=tuple(alerts))

    def _learn(
        self, world: World, tx: Transaction, service: Service, state: Estimates, end: Micros
    ) -> Estimates:
        """Learn from the days before the hour, and remember from which."""
        tried = structs.replace(state, tried_at=end)
        upto = end - world.settings.estimate_every
        found = _taught(world, tx, service, (upto - _LONGEST * world.settings.estimate_every, upto), end)
        if isinstance(found, NoEstimate):
            return structs.replace(tried, why_not="" if state.end else found.reason)
        self._learned[service.key], start = found
        return structs.replace(tried, start=start, end=upto, learned_at=end, why_not="")

    def _known(self, world: World, tx: Transaction, service: Service, state: Estimates) -> Learned | None:
        if not state.end:
            return None
        known = self._learned.get(service.key)
        if known is None or known.end != state.end:
            first = state.end - _LONGEST * world.settings.estimate_every
            again = _taught(world, tx, service, (first, state.end), state.learned_at)
            if isinstance(again, NoEstimate):
                return None
            known = self._learned[service.key] = again[0]
        return known


def _is_due(state: Estimates, end: Micros, every: Micros) -> bool:
    """Return whether it is time to learn: at first every few hours, then as history has doubled."""
    if not state.end:
        return end - state.tried_at >= _TRY_EVERY * every or not state.tried_at
    if state.standing or end - state.tried_at < _TRY_EVERY * every:
        return False
    known = state.end - state.start
    return known < _LONGEST * every and end - state.start >= _GROWTH * known


def _taught(
    world: World, tx: Transaction, service: Service, span: Span, upto: Micros
) -> tuple[Learned, Micros] | NoEstimate:
    """Return what a span's answers teach by the labels that came before ``upto``, and when they begin."""
    every = world.settings.estimate_every
    hit = quiet_spans(tx).get(service.key, ())
    hours = [at for at in range(span[0], span[1], every) if not was_quiet(hit, at)]
    answers = _drawn(world, service, [(at, at + every) for at in hours], MOST_LEARNED)
    if answers.num_rows < FEWEST_LEARNED:
        return NoEstimate(f"{answers.num_rows} answers are too few: {FEWEST_LEARNED} are needed")
    first = int(pc.min(answers["time"]).cast(pa.int64()).as_py())
    truths = _truths(world, service, answers, (first, upto))
    if truths.num_rows < FEWEST_LEARNED:
        return NoEstimate(f"{truths.num_rows} labels are too few: {FEWEST_LEARNED} are needed")
    made = estimable(answers, truths, threshold=service.threshold)
    if isinstance(made, NoEstimate):
        return made
    table, columns, classes = made
    known = table.filter(pc.is_valid(table[columns.label]))
    taught = _estimator(known, columns, _hourly(known, hours))
    if isinstance(taught, NoEstimate):
        return taught
    return Learned(end=span[1], estimator=taught[0], usuals=taught[1], classes=classes), first


def _estimator(known: pa.Table, columns: Columns, hourly: int) -> tuple[Estimator, Usuals] | NoEstimate:
    """Return what to expect of rows, and what is usual in an hour of so many."""
    numbers = pa.types.is_floating(known[columns.prediction].type)
    try:
        found = learn_loss(known, columns, "MAE") if numbers else learn_classes(known, columns)
        usual = found if isinstance(found, NoEstimate) else usuals(found, known, hourly)
    except ValueError as error:
        return NoEstimate(f"the reference's {error}")
    if isinstance(found, NoEstimate):
        return found
    return usual if isinstance(usual, NoEstimate) else (found, usual)


def _hourly(known: pa.Table, hours: Sequence[Micros]) -> int:
    """Return about how many of the answers learned from an hour has."""
    first = int(pc.min(known["time"]).cast(pa.int64()).as_py())
    return max(int(known.num_rows) // max(sum(at >= first for at in hours), 1), 1)


def _look(world: World, service: Service, learned: Learned, span: Span, upto: Micros) -> _Seen | None:
    """Return an hour's quality by estimates and the labels that came before ``upto``."""
    step = max((span[1] - span[0]) // _PIECES, world.settings.width)
    answers = _drawn(world, service, [(at, at + step) for at in range(*span, step)], MOST_ROWS)
    if answers.num_rows < FEWEST_ROWS:
        return None
    truths = _truths(world, service, answers, (span[0], upto))
    made = estimable(answers, truths, classes=learned.classes, threshold=service.threshold)
    if isinstance(made, NoEstimate):
        return None
    table, columns, _ = made
    doubt = {name: one.doubt for name, one in learned.usuals.metrics.items()}
    missing_by = [each for each in (*columns.features, columns.prediction, columns.score, "time") if each]
    try:
        found = estimate(learned.estimator, table)
        blends = blend(learned.estimator, table, missing_by=missing_by, doubt=doubt)
    except ValueError:
        return None  # a score outside of [0, 1]: it says nothing
    if isinstance(found, NoEstimate) or isinstance(blends, NoEstimate):
        return None
    return _Seen(span=span, rows=answers.num_rows, estimates=found, blends=blends)


def _judged(learned: Learned, seen: _Seen, state: Estimates, now: Micros) -> tuple[list[Alert], Estimates]:
    """Return notices of metrics that newly left their range; what is back in it stands no more."""
    standing, alerts = dict(state.standing), []
    for found in seen.estimates:
        verdict = judge(learned.usuals, found)
        if verdict is None:
            continue
        if not verdict.unusual:
            standing.pop(found.metric, None)
        elif found.metric not in standing:
            standing[found.metric] = NOTICE
            usual = learned.usuals.metrics[found.metric]
            alerts.append(left_range(state.key, found, usual, span=seen.span, now=now, rows=seen.rows))
    more, state = _confirmed(learned, seen, structs.replace(state, standing=standing), now)
    return [*alerts, *more], state


def _confirmed(learned: Learned, seen: _Seen, state: Estimates, now: Micros) -> tuple[list[Alert], Estimates]:
    """Return harm where labels say themselves what an estimate had said."""
    standing, alerts = dict(state.standing), []
    shares = {found.metric: found.share for found in seen.estimates}
    for one in seen.blends:
        usual = learned.usuals.metrics.get(one.metric)
        if usual is None or standing.get(one.metric) != NOTICE or not is_confirmed(one, usual):
            continue
        standing[one.metric] = HARM
        share = shares.get(one.metric, False)
        alerts.append(confirmed(state.key, one, usual, share=share, span=seen.span, now=now, rows=seen.rows))
    return alerts, structs.replace(state, standing=standing)


def _noted(state: Estimates, seen: _Seen, at: Micros) -> Estimates:
    labelled = min((one.labelled for one in seen.blends), default=0.0)
    made = EstimatedChunk(start=seen.span[0], end=seen.span[1], labelled=labelled, looked_at=at)
    others = [chunk for chunk in state.chunks if chunk.start != made.start]
    return structs.replace(
        state, chunks=tuple(sorted([*others, made], key=lambda chunk: chunk.start)[-_CHUNKS:])
    )


def _waiting(state: Estimates) -> list[EstimatedChunk]:
    """Return earlier hours that labels may have come for since, those looked at longest ago first."""
    since = state.labels_at
    open_ones = [chunk for chunk in state.chunks if chunk.labelled < _ALL_CAME and chunk.looked_at < since]
    return sorted(open_ones, key=lambda chunk: (chunk.looked_at, chunk.start))[:_LATE_ONES]


def _points(service: str, seen: _Seen) -> list[SignalPoint]:
    start, width = seen.span[0], seen.span[1] - seen.span[0]

    def point(name: str, value: float) -> SignalPoint:
        n = float(seen.rows)
        return SignalPoint(service=service, name=name, start=start, width=width, n=n, total=value * n)

    points = []
    for one in seen.blends:
        name = signal_of(one.metric)
        rest = name.partition(":")[2]
        told = ((name, one.value), (LOW + rest, one.low), (HIGH + rest, one.high))
        points += [point(each, value) for each, value in told if math.isfinite(value)]
    if seen.blends:
        points.append(point(LABELLED, seen.blends[0].labelled))
    return points


def _drawn(world: World, service: Service, spans: Sequence[Span], most: int) -> pa.Table:
    """Return answers of these spans, of each its beginning where all would be more than ``most``."""
    rate = _rate(world, service, spans)
    share = min(1.0, most / rate) if rate else 1.0
    parts = [
        world.rows.scan(Kind.PREDICTIONS, service.key, start, start + max(round((end - start) * share), 1))
        for start, end in spans
    ]
    found = [part for part in parts if part.num_rows]
    table = concat_rows(found) if found else world.rows.scan(Kind.PREDICTIONS, service.key, 0, 0)
    return _served(table)


def _rate(world: World, service: Service, spans: Sequence[Span]) -> float:
    """Return about how many answers there are in these spans, by a window of some of them."""
    probes = spans[:: max(len(spans) // _PROBES, 1)]
    width = world.settings.width
    seen = sum(
        world.rows.scan(Kind.PREDICTIONS, service.key, start, start + width).num_rows for start, _ in probes
    )
    whole = sum(end - start for start, end in spans)
    return seen / (len(probes) * width) * whole if probes else 0.0


def _served(answers: pa.Table) -> pa.Table:
    """Leave out what a shadow answered."""
    if "arm" not in answers.column_names:
        return answers
    arm = pc.fill_null(answers["arm"].cast(pa.string()), "")
    return answers.filter(pc.not_equal(arm, "shadow"))


def _truths(world: World, service: Service, answers: pa.Table, span: Span) -> pa.Table:
    """Return the truths about these answers that came within a span."""
    every, ids = world.settings.estimate_every, answers["id"].combine_chunks()
    parts = [
        _about(world.rows.scan(Kind.OUTCOMES, service.key, at, min(at + _PIECES * every, span[1])), ids)
        for at in range(span[0], span[1], _PIECES * every)
    ]
    return known_truths(_together(parts))


def _about(outcomes: pa.Table, ids: pa.Array) -> pa.Table:
    return outcomes.filter(pc.is_in(outcomes["prediction_id"], value_set=ids, skip_nulls=True))


def _together(parts: Iterable[pa.Table]) -> pa.Table:
    return concat_rows(list(parts))
