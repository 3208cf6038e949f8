"""Gathering harm into incidents: one per cause, however many services it hits."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aright.core.detect.call_graph import CallGraph, merged
from aright.core.detect.grouping import Group, Link, Sign, group, reason
from aright.core.incident import HarmAlerted, Join, Merged, Reopened, ServicesJoined, TookIn
from aright.core.incident.standing import hits_of, services_of
from aright.core.model.foreign_alert import ALERT
from aright.core.model.incident import Incident, State
from aright.core.model.service import Service
from aright.core.model.signal import ALL
from aright.core.model.times import MINUTE
from aright.core.page import severity
from aright.engine.calls import edges_in
from aright.engine.happening import happen

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.model.alert import Alert
    from aright.core.model.incident import Hit, Severity
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

MOST_OPEN: Final = 1_000
"""Open incidents that new harm is held against, those last touched."""

_LATELY: Final = 50
_SEQUENCE: Final = "incident"
_RULE_EARLY: Final = 10 * MINUTE
"""How much earlier the harm of another program's alert may have begun: its rule may demand that it lasts."""


def open_incidents(tx: Transaction) -> list[Incident]:
    """Return the incidents that are open, the oldest first."""
    return sorted(tx.list(Incident, tag="open", limit=MOST_OPEN), key=_age)


def call_graph(tx: Transaction) -> CallGraph:
    """Return who calls whom, as the catalog and spans have it, under all names that callees go by."""
    edges = edges_in(tx)
    return CallGraph(merged(*({edge.service: (edge.callee, *edge.peers)} for edge in edges)))


def gather(
    world: World,
    tx: Transaction,
    told: Mapping[str, Sequence[Alert]],
    *,
    now: Micros,
    onsets: Mapping[str, Micros] | None = None,
) -> dict[str, Incident]:
    """Take harm alerts by service; return the incident that each service's were put into.

    What has one cause with an open incident joins it; two incidents that this shows to be one are merged;
    what ended a short while ago is opened again; the rest opens incidents, one per cause.

    Args:
        world: the ports.
        tx: open.
        told: at least one alert for each service.
        now: µs, UTC.
        onsets: when the new harm of a service began, where its alerts say since when there is any (µs, UTC).
    """
    known = open_incidents(tx)
    signs = [sign for incident in known for sign in _signs_of(incident)]
    first = len(signs)
    began = onsets or {}
    signs += [_sign(service, alerts, onset=began.get(service)) for service, alerts in told.items()]
    placed: dict[str, Incident] = {}
    for found in group(signs, call_graph(tx)):
        within = _Within(world, tx, found, signs, told, now=now)
        services = [signs[at].service for at in found.members if at >= first]
        if services or within.holds_several:
            placed |= dict.fromkeys(services, within.settle(known))
    return placed


