"""A ServiceNow channel on a fake of it, by TLS, and messages to tell it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from aright.adapters.servicenow.config import ServiceNowConfig
from aright.adapters.servicenow.tickets import ServiceNow
from aright.core.model.message import Message
from aright.core.page.body import PageBody
from aright.ports.channel import DeliveryError
from tests.contract.authority import authority
from tests.contract.fake_servicenow import PASSWORD, USER, FakeServiceNow
from tests.contract.listening import Listener, listen

if TYPE_CHECKING:
    from collections.abc import Iterator


ROOT = "aright-INC-1-5/snow"
BODY = PageBody(
    action="trigger",
    incident="INC-1",
    service="shop",
    severity=2,
    title="shop: click quality fell from 12 % to 6.0 %",
    opened_at=5_000_000,
    link="https://aright.example/incidents/INC-1",
    facts={"who is hit": "30 % of users"},
)


def told(action: str = "trigger", again: str = "", **changes: object) -> Message:
    body = msgspec.structs.replace(BODY, action=action, **changes)
    return Message(
        id=f"aright-INC-1-5-{action}{again}",
        channel="snow",
        dedup_key=ROOT,
        incident="INC-1",
        urgency=2,
        body=msgspec.json.encode(body),
        due_at=0,
    )


def set_up(listener: Listener, **changes: Any) -> ServiceNowConfig:
    given = {"user": USER, "password": PASSWORD, "ca_file": str(authority().ca_file), **changes}
    return ServiceNowConfig(url=listener.url, **given)


@contextmanager
def keeping(fake: FakeServiceNow, **changes: Any) -> Iterator[ServiceNow]:
    with listen(fake.answer, authority().server) as listener:
        channel = ServiceNow("snow", set_up(listener, **changes))
        try:
            yield channel
        finally:
            channel.close()


def only(fake: FakeServiceNow) -> dict[str, str]:
    (ticket,) = fake.incidents.values()
    return ticket


def failing(channel: ServiceNow, message: Message) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.deliver(message)
    return caught.value
