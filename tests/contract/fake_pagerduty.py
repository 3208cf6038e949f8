"""PagerDuty's Events v2 as its documents and clients show it to behave.

The same key joins the open alert; after a resolve a trigger opens another; an acknowledge or resolve without
an open alert is dropped; without a key every trigger opens an alert; 400 for an invalid event.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.contract.listening import Reply, Request

KEY = "0123456789abcdef0123456789abcdef"


@dataclass
class Alert:
    dedup_key: str
    status: str = "triggered"
    triggers: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class FakePagerDuty:
    """Replies in ``before`` are used up first, without looking at the event; those in ``after`` once it was
    processed."""

    before: list[Reply] = field(default_factory=list)
    after: list[Reply] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, request: Request) -> Reply:
        if self.before:
            return self.before.pop(0)
        event = msgspec.json.decode(request.body)
        wrong = self.wrong(event)
        if wrong:
            told = {"status": "invalid event", "message": "Event object is invalid", "errors": [wrong]}
            return Reply(400, msgspec.json.encode(told))
        self.process(event)
        if self.after:
            return self.after.pop(0)
        told = {"status": "success", "message": "Event processed", "dedup_key": event["dedup_key"]}
        return Reply(202, msgspec.json.encode(told))

    def wrong(self, event: dict[str, Any]) -> str:
        if event.get("routing_key") != KEY:
            return f"routing_key {event.get('routing_key')} is not known"
        if event.get("event_action") not in {"trigger", "acknowledge", "resolve"}:
            return "event_action is not allowed"
        payload = event.get("payload")
        if payload is not None:
            if not payload.get("summary") or len(payload["summary"]) > 1024:
                return "summary must have 1 to 1024 characters"
            if payload.get("severity") not in {"critical", "error", "warning", "info"}:
                return "severity is not allowed"
            if not payload.get("source"):
                return "source is missing"
        return ""

    def process(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        key = event.get("dedup_key", f"made up {len(self.events)}")
        alert = next((a for a in self.alerts if a.dedup_key == key and a.status != "resolved"), None)
        action = event["event_action"]
        if action == "trigger":
            if alert is None:
                alert = Alert(key)
                self.alerts.append(alert)
            alert.triggers.append(event)
        elif alert is not None:
            alert.status = "acknowledged" if action == "acknowledge" else "resolved"
