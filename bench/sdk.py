"""What a call of the SDK costs the thread that makes it: ``python -m bench.sdk [--json]``.

The server is a process of its own: only the SDK's sender competes with the caller for the interpreter.
Wall time per call (median, p99) and CPU time of the calling thread (mean), in µs. Goal: median ≤ 20 µs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from aright.sdk import Client
from bench.report import Figure, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

GOAL_US = 20.0
IMPORT_GOAL_S = 0.1
CALLS = 10_000

ATTRIBUTES = {f"attribute_{n}": f"value-{n}" for n in range(8)}
FEATURES: dict[str, object] = {
    **{f"source.number_{n}": n * 1.7 for n in range(14)},
    **{f"source.category_{n}": f"value-{n}" for n in range(6)},
}
NUMPY_FEATURES = {name: np.float32(3.5) if type(v) is float else v for name, v in FEATURES.items()}
ITEMS = [f"item-{n}" for n in range(10)]


class Sink(BaseHTTPRequestHandler):
    """Takes everything."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Read the body and thank for it."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def sink() -> Iterator[str]:
    """Run a server in another process; give its URL."""
    with subprocess.Popen(
        [sys.executable, "-m", "bench.sdk", "--sink"], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process.stdout.readline().strip() if process.stdout is not None else ""
        finally:
            process.terminate()


def measure(
    name: str,
    call: Callable[[], object],
    pause: Callable[[], object] | None = None,
    *,
    goal: float | None = GOAL_US,
) -> Iterator[Figure]:
    """Time a call; ``pause`` runs, untimed, between bursts of 500 calls."""
    spans = np.empty(CALLS)
    cpu = 0
    for start in range(0, CALLS, 500):
        if pause is not None:
            pause()
        began = time.thread_time_ns()
        for place in range(start, start + 500):
            before = time.perf_counter_ns()
            call()
            spans[place] = time.perf_counter_ns() - before
        cpu += time.thread_time_ns() - began
    median = float(np.median(spans)) / 1e3
    yield (
        Figure(f"{name}, median µs", median) if goal is None else at_most(f"{name}, median µs", median, goal)
    )
    yield Figure("    p99 µs", float(np.quantile(spans, 0.99)) / 1e3)
    yield Figure("    CPU µs, mean", cpu / CALLS / 1e3)


def figures(url: str, away: str) -> Iterator[Figure]:
    """Measure every case."""

    def predict(client: Client, features: dict[str, object]) -> Callable[[], object]:
        return lambda: client.prediction(
            unit="user-17",
            attributes=ATTRIBUTES,
            features=features,
            items=ITEMS,
            confidence=0.8,
            latency_ms=12.5,
            status=200,
            fallback=False,
        )

    row = {
        "id": "i",
        "time": 1,
        "service": "s",
        "attributes": ATTRIBUTES,
        "features": FEATURES,
        "items": ITEMS,
    }
    encode = msgspec.msgpack.Encoder().encode
    yield from measure("floor: encoding the same row, no more", lambda: encode(row), goal=None)

    with tempfile.TemporaryDirectory() as spool:
        client = Client(
            url, "token", service="bench", model="m", version="1", spool_dir=spool, queue_rows=100_000
        )

        def flush() -> None:
            if not client.flush(10):
                raise RuntimeError("the sink does not answer: nothing was measured")

        client.prediction()  # starts the sender
        flush()
        yield from measure(
            "prediction: 8 attributes, 20 features, 10 items", predict(client, FEATURES), flush
        )
        yield from measure("the same, while the sender sends", predict(client, FEATURES))
        yield from measure(
            "the same, 14 features of numpy's", predict(client, NUMPY_FEATURES), flush, goal=None
        )
        yield from measure("outcome", lambda: client.outcome("click", 1.0, prediction_id="p"), flush)
        flush()
        stats = client.stats()
        if stats.sent != stats.accepted or stats.dropped or stats.errors:
            raise RuntimeError(f"rows were lost, so the figures mean nothing: {stats}")
        client.close()

        lost = Client(away, "token", service="bench", spool_dir=spool, flush_seconds=0.05)
        yield from measure("prediction, server away, rows go to disk", predict(lost, FEATURES))
        lost.close()


def import_seconds() -> float:
    """Return the CPU seconds that importing the SDK takes, the best of three."""
    script = "import time; a=time.process_time(); import aright.sdk; print(time.process_time()-a)"
    run = [sys.executable, "-c", script]
    return min(
        float(subprocess.run(run, capture_output=True, text=True, check=True).stdout) for _ in range(3)
    )


def main() -> int:
    """Print the figures; return 1 when a goal is missed."""
    if "--sink" in sys.argv:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
        print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
        server.serve_forever()
    with sink() as url:
        found = list(figures(url, "http://127.0.0.1:9"))
    found.append(at_most("import aright.sdk, CPU-seconds", import_seconds(), IMPORT_GOAL_S))
    return 0 if print_report("sdk", found, "--json" in sys.argv) else 1


if __name__ == "__main__":
    sys.exit(main())
