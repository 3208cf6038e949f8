"""Service metrics as they are, healthy or leaking, in windows of 30 seconds from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.detect.metric_streams import MEAN, MetricStreams
from aright.core.model.signal import SignalPoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Floats: TypeAlias = npt.NDArray[np.float64]
WIDTH = 30_000_000
DAY = 2_880
START = 1_767_571_200_000_000
"""A Monday, 2026-01-05."""


def wave(rows: Floats) -> Floats:
    return np.sin(2 * np.pi * rows / DAY)


def related(random: np.random.Generator, n: int, share: float, spread: float) -> Floats:
    values, noise = np.zeros(n), random.normal(0, spread * np.sqrt(1 - share**2), n)
    for row in range(1, n):
        values[row] = share * values[row - 1] + noise[row]
    return values


def deployed(random: np.random.Generator, n: int) -> Floats:
    """Memory that warms up after each deploy."""
    values, memory = np.zeros(n), 400.0
    for row in range(n):
        memory = 400.0 if random.random() < 1 / DAY else memory + (900 - memory) * 0.002 + random.normal()
        values[row] = memory
    return values * 1e6


def collected(random: np.random.Generator, n: int, leak: float = 0.0, since: int = 0) -> Floats:
    """Memory under a garbage collector; ``leak`` in MB a window."""
    values, memory, floor = np.zeros(n), 200.0, 200.0
    for row in range(n):
        grown = leak * (row >= since)
        floor += grown
        memory += random.gamma(2, 3.0) + grown
        if memory > floor + 400 + random.normal(0, 20):
            memory = floor + random.normal(0, 8)
        values[row] = memory
    return values * 1e6


def cron(random: np.random.Generator, n: int) -> Floats:
    """Processor with a job every five minutes, and a larger one every hour."""
    rows = np.arange(float(n))
    values = 20 + random.gamma(3, 2, n) + 50.0 * (rows % 10 == 0)
    return np.clip(np.where(rows % 120 == 7, 96.0, values), 0, 100)


def on_and_off(random: np.random.Generator, n: int) -> Floats:
    """Traffic that bursts, with heavy-tailed spans."""
    values, row, busy = np.zeros(n), 0, False
    while row < n:
        length = int(random.pareto(1.5) * 10) + 2
        values[row : row + length] = random.poisson(300 if busy else 5, len(values[row : row + length]))
        busy, row = not busy, row + length
    return values


def autoscaled(random: np.random.Generator, n: int) -> Floats:
    """Replicas that follow the day's load by ones."""
    load: Floats = 1_000 * (1 + 0.6 * wave(np.arange(float(n)))) + related(random, n, 0.98, 60)
    return np.asarray(np.ceil(load / 150), dtype=np.float64)


def working_days(random: np.random.Generator, n: int) -> Floats:
    """Traffic by day and by night, a third of it at weekends; from Monday on."""
    rows = np.arange(float(n))
    weekend = (rows // DAY) % 7 >= 5
    means: Floats = np.where(weekend, 60.0, 180.0) * (1 + 0.6 * wave(rows - DAY / 4))
    return random.poisson(means).astype(np.float64)


def wandering(random: np.random.Generator, n: int) -> Floats:
    """A cache that grows and shrinks at random."""
    return np.asarray(np.clip(500 + random.normal(size=n).cumsum(), 100, 900) * 1e6, dtype=np.float64)


HEALTHY = {
    "rss_bytes": deployed,
    "heap_bytes": collected,
    "cpu_percent": cron,
    "requests": on_and_off,
    "replicas": autoscaled,
    "visitors": working_days,
    "cache_bytes": wandering,
}


def leaking(random: np.random.Generator, n: int, leak: float, since: int = 0, day: float = 0.0) -> Floats:
    """Resident memory of 500 MB, with a wave of ``day`` MB; ``leak`` in MB a window."""
    rows = np.arange(float(n))
    grown: Floats = np.maximum(rows - since, 0.0) * leak
    return np.asarray((500 + grown + day * wave(rows) + related(random, n, 0.9, 1)) * 1e6, dtype=np.float64)


def window(row: int, values: Mapping[str, float]) -> list[SignalPoint]:
    return [
        SignalPoint(
            service="s", name=MEAN + name, start=START + row * WIDTH, width=WIDTH, n=2, total=2 * value
        )
        for name, value in values.items()
    ]


def told(
    name: str, values: Iterable[float], *, needed: float = 60 * 2_880, **beside: float
) -> list[tuple[int, str, str]]:
    """Return what is told: window, kind, words; ``beside`` are metrics that stand still."""
    streams, found = MetricStreams(), []
    for row, value in enumerate(values):
        streams.take(window(row, {name: float(value), **beside}))
        verdicts = streams.facts()
        for trial in streams.trials():
            if trial.value >= needed and (verdict := streams.claim(trial)):
                verdicts.append((trial.metric, verdict))
        for metric, verdict in verdicts:
            alert = streams.alert(metric, verdict, service="s", width=WIDTH, now=0, harm=False)
            found.append((row, verdict.kind.value, alert.text))
    return found
