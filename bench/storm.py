"""A storm of alerts: ``python -m bench.storm``.

Ten thousand alerts of one cause, each with labels of its own, are posted as Prometheus posts them (64 in a
request, four requests at a time) to a real server. Told are the time from the last acknowledgement until
another process reads them all in one group from the state database (an acknowledgement says that they are),
what a ``kill -9`` in the middle loses or doubles, how many incidents come of several causes at once, and the
same alerts at the real Alertmanager where it is there.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from bench.report import Figure, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ALERTS: Final = 10_000
BATCH: Final = 64
SENDERS: Final = 4
TURNS: Final = 3
TOKEN: Final = "ar_bench_storm"  # noqa: S105 - of a server that lives for a minute
PATIENCE: Final = 60.0
LOOK_EVERY: Final = 0.01
CAUSES: Final = 5


def alert(service: str, number: int, at: float) -> dict[str, object]:
    """Return one alert as Prometheus writes it."""
    return {
        "labels": {
            "alertname": "HighErrorRate",
            "service": service,
            "severity": "critical",
            "namespace": "prod",
            "pod": f"{service}-7c9f-{number:05}",
            "instance": f"10.{number >> 16}.{(number >> 8) & 255}.{number & 255}:9090",
        },
        "annotations": {"summary": f"Over 5 % of the answers of {service} are errors"},
        "startsAt": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at)),
        "endsAt": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at + 600)),
        "generatorURL": "http://prometheus.example/graph?g0.expr=errors",
    }


def bodies(alerts: Sequence[dict[str, object]]) -> list[bytes]:
    """Return request bodies of at most 64 alerts."""
    return [json.dumps(alerts[at : at + BATCH]).encode() for at in range(0, len(alerts), BATCH)]


class Server:
    """``aright serve`` on a store."""

    def __init__(
        self,
        store: Path,
        catalog: Path | None = None,
        *,
        flags: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        more = [*(["--catalog", str(catalog)] if catalog else []), *flags]
        self.store = store
        self.process = subprocess.Popen(
            [sys.executable, "-m", "aright", "serve", "--port", "0", "--store", str(store), *more],
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "ARIGHT_TOKEN": TOKEN, **(environment or {})},
        )
        said = ""
        for line in self.process.stderr or ():
            said += line
            if found := re.search(r"ready at (http\S+)", line):
                self.url = found[1]
                return
        raise RuntimeError(f"the server did not start:\n{said}")

    def end(self, with_signal: int = signal.SIGTERM) -> None:
        """End it, and wait until it has."""
        self.process.send_signal(with_signal)
        self.process.wait(60)
        if self.process.stderr is not None:
            self.process.stderr.close()


@contextlib.contextmanager
def serving(
    store: Path,
    catalog: Path | None = None,
    *,
    flags: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """Serve until the block ends."""
    server = Server(store, catalog, flags=flags, environment=environment)
    try:
        yield server
    finally:
        server.end()


def post(url: str, parts: Sequence[bytes]) -> tuple[float, list[bool]]:
    """Post bodies four at a time; return the seconds it took, and which were acknowledged."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}

    def send(body: bytes) -> bool:
        try:
            return client.post(url, content=body, headers=headers).is_success
        except httpx.HTTPError:
            return False

    with httpx.Client(timeout=PATIENCE) as client, ThreadPoolExecutor(SENDERS) as pool:
        begun = time.perf_counter()
        done = list(pool.map(send, parts))
        return time.perf_counter() - begun, done


def grouped(store: Path) -> dict[str, int]:
    """Return how many alerts the state database holds by incident, as another process reads it."""
    with contextlib.closing(sqlite3.connect(f"file:{store / 'state.db'}?mode=ro", uri=True)) as state:
        rows = state.execute(
            "SELECT tag, count(*) FROM documents WHERE kind = 'ForeignAlert' GROUP BY tag"
        ).fetchall()
    return {str(tag): int(count) for tag, count in rows}


