"""From an alert that is accepted to a page that is there, and SEV1 before everybody else.

A real server takes ten alerts a second, each of a service of its own, which makes an incident and a page
each; they go to ten pagers, since one takes two a second at most. A receiver beside it notes when each page
has come. For SEV1, a thousand others wait for the same pager, whose receiver takes its time.
"""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import msgspec
import numpy as np

from aright.adapters.clocks.wall import WallClock
from aright.adapters.memory_segments import MemorySegments
from aright.adapters.pagerduty.channel import PagerDuty
from aright.adapters.pagerduty.config import PagerDutyConfig
from aright.adapters.sql.sqlite import SqliteState
from aright.adapters.webhook.actuator import WebhookActuator, WebhookConfig
from aright.core.model.message import Message
from aright.core.page.body import PageBody
from aright.engine.happenings import Happenings
from aright.engine.outbox import Dispatcher
from aright.engine.rows import Rows
from aright.engine.settings import Settings
from aright.engine.world import World
from bench.report import Figure, at_most
from bench.response_receiver import receiving
from bench.storm import TOKEN, alert, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.outlet import Receipt
    from aright.ports.channel import Kind, Rate
    from bench.response_receiver import Page

PER_SECOND: Final = 10
SECONDS: Final = 60
PAGERS: Final = 10
BACKLOG: Final = 1_000
URGENT: Final = 15
EVERY: Final = 0.5
SLOW: Final = 0.5
KEY: Final = "0123456789abcdef0123456789abcdef"


