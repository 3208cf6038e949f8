"""A page in PagerDuty's words, checked here: its own schema lets through what it then drops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.times import iso
from aright.core.page.body import PageBody, read_page
from aright.ports.channel import DeliveryError

if TYPE_CHECKING:
    from aright.core.model.message import Message

LONGEST_KEY: Final = 255
LONGEST_SUMMARY: Final = 1_024
LARGEST_BODY: Final = 512_000

_SEVERITIES: Final = {1: "critical", 2: "error", 3: "warning", 4: "info"}
_ACTIONS: Final = frozenset({"trigger", "acknowledge", "resolve"})


class Payload(msgspec.Struct, frozen=True, kw_only=True, rename={"kind": "class"}):
    """What a trigger says."""

    summary: str
    source: str
    severity: str
    timestamp: str
    component: str
    kind: str
    custom_details: dict[str, str]


class Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event of the Events API v2."""

    routing_key: str
    event_action: str
    dedup_key: str
    payload: Payload | None = None
    links: tuple[dict[str, str], ...] = ()
    client: str = ""
    client_url: str = ""


def event_body(message: Message, routing_key: str, page: PageBody | None = None) -> bytes:
    """Return the event to post; raises a permanent ``DeliveryError`` where it could not be accepted.

    Args:
        message: with the key that every event carries: without one, each attempt would open another alert.
        routing_key: the integration's.
        page: the message's, where it has been read already.
    """
    if not 0 < len(message.dedup_key) <= LONGEST_KEY:
        raise DeliveryError(
            f"the dedup key has {len(message.dedup_key)} characters: it must have 1 to {LONGEST_KEY}",
            permanent=True,
        )
    page = page or read(message)
    if page.action not in _ACTIONS:
        raise DeliveryError(f"there is no event action {page.action[:40]!r}", permanent=True)
    body = _encode(message, page, routing_key, _details(page))
    if len(body) > LARGEST_BODY:
        cut = {"incident": page.incident, "cut": "the details were too long: see the incident's page"}
        body = _encode(message, page, routing_key, cut)
    return body


def read(message: Message) -> PageBody:
    """Return what a message says; raises a permanent ``DeliveryError`` where it is no page."""
    try:
        return read_page(message.body)
    except msgspec.MsgspecError as error:
        raise DeliveryError(f"the message is no page: {error}", permanent=True) from error


def incident_key(page: PageBody) -> str:
    """Return the key under which an incident was paged: what is written into it may have one of its own."""
    return f"aright-{page.incident}-{page.opened_at}"


def _encode(message: Message, page: PageBody, routing_key: str, details: dict[str, str]) -> bytes:
    payload = None
    if page.action == "trigger":
        level = f"SEV{page.severity} " if page.severity else ""
        payload = Payload(
            summary=f"{level}{page.title or page.incident}"[:LONGEST_SUMMARY],
            source=page.service[:LONGEST_SUMMARY] or "aright",
            severity=_SEVERITIES.get(page.severity, "error"),
            timestamp=iso(page.opened_at),
            component=page.service[:LONGEST_SUMMARY],
            kind="quality",
            custom_details=details,
        )
    link = page.link if page.link.startswith(("https://", "http://")) else ""
    return msgspec.json.encode(
        Event(
            routing_key=routing_key,
            event_action=page.action,
            dedup_key=message.dedup_key,
            payload=payload,
            links=({"href": link, "text": f"{page.incident} in aright"},) if link else (),
            client="aright",
            client_url=link,
        )
    )


def _details(page: PageBody) -> dict[str, str]:
    return {"incident": page.incident, **page.facts}