def settled(store: Path, count: int) -> float:
    """Return the seconds until so many alerts are in incidents."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < PATIENCE:
        if sum(held for tag, held in grouped(store).items() if tag) >= count:
            return time.perf_counter() - begun
        time.sleep(LOOK_EVERY)
    raise RuntimeError(f"{count:,} alerts were not grouped within {PATIENCE:g} s: {grouped(store)}")


def documents(store: Path, kind: str) -> list[dict[str, object]]:
    """Return the documents of a type."""
    with contextlib.closing(sqlite3.connect(f"file:{store / 'state.db'}?mode=ro", uri=True)) as state:
        rows = state.execute("SELECT body FROM documents WHERE kind = ?", (kind,)).fetchall()
    return [json.loads(body) for (body,) in rows]


def one_cause(folder: Path) -> tuple[float, float, int]:
    """Return seconds to acknowledge, seconds from then to the group, and groups."""
    parts = bodies([alert("checkout", number, time.time() - 90) for number in range(ALERTS)])
    with serving(folder) as server:
        took, done = post(f"{server.url}/api/v2/alerts", parts)
        if not all(done):
            raise RuntimeError(f"{done.count(False)} requests were refused")
        waited = settled(folder, ALERTS)
        return took, waited, len([tag for tag in grouped(folder) if tag])


def killed(folder: Path, count: int = ALERTS) -> tuple[int, int, int]:
    """Return alerts lost, alerts told twice and further incidents after a kill -9 in the middle."""
    parts = bodies([alert("checkout", number, time.time() - 90) for number in range(count)])
    half = len(parts) // 2
    server = Server(folder)
    post(f"{server.url}/api/v2/alerts", parts[:half])
    with ThreadPoolExecutor(1) as beside:
        rest = beside.submit(post, f"{server.url}/api/v2/alerts", parts[half:])
        time.sleep(0.1)  # in the middle of taking, grouping and committing
        server.end(signal.SIGKILL)
        acknowledged = rest.result()[1]
    with serving(folder) as again:
        missing = [part for part, done in zip(parts[half:], acknowledged, strict=True) if not done]
        post(f"{again.url}/api/v2/alerts", missing)
        settled(folder, count)
        held = documents(folder, "ForeignAlert")
        firing = sum(int(str(family["firing"])) for family in documents(folder, "AlertFamily"))
        incidents = len(documents(folder, "Incident"))
    return count - len({str(each["key"]) for each in held}), firing - count, incidents - 1


def several_causes(folder: Path, catalog: Path) -> tuple[int, int, int]:
    """Return incidents of several causes that each hit a service and two callers, and merges and splits."""
    services, alerts = [], []
    for cause in range(CAUSES):
        names = [f"api{cause}", f"shop{cause}", f"web{cause}"]
        services += [
            f"  - name: {name}\n    dependencies: [{below}]\n"
            for name, below in zip(names, ["", *names], strict=False)
        ]
        count = ALERTS // CAUSES // len(names)
        alerts += [
            alert(name, number, time.time() - 300 + 40 * hop + 7 * cause)
            for hop, name in enumerate(names)
            for number in range(count)
        ]
    catalog.write_text("services:\n" + "".join(services))
    order = sorted(alerts, key=lambda each: str(each["labels"])[::-1])  # causes and services all mixed
    with serving(folder, catalog) as server:
        post(f"{server.url}/api/v2/alerts", bodies(order))
        settled(folder, len(order))
        held = documents(folder, "ForeignAlert")
    causes_of: dict[str, set[str]] = {}
    groups_of: dict[str, set[str]] = {}
    for each in held:
        of = str(each["service"])[-1]
        causes_of.setdefault(str(each["incident"]), set()).add(of)
        groups_of.setdefault(of, set()).add(str(each["incident"]))
    merged = sum(len(causes) - 1 for causes in causes_of.values())
    split = sum(len(groups) - 1 for groups in groups_of.values())
    return len(causes_of), merged, split


def peer(folder: Path) -> float | None:
    """Return seconds that Alertmanager takes to acknowledge the same alerts, in memory; None without it."""
    program = shutil.which("prometheus-alertmanager")
    if program is None:
        return None
    folder.mkdir()
    (folder / "alertmanager.yaml").write_text("route: {receiver: none}\nreceivers: [{name: none}]\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(
        [
            program,
            f"--config.file={folder / 'alertmanager.yaml'}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address={address}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
    )
    try:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as client:
            client.get(f"http://{address}/-/ready")
        parts = bodies([alert("checkout", number, time.time() - 90) for number in range(ALERTS)])
        took, done = post(f"http://{address}/api/v2/alerts", parts)
        if not all(done):
            raise RuntimeError("Alertmanager refused some")
        return took
    finally:
        process.terminate()
        process.wait(20)


def main() -> int:
    """Run everything; return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="a last line holds all figures as JSON")
    asked = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="aright-storm-") as name:
        folder = Path(name)
        turns = [one_cause(folder / f"one{turn}") for turn in range(TURNS)]
        took, waited = (sorted(turn[at] for turn in turns)[TURNS // 2] for at in (0, 1))
        figures += [
            at_most(f"last acknowledgement to one durable group of {ALERTS:,} (s), median", waited, 2.0),
            at_most("the same, slowest", max(turn[1] for turn in turns), 2.0),
            at_most("groups of one cause", max(turn[2] for turn in turns), 1),
            Figure("alerts acknowledged, on disk (per s)", ALERTS / took),
        ]
        other = peer(folder / "peer")
        if other is not None:
            figures += [
                Figure("the same at Alertmanager, in memory (per s)", ALERTS / other),
                Figure("ratio to Alertmanager", other / took),
            ]
        lost, doubled, more = killed(folder / "killed")
        figures += [
            at_most("lost by kill -9 in the middle", lost, 0),
            at_most("told twice after it", doubled, 0),
            at_most("further incidents after it", more, 0),
        ]
        groups, merged, split = several_causes(folder / "several", folder / "aright.yaml")
        figures += [
            Figure(f"incidents of {CAUSES} causes on {3 * CAUSES} services", groups),
            at_most("false merges", merged, 0),
            at_most("false splits", split, 0),
        ]
    return 0 if print_report("bench.storm", figures, asked.json) else 1


if __name__ == "__main__":
    sys.exit(main())
