"""Signals and process metrics of an incident on one clock: what charts show, before anything is drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.words import leading, signal_in_words
from aright.core.model.contracts import SIGNAL as CONTRACT
from aright.core.model.evidence import CauseKind, Reach
from aright.core.model.signal import ALL, Segment
from aright.core.model.times import HOUR, MINUTE, SECOND, Micros
from aright.web.naming import signal_title, signal_unit
from aright.web.scope import scope_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.model.alert import Alert
    from aright.core.model.change import Change
    from aright.core.model.incident import Incident
    from aright.core.model.service import Service
    from aright.core.model.signal import SignalPoint
    from aright.engine.operations import Operations, ProcessPoint

_WINDOWS: Final = 240
"""Points per line at most; beyond, neighbouring windows are merged by sum."""

_SIGNALS: Final = 3
_SERVICES: Final = 4
"""Other services that are hit, whose harm is shown."""
_ESTIMATE: Final = "estimate:accuracy"
"""Shown where there is one: labels of an incident's answers seldom have come."""
_NO_LANE: Final = ("guard:", "process:")
_CHANGES: Final = 4
_BAND_FROM: Final = 5
_WIDTH: Final = 30 * SECOND
_PROCESS: Final = (
    ("latency", "Latency", "ms", (("latency_ms_p99", "p99", "hit"), ("latency_ms_p50", "p50", "all"))),
    (
        "calls",
        "Latency of requests",
        "ms",
        (("calls.latency_ms_p99", "p99", "hit"), ("calls.latency_ms_p50", "p50", "all")),
    ),
    ("cpu", "CPU", "percent", (("cpu_percent", "mean", "all"),)),
    ("memory", "Memory (RSS)", "bytes", (("rss_bytes", "mean", "all"),)),
)


class Line(msgspec.Struct, frozen=True):
    """One line of a panel.

    Attributes:
        label: what it is.
        role: ``hit`` is drawn strong, ``all`` calm.
        values: one for each instant of the clock; ``None`` where nothing was counted.
    """

    label: str
    role: str
    values: tuple[float | None, ...]


class Panel(msgspec.Struct, frozen=True):
    """One chart.

    Attributes:
        key: short name, unique on the page.
        title: for people.
        unit: as :func:`aright.web.words.quantity` takes it.
        low: the axis' lower end.
        high: its upper end.
        lines: the strongest first.
        baseline: mean before the onset of the first line; ``None`` where too little is known.
        band: where 95 % of its windows lay before the onset.
    """

    key: str
    title: str
    unit: str
    low: float
    high: float
    lines: tuple[Line, ...]
    baseline: float | None = None
    band: tuple[float, float] | None = None

    @property
    def now(self) -> float | None:
        """The first line's last value."""
        return next((value for value in reversed(self.lines[0].values) if value is not None), None)


class Mark(msgspec.Struct, frozen=True):
    """An instant worth a line through all panels.

    Attributes:
        at: when (µs, UTC).
        number: as the legend has it.
        kind: ``onset`` | ``declared`` | ``mitigated`` | ``resolved`` | ``change``.
        text: a few words.
    """

    at: Micros
    number: int
    kind: str
    text: str


