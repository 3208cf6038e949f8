"""What was measured before and during the example incident."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from aright.core.model.signal import ALL, SignalPoint
from aright.core.model.times import HOUR, MINUTE, Micros
from aright.engine.operations import ProcessPoint
from tests.unit.web.example_times import BASE, NORTH, NOW, ONSET, WIDTH


@cache
def points(*, until: Micros = NOW, back: Micros | None = None) -> tuple[SignalPoint, ...]:
    """Return signal points of two hours before the incident and of the incident."""
    rng = np.random.default_rng(7)
    made = []
    for start in range(BASE - 2 * HOUR, until - WIDTH, WIDTH):
        bad = start >= ONSET and not (back is not None and start >= back)
        wave = 0.012 * math.sin(start / (17 * MINUTE))
        for segment, n, share in ((NORTH, 62, 1.0), (ALL, 200, 0.31)):
            fallen = 0.228 * share if bad else 0.0
            rates = {
                "quality:click": 0.312 + wave - fallen,
                "events:complaint": 0.002 + (0.024 * share if bad else 0.0),
                "fallback_share": 0.003 + (0.97 * share if bad else 0.0),
            }
            made += [
                SignalPoint(
                    service="ranker",
                    name=name,
                    start=start,
                    width=WIDTH,
                    n=n,
                    total=float(rng.binomial(n, min(max(rate, 0.0), 1.0))),
                    segment=segment,
                )
                for name, rate in rates.items()
            ]
    return tuple(made)


@cache
def process(*, until: Micros = NOW) -> tuple[ProcessPoint, ...]:
    """Return process metrics that stay as they were: nothing is red."""
    rng = np.random.default_rng(11)
    spec = (
        ("cpu_percent", 34.0, 2.5),
        ("latency_ms_p50", 21.0, 0.8),
        ("latency_ms_p99", 74.0, 5.0),
        ("rss_bytes", 1.31e9, 4e6),
    )
    return tuple(
        ProcessPoint(
            name=name, start=start, mean=float(rng.normal(mean, sd)), top=float(rng.normal(mean, sd) + 3 * sd)
        )
        for name, mean, sd in spec
        for start in range(BASE - 2 * HOUR, until - WIDTH, WIDTH)
    )
