"""The page: what the people on call read first, in no channel's own format."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from aright.core.incident.standing import services_of
from aright.core.incident.words import cut, moved
from aright.core.model.evidence import Verdict
from aright.core.model.times import Micros, iso

if TYPE_CHECKING:
    from aright.core.model.incident import Incident

LONGEST_FACT: Final = 1_000
MOST_ALERTS: Final = 5


Action = Literal["trigger", "acknowledge", "resolve", "note", "update", "remind", "close"]
"""What a message does: somebody is needed, is on it, it is over; a line for those who keep their own record;
a status update; a reminder of something due; it is filed away."""


class PageBody(msgspec.Struct, frozen=True, kw_only=True):
    """A message, to be put into a channel's own words by its adapter.

    Attributes:
        action: one of ``Action``.
        incident: the incident's id.
        service: whose.
        severity: 1 to 4; 0 while it has not been judged.
        title: one line.
        opened_at: when it was declared (µs, UTC).
        link: the incident's page; empty when aright does not know its own address.
        facts: name → sentence, in reading order.
        text: the line, the update or the reminder itself; empty for a page.
        by: who did it; empty for aright.
        to: for whom it is, by name; empty for whoever listens to the channel.
        address: where that person is found on the channel; empty for the channel's own.
        because: why they are told, as "you have the shift of primary".
        audience: of an update: internal | stakeholders | public; else empty.
        state: the incident's, as it was then.
    """

    action: str
    incident: str
    service: str
    severity: int
    title: str
    opened_at: Micros
    link: str = ""
    facts: dict[str, str] = msgspec.field(default_factory=dict)
    text: str = ""
    by: str = ""
    to: str = ""
    address: str = ""
    because: str = ""
    audience: str = ""
    state: str = ""


def page_body(incident: Incident, link: str = "", *, action: Action = "trigger") -> bytes:
    """Return a page as JSON.

    Args:
        incident: as it is when the page is committed; what is found out later is on its page.
        link: address of that page.
        action: what to tell.
    """
    body = PageBody(
        action=action,
        incident=incident.key,
        service=incident.service,
        severity=incident.severity.level if incident.severity else 0,
        title=incident.title,
        opened_at=incident.opened_at,
        link=link,
        facts=_facts(incident) if action == "trigger" else {},
        state=incident.state.value,
    )
    return msgspec.json.encode(body)


def read_page(body: bytes) -> PageBody:
    """Read what ``page_body`` wrote; raises ``msgspec.ValidationError`` for anything else."""
    return msgspec.json.decode(body, type=PageBody)


def _facts(incident: Incident) -> dict[str, str]:
    facts = {"began": iso(incident.began_at)}
    if incident.severity is not None:
        facts["severity"] = f"SEV{incident.severity.level}: {incident.severity.arithmetic}"
    moves = [moved(alert) for alert in incident.alerts if alert.harm][:MOST_ALERTS]
    if moves:
        facts["what moved"] = "; ".join(moves)
    others = [name for name in services_of(incident) if name != incident.service]
    if others:
        facts["services hit"] = ", ".join((incident.service, *others))
    diagnosis = incident.diagnosis
    if diagnosis is not None:
        facts["who is hit"] = diagnosis.scope.sentence
        if diagnosis.causes and diagnosis.verdict is not Verdict.INCONCLUSIVE:
            facts["cause"] = f"{diagnosis.verdict.value}: {diagnosis.causes[0].title}"
    if incident.recurrence_of:
        facts["seen before"] = incident.recurrence_of
    return {name: cut(text, LONGEST_FACT) for name, text in facts.items()}
