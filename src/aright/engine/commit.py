"""Committing a step: the incident and all that follows from it, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from aright.core.incident.effects import Cancel, Record, Schedule, SendPage
from aright.core.model.incident import TimelineEvent
from aright.core.model.message import Message
from aright.core.page.body import page_body

if TYPE_CHECKING:
    from aright.core.incident.effects import PageAction, Step
    from aright.core.model.incident import Incident
    from aright.ports.state import Transaction

PAGER: Final = "pagerduty"

NO_PAGER: Final = (
    "Nobody is paged: no pager is set up. Set PAGERDUTY_ROUTING_KEY, or --pagerduty-key-file, and start "
    "aright again: whoever is on call is paged then, if this is still open and nobody has taken it on"
)

_UNJUDGED: Final = 2
_AFTER_ALL_TRIGGERS: Final = 5


def commit(tx: Transaction, step: Step, *, channel: str = PAGER, base_url: str = "") -> Incident:
    """Put the incident, its timeline lines, its messages and its due rows into the transaction.

    A crash leaves all of it or none. The message's id and its key are made of the incident alone, so that the
    same step committed again pages nobody twice.

    Args:
        tx: open; the caller ends it.
        step: what ``apply`` returned.
        channel: which adapter sends pages; empty where none is set up: the timeline says so instead.
        base_url: where aright's own pages are, for the link; empty leaves the link out.

    Returns:
        The incident as committed.
    """
    incident = step.incident
    tx.put(incident)
    if step.fact is not None:
        tx.append_fact(step.fact)
    for effect in step.effects:
        match effect:
            case Record():
                tx.append_event(_line(incident, effect))
            case SendPage():
                _page(tx, incident, effect, channel, base_url)
            case Schedule():
                tx.schedule(effect.due)
            case Cancel():
                tx.done(effect.key)
            case _:
                assert_never(effect)
    return incident


def dedup_key(incident: Incident) -> str:
    """Return the key by which the receiver knows an incident's messages as one alert.

    >>> from aright.core.model.incident import Incident, State
    >>> dedup_key(Incident(key="INC-7", service="s", state=State.DECLARED, title="", opened_at=5, began_at=0))
    'aright-INC-7-5'
    """
    return f"aright-{incident.key}-{incident.opened_at}"


def _page(tx: Transaction, incident: Incident, page: SendPage, channel: str, base_url: str) -> None:
    if page.action == "trigger" and not channel:
        tx.append_event(_line(incident, Record(at=page.at, kind="page_failed", text=NO_PAGER, key=True)))
    elif page.action == "trigger" or tx.messages(incident.key):
        # Who was not paged need not be told that it is taken on or over; who was is told once it can be done.
        tx.send(_message(incident, page, channel or PAGER, base_url))


def _line(incident: Incident, record: Record) -> TimelineEvent:
    return TimelineEvent(
        incident=incident.key,
        number=0,  # given when it is appended
        at=record.at,
        kind=record.kind,
        text=record.text,
        by=record.by,
        key=record.key,
        refs=record.refs,
    )


def _message(incident: Incident, page: SendPage, channel: str, base_url: str) -> Message:
    link = f"{base_url.rstrip('/')}/incidents/{incident.key}" if base_url else ""
    return Message(
        id=_message_id(incident, page),
        channel=channel,
        dedup_key=dedup_key(incident),
        incident=incident.key,
        urgency=_urgency(incident, page.action),
        body=page_body(incident, link, action=page.action),
        due_at=page.at,
    )


def _message_id(incident: Incident, page: SendPage) -> str:
    """Return a name that the same page always has, and a page for another reason never."""
    parts = [dedup_key(incident), page.again, page.action]
    if incident.lulls:
        parts.insert(1, f"again{len(incident.lulls)}")
    return "-".join(part for part in parts if part)


def _urgency(incident: Incident, action: PageAction) -> int:
    if action != "trigger":
        return _AFTER_ALL_TRIGGERS
    return incident.severity.level if incident.severity else _UNJUDGED
