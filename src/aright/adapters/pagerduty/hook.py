"""Webhooks, version 3: believed by their signature alone, and put into our words.

``X-PagerDuty-Signature`` holds one or several ``v1=`` hex HMAC-SHA256 of the body as it came, separated by
commas: several while a secret is being changed. A webhook is sent again for 48 hours on 5xx, 429 and silence,
always with the same ``X-Webhook-Id``; that header is not signed, so that the event's own id, which is, counts
beside it.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from aright.adapters.pagerduty.words import is_ours
from aright.core.model.foreign_text import harmless
from aright.core.model.heard import Heard, HeardKind
from aright.core.model.times import HOUR, from_datetime, iso
from aright.ports.hook import ForgedError, NoMessageError, StaleError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.times import Micros

SIGNATURE: Final = "x-pagerduty-signature"
DELIVERY: Final = "x-webhook-id"

OLDEST: Final[Micros] = 49 * HOUR
"""PagerDuty sends again for 48 hours; what is older is no repeat of its own."""

_MOST_SIGNATURES: Final = 20
_LONGEST_TEXT: Final = 2_000
_AUTHORS: Final = frozenset({"user", "user_reference"})

_KINDS: Final[dict[str, HeardKind]] = {
    "incident.triggered": "opened",
    "incident.acknowledged": "acknowledged",
    "incident.resolved": "resolved",
    "incident.annotated": "note",
    "incident.delegated": "note",
    "incident.escalated": "note",
    "incident.priority_updated": "note",
    "incident.reassigned": "note",
    "incident.reopened": "note",
    "incident.status_update_published": "note",
    "incident.unacknowledged": "note",
    "pagey.ping": "ping",
}
_TOLD: Final = {
    "incident.delegated": "delegated at PagerDuty",
    "incident.escalated": "escalated at PagerDuty",
    "incident.priority_updated": "priority changed at PagerDuty",
    "incident.reassigned": "reassigned at PagerDuty",
    "incident.reopened": "reopened at PagerDuty",
    "incident.unacknowledged": "no longer acknowledged at PagerDuty",
}
_LASTING: Final = {"incident.reopened": "triggered", "incident.unacknowledged": "triggered"}


class _Named(msgspec.Struct):
    id: str | None = None
    type: str = ""
    summary: str | None = None
    email: str | None = None
    name: str | None = None


class _Data(msgspec.Struct):
    """An incident; of a note or a status update, its incident stands in ``incident``."""

    id: str = ""
    number: int | None = None
    status: str | None = None
    incident_key: str | None = None
    title: str | None = None
    html_url: str | None = None
    service: _Named | None = None
    assignees: list[_Named] | None = None
    escalation_policy: _Named | None = None
    priority: _Named | None = None
    urgency: str | None = None
    resolve_reason: _Named | None = None
    incident: _Named | None = None
    content: str | None = None
    message: str | None = None


class _Event(msgspec.Struct):
    id: str
    event_type: str
    occurred_at: Annotated[datetime, Meta(tz=True)]
    agent: _Named | None = None
    data: _Data | None = None


class _Body(msgspec.Struct):
    event: _Event


class PagerDutyHook:
    """Reads webhooks; thread-safe.

    Args:
        name: the channel's.
        secrets: what webhooks are signed with; any of them will do.
    """

    system: Final = "pagerduty"

    def __init__(self, name: str, secrets: tuple[str, ...]) -> None:
        self.name = name
        self._secrets = tuple(secret.encode() for secret in secrets)

    def read(self, headers: Mapping[str, str], body: bytes, now: Micros) -> Heard | None:
        """Return what is told; see ``Hook``."""
        if not self._signed(headers.get(SIGNATURE, ""), body):
            raise ForgedError
        event = _decoded(body)
        kind = _KINDS.get(event.event_type)
        at = from_datetime(event.occurred_at)
        if at < now - OLDEST:
            raise StaleError(
                f"the event happened at {iso(at)} and it is {iso(now)} here: PagerDuty repeats nothing so old"
            )
        if kind is None:
            return None
        return self._heard(event, kind, at, headers.get(DELIVERY, "").strip())

    def _signed(self, header: str, body: bytes) -> bool:
        """Compare all with all, in a time that says nothing of how much was right."""
        given = [each.strip() for each in header.split(",", _MOST_SIGNATURES)[:_MOST_SIGNATURES]]
        good = False
        for secret in self._secrets:
            right = b"v1=" + hmac.new(secret, body, hashlib.sha256).hexdigest().encode()
            for each in given:
                good |= hmac.compare_digest(right, each.encode("utf-8", "replace"))
        return good

    def _heard(self, event: _Event, kind: HeardKind, at: Micros, delivery: str) -> Heard:
        data, agent = event.data or _Data(), event.agent
        note = data.incident is not None
        text = _text(event.event_type, data)
        ids = (f"event {_cut(event.id)}", *([f"webhook {_cut(delivery)}"] if delivery else []))
        link = data.html_url or ""
        return Heard(
            ids=ids,
            channel=self.name,
            kind=_kind(kind, data),
            at=at,
            by=_cut((agent.summary or agent.name or "") if agent else ""),
            names=_names(agent),
            person=agent is not None and agent.type in _AUTHORS,
            ref=_cut((data.incident.id if data.incident else data.id) or ""),
            number=f"#{data.number}" if data.number and not note else "",
            link=link[:2_048] if link.startswith(("https://", "http://")) and not note else "",
            state="" if note else _LASTING.get(event.event_type, _cut(data.status or "")),
            dedup_key=(data.incident_key or "")[:255],
            title=harmless(data.title or "", 1_024),
            service=_cut((data.service.summary or "") if data.service else ""),
            urgent=data.urgency == "high",
            text=harmless(text, _LONGEST_TEXT),
            ours=is_ours(data.content or data.message or ""),
        )


def _decoded(body: bytes) -> _Event:
    try:
        return msgspec.json.decode(body, type=_Body).event
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        told = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]
        raise NoMessageError(f"this is no webhook of PagerDuty's version 3: {told}") from error


def _kind(kind: HeardKind, data: _Data) -> HeardKind:
    """Return what it is to us: what was merged there has not ended."""
    merged = data.resolve_reason is not None and "merge" in data.resolve_reason.type
    return "note" if kind == "resolved" and merged else kind


def _text(event_type: str, data: _Data) -> str:
    if event_type == "incident.annotated":
        return f"noted at PagerDuty: {data.content or ''}"
    if event_type == "incident.status_update_published":
        return f"status update at PagerDuty: {data.message or ''}"
    if event_type == "incident.resolved":
        return "merged at PagerDuty into another incident there" if data.resolve_reason else ""
    told = _TOLD.get(event_type, "")
    if event_type == "incident.priority_updated":
        told += f": {(data.priority.summary if data.priority else '') or 'none'}"
    elif event_type == "incident.delegated" and data.escalation_policy:
        told += f" to {data.escalation_policy.summary or data.escalation_policy.name or 'another policy'}"
    elif event_type in {"incident.escalated", "incident.reassigned"}:
        people = [each.summary or each.name or "" for each in (data.assignees or [])[:10]]
        told += f" to {', '.join(filter(None, people))}" if any(people) else ""
    return told


def _names(agent: _Named | None) -> tuple[str, ...]:
    if agent is None:
        return ()
    return tuple(_cut(each) for each in (agent.id, agent.email, agent.summary, agent.name) if each)


def _cut(text: str) -> str:
    return harmless(text, 200)
