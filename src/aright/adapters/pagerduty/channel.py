"""Posting events, passing on notes and updates, and telling what may be tried again."""

from __future__ import annotations

import time
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

from aright.adapters.pagerduty.event import event_body, incident_key, read
from aright.adapters.pagerduty.hook import PagerDutyHook
from aright.adapters.pagerduty.rest import Rest
from aright.adapters.pagerduty.wire import LONGEST_ANSWER, UnreachedError, Wire
from aright.adapters.pagerduty.words import note_text, update_text
from aright.core.model.outlet import ExternalRef, Receipt
from aright.ports.channel import DeliveryError, Rate

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.adapters.pagerduty.config import PagerDutyConfig
    from aright.adapters.pagerduty.rest import OnCall, PagerDutyIncident
    from aright.adapters.pagerduty.wire import Answered
    from aright.core.model.message import Message
    from aright.core.page.body import PageBody
    from aright.ports.channel import Kind

ACCEPTED: Final = 202
MESSAGE_IS_WRONG: Final = frozenset({400, 413, 422})
"""Answers that the same message will always get. Others may be a proxy's, a wrong address or a bad day: once
that is mended the page must still go out."""

EVENTS: Final = frozenset({"trigger", "acknowledge", "resolve"})
WRITTEN: Final = frozenset({"note", "update"})
"""What needs the REST API."""

_ASIDE: Final = "/notes"
"""What notes have behind the key of their page, so that none of them waits for another."""

_LOOKUP_SECONDS: Final = 2.0
_LEAST_SECONDS: Final = 0.25
_TRIES_TO_FIND: Final = 20
"""How often an incident to write into is looked for: its trigger may be delayed."""


class PagerDuty:
    """Delivers pages as Events v2, and notes and updates by the REST API; thread-safe, connections are kept.

    Args:
        config: where to, and with which keys.
        name: the channel's.
        clock: monotonic seconds, for how long PagerDuty asked us to leave its REST API alone.

    Raises:
        ValueError: the file of certificates cannot be used.
    """

    name: str = "pagerduty"
    kind: Final[Kind] = "pager"
    rate: Final = Rate(limit=120, seconds=60, reserved=20)

    def __init__(
        self,
        config: PagerDutyConfig,
        name: str = "pagerduty",
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.takes = EVENTS | WRITTEN if config.api_token else EVENTS
        self.hook = PagerDutyHook(name, config.webhook_secrets) if config.webhook_secrets else None
        self._config = config
        self._wire = Wire(config)
        self._rest = Rest(config, self._wire, clock=clock) if config.api_token else None

    def deliver(self, message: Message) -> Receipt:
        """Deliver it within the timeout, or 5 s; raises ``DeliveryError``."""
        until = time.monotonic() + self._config.timeout
        page = read(message)
        if page.action in EVENTS:
            return self._event(message, page, until)
        if page.action not in WRITTEN:
            raise DeliveryError(f"there is no event action {page.action[:40]!r}", permanent=True)
        return self._write(message, page, until)

    def read_oncalls(self) -> list[OnCall]:
        """Return who is on call at PagerDuty; raises ``DeliveryError``, also without an API token."""
        if self._rest is None:
            raise DeliveryError("PagerDuty tells who is on call to an api_token alone", permanent=True)
        return self._rest.on_call(self._config.timeout)

    def close(self) -> None:
        """Let go of the connections."""
        self._wire.close()

    def _event(self, message: Message, page: PageBody, until: float) -> Receipt:
        body = event_body(message, self._config.routing_key, page)
        try:
            answered = self._wire.ask(
                "POST",
                self._config.url,
                body=body,
                headers={},
                seconds=self._config.timeout,
                most=4 * LONGEST_ANSWER,
            )
        except UnreachedError as error:
            raise DeliveryError(str(error), permanent=False) from error
        if answered.status != ACCEPTED:
            raise self._refusal(answered)
        return Receipt(
            answer=self._wire.shown(answered.body),
            ref=self._ref(message, until) if page.action == "trigger" else None,
            remaining=answered.remaining,
            resets_in=answered.resets_in,
        )

    def _refusal(self, answered: Answered) -> DeliveryError:
        status = answered.status
        text = f"PagerDuty answered {status}: {self._wire.shown(answered.body) or 'nothing more'}"
        if status in MESSAGE_IS_WRONG:
            return DeliveryError(text, permanent=True)
        if status < 500 and status not in {408, 429}:
            text += ". Is the URL that of an Events API v2 endpoint?"
        return DeliveryError(text, permanent=False, retry_after=answered.wait, whole=status == 429)

    def _ref(self, message: Message, until: float) -> ExternalRef | None:
        """Return what PagerDuty calls the incident; not to know that is no failure of the page."""
        left = min(until - time.monotonic(), _LOOKUP_SECONDS)
        if self._rest is None or left < _LEAST_SECONDS:
            return None
        try:
            found = self._rest.find(message.dedup_key, left)
        except DeliveryError:
            return None
        return self._as_ref(message, found) if found else None

    def _write(self, message: Message, page: PageBody, until: float) -> Receipt:
        if self._rest is None:
            raise DeliveryError("PagerDuty takes this by its REST API: set api_token", permanent=True)
        keys = dict.fromkeys((message.dedup_key.removesuffix(_ASIDE), incident_key(page)))
        found = next((each for key in keys if (each := self._rest.find(key, _left(until)))), None)
        if found is None:
            raise DeliveryError(
                "PagerDuty has no incident under this key, or not yet",
                permanent=message.attempts >= _TRIES_TO_FIND,
            )
        if page.action == "update":
            answered = self._rest.update(found.id, update_text(page), _left(until))
        elif message.attempts > 1 and self._is_noted(message, page, found.id, until):
            return Receipt(answer="it was noted before", ref=self._as_ref(message, found))
        else:
            answered = self._rest.note(found.id, note_text(page, _mark(message)), _left(until))
        return Receipt(
            answer=self._wire.shown(answered.body),
            ref=self._as_ref(message, found),
            remaining=answered.remaining,
            resets_in=answered.resets_in,
        )

    def _is_noted(self, message: Message, page: PageBody, incident: str, until: float) -> bool:
        """Return whether an earlier attempt, whose answer was lost, did its work after all."""
        if self._rest is None:
            return False
        ours = note_text(page, _mark(message)).strip()
        return any(each.strip() == ours for each in self._rest.notes(incident, _left(until)))

    def _as_ref(self, message: Message, found: PagerDutyIncident) -> ExternalRef:
        link = found.html_url if found.html_url.startswith(("https://", "http://")) else ""
        return ExternalRef(
            key=f"{self.name}/{message.incident}",
            channel=self.name,
            incident=message.incident,
            id=found.id[:100],
            number=f"#{found.incident_number}" if found.incident_number else "",
            link=link[:2_048],
            state=found.status[:40],
            seen_at=0,
        )


def _left(until: float) -> float:
    return max(until - time.monotonic(), _LEAST_SECONDS)


def _mark(message: Message) -> str:
    return blake2b(message.id.encode(), digest_size=4).hexdigest()
