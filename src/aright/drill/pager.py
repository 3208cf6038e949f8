"""A listener that plays PagerDuty's Events API v2 and keeps the pages it was sent."""

from __future__ import annotations

import msgspec

from aright.drill.wire.server import Listener, Request, Response, listen

PATH = "/v2/enqueue"


class Link(msgspec.Struct, frozen=True):
    """A link on a page."""

    href: str
    text: str = ""


class Payload(msgspec.Struct, frozen=True):
    """What a page says."""

    summary: str
    source: str
    severity: str


class Event(msgspec.Struct, frozen=True):
    """An event as sent.

    Attributes:
        routing_key: the integration's.
        event_action: trigger | acknowledge | resolve.
        dedup_key: events with the same one are one alert.
        payload: what it says.
        links: where to look.
    """

    routing_key: str
    event_action: str
    dedup_key: str
    payload: Payload | None = None
    links: tuple[Link, ...] = ()


class Pager:
    """Takes events under one routing key.

    Attributes:
        events: those accepted, in order.
        refused: why others were not.
        routing_key: the one that it takes.
    """

    def __init__(self, routing_key: str) -> None:
        self.events: list[Event] = []
        self.refused: list[str] = []
        self.routing_key = routing_key
        self._listener: Listener | None = None

    @property
    def triggers(self) -> list[Event]:
        """Events that page somebody."""
        return [event for event in self.events if event.event_action == "trigger"]

    @property
    def dedup_keys(self) -> frozenset[str]:
        """Keys of the alerts that were triggered."""
        return frozenset(event.dedup_key for event in self.triggers)

    async def open(self) -> str:
        """Listen on a free port and return the URL that takes events."""
        self._listener = await listen(self.handle)
        return f"http://127.0.0.1:{self._listener.port}{PATH}"

    async def close(self) -> None:
        """Stop listening."""
        if self._listener is not None:
            await self._listener.close()

    def handle(self, request: Request) -> Response:
        """Answer an event: 202, or 400 with what is wrong with it."""
        try:
            event = self._judge(request)
        except ValueError as bad:
            self.refused.append(str(bad))
            body = {"status": "invalid event", "message": "Event object is invalid", "errors": [str(bad)]}
            return Response(msgspec.json.encode(body), 400)
        self.events.append(event)
        told = {"status": "success", "message": "Event processed", "dedup_key": event.dedup_key}
        return Response(msgspec.json.encode(told), 202)

    def _judge(self, request: Request) -> Event:
        if request.method != "POST" or request.path != PATH:
            raise ValueError(f"events are posted to {PATH}, not to {request.path}")
        event = msgspec.json.decode(request.body, type=Event)  # its DecodeError is a ValueError
        if event.routing_key != self.routing_key:
            raise ValueError("the routing key is not the one of this service")
        if event.event_action not in {"trigger", "acknowledge", "resolve"}:
            raise ValueError(f"there is no event action {event.event_action!r}")
        if not 0 < len(event.dedup_key) <= 255:
            raise ValueError("the dedup key must have 1 to 255 characters")
        if event.event_action == "trigger":
            if event.payload is None:
                raise ValueError("a trigger needs a payload")
            if not 0 < len(event.payload.summary) <= 1024:
                raise ValueError("the summary must have 1 to 1024 characters")
            if event.payload.severity not in {"critical", "error", "warning", "info"}:
                raise ValueError(f"there is no severity {event.payload.severity!r}")
        return event
