"""Alerts declare an incident and join it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.dues import diagnose_key, due, update_key
from aright.core.incident.effects import Effect, Record, SendPage, Step
from aright.core.incident.events import IllegalEventError
from aright.core.incident.standing import demand, is_open, services_of
from aright.core.incident.words import cut, in_full, leading, moved, titled
from aright.core.model.incident import OPEN, Hit, Incident, State
from aright.core.model.times import MINUTE, Micros

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.incident.events import AlertsSilenced, HarmAlerted, NoticeJoined
    from aright.core.model.alert import Alert

MOST_ALERTS: Final = 200
"""Streams kept on an incident; a service whose every segment moved does not need more to be understood."""

FIRST_UPDATE: Final = 10 * MINUTE
"""When stakeholders are told even if the severity could not be judged by then."""

_LINES: Final = 5


def declare(event: HarmAlerted) -> Step:
    """Open an incident: page, and look into it at once."""
    demand_harm(event.alerts)
    first = leading(event.alerts)
    title = titled(event.service, moved(first)) if first else event.service
    onset = min(alert.since for alert in event.alerts)
    incident = Incident(
        key=event.incident,
        service=event.service,
        state=State.DECLARED,
        title=title,
        opened_at=event.at,
        began_at=onset,
        alerts=with_alerts((), event.alerts),
        severity=event.severity,
        services=(event.service,),
        hits=(Hit(service=event.service, onset=onset, at=event.at),),
    )
    effects: list[Effect] = [
        Record(at=event.at, kind="declared", text=incident.title, key=True),
        *alert_lines(event.at, event.alerts),
    ]
    if event.severity is not None:
        text = f"SEV{event.severity.level} at first sight: {event.severity.arithmetic}"
        effects.append(Record(at=event.at, kind="severity", text=text))
    effects += [
        SendPage(at=event.at, action="trigger"),
        due("diagnose", diagnose_key(incident.key), incident.key, event.at),
        due("update", update_key(incident.key), incident.key, event.at + FIRST_UPDATE),
    ]
    return Step(incident, tuple(effects))


def join_harm(incident: Incident, event: HarmAlerted) -> Step:
    """Join streams to the open incident: no second page, but look into it again."""
    demand_harm(event.alerts)
    if event.service not in services_of(incident):
        raise IllegalEventError(f"{incident.key} is of {incident.service}, the alerts are of {event.service}")
    demand(incident, OPEN, "join alerts to", "Open a new incident for them.")
    new = fresh(incident, event.alerts)
    joined = msgspec.structs.replace(
        incident,
        alerts=with_alerts(incident.alerts, event.alerts),
        began_at=onset_of(incident, new),
    )
    if not new:
        return Step(joined)
    again = due("diagnose", diagnose_key(incident.key), incident.key, event.at)
    return Step(joined, (*alert_lines(event.at, new), again))


def join_notice(incident: Incident, event: NoticeJoined) -> Step:
    """Join shifts that hurt nobody by themselves; they are evidence, not news."""
    if not is_open(incident):
        return Step(incident)
    new = fresh(incident, event.alerts)
    joined = msgspec.structs.replace(incident, alerts=with_alerts(incident.alerts, event.alerts))
    return Step(joined, tuple(alert_lines(event.at, new)))


def silenced(incident: Incident, event: AlertsSilenced) -> Step:
    """Tell harm that paged nobody; it is no part of what the incident knows until it is let go."""
    if not is_open(incident):
        return Step(incident)
    told = [moved(alert) for alert in event.alerts[:_LINES]]
    more = f" and {len(event.alerts) - _LINES} more" if len(event.alerts) > _LINES else ""
    text = cut(f"{'; '.join(told)}{more}: {event.text}", 1_000)
    refs = tuple(alert.key for alert in event.alerts[:20])
    return Step(incident, (Record(at=event.at, kind="silenced", text=text, key=True, refs=refs),))


def demand_harm(alerts: tuple[Alert, ...]) -> None:
    """Raise ``IllegalEventError`` unless there are some and all hurt users."""
    if not alerts or not all(alert.harm for alert in alerts):
        raise IllegalEventError("an incident is declared by alerts that hurt users: none of these does")


def onset_of(incident: Incident, new: tuple[Alert, ...]) -> Micros:
    """Return when it began, knowing these alerts too."""
    # A diagnosis has searched for the onset itself; an alert's own time only helps until then.
    if incident.diagnosis is not None:
        return incident.began_at
    return min([incident.began_at, *(alert.since for alert in new)])


def fresh(incident: Incident, alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Return the alerts of streams that the incident does not know."""
    known = {alert.key for alert in incident.alerts}
    return tuple(alert for alert in alerts if alert.key not in known)


def with_alerts(before: Iterable[Alert], alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Return one alert per stream, the latest, harm first; bounded."""
    latest = {alert.key: alert for alert in before}
    for alert in alerts:
        kept = latest.get(alert.key)
        if kept is None or alert.harm or not kept.harm:
            latest[alert.key] = alert
    harm_first = sorted(latest.values(), key=lambda alert: not alert.harm)
    return tuple(harm_first[:MOST_ALERTS])


def alert_lines(at: Micros, alerts: Iterable[Alert]) -> list[Record]:
    """Return the timeline's lines for alerts: the surest one by one, the rest as a number."""
    surest = sorted(alerts, key=lambda alert: alert.threshold - alert.log_e)
    lines = [Record(at=at, kind="alert", text=in_full(alert), refs=(alert.key,)) for alert in surest[:_LINES]]
    rest = surest[_LINES:]
    if rest:
        text = f"{len(rest)} more streams moved at the same time"
        lines.append(Record(at=at, kind="alert", text=text, refs=tuple(alert.key for alert in rest[:20])))
    return lines
