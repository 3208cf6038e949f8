"""The meter: what the process itself costs and how fast it answers, one sample per ten seconds of the clock.

Requests are collected in the caller's thread (one append); quantiles, CPU and memory are the sender's work.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections import deque
from importlib import import_module
from typing import TYPE_CHECKING, Final

import msgspec

from aright.sdk.values import number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

INTERVAL: Final = 10_000_000
"""Length of an interval (µs); its ends are whole multiples of it."""

KEPT: Final = 8192
"""Latencies kept per interval; beyond that a uniform sample of this size (Vitter 1985, algorithm R)."""


class Interval(msgspec.Struct, frozen=True):
    """What happened in one interval, before it is worked out.

    Attributes:
        end: its end (µs); the sample is stamped one µs before, so that it falls into the window it tells of.
        requests: answers given.
        errors: of these, with status 500 or above.
        latencies: their latencies (ms), or a sample of them.
        told: metrics that the host reported itself meanwhile; they stand.
    """

    end: int
    requests: int
    errors: int
    latencies: list[float]
    told: frozenset[str]


class Meter:
    """Collects answers and closes intervals; the first interval begins at the first look at the clock.

    >>> meter = Meter()
    >>> meter.answered(1_000_000, 20.0, 200)
    >>> meter.answered(2_000_000, 30.0, 503)
    >>> meter.look(10_000_000)
    >>> [work_out(interval) for interval in meter.take()]
    [{'requests': 2, 'errors': 1, 'latency_ms_p50': 20.0, 'latency_ms_p99': 30.0}]
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()  # re-entrant, as the buffer's
        self._due: int | None = None
        self._requests = 0
        self._errors = 0
        self._latencies: list[float] = []
        self._told: set[str] = set()
        self._closed: deque[Interval] = deque(maxlen=64)

    def answered(self, now: int, latency_ms: float | None, status: int | None) -> None:
        """Count one answer."""
        with self._lock:
            if self._due is None or now >= self._due:
                self.look(now)
            self._requests += 1
            if status is not None and status >= 500:
                self._errors += 1
            if latency_ms is None:
                return
            if len(self._latencies) < KEPT:
                self._latencies.append(latency_ms)
            elif (place := _spread(self._requests)) < KEPT:
                self._latencies[place] = latency_ms

    def told(self, now: int, metrics: Mapping[str, float]) -> None:
        """Note which metrics the host reports itself."""
        with self._lock:
            self.look(now)
            self._told.update(metrics)

    def look(self, now: int) -> None:
        """Close the interval if its end has come."""
        if self._due is not None and now < self._due:
            return
        with self._lock:
            if self._due is not None and now >= self._due:
                told = frozenset(self._told)
                self._closed.append(Interval(self._due, self._requests, self._errors, self._latencies, told))
                self._requests = self._errors = 0
                self._latencies = []
                self._told = set()
            self._due = (now // INTERVAL + 1) * INTERVAL

    def take(self) -> list[Interval]:
        """Take out the closed intervals, oldest first."""
        taken = []
        while self._closed:
            taken.append(self._closed.popleft())
        return taken


def _spread(number: int) -> int:
    """Return a place below ``number``: evenly spread by the golden ratio (Knuth 1973, 6.4)."""
    return ((number * 0x9E3779B1 & 0xFFFFFFFF) * number) >> 32


def work_out(interval: Interval) -> dict[str, float]:
    """Return the interval's figures by name; quantiles by nearest rank, so each one did occur."""
    figures: dict[str, float] = {"requests": interval.requests, "errors": interval.errors}
    ordered = sorted(interval.latencies)
    if ordered:
        figures["latency_ms_p50"] = ordered[(len(ordered) - 1) // 2]
        figures["latency_ms_p99"] = ordered[max(0, -(-99 * len(ordered) // 100) - 1)]
    return {name: value for name, value in figures.items() if name not in interval.told}


class Usage:
    """CPU and memory of this process.

    Args:
        clock: by which time passes (µs); the machine's own steady one where not given. On a clock that is
            driven, the work of a stretch of it is the same however fast it is driven through.
    """

    def __init__(self, clock: Callable[[], int] | None = None) -> None:
        self._clock = clock or _steady
        self._at: int | None = None
        with contextlib.suppress(Exception):  # a clock that fails costs a figure, and nothing more
            self._at = self._clock()
        self._cpu = time.process_time()

    def sample(self) -> dict[str, float]:
        """Return ``cpu_percent`` of one core since the last time (all threads), and ``rss_bytes``."""
        at, cpu = self._clock(), time.process_time()
        figures: dict[str, float] = {}
        if self._at is not None and at > self._at:
            figures["cpu_percent"] = round(1e8 * (cpu - self._cpu) / (at - self._at), 3)
        self._at, self._cpu = at, cpu
        resident = resident_bytes()
        if resident is not None:
            figures["rss_bytes"] = resident
        return figures


def _steady() -> int:
    return time.monotonic_ns() // 1000


def resident_bytes() -> int | None:
    """Return the resident set (bytes) from Linux's ``/proc`` (proc(5), statm), elsewhere from psutil.

    >>> (resident_bytes() or 0) > 1_000_000
    True
    """
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib costs an import
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError, AttributeError):
        return _resident_by_psutil()


def _resident_by_psutil() -> int | None:
    try:
        psutil = import_module("psutil")  # optional, and slow to load
    except ImportError:
        return None
    return int(psutil.Process().memory_info().rss)


def finite(metrics: Mapping[str, object]) -> tuple[dict[str, float], int]:
    """Return the metrics that are finite numbers, and how many are not.

    >>> finite({"queue_depth": 3, "ratio": float("nan")})
    ({'queue_depth': 3}, 1)
    """
    kept = {name: found for name, value in metrics.items() if (found := number(value)[0]) is not None}
    return kept, len(metrics) - len(kept)
