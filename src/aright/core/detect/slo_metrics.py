r"""SLOs and aright itself as Prometheus metrics, in the text format 0.0.4.

Source: https://prometheus.io/docs/instrumenting/exposition_formats/.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from aright.core.model.times import DAY, HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from aright.core.model.slo import Standing
    from aright.core.model.times import Micros

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

EVENTS: Final = "aright_sli_events_total"
BAD: Final = "aright_sli_bad_total"

METRICS: Final[dict[str, tuple[str, str]]] = {
    EVENTS: ("counter", "Users' windows, or slices of time, counted for an SLO since the start."),
    BAD: ("counter", "Bad ones of them."),
    "aright_sli_ratio": ("gauge", "Good share over the SLO's window."),
    "aright_slo_objective_ratio": ("gauge", "Share that must be good."),
    "aright_slo_budget_left_ratio": (
        "gauge",
        "Share of the error budget that is left, below 0 when overspent.",
    ),
    "aright_slo_burn_rate": ("gauge", "How many times faster than allowed the budget burned over a window."),
    "aright_slo_budget_empty_seconds": ("gauge", "Until the budget is empty, if it goes on as now."),
    "aright_slo_alerting": ("gauge", "1 while a page or a ticket of the SLO stands."),
    "aright_incidents_open": ("gauge", "Incidents that are not resolved."),
    "aright_windows_behind": ("gauge", "Windows that could be closed and are not yet."),
    "aright_log_behind_bytes": ("gauge", "Acknowledged bytes that were not looked at yet."),
    "aright_rows_accepted_total": ("counter", "Rows taken since the start."),
    "aright_rows_quarantined_total": ("counter", "Rows set aside since the start."),
    "aright_rows_late_total": ("counter", "Rows that came after their window was closed."),
    "aright_state_bytes": ("gauge", "Memory that a service takes, about, as of its last window."),
    "aright_state_limit_bytes": ("gauge", "Memory that it may take."),
    "aright_state_left_out_total": (
        "counter",
        "Times that something was left out to keep the memory bounded, by what.",
    ),
    "aright_build_info": ("gauge", "1, with the version as a label."),
}
"""Every metric: its type and what it says."""


@dataclass(frozen=True, kw_only=True)
class Health:
    """How aright itself is doing.

    Attributes:
        version: aright's own.
        open_incidents: not resolved, by service.
        windows_behind: that could be closed and are not.
        log_behind: acknowledged bytes not looked at.
        accepted: rows taken since the start.
        quarantined: rows set aside since the start.
        late: rows that came too late.
        memory: by service, bytes taken, the limit, and what was left out.
    """

    version: str
    open_incidents: Mapping[str, int]
    windows_behind: int
    log_behind: int
    accepted: int
    quarantined: int
    late: int
    memory: Mapping[str, tuple[int, int, Mapping[str, int]]] = field(default_factory=dict)


def exposition(health: Health, standings: Sequence[Standing]) -> str:
    r"""Return the metrics as text.

    >>> health = Health(version="1", open_incidents={'a"b': 2}, windows_behind=0, log_behind=0, accepted=7,
    ...     quarantined=0, late=0)
    >>> [line for line in exposition(health, []).splitlines() if "incidents" in line][-1]
    'aright_incidents_open{service="a\\"b"} 2'
    """
    found: dict[str, list[str]] = {name: [] for name in METRICS}
    for name, labels, value in (*_own(health), *_of_slos(standings)):
        found[name].append(f"{name}{_labels(labels)} {value:.17g}")
    lines = []
    for name, (kind, said) in METRICS.items():
        if found[name]:
            lines += [f"# HELP {name} {said}", f"# TYPE {name} {kind}", *found[name]]
    return "\n".join(lines) + "\n"


def span_label(length: Micros) -> str:
    """Return a span as Prometheus writes it.

    >>> span_label(HOUR), span_label(90 * MINUTE), span_label(30 * DAY), span_label(30 * SECOND)
    ('1h', '90m', '30d', '30s')
    """
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        if length and length % size == 0:
            return f"{length // size}{unit}"
    return f"{length // SECOND}s"


def _own(health: Health) -> Iterator[tuple[str, dict[str, str], float]]:
    yield "aright_build_info", {"version": health.version}, 1
    for service, count in sorted(health.open_incidents.items()):
        yield "aright_incidents_open", {"service": service}, count
    yield "aright_windows_behind", {}, health.windows_behind
    yield "aright_log_behind_bytes", {}, health.log_behind
    yield "aright_rows_accepted_total", {}, health.accepted
    yield "aright_rows_quarantined_total", {}, health.quarantined
    yield "aright_rows_late_total", {}, health.late
    for service, (taken, limit, left_out) in sorted(health.memory.items()):
        yield "aright_state_bytes", {"service": service}, taken
        yield "aright_state_limit_bytes", {"service": service}, limit
        for what, count in sorted(left_out.items()):
            yield "aright_state_left_out_total", {"service": service, "what": what}, count


def _of_slos(standings: Iterable[Standing]) -> Iterator[tuple[str, dict[str, str], float]]:
    for standing in standings:
        slo = standing.slo
        labels = {"service": slo.service, "slo": slo.key}
        yield EVENTS, labels, standing.counted
        yield BAD, labels, standing.counted_bad
        yield "aright_slo_objective_ratio", labels, slo.objective
        if standing.good is not None and standing.budget_left is not None:
            yield "aright_sli_ratio", labels, standing.good
            yield "aright_slo_budget_left_ratio", labels, standing.budget_left
        for burn in standing.burns:
            if burn.n:
                yield "aright_slo_burn_rate", {**labels, "window": span_label(burn.span)}, burn.rate
        if standing.forecast is not None:
            yield "aright_slo_budget_empty_seconds", labels, standing.forecast.after / SECOND
        for action, stands in (("page", standing.page), ("ticket", standing.ticket)):
            yield "aright_slo_alerting", {**labels, "action": action}, float(stands)


def _labels(labels: Mapping[str, str]) -> str:
    if not labels:
        return ""
    written = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return "{" + written + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
