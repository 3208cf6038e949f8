"""The fake of PagerDuty served over TLS: Events v2 and REST, for aright and for PagerDuty's own client."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pagerduty

from aright.adapters.pagerduty.channel import PagerDuty
from aright.adapters.pagerduty.config import PagerDutyConfig
from tests.contract.authority import authority
from tests.contract.fake_pagerduty import KEY, FakePagerDuty
from tests.contract.fake_pagerduty_plan import Mishaps
from tests.contract.fake_pagerduty_rest import TOKEN, FakeRest
from tests.contract.listening import Listener, Reply, Request, listen

if TYPE_CHECKING:
    from collections.abc import Iterator

BOT = "bot@shop.example"


@dataclass
class Running:
    """Where it is, what it holds, and who may ask it."""

    listener: Listener
    fake: FakePagerDuty
    rest: FakeRest
    open: ExitStack = field(default_factory=ExitStack)

    def channel(self, *, name: str = "pagerduty", key: str = KEY, **settings: str) -> PagerDuty:
        """Return our adapter."""
        config = PagerDutyConfig(
            routing_key=key,
            url=f"{self.listener.url}/v2/enqueue",
            api_url=self.listener.url,
            ca_file=str(authority().ca_file),
            **settings,  # type: ignore[arg-type]  # the timeout is none of them
        )
        made = PagerDuty(config, name, clock=self.fake.clock)
        self.open.callback(made.close)
        return made

    def full(self, **settings: str) -> PagerDuty:
        """Return our adapter with all it can be given."""
        return self.channel(api_token=TOKEN, from_email=BOT, **settings)

    def events(self, key: str = KEY) -> pagerduty.EventsApiV2Client:
        """Return PagerDuty's own client of its Events API; it sleeps no longer than it must."""
        client = pagerduty.EventsApiV2Client(key, base_url=self.listener.url, verify=authority().client())
        client.sleep_timer = 0.0
        self.open.callback(client.close)
        return client

    def api(self, email: str = BOT) -> pagerduty.RestApiV2Client:
        """Return PagerDuty's own client of its REST API."""
        client = pagerduty.RestApiV2Client(
            TOKEN, default_from=email, base_url=self.listener.url, verify=authority().client()
        )
        client.sleep_timer = 0.0
        self.open.callback(client.close)
        return client


@contextmanager
def running(fake: FakePagerDuty | None = None, mishaps: Mishaps | None = None) -> Iterator[Running]:
    """Serve until the block ends; ``mishaps`` meet events and REST requests alike."""
    fake = fake or FakePagerDuty()
    rest = FakeRest(fake)

    def answer(request: Request) -> Reply:
        return fake.answer(request) if request.path == "/v2/enqueue" else rest.answer(request)

    with listen((mishaps or Mishaps(0)).around(answer), authority().server) as listener:
        made = Running(listener, fake, rest)
        with made.open:
            yield made
