"""Alerts of other programs: merged with what was told of them, muted or gathered into incidents, and kept."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.detect.alert_families import alert_of, is_harm, names_of, service_for
from aright.core.incident import Acknowledged, Noted, NoticeJoined, is_open
from aright.core.incident.standing import services_of
from aright.core.model.foreign_alert import AlertFamily, ForeignAlert, family_key, merged, muted_tag
from aright.core.model.incident import Incident
from aright.core.model.notice import Notice
from aright.core.model.service import Service
from aright.core.model.times import MINUTE
from aright.core.page.silencing import first_match, in_words
from aright.engine.gathering import gather, open_incidents
from aright.engine.happening import happen
from aright.engine.heartbeats import hear
from aright.engine.muting import active_silences, hold
from aright.engine.operations import Happening

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.model.alert import Alert
    from aright.core.model.document import Document
    from aright.core.model.silence import Silence
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

_EVERY: Final = 1_000_000
_GRACE: Final = 10 * MINUTE
"""How long after an incident was resolved an alert that goes on firing is told anew."""


def keep_alerts(world: World, tx: Transaction, values: Sequence[Document]) -> None:
    """Take alerts in the order they came; a keeper of ``engine/consuming.py``."""
    told = [value for value in values if isinstance(value, ForeignAlert)]
    hear(world, tx, told)
    known = tx.get_all(ForeignAlert, list(dict.fromkeys(value.key for value in told)))
    after: dict[str, ForeignAlert] = dict(known)
    for value in told:
        after[value.key] = merged(after.get(value.key), value)
    after = {key: alert for key, alert in after.items() if alert.labels}  # the end of nothing is dropped
    _named(tx, after)
    now = world.clock.now()
    ended = [
        key for key, alert in after.items() if alert.ended_at and key in known and not known[key].ended_at
    ]
    fresh = [alert for key, alert in after.items() if not alert.ended_at and _begins(known.get(key))]
    fresh += _told_after_the_end(tx, after, fresh)
    after |= {alert.key: alert for alert in settle(world, tx, fresh, now=now)}
    tx.put_all(list(after.values()))
    _count_ended(world, tx, [after[key] for key in ended], now=now)
    _acknowledge(world, tx, [alert for key, alert in after.items() if _taken_on(known.get(key), alert)])


def tell_again(world: World, tx: Transaction, silence: str, *, now: Micros) -> None:
    """Let alerts go that a silence held back: those that still fire are told, the others were harmless."""
    held = tx.list(ForeignAlert, tag=muted_tag(silence), limit=_EVERY)
    free = [msgspec.structs.replace(alert, silence="", muted="") for alert in held]
    fire = [alert for alert in free if alert.fires(now)]
    after = {alert.key: alert for alert in free}
    after |= {alert.key: alert for alert in settle(world, tx, fire, now=now)}
    tx.put_all(list(after.values()))


def settle(
    world: World, tx: Transaction, fresh: Sequence[ForeignAlert], *, now: Micros
) -> list[ForeignAlert]:
    """Return alerts that have begun to fire as they are to be kept, having told them."""
    if not fresh:
        return []
    silences = active_silences(tx)
    facts = (
        [{**a.labels, "service": a.service, "signal": f"alert:{a.name}"} for a in fresh] if silences else []
    )
    match = first_match(silences, facts, now) if silences else [None] * len(fresh)
    muted = [(alert, found) for alert, found in zip(fresh, match, strict=True) if found and alert.harm]
    held_keys = {alert.key for alert, _ in muted}
    loud = [alert for alert in fresh if alert.key not in held_keys]
    opened = open_incidents(tx)
    kept = _gathered(world, tx, [alert for alert in loud if alert.harm], opened, now=now)
    kept += _noticed(world, tx, [alert for alert in loud if not alert.harm], opened, now=now)
    return kept + _held(world, tx, muted, opened, now=now)


def _named(tx: Transaction, after: dict[str, ForeignAlert]) -> None:
    """Ask the catalog whose each new alert is, and whether it is harm."""
    new = [alert for alert in after.values() if not alert.service]
    if not new:
        return
    services = tx.list(Service, limit=_EVERY)
    names, catalog = names_of(services), {service.key: service for service in services}
    for alert in new:
        service = service_for(alert.labels, names)
        pages = catalog[service].page_signals if service in catalog else ()
        after[alert.key] = msgspec.structs.replace(alert, service=service, harm=is_harm(alert, pages))


def _begins(before: ForeignAlert | None) -> bool:
    return before is None or bool(before.ended_at)


def _told_after_the_end(
    tx: Transaction, after: Mapping[str, ForeignAlert], fresh: Iterable[ForeignAlert]
) -> list[ForeignAlert]:
    """Return alerts that go on firing although their incident was held to be over a while ago."""
    new = {alert.key for alert in fresh}
    going_on = [
        alert for key, alert in after.items() if key not in new and not alert.ended_at and alert.incident
    ]
    incidents = tx.get_all(Incident, sorted({alert.incident for alert in going_on}))
    now_in = {key: _fresh(tx, incident) for key, incident in incidents.items()}
    over = {
        key: found.resolved_at for key, found in now_in.items() if found is not None and not is_open(found)
    }
    return [
        msgspec.structs.replace(alert, incident="")
        for alert in going_on
        if alert.told_at - over.get(alert.incident, alert.told_at) > _GRACE
    ]


def _families(alerts: Iterable[ForeignAlert]) -> dict[tuple[str, str], list[ForeignAlert]]:
    found: dict[tuple[str, str], list[ForeignAlert]] = defaultdict(list)
    for alert in alerts:
        found[alert.service, alert.name].append(alert)
    return found


def _gathered(
    world: World, tx: Transaction, alerts: Sequence[ForeignAlert], opened: Sequence[Incident], *, now: Micros
) -> list[ForeignAlert]:
    """Put harm into incidents, one alert for each name and service however many there are."""
    families = _families(alerts)
    if not families:
        return []
    of_service: dict[str, list[Alert]] = defaultdict(list)
    onsets: dict[str, Micros] = {}
    for (service, name), members in families.items():
        held = _hitting(opened, service)
        family = tx.get(AlertFamily, family_key(held.key, service, name)) if held else None
        of_service[service].append(alert_of(service, members, family, now=now, harm=True))
        onset = min(alert.starts_at for alert in members)
        onsets[service] = min(onset, onsets.get(service, onset))
    placed = gather(world, tx, of_service, now=now, onsets=onsets)
    _count_begun(tx, families, {service: found.key for service, found in placed.items()})
    for key in sorted({found.key for found in placed.values()}):
        world.happenings.tell(Happening(kind="incident", key=key))
    return [msgspec.structs.replace(alert, incident=placed[alert.service].key) for alert in alerts]


def _noticed(
    world: World, tx: Transaction, alerts: Sequence[ForeignAlert], opened: Sequence[Incident], *, now: Micros
) -> list[ForeignAlert]:
    """Give notice of what hurts nobody by itself, once while any of its name fires."""
    families = _families(alerts)
    found = {service: _hitting(opened, service) for service, _ in families}
    keys = {service: incident.key if incident else "" for service, incident in found.items()}
    for (service, name), members in families.items():
        family = tx.get(AlertFamily, family_key(keys[service], service, name))
        if family is not None and family.firing:
            continue
        alert = alert_of(service, members, family, now=now, harm=False)
        tx.put(Notice(key=f"{alert.key}@{now}", service=service, at=now, alert=alert, incident=keys[service]))
        incident = found[service]
        if incident is not None:
            fresh = tx.get(Incident, incident.key) or incident
            happen(world, tx, fresh, NoticeJoined(at=now, alerts=(alert,)))
    _count_begun(tx, families, keys)
    return [msgspec.structs.replace(alert, incident=keys[alert.service]) for alert in alerts]


def _held(
    world: World,
    tx: Transaction,
    muted: Sequence[tuple[ForeignAlert, tuple[Silence, Micros]]],
    opened: Sequence[Incident],
    *,
    now: Micros,
) -> list[ForeignAlert]:
    """Keep harm that silences cover."""
    families: dict[tuple[str, str, str], list[ForeignAlert]] = defaultdict(list)
    silences: dict[str, tuple[Silence, Micros]] = {}
    kept = []
    for alert, (silence, until) in muted:
        families[alert.service, alert.name, silence.key].append(alert)
        silences[silence.key] = (silence, until)
        text = in_words(silence, until)
        kept.append(msgspec.structs.replace(alert, silence=silence.key, muted=text))
    for (service, _, key), members in families.items():
        alert_told = alert_of(service, members, None, now=now, harm=True)
        hold(world, tx, [(alert_told, *silences[key])], _fresh(tx, _hitting(opened, service)), now=now)
    return kept


def _count_begun(
    tx: Transaction, families: Mapping[tuple[str, str], Sequence[ForeignAlert]], incidents: Mapping[str, str]
) -> None:
    for (service, name), members in families.items():
        key = family_key(incidents[service], service, name)
        since = min(alert.starts_at for alert in members)
        before = tx.get(AlertFamily, key) or AlertFamily(
            key=key, service=service, name=name, incident=incidents[service], since=since
        )
        tx.put(
            msgspec.structs.replace(
                before, firing=before.firing + len(members), since=min(since, before.since)
            )
        )


def _count_ended(world: World, tx: Transaction, ended: Sequence[ForeignAlert], *, now: Micros) -> None:
    """Count what has ceased; the incident is told when nothing of it fires any more."""
    incidents = set()
    counts: dict[str, int] = defaultdict(int)
    for alert in ended:
        counts[family_key(alert.incident, alert.service, alert.name)] += 1
    for key, count in counts.items():
        family = tx.get(AlertFamily, key)
        if family is not None:
            left = max(family.firing - count, 0)
            tx.put(msgspec.structs.replace(family, firing=left, resolved=family.resolved + count))
            incidents.add(family.incident)
    for key in sorted(incidents - {""}):
        incident = _fresh(tx, tx.get(Incident, key))
        if incident is None or not is_open(incident):
            continue
        keys = {key, incident.key, *incident.took_in}
        families = [family for each in keys for family in tx.list(AlertFamily, tag=each, limit=_EVERY)]
        if not any(family.firing for family in families):
            total = sum(family.resolved for family in families)
            text = "the alert" if total == 1 else f"all {total:,} alerts"
            happen(world, tx, incident, Noted(at=now, by="aright", text=f"{text} of other programs ended"))
            world.happenings.tell(Happening(kind="incident", key=incident.key))


def _taken_on(before: ForeignAlert | None, after: ForeignAlert) -> bool:
    """Return whether somebody took the alert on, where it was told, since it was last told of."""
    return bool(after.acknowledged_by) and not (before and before.acknowledged_by) and not after.ended_at


def _acknowledge(world: World, tx: Transaction, taken_on: Iterable[ForeignAlert]) -> None:
    """Take on the incidents of alerts that somebody took on, unless they are somebody's already."""
    for alert in taken_on:
        incident = _fresh(tx, tx.get(Incident, alert.incident)) if alert.incident else None
        if incident is not None and is_open(incident) and not incident.acknowledged_by:
            happen(world, tx, incident, Acknowledged(at=world.clock.now(), by=alert.acknowledged_by))
            world.happenings.tell(Happening(kind="incident", key=incident.key))


def _fresh(tx: Transaction, incident: Incident | None) -> Incident | None:
    """Return an incident as it is now; where it was merged, the one that took it in."""
    while incident is not None:
        incident = tx.get(Incident, incident.key)
        if incident is None or not incident.merged_into:
            break
        incident = tx.get(Incident, incident.merged_into)
    return incident


def _hitting(opened: Sequence[Incident], service: str) -> Incident | None:
    found = [incident for incident in opened if service in services_of(incident)]
    return found[-1] if found else None
