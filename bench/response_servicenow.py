"""One ServiceNow ticket for each incident, whatever the line does: ours beside what its own client makes.

A fake of the Table API, served by TLS, meets a share of all requests with a mishap by a seed: lines cut
before and after the work, 429, 503, a proxy's 502 after the work, and work that is done up to 45 s after the
line was cut. Each incident's ticket is opened, taken on, noted in and resolved. Time is injected.
"""

from __future__ import annotations

import heapq
import os
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from unittest.mock import patch

import msgspec
import pysnc
import requests

from aright.adapters.servicenow.config import ServiceNowConfig
from aright.adapters.servicenow.tickets import ServiceNow
from aright.core.model.message import Message
from aright.core.model.times import MINUTE, SECOND
from aright.core.page.body import PageBody
from aright.engine.attempts import attempt
from aright.ports.tickets import TicketsError
from bench.report import Figure, at_most
from tests.contract.authority import authority
from tests.contract.fake_servicenow import PASSWORD, USER, FakeServiceNow
from tests.contract.fake_servicenow_plan import Plan
from tests.contract.listening import listen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.outlet import ExternalRef
    from aright.core.model.times import Micros

INCIDENTS: Final = 1_000
SHARE: Final = 0.3
SEED: Final = 6
ACTIONS: Final = ("trigger", "acknowledge", "note", "resolve")
APART: Final[Micros] = 5 * MINUTE
"""Between one message of an incident and the next."""


@dataclass
class Outcome:
    """What became of all incidents.

    Attributes:
        tickets: how many that nobody cancelled each incident has.
        lost: incidents without a ticket, or whose messages did not all reach it.
        repeated: work notes that stand there twice.
        met: requests, by what they met.
    """

    tickets: list[int] = field(default_factory=list)
    lost: int = 0
    repeated: int = 0
    met: dict[str, int] = field(default_factory=dict)


def figures(*, quick: bool) -> list[Figure]:
    """Measure ours and the peers on the same mishaps.

    Args:
        quick: for a tenth of the incidents.
    """
    count = INCIDENTS // 10 if quick else INCIDENTS
    ours = kept(count)
    told = f"of {count:,} incidents, {SHARE:.0%} of all requests mishapped"
    return [
        at_most(f"ServiceNow: most tickets of one incident, {told}", max(ours.tickets), 1),
        at_most("ServiceNow: incidents whose ticket is missing or lacks a message", ours.lost, 0),
        at_most("ServiceNow: work notes written twice", ours.repeated, 0),
        Figure("ServiceNow: requests that met a mishap", _mishaps(ours)),
        Figure("ServiceNow: of these, done all the same", _done(ours)),
        *_of_peer("pysnc, tried again until it answers", alone(count, asks=False), count),
        *_of_peer("pysnc, asked before each try", alone(count, asks=True), count),
    ]


def _of_peer(name: str, outcome: Outcome, count: int) -> list[Figure]:
    doubles = sum(each > 1 for each in outcome.tickets)
    return [
        Figure(f"{name}: incidents with more than one ticket (%)", 100 * doubles / count),
        Figure(f"{name}: most tickets of one incident", max(outcome.tickets)),
    ]


def _mishaps(outcome: Outcome) -> int:
    return sum(count for mishap, count in outcome.met.items() if mishap)


def _done(outcome: Outcome) -> int:
    return sum(outcome.met.get(mishap, 0) for mishap in ("drop_after", "error_after", "late"))


def kept(count: int) -> Outcome:
    """Return what our channel makes of it, by the engine's own rule of trying again."""
    with _served() as (fake, url):
        config = ServiceNowConfig(url=url, user=USER, password=PASSWORD, ca_file=str(authority().ca_file))
        channel = ServiceNow("snow", config)
        try:
            refs, lost = _deliver_all(channel, fake, count)
            fake.advance(120)  # whatever was still to be done late
            _look(channel, refs)
        finally:
            channel.close()
        outcome = _counted(fake, [f"aright-INC-{number}-5/snow" for number in range(count)])
        outcome.lost += lost
        return outcome


