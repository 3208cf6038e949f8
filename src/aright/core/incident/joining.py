"""One cause, several services: they join, two incidents become one, and an ended one opens again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.dues import diagnose_key, due, update_key, verify_key
from aright.core.incident.effects import Cancel, Effect, Record, SendPage, Step
from aright.core.incident.events import IllegalEventError, Join
from aright.core.incident.leading import with_roles_of
from aright.core.incident.ruling import judged_of, with_judged
from aright.core.incident.standing import demand, hits_of, services_of
from aright.core.incident.streams import alert_lines, demand_harm, fresh, onset_of, with_alerts
from aright.core.incident.telling_updates import overtaken, silent
from aright.core.incident.tracks import resumed, stopped, taken_in
from aright.core.incident.words import cut, leading, moved, titled
from aright.core.model.evidence import Verdict
from aright.core.model.incident import OPEN, Hit, Incident, Lull, Severity, State

if TYPE_CHECKING:
    from aright.core.incident.events import Merged, Reopened, ServicesJoined, TookIn
    from aright.core.model.times import Micros

MOST_HITS: Final = 1_000
"""Services kept on one incident."""

_LINES: Final = 8


def joined(incident: Incident, event: ServicesJoined) -> Step:
    """Join services to the open incident, each with a line that says why; page again only for the worse."""
    for join in event.joins:
        demand_harm(join.alerts)
    demand(incident, OPEN, "join services to", "Open a new incident for them.")
    new = tuple(join for join in event.joins if join.service not in services_of(incident))
    alerts = tuple(alert for join in event.joins for alert in join.alerts)
    unknown = fresh(incident, alerts)
    effects: list[Effect] = [*_join_lines(event.at, new), *alert_lines(event.at, unknown)]
    grown = _grown(incident, [_hit(join, event.at) for join in new], event.explained)
    grown = msgspec.structs.replace(
        grown, alerts=with_alerts(incident.alerts, alerts), began_at=onset_of(incident, unknown)
    )
    grown, told = _led_by(grown, event.root, event.at)
    grown, worse = _worse(grown, event.severity, event.at)
    if new or unknown:
        effects += [*told, *worse, due("diagnose", diagnose_key(incident.key), incident.key, event.at)]
    return Step(grown, tuple(effects))


def took_in(incident: Incident, event: TookIn) -> Step:
    """Take a younger incident in: its services, alerts and severity."""
    demand(incident, OPEN, "merge another into", "It is over.")
    younger = event.younger
    known = services_of(incident)
    hits = [
        msgspec.structs.replace(hit, at=event.at, because=hit.because or event.because)
        for hit in younger.hits
        if hit.service not in known
    ]
    text = f"{younger.key} ({younger.title}) was merged into this, because {event.because}"
    effects: list[Effect] = [
        Record(at=event.at, kind="merged", text=cut(text, 1_000), key=True, refs=(younger.key,))
    ]
    grown = _grown(incident, hits, event.explained)
    grown = msgspec.structs.replace(
        grown,
        alerts=with_alerts(incident.alerts, younger.alerts),
        began_at=onset_of(incident, younger.alerts),
        acknowledged_by=incident.acknowledged_by or younger.acknowledged_by,
        took_in=(*incident.took_in, younger.key, *younger.took_in),
    )
    grown, told = _led_by(grown, event.root, event.at)
    grown, worse = _worse(grown, younger.severity, event.at)
    grown, tracked = taken_in(with_roles_of(grown, younger), younger, event.at)
    again = due("diagnose", diagnose_key(incident.key), incident.key, event.at)
    taken = () if incident.acknowledged_by == grown.acknowledged_by else (_acknowledge(event.at),)
    return Step(grown, (*effects, *told, *taken, *worse, *tracked, again))


def merged(incident: Incident, event: Merged) -> Step:
    """End it as a part of an older one: its page ends, what was due is dropped. Again: nothing."""
    if incident.state is State.MERGED and incident.merged_into == event.into:
        return Step(incident)
    demand(incident, OPEN, "merge", "It is over.")
    if event.into == incident.key:
        raise IllegalEventError(f"{incident.key} cannot be merged into itself")
    text = f"merged into {event.into}, because {event.because}: go on there"
    effects: list[Effect] = [
        Record(at=event.at, kind="merged", text=cut(text, 1_000), key=True, refs=(event.into,)),
        SendPage(at=event.at, action="resolve"),
        Cancel(diagnose_key(incident.key)),
        Cancel(update_key(incident.key)),
        *silent(incident),
        *stopped(incident),
        *(Cancel(verify_key(incident.key, attempt.id)) for attempt in incident.mitigations),
    ]
    over = msgspec.structs.replace(
        overtaken(incident), state=State.MERGED, merged_into=event.into, resolved_at=event.at
    )
    return Step(over, tuple(effects))


def reopened(incident: Incident, event: Reopened) -> Step:
    """Open it again: harm came back, so that somebody must be told anew."""
    demand_harm(event.alerts)
    ended = frozenset({State.RESOLVED, State.REVIEWED})
    demand(incident, ended, "reopen", "Join the open one, or open a new incident.")
    after = max(event.at - incident.resolved_at, 0) // 60_000_000
    what = leading(event.alerts)
    said = f": {moved(what)}" if what else ""
    known = event.service in services_of(incident)
    hit = Hit(service=event.service, onset=min(a.since for a in event.alerts), at=event.at)
    grown = incident if known else _grown(incident, [hit])
    lull = Lull(start=incident.resolved_at, end=event.at)
    back = msgspec.structs.replace(
        grown,
        state=State.REOPENED,
        alerts=with_alerts(incident.alerts, event.alerts),
        acknowledged_by="",
        mitigated_at=0,
        resolved_at=0,
        lulls=(*incident.lulls, lull),
    )
    text = f"reopened: the harm is back {after} min after this was resolved{said}"
    back, worse = _worse(back, event.severity, event.at, page=False)
    effects: list[Effect] = [
        Record(at=event.at, kind="reopened", text=cut(text, 1_000), key=True),
        *alert_lines(event.at, fresh(incident, event.alerts)),
        *worse,
        SendPage(at=event.at, action="trigger"),
        due("diagnose", diagnose_key(incident.key), incident.key, event.at),
        due("update", update_key(incident.key), incident.key, event.at),
        *resumed(back),
    ]
    return Step(back, tuple(effects))


def _acknowledge(at: Micros) -> SendPage:
    return SendPage(at=at, action="acknowledge")


def _hit(join: Join, at: Micros) -> Hit:
    onset = min(alert.since for alert in join.alerts)
    return Hit(service=join.service, onset=onset, at=at, because=cut(join.because, 300))


def _grown(incident: Incident, hits: list[Hit], explained: tuple[tuple[str, str], ...] = ()) -> Incident:
    known = services_of(incident)
    names = dict.fromkeys((*known, *(hit.service for hit in hits)))
    callee_of = dict(explained)
    told = [
        msgspec.structs.replace(hit, callee=hit.callee or callee_of.get(hit.service, ""))
        for hit in (*hits_of(incident), *hits)[:MOST_HITS]
    ]
    return msgspec.structs.replace(incident, services=tuple(names)[:MOST_HITS], hits=tuple(told))


def _join_lines(at: Micros, joins: tuple[Join, ...]) -> list[Record]:
    lines = [
        Record(
            at=at, kind="joined", text=cut(f"{join.service} joined, because {join.because}", 500), key=True
        )
        for join in joins[:_LINES]
    ]
    rest = joins[_LINES:]
    if rest:
        names = cut(", ".join(join.service for join in rest), 400)
        lines.append(Record(at=at, kind="joined", text=f"{len(rest)} more services joined: {names}"))
    return lines


def _led_by(incident: Incident, root: str, at: Micros) -> tuple[Incident, list[Record]]:
    """Return the incident with the service nearest to the cause, and the line that tells of a change."""
    if root not in services_of(incident):
        raise IllegalEventError(f"{root} is no service of {incident.key}")
    if root == incident.service:
        return msgspec.structs.replace(incident, title=_title(incident)), []
    led = msgspec.structs.replace(incident, service=root)
    text = f"{root} is nearest to the cause so far; it was held to be {incident.service}"
    return msgspec.structs.replace(led, title=_title(led)), [Record(at=at, kind="root", text=text, key=True)]


def _title(incident: Incident) -> str:
    """Return what the incident is called, until a diagnosis of its service says more."""
    own = leading(alert for alert in incident.alerts if alert.service == incident.service)
    found = incident.diagnosis
    diagnosed = found is not None and found.causes and found.verdict is not Verdict.INCONCLUSIVE
    before = incident.title.removeprefix(f"{incident.service}: ")
    if diagnosed and before != incident.title:
        return titled(incident.service, before.partition(" (also hits ")[0], incident.services)
    what = moved(own or leading(incident.alerts) or incident.alerts[0])
    return titled(incident.service, what, incident.services)


def _worse(
    incident: Incident, severity: Severity | None, at: Micros, *, page: bool = True
) -> tuple[Incident, list[Effect]]:
    """Return the incident with the worse severity; who is on call is told again where it rose."""
    before = judged_of(incident)
    if severity is None or (before is not None and severity.level >= before.level):
        return incident, []
    was = f" (was SEV{before.level})" if before else ""
    text = f"SEV{severity.level}{was}: {severity.arithmetic}"
    effects: list[Effect] = [Record(at=at, kind="severity", text=text, key=True)]
    if incident.overruled is not None:
        effects = [_beside(at, severity, incident.overruled.level)]
    elif page:
        effects.append(SendPage(at=at, action="trigger", again=f"sev{severity.level}"))
    return with_judged(incident, severity), effects


def _beside(at: Micros, severity: Severity, ruled: int) -> Record:
    """Tell what the arithmetic says beside the word of a person, which goes on to count."""
    text = f"the arithmetic says SEV{severity.level} now, a person's SEV{ruled} stands: {severity.arithmetic}"
    return Record(at=at, kind="severity", text=text)
