"""Durable ingest on one core: ``python -m bench.ingest [--json] [--data DIR] [--folder FOLDER]``.

A client process sends to the product's doors over loopback; an answer means that the body is on disk.
Throughput is held against a bare sequential write and fdatasync of the same bytes, latency against one
fdatasync of one body's bytes, all on the same file system in the same run, which may not be in memory. The
window kernel's figures, which ``bench.windows`` prints alone, come last.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bench import windows
from bench.ingest_bodies import arrow_body, row_body
from bench.ingest_load import Sent, as_fast_as_it_goes, at_a_rate, request
from bench.ingest_server import going_first
from bench.report import Figure, at_least, at_most, print_report

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 5
LARGE = 20_000  # events in a body when bytes are counted
SMALL = 1_000  # events in a body when latency is
SENDERS = 8  # connections at once, where nothing is held back
TOTAL_BYTES = 256 << 20
RATE = 200_000  # events per second
SECONDS = 3.0  # of each round at a rate
IN_MEMORY = {"tmpfs", "ramfs", "devtmpfs"}


def main() -> int:
    """Run, print, and return 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print all of it as one JSON object at the end")
    parser.add_argument("--data", type=Path, help="ignored: every benchmark takes it, this one makes its own")
    parser.add_argument("--folder", type=Path, default=Path(".bench"), help="where to write; never in memory")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    kind = file_system(options.folder)
    if kind in IN_MEMORY:
        print(
            f"{options.folder} is on {kind}, where nothing is durable: choose --folder on a disk",
            file=sys.stderr,
        )
        return 2
    os.sched_setaffinity(0, set(os.sched_getaffinity(0)) - {0} or {0})
    with going_first(), tempfile.TemporaryDirectory(dir=options.folder) as folder:
        figures = [*throughput(Path(folder)), *latency(Path(folder)), *rows(Path(folder))]
    figures += windows.figures()
    return 0 if print_report("ingest", figures, options.json) else 1


def file_system(folder: Path) -> str:
    """Return the type of the file system that a folder lies on.

    >>> file_system(Path("/dev/shm"))
    'tmpfs'
    """
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    with suppress(FileNotFoundError):  # which Linux alone has
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            fields, _, kind = line.partition(" - ")
            if fields.split()[2] == number:
                return kind.split()[0]
    return "unknown"