def _deliver_all(channel: ServiceNow, fake: FakeServiceNow, count: int) -> tuple[dict[str, ExternalRef], int]:
    """Deliver each incident's messages in their order, each until it is accepted."""
    waiting: list[tuple[Micros, int, int, int]] = [(number * SECOND, number, 0, 1) for number in range(count)]
    heapq.heapify(waiting)
    refs: dict[str, ExternalRef] = {}
    now, held_to, lost, start = 0, 0, 0, fake.clock
    while waiting:
        at, number, step, attempts = heapq.heappop(waiting)
        now = max(now, at, held_to)
        fake.advance(max(start + now / SECOND - fake.clock, 0.0))
        message = _message(number, ACTIONS[step], attempts)
        outcome = attempt({"snow": channel}, message, lambda at=now: at)  # type: ignore[misc]  # a clock that stands
        held_to = max(held_to, outcome.halted_to)
        if outcome.sent:
            if outcome.receipt is not None and outcome.receipt.ref is not None:
                refs[message.incident] = outcome.receipt.ref
            if step + 1 < len(ACTIONS):
                heapq.heappush(waiting, (now + APART, number, step + 1, 1))
        elif outcome.retry_at is None:
            lost += 1
        else:
            heapq.heappush(waiting, (outcome.retry_at, number, step, attempts + 1))
    return refs, lost


def _look(channel: ServiceNow, refs: dict[str, ExternalRef]) -> None:
    """Look at all tickets as the watch does each minute, until the line lets it."""
    left = list(refs.values())
    while left:
        try:
            channel.read(left[:50])
        except TicketsError:
            continue
        left = left[50:]


def _message(number: int, action: str, attempts: int) -> Message:
    page = PageBody(
        action=action,
        incident=f"INC-{number}",
        service="shop",
        severity=2,
        title="shop: click quality fell",
        opened_at=5,
        text="rolled back" if action == "note" else "",
        by="ann",
    )
    return Message(
        id=f"aright-INC-{number}-5-{action}",
        channel="snow",
        dedup_key=f"aright-INC-{number}-5/snow/",
        incident=f"INC-{number}",
        urgency=2,
        body=msgspec.json.encode(page),
        due_at=0,
        attempts=attempts,
    )


def alone(count: int, *, asks: bool) -> Outcome:
    """Return what ServiceNow's own client makes of opening the tickets, tried again until each is made.

    Args:
        count: of incidents.
        asks: whether it looks for the ticket before each try.
    """
    with _served() as (fake, url), patch.dict(os.environ, REQUESTS_CA_BUNDLE=str(authority().ca_file)):
        client = pysnc.ServiceNowClient(url, (USER, PASSWORD), auto_retry=False)
        names = [f"incident-{number}" for number in range(count)]
        for name in names:
            _open(client, fake, name, asks=asks)
        client.session.close()
        fake.advance(120)
        return _counted(fake, names)


def _open(client: pysnc.ServiceNowClient, fake: FakeServiceNow, name: str, *, asks: bool) -> None:
    for tries in range(1_000):
        fake.advance(min(2.0**tries, 120.0))
        try:
            if asks and client.GlideRecord("incident").get("correlation_id", name):
                return
            record = client.GlideRecord("incident")
            record.initialize()
            record.set_value("correlation_id", name)
            record.set_value("short_description", "shop: click quality fell")
            record.insert()
        except (requests.RequestException, pysnc.exceptions.RequestException):
            continue
        return


@contextmanager
def _served() -> Iterator[tuple[FakeServiceNow, str]]:
    fake = FakeServiceNow(plan=Plan(seed=SEED, share=SHARE))
    with ExitStack() as stack:
        listener = stack.enter_context(listen(fake.answer, authority().server))
        yield fake, listener.url


def _counted(fake: FakeServiceNow, names: list[str]) -> Outcome:
    outcome = Outcome(met=fake.plan.met)
    made: dict[str, list[dict[str, str]]] = {name: [] for name in names}
    for ticket in fake.incidents.values():
        made[ticket["correlation_id"]].append(ticket)
    for tickets in made.values():
        standing = [ticket for ticket in tickets if ticket["state"] != "8"]
        outcome.tickets.append(len(standing))
        outcome.lost += not any(ticket["state"] == "6" for ticket in standing)
        for ticket in standing:
            notes = fake.notes(ticket["sys_id"])
            outcome.repeated += len(notes) - len(set(notes))
            outcome.lost += not notes
    return outcome
