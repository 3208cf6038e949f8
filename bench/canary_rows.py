"""The same releases as rows: whether ``Judge`` comes to what the counts come to, and how fast it is."""

from __future__ import annotations

import time
from typing import Final

import numpy as np
import pyarrow as pa

from aright.core.mitigate.canary import Judge
from aright.core.mitigate.canary.simulating import Counts, Ramps, Traffic, draw
from aright.core.model.release import Metric, Policy
from aright.core.model.times import MINUTE
from bench.report import Figure, at_most

RUNS: Final = 5
LOOKS: Final = 20


def compared() -> list[Figure]:
    """Return how far the judge of rows is from that of counts, with users who try again in vain."""
    policy = Policy()
    worst = 0.0
    for seed in range(RUNS):
        random = np.random.default_rng(seed)
        traffic = Traffic(units=400.0, base=(0.05,), ratio=1.5)
        ramps, judge = Ramps(policy, runs=1), Judge(policy, stable="8", candidate="9")
        for look in range(LOOKS):
            counts = draw(traffic, random, np.array([0.2]), look)
            ramps.add(counts)
            judge.add(rows_of(counts, look, random))
            known = judge.look(at=(look + 1) * MINUTE, share=0.2, step=3, since=0).judged[0]
            fit = float(ramps.fit(np.array([3]))[0])
            worst = max(worst, abs(known.harm - float(ramps.harm()[0])), abs(known.fit - fit))
    return [at_most(f"rows against counts, {RUNS * LOOKS} looks: largest difference of log e", worst, 1e-9)]


def rows_of(counts: Counts, look: int, random: np.random.Generator) -> pa.Table:
    """Return rows of one interval of one release; who failed tries again up to eight times, in vain."""
    unit: list[str] = []
    version: list[str] = []
    status: list[int] = []
    for side, name in enumerate(("8", "9")):
        units, failed = (int(made[side, 0, 0, 0]) for made in (counts.units, counts.failed))
        for at in range(units):
            tries = int(random.integers(1, 9)) if at < failed else 1
            unit += [f"{look}-{name}-{at}"] * tries
            version += [name] * tries
            status += [500 if at < failed else 200] * tries
    times = look * MINUTE + random.integers(0, MINUTE, len(unit))
    ids = [f"{look}-{at}" for at in range(len(unit))]
    return pa.table({"id": ids, "unit": unit, "time": times, "version": version, "status": status})


def speed(rows: int = 1_000_000, minutes: int = 20) -> list[Figure]:
    """Return the CPU that a million rows take, with three metrics and a dozen parts."""
    random = np.random.default_rng(0)
    canary = random.random(rows) < 0.05
    table = pa.table(
        {
            "id": [f"r{at}" for at in range(rows)],
            "unit": [f"u{at}" for at in random.integers(0, rows // 2, rows)],
            "time": np.sort(random.integers(0, minutes * MINUTE, rows)),
            "version": pa.array(np.where(canary, "9", "8")).dictionary_encode(),
            "attr.region": pa.array([f"r{at}" for at in random.integers(0, 12, rows)]).dictionary_encode(),
            "status": np.where(random.random(rows) < 0.02, 500, 200),
            "fallback": random.random(rows) < 0.01,
            "latency_ms": random.exponential(100, rows).astype(np.float32),
        }
    )
    names = ("error_share", "fallback_share", "slower:500")
    policy = Policy(metrics=tuple(Metric(name=name) for name in names), segments=("region",))
    judge = Judge(policy, stable="8", candidate="9")
    started = time.process_time()
    each = rows // minutes
    for minute in range(minutes):
        judge.add(table.slice(minute * each, each))
        judge.look(at=(minute + 1) * MINUTE, share=0.05, step=1, since=0)
    spent = time.process_time() - started
    return [at_most("Judge, 1,000,000 rows, 3 metrics × 13 parts, CPU-s", spent, 5.0)]
