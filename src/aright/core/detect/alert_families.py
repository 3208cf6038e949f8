"""Alerts of other programs: whose they are, whether they say harm, and what many have in common."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from aright.core.model.alert import Alert
from aright.core.model.foreign_alert import ALERT
from aright.core.model.signal import ALL, Segment

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.model.foreign_alert import AlertFamily, ForeignAlert
    from aright.core.model.service import Service
    from aright.core.model.times import Micros

HARMFUL: Final = frozenset({"critical", "page"})
"""Values of the label ``severity`` that say that users are hurt."""

HARMFUL_AT_PAGERDUTY: Final = HARMFUL | {"error"}
"""Likewise where PagerDuty's words are meant: there, both ``critical`` and ``error`` are urgent."""

NO_HARM: Final = frozenset({"DatasourceNoData", "DatasourceError", "Watchdog", "DeadMansSwitch"})
"""Names of alerts that tell of the telling itself, whatever their severity."""

_SERVICE_LABELS: Final = ("service", "service_name", "job", "app", "application", "deployment", "container")
_MACHINE_LABELS: Final = ("instance", "host", "hostname", "node")
"""What stands for a service where an alert names none: what fails with one machine has one cause."""

_NO_SERVICE: Final = frozenset({"alertname", "severity"})
_PLACES: Final = ("node", "host", "zone", "availability_zone", "region", "datacenter")
"""Labels that name a part of the traffic or of the machines; the narrowest first."""

_LONGEST_SERVICE: Final = 80
_PROGRAMS: Final = {
    "prometheus": "Prometheus",
    "alertmanager": "Alertmanager",
    "grafana": "Grafana",
    "pagerduty": "PagerDuty",
}


def names_of(services: Iterable[Service]) -> dict[str, str]:
    """Return services by the names that labels may give them.

    >>> from aright.core.model.service import Service
    >>> names_of([Service(key="shop", jobs=("web-shop",))])
    {'web-shop': 'shop', 'shop': 'shop'}
    """
    known = tuple(services)
    return {job: service.key for service in known for job in service.jobs} | {
        service.key: service.key for service in known
    }


def service_for(labels: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Return whose alert it is: a service that the catalog knows by any label, else as its labels say.

    One that names neither a service nor a machine is on its own, so that no mistake groups it with others.

    >>> service_for({"alertname": "Slow", "job": "prod/shop", "team": "cart"}, {"cart": "cart"})
    'cart'
    >>> service_for({"alertname": "Slow", "job": "prod/shop"}, {}), service_for({"alertname": "Slow"}, {})
    ('shop', 'alert Slow')
    """
    ordered = [name for name in _SERVICE_LABELS if name in labels]
    if names:
        others = [name for name in labels if name not in _NO_SERVICE and name not in _SERVICE_LABELS]
        for name in (*ordered, *others):
            for value in (labels[name], labels[name].rpartition("/")[2]):
                if value in names:
                    return names[value]
    ordered = ordered or [name for name in _MACHINE_LABELS if name in labels]
    told = next((labels[name].rpartition("/")[2] for name in ordered), "")
    return _cut(told or f"alert {labels.get('alertname', 'without a name')}")


def is_harm(alert: ForeignAlert, page_signals: Sequence[str]) -> bool:
    """Return whether an alert says that users are hurt: by its severity, or because the catalog says so."""
    signal = f"{ALERT}{alert.name}"
    if any(signal == each or signal.startswith(f"{each}:") for each in page_signals):
        return True
    harmful = HARMFUL_AT_PAGERDUTY if alert.source == "pagerduty" else HARMFUL
    return alert.severity.lower() in harmful and alert.name not in NO_HARM


def alert_of(
    service: str, told: Sequence[ForeignAlert], family: AlertFamily | None, *, now: Micros, harm: bool
) -> Alert:
    """Return one alert for all of one name and service: what they say, since when, and by which rule.

    Args:
        service: whose.
        told: those that have begun to fire, at least one.
        family: what was known of them before.
        now: µs, UTC.
        harm: whether they say that users are hurt.
    """
    first = min(told, key=lambda alert: (alert.starts_at, alert.key))
    count = len(told) + (family.firing if family else 0)
    since = min(first.starts_at, family.since if family and family.firing else first.starts_at)
    name = first.name if count == 1 else f"{first.name} × {count:,}"
    text = f"{name}: {first.summary}" if first.summary else f"{name} fires"
    said = f" (severity {first.severity})" if first.severity else ""
    return Alert(
        key=f"{service}/alert/{first.name}",
        service=service,
        signal=f"{ALERT}{first.name}",
        segment=_place([alert.labels for alert in told]),
        harm=harm,
        at=now,
        since=since,
        before=0.0,
        now=0.0,
        low=0.0,
        high=0.0,
        units=0.0,
        log_e=0.0,
        threshold=0.0,
        rule=f"rule {first.name}{said} of {_PROGRAMS[first.source]}",
        text=" ".join(text.split())[:1_000],
    )


@dataclass(frozen=True, slots=True)
class Differing:
    """A label in which alerts differ.

    Attributes:
        name: the label.
        count: how many values it has.
        examples: some of them.
    """

    name: str
    count: int
    examples: tuple[str, ...]


def compared(
    labels: Sequence[Mapping[str, str]], examples: int = 3
) -> tuple[dict[str, str], list[Differing]]:
    """Return the labels that all have in common, and those in which they differ, most values first.

    >>> same, differing = compared([{"app": "a", "pod": "p1"}, {"app": "a", "pod": "p2"}])
    >>> same, differing
    ({'app': 'a'}, [Differing(name='pod', count=2, examples=('p1', 'p2'))])
    """
    values: dict[str, dict[str, None]] = {}
    for each in labels:
        for name, value in each.items():
            values.setdefault(name, {})[value] = None
    holders = {name: sum(name in each for each in labels) for name in values}
    same = {
        name: next(iter(of)) for name, of in values.items() if len(of) == 1 and holders[name] == len(labels)
    }
    differing = [
        Differing(name, len(of), tuple(sorted(of)[:examples]))
        for name, of in values.items()
        if name not in same
    ]
    return same, sorted(differing, key=lambda each: (-each.count, each.name))


def _place(labels: Sequence[Mapping[str, str]]) -> Segment:
    for name in _PLACES:
        values = {each.get(name, "") for each in labels}
        if len(values) == 1 and (value := values.pop()):
            return Segment(name, value)
    return ALL


@lru_cache(4_096)
def _cut(name: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in name)
    return printable.encode()[:_LONGEST_SERVICE].decode(errors="ignore").strip() or "unnamed"
