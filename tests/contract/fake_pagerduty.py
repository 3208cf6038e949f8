"""PagerDuty's Events v2 as its documents and clients show it to behave.

The same key joins the open alert; after a resolve a trigger opens another; an acknowledge or resolve without
an open alert is dropped; without a key every trigger opens an alert; 400 for an invalid event, 413 for one
beyond 512 KB, 429 beyond so many in a minute. Each alert has an incident of its own.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

from tests.contract.listening import Reply, Request

if TYPE_CHECKING:
    from collections.abc import Callable

KEY = "0123456789abcdef0123456789abcdef"
LARGEST: Final = 512_000
ACTIONS: Final = {"trigger", "acknowledge", "resolve"}
SEVERITIES: Final = {"critical", "error", "warning", "info"}


@dataclass(frozen=True)
class Agent:
    """Who did something at PagerDuty."""

    summary: str
    id: str = "PUSER01"
    type: str = "user_reference"

    def told(self) -> dict[str, Any]:
        link = f"https://acme.pagerduty.example/users/{self.id}"
        return {"id": self.id, "type": self.type, "summary": self.summary, "self": link, "html_url": link}


INTEGRATION: Final = Agent("aright", "PSVC001", "service_reference")
"""Who does what comes as an event."""


@dataclass
class PagerIncident:
    """An incident as PagerDuty keeps it."""

    id: str
    number: int
    title: str
    key: str
    urgency: str = "high"
    status: str = "triggered"
    created_at: float = 0.0
    assignees: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    merged_into: str = ""
    priority: str = ""
    by_event: bool = False

    @property
    def open(self) -> bool:
        return self.status != "resolved"


@dataclass
class Alert:
    dedup_key: str
    status: str = "triggered"
    triggers: list[dict[str, Any]] = field(default_factory=list)
    incident: PagerIncident | None = None


@dataclass
class FakePagerDuty:
    """Replies in ``before`` are used up first, without looking at the event; those in ``after`` once it was
    processed.

    Attributes:
        keys: routing keys that are known.
        limit: events of one key in a minute; ``None`` for any number.
        keyless: whether incidents that events opened show no ``incident_key``, as those with alerts do.
        clock: seconds.
        on_change: told of every change of an incident: the webhook's type, the incident, who, more data.
    """

    before: list[Reply] = field(default_factory=list)
    after: list[Reply] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    incidents: list[PagerIncident] = field(default_factory=list)
    keys: set[str] = field(default_factory=lambda: {KEY})
    limit: int | None = None
    keyless: bool = False
    clock: Callable[[], float] = time.time
    on_change: Callable[[str, PagerIncident, Agent | None, dict[str, Any]], None] | None = None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self) -> None:
        self._taken: dict[str, deque[float]] = {}

    def answer(self, request: Request) -> Reply:
        with self.lock:
            if self.before:
                return self.before.pop(0)
            event, refused = self._read(request.body)
            if refused is not None:
                return refused
            key = self.process(event)
            if self.after:
                return self.after.pop(0)
            return self._said(202, "success", message="Event processed", dedup_key=key)

    def _read(self, body: bytes) -> tuple[dict[str, Any], Reply | None]:
        if len(body) > LARGEST:
            return {}, self._said(413, "invalid event", errors=["the event is larger than 512 KB"])
        try:
            event: dict[str, Any] = msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            return {}, self._said(400, "invalid event", errors=["the event is no JSON object"])
        if wrong := self.wrong(event):
            return {}, self._said(400, "invalid event", errors=[wrong])
        if wait := self.wait(event["routing_key"]):
            headers = {"ratelimit-limit": str(self.limit), "ratelimit-remaining": "0"}
            headers["ratelimit-reset"] = str(wait)
            return {}, self._said(429, "throttle exceeded", headers=headers)
        return event, None

    def _said(
        self, code: int, status: str, *, headers: dict[str, str] | None = None, **more: object
    ) -> Reply:
        told = {"status": status, "message": "Event object is invalid"} | more
        return Reply(code, msgspec.json.encode(told), headers or {})

    def wrong(self, event: dict[str, Any]) -> str:
        key, action = event.get("dedup_key"), event.get("event_action")
        found = [
            (
                event.get("routing_key") not in self.keys,
                f"routing_key {event.get('routing_key')} is not known",
            ),
            (action not in ACTIONS, "event_action is not allowed"),
            (key is not None and not 0 < len(key) <= 255, "dedup_key must have 1 to 255 characters"),
            (action != "trigger" and not key, "dedup_key is missing"),
        ]
        if action == "trigger":
            payload = event.get("payload") or {}
            found += [
                (not payload, "payload is missing"),
                (not 0 < len(payload.get("summary") or "") <= 1024, "summary must have 1 to 1024 characters"),
                (payload.get("severity") not in SEVERITIES, "severity is not allowed"),
                (not payload.get("source"), "source is missing"),
            ]
        return next((text for bad, text in found if bad), "")

    def wait(self, key: str) -> int:
        """Count an event and return 0, or return the seconds until one is taken again."""
        if self.limit is None:
            return 0
        now = self.clock()
        taken = self._taken.setdefault(key, deque())
        while taken and taken[0] <= now - 60:
            taken.popleft()
        if len(taken) >= self.limit:
            return max(1, round(taken[0] + 60 - now))
        taken.append(now)
        return 0

    def process(self, event: dict[str, Any]) -> str:
        """Do what an event asks for; returns its key, made up where it has none."""
        self.events.append(event)
        key: str = event.get("dedup_key") or f"made up {len(self.events)}"
        alert = next((a for a in self.alerts if a.dedup_key == key and a.status != "resolved"), None)
        action = event["event_action"]
        if action == "trigger":
            if alert is None:
                alert = Alert(key)
                self.alerts.append(alert)
                alert.incident = self.open_incident(event["payload"]["summary"], key, INTEGRATION)
            alert.triggers.append(event)
        elif alert is not None and alert.incident is not None:
            self.move(alert.incident, "acknowledged" if action == "acknowledge" else "resolved", INTEGRATION)
        return key

    def open_incident(self, title: str, key: str, agent: Agent | None) -> PagerIncident:
        number = len(self.incidents) + 1
        made = PagerIncident(f"Q{number:06}", number, title, key, created_at=self.clock())
        made.by_event = agent is INTEGRATION
        self.incidents.append(made)
        self.tell("incident.triggered", made, agent)
        return made

    def move(self, incident: PagerIncident, status: str, agent: Agent | None) -> None:
        """Change an incident's status, and that of its alert with it."""
        if incident.status == status or not incident.open:
            return
        incident.status = status
        for alert in self.alerts:
            if alert.incident is incident:
                alert.status = status
        self.tell(f"incident.{status}", incident, agent)

    def tell(self, kind: str, incident: PagerIncident, agent: Agent | None, **more: Any) -> None:
        if self.on_change is not None:
            self.on_change(kind, incident, agent, more)

    def shown(self, incident: PagerIncident) -> dict[str, Any]:
        """Return an incident as the REST API and webhooks have it."""
        link = f"https://acme.pagerduty.example/incidents/{incident.id}"
        return {
            "id": incident.id,
            "type": "incident",
            "summary": f"[#{incident.number}] {incident.title}",
            "self": f"https://api.pagerduty.example/incidents/{incident.id}",
            "html_url": link,
            "incident_number": incident.number,
            "number": incident.number,
            "title": incident.title,
            "status": incident.status,
            "incident_key": None if self.keyless and incident.by_event else incident.key,
            "urgency": incident.urgency,
            "service": {"id": "PSVC001", "type": "service_reference", "summary": "shop"},
            "assignees": [{"type": "user_reference", "summary": name} for name in incident.assignees],
            "priority": {"type": "priority_reference", "summary": incident.priority}
            if incident.priority
            else None,
        }