@contextmanager
def server(folder: Path) -> Iterator[int]:
    """Run the server on the first core; give its port."""
    with tempfile.TemporaryDirectory(dir=folder) as store:
        command = [sys.executable, "-m", "bench.ingest_server", store, "0"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None  # noqa: S101 - it was asked for
                yield int(process.stdout.readline())
            finally:
                process.terminate()
                process.wait()


def throughput(folder: Path) -> list[Figure]:
    """Compare bytes per second with a bare write, in turns, because disks have moods."""
    bodies = [arrow_body(LARGE, seed) for seed in range(1, 5)]
    total = TOTAL_BYTES // len(bodies[0])
    requests = [request(body, "arrow") for body in bodies]
    size = sum(len(bodies[number % len(bodies)]) for number in range(total))
    bare, ingest = [], []
    with server(folder) as port:
        as_fast_as_it_goes(port, requests, total=16, senders=SENDERS)
        for _ in range(ROUNDS):
            bare.append(size / bare_write(folder, bodies, total))
            sent = whole(as_fast_as_it_goes(port, requests, total=total, senders=SENDERS))
            ingest.append(size / sent.seconds)
    speed = median(ingest)
    return [
        Figure("bare sequential write + fdatasync, MB/s", median(bare) / 1e6),
        Figure("Arrow, durable, MB/s", speed / 1e6),
        Figure("Arrow, durable, events/s", speed * LARGE / len(bodies[0])),
        at_least("Arrow against the bare write", median(np.divide(ingest, bare).tolist()), 0.3),
    ]


def bare_write(folder: Path, bodies: list[bytes], total: int) -> float:
    """Return the seconds that writing the same bytes to one file takes, on disk at the end."""
    path = folder / "bare"
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    begin = time.perf_counter()
    for number in range(total):
        os.write(descriptor, bodies[number % len(bodies)])
    os.fdatasync(descriptor)
    seconds = time.perf_counter() - begin
    os.close(descriptor)
    path.unlink()
    return seconds


def latency(folder: Path) -> list[Figure]:
    """Compare the time to an acknowledgement with one fdatasync, at two rates."""
    body = arrow_body(SMALL)
    requests = [request(body, "arrow")]
    with server(folder) as port:
        as_fast_as_it_goes(port, requests, total=200, senders=4)
        full = whole(as_fast_as_it_goes(port, requests, total=1_500, senders=SENDERS))
        saturation = len(full.latencies) / full.seconds
        return [
            Figure(
                f"one fdatasync of {len(body):,} bytes, back to back, median, ms",
                one_sync(folder, body) * 1e3,
            ),
            *at(folder, port, body, rate=RATE / SMALL, name=f"at {RATE:,} events/s"),
            Figure(f"saturation in bodies of {SMALL:,}, events/s", saturation * SMALL),
            Figure("p99 at saturation, ms", full.quantile(0.99) * 1e3),
            *at(folder, port, body, rate=saturation / 2, name="at half of saturation"),
        ]


def at(folder: Path, port: int, body: bytes, *, rate: float, name: str) -> list[Figure]:
    """Send at a rate; the fdatasync beside is done as often, because disks and hosts fall asleep between.

    Both are done in turns, and each figure is the median of the rounds: one stall of the disk is not the p99.
    """
    rounds = []
    for _ in range(ROUNDS):
        sync = one_sync(folder, body, gap=1 / rate)
        sent = whole(at_a_rate(port, [request(body, "arrow")], rate=rate, seconds=SECONDS, senders=16))
        rounds.append((sync, sent.quantile(0.5), sent.quantile(0.99)))
    syncs, halves, tails = np.array(rounds).T
    return [
        Figure(f"one fdatasync {name}, median, ms", float(np.median(syncs)) * 1e3),
        Figure(f"p50 {name}, ms", float(np.median(halves)) * 1e3),
        Figure(f"p99 {name}, ms", float(np.median(tails)) * 1e3),
        at_most(f"p50 {name}, in fdatasyncs", float(np.median(halves / syncs)), 8),
        at_most(f"p99 {name}, in fdatasyncs", float(np.median(tails / syncs)), 25),
    ]


def one_sync(folder: Path, body: bytes, *, gap: float = 0.0, times: int = 200) -> float:
    """Return the median seconds of one fdatasync after a body was written, ``gap`` seconds after the last."""
    path = folder / "sync"
    descriptor = os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.posix_fallocate(descriptor, 0, len(body) * times)
    os.fsync(descriptor)
    seconds = []
    due = time.perf_counter()
    for _ in range(times):
        due += gap
        time.sleep(max(due - time.perf_counter(), 0))
        os.write(descriptor, body)
        begin = time.perf_counter()
        os.fdatasync(descriptor)
        seconds.append(time.perf_counter() - begin)
    os.close(descriptor)
    path.unlink()
    return median(seconds)


def rows(folder: Path) -> list[Figure]:
    """Measure the formats that are written row by row."""
    figures = []
    with server(folder) as port:
        for form in ("msgpack", "ndjson"):
            body = row_body(SMALL, form)
            sent = whole(as_fast_as_it_goes(port, [request(body, form)], total=200, senders=4))
            events = len(sent.latencies) * SMALL / sent.seconds
            figures += [
                Figure(f"{form}, durable, events/s", events),
                Figure(f"{form}, durable, MB/s", events * len(body) / SMALL / 1e6),
            ]
    return figures


def whole(sent: Sent) -> Sent:
    """Return it, unless some body was refused: then a figure would say nothing."""
    if sent.refused:
        raise SystemExit(f"{sent.refused} of {len(sent.latencies)} bodies were refused: the run says nothing")
    return sent


if __name__ == "__main__":
    sys.exit(main())