class _Within:
    """One group, on its way into one incident."""

    def __init__(
        self,
        world: World,
        tx: Transaction,
        found: Group,
        signs: Sequence[Sign],
        told: Mapping[str, Sequence[Alert]],
        *,
        now: Micros,
    ) -> None:
        self._world, self._tx, self._now = world, tx, now
        self._found, self._signs = found, signs
        members = [signs[at] for at in found.members]
        self._told = {sign.service: tuple(told[sign.service]) for sign in members if not sign.group}
        self._root = signs[found.root].service
        self._keys = {sign.group for sign in members} - {""}
        self._explained = tuple(
            (signs[link.one].service, signs[link.other].service) for link in found.links if link.path
        )

    @property
    def holds_several(self) -> bool:
        """Whether it shows that open incidents are one."""
        return len(self._keys) > 1

    def settle(self, known: Iterable[Incident]) -> Incident:
        """Return the one incident that all of it is in now."""
        held = [incident for incident in known if incident.key in self._keys]
        into = held[0] if held else self._begin()
        for younger in held[1:]:
            into = self._merge(into, younger)
        left = {service: alerts for service, alerts in self._told.items() if alerts}
        return self._join(into, left) if left else into

    def _begin(self) -> Incident:
        """Open an incident anew that ended a short while ago, else declare one."""
        ended = _lately_ended(self._tx, self._told, now=self._now, within=self._world.settings.reopen_for)
        if ended is not None:
            service = next(name for name in self._told if name in services_of(ended))
            alerts = self._told.pop(service)
            again = Reopened(
                at=self._now, service=service, alerts=alerts, severity=self._severity(service, alerts)
            )
            return happen(self._world, self._tx, ended, again)
        first = self._root if self._root in self._told else min(self._told)
        alerts = self._told.pop(first)
        return happen(
            self._world,
            self._tx,
            None,
            HarmAlerted(
                at=self._now,
                incident=f"INC-{self._tx.next_number(_SEQUENCE)}",
                service=first,
                alerts=alerts,
                severity=self._severity(first, alerts),
            ),
        )

    def _join(self, incident: Incident, left: Mapping[str, tuple[Alert, ...]]) -> Incident:
        services = services_of(incident)
        joins = tuple(
            Join(service=name, alerts=alerts, because=self._because(name)) for name, alerts in left.items()
        )
        new = {name: alerts for name, alerts in left.items() if name not in services}
        return happen(
            self._world,
            self._tx,
            incident,
            ServicesJoined(
                at=self._now,
                joins=joins,
                root=self._root if self._root in {*services, *left} else incident.service,
                severity=self._worse(incident, new),
                explained=self._explained,
            ),
        )

    def _merge(self, into: Incident, younger: Incident) -> Incident:
        because = self._why_one(into, younger)
        fresh = self._tx.get(Incident, younger.key) or younger
        happen(self._world, self._tx, fresh, Merged(at=self._now, into=into.key, because=because))
        services = {*services_of(into), *services_of(fresh)}
        return happen(
            self._world,
            self._tx,
            into,
            TookIn(
                at=self._now,
                younger=fresh,
                because=because,
                root=self._root if self._root in services else into.service,
                explained=tuple(pair for pair in self._explained if set(pair) <= services),
            ),
        )

    def _severity(self, service: str, alerts: Sequence[Alert]) -> Severity:
        known = self._tx.get(Service, service) or Service(key=service)
        return severity(known, alerts=alerts)

    def _worse(self, incident: Incident, new: Mapping[str, Sequence[Alert]]) -> Severity | None:
        """Return the worst severity of services that join, where it is worse than what was known at first.

        Both are judged at first sight: what a diagnosis found out since, that few are hit, holds for the
        services that were hit, and says nothing of how many of these are.
        """
        if not new:
            return None
        of = {
            service: [alert for alert in incident.alerts if alert.harm and alert.service == service]
            for service in services_of(incident)
        }
        before = [self._severity(name, alerts) for name, alerts in of.items() if alerts]
        worst = min((self._severity(name, found) for name, found in new.items()), key=lambda each: each.level)
        return worst if worst.level < min((each.level for each in before), default=5) else None

    def _because(self, service: str) -> str:
        """Return why a service belongs here, by the link that says most."""
        numbers = [at for at in self._found.members if self._signs[at].service == service]
        links = [link for link in self._found.links if {link.one, link.other} & set(numbers)]
        for link in sorted(links, key=lambda each: (not each.path, not each.mark, each.one not in numbers)):
            return reason(link, self._signs, link.one if link.one in numbers else link.other)
        return "it has the same cause"

    def _why_one(self, into: Incident, younger: Incident) -> str:
        """Return what ties two incidents: a link between them, else one that leads from one of them."""
        ours, theirs = (set(services_of(each)) for each in (into, younger))

        def rank(link: Link) -> tuple[bool, bool]:
            ends = {self._signs[link.one].service, self._signs[link.other].service}
            return (not (ends & ours and ends & theirs), not (link.path or link.mark))

        link = min(self._found.links, key=rank)
        text = reason(link, self._signs, link.one)
        return text.replace("it ", f"{self._signs[link.one].service} ", 1) if text.startswith("it ") else text


def _lately_ended(
    tx: Transaction, told: Mapping[str, object], *, now: Micros, within: Micros
) -> Incident | None:
    """Return the incident of one of these services that was resolved last, unless that is too long ago."""
    found = [
        incident
        for incident in tx.list(Incident, limit=_LATELY)
        if incident.state in {State.RESOLVED, State.REVIEWED}
        and now - incident.resolved_at <= within
        and told.keys() & set(services_of(incident))
    ]
    return max(found, key=lambda incident: incident.resolved_at, default=None)


def _signs_of(incident: Incident) -> list[Sign]:
    by_service: dict[str, list[Alert]] = {}
    for alert in incident.alerts:
        if alert.harm:
            by_service.setdefault(alert.service, []).append(alert)
    return [
        _sign(hit.service, by_service.get(hit.service, ()), hit=hit, key=incident.key)
        for hit in hits_of(incident)
    ]


def _sign(
    service: str,
    alerts: Sequence[Alert],
    *,
    onset: Micros | None = None,
    hit: Hit | None = None,
    key: str = "",
) -> Sign:
    marks: dict[str, Micros] = {}
    for alert in alerts:
        for mark in _marks(alert):
            marks[mark] = min(alert.since, marks.get(mark, alert.since))
    began = hit.onset if hit else min(alert.since for alert in alerts) if onset is None else onset
    of_rules = [alert for alert in alerts if is_foreign(alert)]
    made = Sign(
        service=service,
        onset=began,
        last=max([began, *(alert.at if is_foreign(alert) else alert.since for alert in alerts)]),
        marks=marks,
        group=key,
        explained=bool(hit and hit.callee),
    )
    return replace(made, early=_RULE_EARLY) if of_rules and len(of_rules) == len(alerts) else made


def is_foreign(alert: Alert) -> bool:
    """Return whether another program raised it."""
    return alert.signal.startswith(ALERT)


def _marks(alert: Alert) -> tuple[str, ...]:
    if alert.segment == ALL:
        return ()
    return (f"{alert.segment.attribute}={alert.segment.value}",)


def _age(incident: Incident) -> tuple[Micros, int]:
    number = incident.key.rpartition("-")[2]
    return (incident.opened_at, int(number) if number.isdigit() else 0)
