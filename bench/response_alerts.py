"""Alerts of other programs under load: a storm is one incident and one page, and none is merged falsely.

All figures are of a real server over HTTP, and all alerts that are counted are committed: the answer says so.
The storm is what Alertmanager sends for one group of 10,000: a single body. Then alerts with labels of their
own come in bodies of 500 on a few connections, and one by one on many.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.report import Figure, at_least, at_most
from bench.response_receiver import receiving
from bench.storm import TOKEN, alert, documents, serving

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

STORM: Final = 10_000
BATCHED: Final = 40_000
BATCH: Final = 500
SINGLE: Final = 6_000
SENDERS: Final = 8
CONNECTIONS: Final = 64
SERVICES: Final = 20
KEY: Final = "0123456789abcdef0123456789abcdef"


def figures(*, quick: bool) -> list[Figure]:
    """Measure all three.

    Args:
        quick: for a quarter of the alerts that come at a rate.
    """
    part = 4 if quick else 1
    seconds, incidents, pages = storm()
    batched, false = rate(BATCHED // part, BATCH, SENDERS)
    single, more = rate(SINGLE // part, 1, CONNECTIONS)
    return [
        at_most(f"storm of {STORM:,} in one body → its page received (s)", seconds, 2.0),
        at_most("incidents of it", incidents, 1),
        at_most("pages of it", pages, 1),
        at_least(f"alerts committed, bodies of {BATCH} (per s)", batched, 10_000),
        at_least(f"alerts committed, one by one on {CONNECTIONS} connections (per s)", single, 1_000),
        at_most("false merges, and alerts lost", false + more, 0),
    ]


def storm() -> tuple[float, int, int]:
    """Return seconds from the first byte to the page, and how many incidents and pages came of it."""
    rows = [alert("checkout", number, time.time() - 90) for number in range(STORM)]
    body = json.dumps(
        {"version": "4", "status": "firing", "receiver": "aright", "groupKey": "checkout", "alerts": rows}
    ).encode()
    with tempfile.TemporaryDirectory(prefix="aright-response-") as name, receiving() as receiver:
        store = Path(name) / "store"
        flags = ("--pagerduty-url", receiver.url)
        with serving(store, flags=flags, environment={"PAGERDUTY_ROUTING_KEY": KEY}) as server:
            begun = time.perf_counter()
            asyncio.run(_post(server.url, "/v1/alerts/alertmanager", [body], 1))
            first = receiver.pages(1, 20.0)
            count = len(receiver.pages(2, 1.0))
            held = len(documents(store, "ForeignAlert"))
            incidents = len(documents(store, "Incident"))
    if held != STORM or not first:
        raise RuntimeError(f"of {STORM:,} alerts {held:,} are kept, and {len(first)} pages came")
    return first[0].at - begun, incidents, count


def rate(count: int, batch: int, connections: int) -> tuple[float, int]:
    """Return alerts committed per second, and how many of them were lost or merged with others."""
    rows = [alert(f"shop{number % SERVICES:02}", number, time.time() - 90) for number in range(count)]
    bodies = [json.dumps(rows[at : at + batch]).encode() for at in range(0, count, batch)]
    with tempfile.TemporaryDirectory(prefix="aright-response-") as name:
        store = Path(name) / "store"
        with serving(store) as server:
            asyncio.run(_post(server.url, "/api/v2/alerts", bodies[:connections], connections))  # warm
            begun = time.perf_counter()
            asyncio.run(_post(server.url, "/api/v2/alerts", bodies[connections:], connections))
            seconds = time.perf_counter() - begun
            kept = documents(store, "ForeignAlert")
    return (count - batch * connections) / seconds, _wrong(rows, kept)


def _wrong(sent: Sequence[Mapping[str, object]], kept: Sequence[Mapping[str, object]]) -> int:
    """Return in how many sets of labels what was sent and what is kept differ, and those held elsewhere."""
    told = Counter(json.dumps(row["labels"], sort_keys=True) for row in sent)
    held = Counter(json.dumps(row["labels"], sort_keys=True) for row in kept)
    incidents: dict[object, set[object]] = {}
    for row in kept:
        incidents.setdefault(row["incident"], set()).add(row["service"])
    strangers = sum(len(services) - 1 for services in incidents.values())
    return (told - held).total() + (held - told).total() + strangers


async def _post(url: str, path: str, bodies: Sequence[bytes], connections: int) -> None:
    """Post bodies, each connection one after the other; raises where one is refused."""
    host, _, port = url.removeprefix("http://").partition(":")
    waiting = iter(bodies)

    async def live() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        for body in waiting:
            head = (
                f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
            )
            writer.write(head.encode() + body)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"refused: {answer[:200]!r}")
            lines = answer.lower().split(b"\r\n")
            length = next(
                (int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length")), 0
            )
            await reader.readexactly(length)
        writer.close()

    await asyncio.gather(*(live() for _ in range(connections)))
