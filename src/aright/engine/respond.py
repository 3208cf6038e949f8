"""Alerts to incidents: harm opens one or joins the open one, a shift alone gives notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident import NoticeJoined, Recurred
from aright.core.incident.standing import services_of
from aright.core.model.alert import Alert
from aright.core.model.notice import Notice
from aright.core.model.signal import Segment
from aright.core.prevent import judge
from aright.engine.gathering import gather, open_incidents
from aright.engine.happening import happen
from aright.engine.muting import part

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from aright.core.model.guard import Guard
    from aright.core.model.incident import Incident
    from aright.core.model.service import Service
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction


def open_incident(tx: Transaction, service: str) -> Incident | None:
    """Return the incident that hits the service and is not over, if there is one; of several the youngest."""
    hit = [found for found in open_incidents(tx) if service in services_of(found)]
    return hit[-1] if hit else None


def hit_now(tx: Transaction) -> frozenset[str]:
    """Return the services that open incidents hit."""
    return frozenset(name for found in open_incidents(tx) for name in services_of(found))


def respond(
    world: World, tx: Transaction, service: Service, alerts: Sequence[Alert], *, now: Micros
) -> Incident | None:
    """Take a closed window's alerts; return the incident that was opened or joined, ``None`` for none.

    Harm that a silence covers opens and joins none.
    """
    incident = open_incident(tx, service.key)
    harm = tuple(alert for alert in alerts if alert.harm)
    harm = part(world, tx, harm, incident, now=now) if harm else ()
    notices = tuple(alert for alert in alerts if not alert.harm)
    if harm:
        incident = gather(world, tx, {service.key: harm}, now=now)[service.key]
    if notices and incident:
        incident = happen(world, tx, incident, NoticeJoined(at=now, alerts=notices))
    tx.put_all(
        [
            Notice(
                key=f"{alert.key}@{alert.at}",
                service=service.key,
                at=now,
                alert=alert,
                incident=incident.key if incident else "",
            )
            for alert in notices
        ]
    )
    return incident if harm or (notices and incident) else None


def guard_alerts(
    guards: Sequence[Guard], rows: pa.Table, *, start: Micros, now: Micros
) -> list[tuple[Guard, Alert]]:
    """Return an alert for each guard that one window's rows break."""
    fired = []
    for guard in guards:
        breaches = judge(guard, rows)
        if not breaches:
            continue
        worst = max(breaches, key=lambda breach: breach.value - breach.limit)
        fired.append(
            (
                guard,
                Alert(
                    key=f"guard:{guard.key}",
                    service=guard.service,
                    signal=f"guard:{guard.key}",
                    segment=guard.segment if guard.segment.attribute else Segment(),
                    harm=True,
                    at=now,
                    since=start,
                    before=worst.limit,
                    now=worst.value,
                    low=worst.value,
                    high=worst.value,
                    units=float(rows.num_rows),
                    log_e=0.0,
                    threshold=0.0,
                    rule=f"guard {guard.key} of {guard.incident}: {'; '.join(b.text for b in breaches)}",
                ),
            )
        )
    return fired


def recur(
    world: World, tx: Transaction, service: Service, fired: Sequence[tuple[Guard, Alert]], *, now: Micros
) -> Incident | None:
    """Open or join an incident for guards that fired, and say whose guards they are."""
    if not fired:
        return None
    incident = respond(world, tx, service, [alert for _, alert in fired], now=now)
    if incident is None:
        return None
    for guard, alert in fired:
        incident = happen(
            world, tx, incident, Recurred(at=now, guard=guard.key, earlier=guard.incident, text=alert.rule)
        )
    return incident
