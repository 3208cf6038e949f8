"""What an incident's page shows of alerts: each in full, and many of one name by the labels that differ."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.detect.alert_families import compared
from aright.core.incident.standing import hits_of
from aright.core.incident.words import effect, is_guard
from aright.web.words import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.detect.alert_families import Differing
    from aright.core.model.alert import Alert
    from aright.core.model.foreign_alert import ForeignAlert
    from aright.core.model.incident import Hit, Incident
    from aright.core.model.times import Micros
    from aright.engine.operations import Operations

MOST_READ: Final = 50_000
"""Other programs' alerts that are looked at for one page."""

_FAMILIES: Final = 12
_LABELS: Final = 6
_HITS: Final = 12


@dataclass(frozen=True)
class AlertRow:
    """One alert of the page.

    Attributes:
        alert: what moved.
        effect: how many times as much it is; empty where it has no numbers.
        numbers: whether before and now are worth showing.
        users: how many were counted since; 0 for unknown.
    """

    alert: Alert
    effect: str
    numbers: bool
    users: float


@dataclass(frozen=True)
class FamilyRow:
    """Alerts of one name and service of another program.

    Attributes:
        name: the alerts' name.
        service: whose.
        text: what the first says.
        firing: how many fire.
        ended: how many have ended.
        since: when the first began (µs, UTC).
        same: labels that all have in common, as ``name = value``.
        differing: labels in which they differ, those with most values first.
        more: further labels in which they differ.
        source: who told.
        severity: what the rule calls it.
        generator: the rule's own page; empty for none.
    """

    name: str
    service: str
    text: str
    firing: int
    ended: int
    since: Micros
    same: tuple[str, ...]
    differing: tuple[Differing, ...]
    more: int
    source: str
    severity: str
    generator: str


@dataclass(frozen=True)
class Alerts:
    """All alerts of an incident's page.

    Attributes:
        rows: aright's own.
        left_out: further ones of those.
        families: other programs', by name and service.
        families_left_out: further ones of those.
        hits: services hit, the one nearest to the cause first; empty where there is one.
        hits_left_out: further ones of those.
    """

    rows: tuple[AlertRow, ...]
    left_out: int
    families: tuple[FamilyRow, ...]
    families_left_out: int
    hits: tuple[Hit, ...]
    hits_left_out: int

    @property
    def count(self) -> int:
        """How many streams and names of alerts there are."""
        return len(self.rows) + self.left_out + len(self.families) + self.families_left_out


def alerts_of(operations: Operations, incident: Incident, now: Micros, most: int) -> Alerts:
    """Return what an incident's page shows of its alerts."""
    foreign = operations.alerts.told(incident=incident.key, limit=MOST_READ)
    families = families_of(foreign, now)
    told = {(each.service, each.name) for each in families}
    own = [
        alert for alert in incident.alerts if (alert.service, alert.signal.removeprefix("alert:")) not in told
    ]
    hits = sorted(hits_of(incident), key=lambda hit: (hit.service != incident.service, hit.at))
    return Alerts(
        rows=tuple(row_of(alert) for alert in own[:most]),
        left_out=max(len(own) - most, 0),
        families=tuple(families[:_FAMILIES]),
        families_left_out=max(len(families) - _FAMILIES, 0),
        hits=tuple(hits[:_HITS]) if len(hits) > 1 else (),
        hits_left_out=max(len(hits) - _HITS, 0),
    )


def row_of(alert: Alert) -> AlertRow:
    """Return an alert as a page shows it."""
    numbers = not alert.text and not is_guard(alert)
    return AlertRow(alert=alert, effect=effect(alert), numbers=numbers, users=alert.units)


def families_of(alerts: Sequence[ForeignAlert], now: Micros) -> list[FamilyRow]:
    """Return alerts by name and service, those with most that fire first."""
    members: dict[tuple[str, str], list[ForeignAlert]] = defaultdict(list)
    for alert in alerts:
        members[alert.service, alert.name].append(alert)
    rows = [_family(service, name, of, now) for (service, name), of in members.items()]
    return sorted(rows, key=lambda row: (-row.firing, row.since, row.name))


def _family(service: str, name: str, members: Sequence[ForeignAlert], now: Micros) -> FamilyRow:
    first = min(members, key=lambda alert: (alert.starts_at, alert.key))
    same, differing = compared([alert.labels for alert in members])
    hidden = {"alertname", "severity", "service"}
    firing = sum(alert.fires(now) for alert in members)
    return FamilyRow(
        name=name,
        service=service,
        text=first.summary,
        firing=firing,
        ended=len(members) - firing,
        since=first.starts_at,
        same=tuple(
            f"{short(label, 40)} = {short(value, 60)}" for label, value in same.items() if label not in hidden
        )[:_LABELS],
        differing=tuple(differing[:_LABELS]),
        more=max(len(differing) - _LABELS, 0),
        source=first.source,
        severity=first.severity,
        generator=first.generator,
    )