def figures(*, quick: bool) -> list[Figure]:
    """Measure both.

    Args:
        quick: for a sixth of the time.
    """
    seconds = SECONDS // 6 if quick else SECONDS
    accepted, posted, lost = paged(seconds)
    waits, among = urgent(URGENT // 3 if quick else URGENT)
    return [
        at_most(f"alert accepted → page received, {PER_SECOND}/s for {seconds} s: p99 (ms)", accepted, 250),
        Figure("the same, from the request on: p99 (ms)", posted),
        at_most("pages that never came", lost, 0),
        at_most(f"SEV1 committed → received, {BACKLOG:,} others waiting: p99 (ms)", waits, 250),
        Figure("others that were received meanwhile", among),
    ]


def paged(seconds: int) -> tuple[float, float, int]:
    """Return milliseconds (p99) from acceptance and from the request to the page, and pages lost."""
    count = seconds * PER_SECOND
    with tempfile.TemporaryDirectory(prefix="aright-response-") as name, receiving() as receiver:
        catalog = Path(name) / "aright.yaml"
        catalog.write_text(_catalog(count, receiver.url), encoding="utf-8")
        with serving(Path(name) / "store", catalog, environment={"BENCH_KEY": KEY}) as server:
            times = _steadily(f"{server.url}/api/v2/alerts", count)
            pages = receiver.pages(count, 20.0)
    came = {_service(page): page.at for page in reversed(pages)}
    services = [_name(number) for number in range(count)]
    there = [(came[each], *times[each]) for each in services if each in came]
    if not there:
        raise RuntimeError("no page came at all")
    array = np.array(there)
    return (
        _p99(np.maximum(array[:, 0] - array[:, 2], 0)),
        _p99(array[:, 0] - array[:, 1]),
        count - len(there),
    )


def urgent(count: int) -> tuple[float, int]:
    """Return milliseconds (p99) from SEV1's commit to its page, and how many others came meanwhile."""
    with tempfile.TemporaryDirectory(prefix="aright-response-") as name, receiving(SLOW) as receiver:
        state = SqliteState(Path(name) / "state.db")
        channel = _Pager(PagerDuty(PagerDutyConfig(routing_key=KEY, url=receiver.url)))
        world = World(
            state=state,
            rows=Rows(MemorySegments()),
            clock=WallClock(),
            actuator=WebhookActuator(WebhookConfig()),
            channels={channel.name: channel},
            happenings=Happenings(),
            settings=Settings(),
            public_url="",
        )
        with state.transaction() as tx:
            for number in range(BACKLOG):
                tx.send(_message(f"other{number:05}", 2, world.clock.now()))
        with _sending(world):
            receiver.pages(6, 10.0)
            committed = {}
            for number in range(count):
                key = f"first{number:05}"
                with state.transaction() as tx:
                    tx.send(_message(key, 1, world.clock.now()))
                committed[key] = time.perf_counter()
                world.bell.ring()
                time.sleep(EVERY)
            pages = receiver.pages(0, 0.0)
        state.close()
    came = {key: page.at for page in reversed(pages) for key in committed if key in page.told}
    if len(came) < count:
        raise RuntimeError(f"{count - len(came)} of SEV1's pages had not come after {EVERY:g} s")
    return _p99(np.array([came[key] - at for key, at in committed.items()])), len(pages) - count


@dataclass(frozen=True)
class _Pager:
    """PagerDuty, but with tokens for what is measured here: how workers are shared, not how tokens are."""

    inner: PagerDuty
    name: str = "pagerduty"
    kind: Kind = "pager"
    takes: frozenset[str] = frozenset({"trigger", "acknowledge", "resolve"})
    rate: Rate | None = None

    def deliver(self, message: Message) -> Receipt:
        return self.inner.deliver(message)


@contextlib.contextmanager
def _sending(world: World) -> Iterator[None]:
    """Send as the runtime does, until the block ends."""
    dispatcher = Dispatcher(world, world.clock.now)
    over = threading.Event()

    def live() -> None:
        while not over.is_set():
            dispatcher.lend()
            world.bell.wait(0.2)

    thread = threading.Thread(target=live, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        world.bell.ring()
        thread.join(10)
        dispatcher.rest(10)


def _message(key: str, urgency: int, now: int) -> Message:
    body = PageBody(
        action="trigger", incident="", service="shop", severity=urgency, title=f"{key} is down", opened_at=now
    )
    return Message(
        id=key,
        channel="pagerduty",
        dedup_key=key,
        incident="",
        urgency=urgency,
        body=msgspec.json.encode(body),
        due_at=now,
    )


def _catalog(count: int, url: str) -> str:
    """Return services that share ten pagers; the keys are no secrets here."""
    lines = ["channels:"]
    for number in range(PAGERS):
        lines += [
            f"  - name: pager{number}",
            "    type: pagerduty",
            f"    url: {url}",
            "    routing_key: ${BENCH_KEY}",
        ]
    lines += ["people:", "  - name: ada", "    addresses: {pager0: ada}", "policies:"]
    for number in range(PAGERS):
        lines += [
            f"  - name: policy{number}",
            f"    owner: pager{number}",
            "    steps: [{notify: [person:ada]}]",
        ]
    lines += ["services:"]
    lines += [f"  - {{name: {_name(number)}, policy: policy{number % PAGERS}}}" for number in range(count)]
    return "\n".join(lines) + "\n"


def _steadily(url: str, count: int) -> dict[str, tuple[float, float]]:
    """Post an alert for each service, ten a second; return when each was posted and accepted."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    times: dict[str, tuple[float, float]] = {}

    def post(number: int) -> None:
        body = json.dumps([alert(_name(number), number, time.time() - 30)]).encode()
        begun = time.perf_counter()
        client.post(url, content=body, headers=headers).raise_for_status()
        times[_name(number)] = (begun, time.perf_counter())

    with httpx.Client(timeout=20) as client, ThreadPoolExecutor(8) as pool:
        first = time.perf_counter()
        posted = []
        for number in range(count):
            time.sleep(max(first + number / PER_SECOND - time.perf_counter(), 0))
            posted.append(pool.submit(post, number))
        for each in posted:
            each.result()
    return times


def _name(number: int) -> str:
    return f"service{number:04}"


def _service(page: Page) -> str:
    found = re.search(r"service\d{4}", page.told)
    return found[0] if found else ""


def _p99(seconds: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(np.quantile(seconds, 0.99) * 1_000)
