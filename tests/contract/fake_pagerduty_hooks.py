"""PagerDuty's webhooks, version 3: signed, sent at least once, in no order that is promised.

Whatever changes at the fake is put into a queue; ``send`` delivers what is due and puts back what was not
taken: on 5xx, 429 and silence for 48 hours, while another 4xx drops it, and three drops in a row stop the
subscription.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.contract.fake_pagerduty import Agent, FakePagerDuty, PagerIncident

SECRET: Final = "webhook-secret-of-the-tests"
HOURS: Final = 48 * 3600.0
_NOTES: Final = {
    "incident.annotated": "incident_note",
    "incident.status_update_published": "incident_status_update",
}


@dataclass
class Waiting:
    """A webhook on its way."""

    id: str
    body: bytes
    since: float
    due: float
    attempts: int = 0


@dataclass
class FakeWebhooks:
    """Signs and sends what happens at a fake.

    Attributes:
        fake: whose changes.
        post: sends a body with headers; returns the answer's status, raises ``httpx.HTTPError``.
        secrets: each signs.
        drops: share of deliveries that are lost, half before they arrive and half after.
        repeats: share of deliveries that are made twice although they were taken.
        seed: of both.
    """

    fake: FakePagerDuty
    post: Callable[[dict[str, str], bytes], int]
    secrets: list[str] = field(default_factory=lambda: [SECRET])
    drops: float = 0.0
    repeats: float = 0.0
    seed: int = 0
    queue: list[Waiting] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    dropped: int = 0
    stopped: bool = False

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        self._count = 0
        self.fake.on_change = self.happened

    def happened(self, kind: str, incident: PagerIncident, agent: Agent | None, more: dict[str, Any]) -> None:
        """Put a change into the queue."""
        now = self.fake.clock()
        self._count += 1
        body = msgspec.json.encode(self.told(kind, incident, agent, more, now))
        self.queue.append(Waiting(f"hook-{self._count:06}", body, now, now))

    def told(
        self, kind: str, incident: PagerIncident, agent: Agent | None, more: dict[str, Any], now: float
    ) -> dict[str, Any]:
        data: dict[str, Any] = self.fake.shown(incident)
        if kind in _NOTES:
            reference = {"id": incident.id, "type": "incident_reference", "summary": incident.title}
            data = {"incident": reference, "id": f"N{self._count}", "type": _NOTES[kind], "trimmed": False}
        at = datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {
            "event": {
                "id": f"01EVENT{self._count:06}",
                "event_type": kind,
                "resource_type": "incident",
                "occurred_at": at,
                "agent": agent.told() if agent else None,
                "client": None,
                "data": data | more,
            }
        }

    def signed(self, body: bytes) -> str:
        return ",".join(
            f"v1={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}" for secret in self.secrets
        )

    def headers(self, waiting: Waiting) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": "PagerDuty-Webhook/V3.0",
            "X-PagerDuty-Signature": self.signed(waiting.body),
            "X-Webhook-Id": waiting.id,
        }

    def send(self) -> int:
        """Deliver what is due; return how many deliveries were tried."""
        now = self.fake.clock()
        due = [each for each in self.queue if each.due <= now and not self.stopped]
        for waiting in due:
            waiting.attempts += 1
            if self._deliver(waiting) or now - waiting.since > HOURS:
                if waiting in self.queue:
                    self.queue.remove(waiting)
            else:
                waiting.due = now + min(2.0**waiting.attempts, 600.0)
        return len(due)

    def _deliver(self, waiting: Waiting) -> bool:
        """Return whether it need not be sent again."""
        lost = self._random.random() < self.drops
        arrives = not lost or self._random.random() < 0.5
        status = self._post(waiting) if arrives else 0
        if lost or status == 429 or status >= 500 or status == 0:
            return False
        if 400 <= status < 500:
            self.dropped += 1
            self.stopped = self.dropped >= 3
            return True
        self.dropped = 0
        self.taken.append(waiting.id)
        if self._random.random() < self.repeats:
            self._post(waiting)
        return True

    def _post(self, waiting: Waiting) -> int:
        try:
            return self.post(self.headers(waiting), waiting.body)
        except httpx.HTTPError:
            return 0