class Strips(msgspec.Struct, frozen=True):
    """Panels over one clock.

    Attributes:
        start: first instant (µs, UTC).
        end: last one.
        step: between instants (µs).
        times: start of each window shown (µs, UTC).
        panels: quality first, then the process.
        marks: in order of time.
    """

    start: Micros
    end: Micros
    step: Micros
    times: tuple[Micros, ...]
    panels: tuple[Panel, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class _Grid:
    start: Micros
    step: Micros
    count: int

    def place(self, at: Micros) -> int | None:
        index = (at - self.start) // self.step
        return index if 0 <= index < self.count else None


def gather(operations: Operations, incident: Incident, service: Service | None, now: Micros) -> Strips:
    """Return what the incident's charts show; reads signal points, process metrics and changes."""
    start, end = _range(incident, now)
    segment = hit_segment(incident)
    names = _signals(incident, service)
    points = {
        part: [
            point
            for point in operations.points(incident.service, start=start, end=end, names=names, segment=part)
            if not point.version
        ]
        for part in dict.fromkeys((ALL, segment))
    }
    grid = _grid(start, end, points[ALL])
    panels = [_signal_panel(name, points, segment, grid, incident) for name in names]
    panels += [_panel_of(operations, name, (start, end), grid, incident) for name in _others(incident)]
    process = operations.process(incident.service, start=start, end=end)
    panels += [
        _process_panel(key, title, unit, metrics, process, grid, incident)
        for key, title, unit, metrics in _PROCESS
    ]
    changes = operations.changes(service=incident.service)
    return Strips(
        start=grid.start,
        end=grid.start + grid.step * grid.count,
        step=grid.step,
        times=tuple(grid.start + i * grid.step for i in range(grid.count)),
        panels=tuple(panel for panel in panels if panel is not None),
        marks=_marks(incident, changes, start, end),
    )


def hit_segment(incident: Incident) -> Segment:
    """Return the segment that is hit: the diagnosis' word, before it the leading alert's."""
    if incident.diagnosis is not None:
        scope = incident.diagnosis.scope
        return scope.segment if scope.reach is Reach.SEGMENT else ALL
    first = leading(incident.alerts)
    return first.segment if first else ALL


def _range(incident: Incident, now: Micros) -> tuple[Micros, Micros]:
    over = incident.resolved_at or now
    length = max(over - incident.began_at, 0)
    before = min(max(length, 15 * MINUTE), 2 * HOUR)
    end = min(now, over + 15 * MINUTE) if incident.resolved_at else now
    start = incident.began_at - before
    return start, max(end, start + 5 * MINUTE)


def _signals(incident: Incident, service: Service | None) -> list[str]:
    own = [alert for alert in incident.alerts if alert.service == incident.service]
    names = [incident.diagnosis.scope.loss] if incident.diagnosis else []
    names += _contracts(incident)
    names += [alert.signal for alert in own if alert.harm]
    names += [f"quality:{kind}" for kind in service.quality] if service else []
    names += [alert.signal for alert in own if not alert.signal.startswith("feature:")]
    shown = dict.fromkeys(name for name in names if name and not name.startswith(_NO_LANE))
    return list(dict.fromkeys([*list(shown)[:_SIGNALS], _ESTIMATE]))


def _contracts(incident: Incident) -> list[str]:
    """Return the series of payloads that break the contract which the likeliest cause is."""
    causes = incident.diagnosis.causes[:1] if incident.diagnosis else ()
    return [
        f"{CONTRACT}{cause.subject}"
        for cause in causes
        if cause.kind is CauseKind.CONTRACT and cause.service in {"", incident.service}
    ]


def _others(incident: Incident) -> list[Alert]:
    """Return of each other service hit the alert that says most about its harm, by when it began."""
    harm: dict[str, list[Alert]] = {}
    for alert in incident.alerts:
        if alert.harm and alert.service != incident.service:
            harm.setdefault(alert.service, []).append(alert)
    first = [found for alerts in harm.values() if (found := leading(alerts)) is not None]
    return sorted(first, key=lambda alert: (alert.since, alert.service))[:_SERVICES]


def _panel_of(
    operations: Operations, alert: Alert, span: tuple[Micros, Micros], grid: _Grid, incident: Incident
) -> Panel | None:
    """Return the panel of another service's harm."""
    points = operations.points(
        alert.service, start=span[0], end=span[1], names=[alert.signal], segment=alert.segment
    )
    values = _means(((p.start, p.total, p.n) for p in points if not p.version), grid)
    title = f"{alert.service}: {signal_in_words(alert.signal)}"
    line = Line(str(alert.segment), "all", values)
    return _panel(f"{alert.service}/{alert.signal}", title, signal_unit(alert.signal), [line], grid, incident)


def _grid(start: Micros, end: Micros, points: Sequence[SignalPoint]) -> _Grid:
    width = min((point.width for point in points if point.width > 0), default=_WIDTH)
    first = start // width * width
    merged = max(1, math.ceil((end - first) / width / _WINDOWS))
    step = width * merged
    return _Grid(first, step, max(2, math.ceil((end - first) / step)))


def _means(points: Iterable[tuple[Micros, float, float]], grid: _Grid) -> tuple[float | None, ...]:
    """Return total by weight for each instant of the grid; points merge by sum."""
    totals, weights = [0.0] * grid.count, [0.0] * grid.count
    for at, total, weight in points:
        place = grid.place(at)
        if place is not None and math.isfinite(total) and weight > 0:
            totals[place] += total
            weights[place] += weight
    return tuple(
        _rounded(total / weight) if weight else None for total, weight in zip(totals, weights, strict=True)
    )


def _rounded(x: float) -> float:
    return float(f"{x:.5g}")


def _signal_panel(
    name: str,
    points: Mapping[Segment, Sequence[SignalPoint]],
    segment: Segment,
    grid: _Grid,
    incident: Incident,
) -> Panel | None:
    def line(part: Segment, role: str) -> Line:
        mine = ((p.start, p.total, p.n) for p in points[part] if p.name == name)
        return Line(str(part), role, _means(mine, grid))

    made = [line(ALL, "all" if segment != ALL else "hit")]
    if segment != ALL:
        made.insert(0, line(segment, "hit"))
    panel = _panel(name, signal_title(name), signal_unit(name), made, grid, incident)
    known = _known_before(name, segment, incident)
    return panel if panel is None or known is None else msgspec.structs.replace(panel, baseline=known)


def _known_before(name: str, segment: Segment, incident: Incident) -> float | None:
    """Return what the whole reference says of the first line: more than the windows in sight can."""
    scope = incident.diagnosis.scope if incident.diagnosis else None
    if scope is not None and scope.loss == name and segment in {ALL, scope.segment}:
        return scope_view(scope).rows[0].before
    before = (a.before for a in incident.alerts if a.signal == name and a.segment == segment)
    return next(before, None)


def _process_panel(
    key: str,
    title: str,
    unit: str,
    metrics: Sequence[tuple[str, str, str]],
    process: Sequence[ProcessPoint],
    grid: _Grid,
    incident: Incident,
) -> Panel | None:
    made = [
        Line(label, role, _means(((p.start, p.mean, 1.0) for p in process if p.name == name), grid))
        for name, label, role in metrics
    ]
    return _panel(key, title, unit, made, grid, incident)


def _panel(
    key: str, title: str, unit: str, lines: Sequence[Line], grid: _Grid, incident: Incident
) -> Panel | None:
    kept = tuple(line for line in lines if any(value is not None for value in line.values))
    if not kept:
        return None
    onset = (incident.began_at - grid.start) // grid.step
    before = sorted(value for value in kept[0].values[: max(onset, 0)] if value is not None)
    known = len(before) >= _BAND_FROM
    band = (_rank(before, 0.025), _rank(before, 0.975)) if known else None
    low, high = _axis([value for line in kept for value in line.values if value is not None], band)
    return Panel(
        key=key,
        title=title,
        unit=unit,
        low=low,
        high=high,
        lines=kept,
        baseline=_rounded(math.fsum(before) / len(before)) if known else None,
        band=band,
    )


def _rank(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def _axis(values: Sequence[float], band: tuple[float, float] | None) -> tuple[float, float]:
    """Return an axis that begins at 0, unless all values are far from it; it ends at 1 where they near it."""
    seen = [*values, *(band or ())]
    low, high = min(seen), max(seen)
    if low < 0 or low > 0.6 * high:
        room = max(high - low, abs(high) * 0.02, 1e-9) * 0.25
        return _rounded(low - room), _rounded(high + room)
    return 0.0, 1.0 if 0.85 < high <= 1 or high <= 0 else _rounded(high * 1.12)


def _marks(incident: Incident, changes: Sequence[Change], start: Micros, end: Micros) -> tuple[Mark, ...]:
    found = [
        (incident.began_at, "onset", "it began"),
        (incident.opened_at, "declared", "incident declared"),
        (incident.mitigated_at, "mitigated", "mitigation carried out"),
        (incident.resolved_at, "resolved", "resolved"),
    ]
    told = [change for change in changes if start <= change.at <= end][:_CHANGES]
    found += [(change.at, "change", change.title or f"{change.kind}: {change.what}") for change in told]
    kept = sorted((mark for mark in found if mark[0] and start <= mark[0] <= end), key=lambda mark: mark[0])
    return tuple(Mark(at, i + 1, kind, text) for i, (at, kind, text) in enumerate(kept))
