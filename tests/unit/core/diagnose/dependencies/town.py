"""A made-up system of services: who calls whom, how long they take, and one fault at most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from aright.core.diagnose.dependencies.telemetry import Telemetry
from aright.core.model.times import MINUTE, SECOND

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

STEP = 30 * SECOND
BEFORE, NOW = 240, 40
START = 1_790_000_000 * SECOND


@dataclass(frozen=True, kw_only=True, eq=False)
class Fault:
    """What breaks: ``slow`` | ``busy`` (slow with a busy processor) | ``failing`` | ``crowd`` | ``none``."""

    kind: str
    at: int = 22
    lasts: int = 100
    size: float = 1.0
    hosts: tuple[int, ...] = (0, 1)


@dataclass(frozen=True, kw_only=True, eq=False)
class Town:
    """A system's telemetry, and the service where its fault is."""

    telemetry: Telemetry
    cause: str


def town(seed: int, fault: Fault, *, services: int = 14, hosts: int = 2) -> Town:
    """Make a system; service 0 is the entry and each calls some of those behind it."""
    rng = np.random.default_rng(seed)
    names = [f"{word}-{rng.integers(1_000_000):06d}" for word in rng.permutation(_WORDS)[:services]]
    calls = _calls(rng, services)
    traffic = _traffic(rng, calls, services)
    reached = [each for each in range(1, services) if traffic[each] > 0.2 * traffic[0]]
    cause = int(rng.choice(reached))
    when = np.zeros(BEFORE + NOW, dtype=bool)
    when[BEFORE + fault.at : BEFORE + fault.at + fault.lasts] = fault.kind != "none"
    crowd = np.where(when, 1.0 + fault.size, 1.0) if fault.kind == "crowd" else np.ones(len(when))
    own = rng.uniform(2.0, 40.0, services)
    rows: list[tuple[int, int, str, Floats]] = []
    took = np.zeros((services, hosts, len(when)))
    failed = np.zeros((services, hosts, len(when)))
    for each in reversed(range(services)):
        for host in range(hosts):
            hit = when & (each == cause) & (host in fault.hosts)
            noise = rng.lognormal(0.0, 0.08, len(when))
            slow = hit & (fault.kind in {"slow", "busy"})
            took[each, host] = own[each] * noise + slow * fault.size * 60.0 / (traffic[cause] / traffic[0])
            share = 0.002 + hit * (fault.kind == "failing") * 0.08 * fault.size / (
                traffic[cause] / traffic[0]
            )
            for callee, times in calls[each]:
                took[each, host] += times * took[callee].mean(axis=0)
                share = share + times * failed[callee].mean(axis=0)
            count = rng.poisson(np.maximum(traffic[each] / hosts * crowd, 1e-9))
            failed[each, host] = rng.binomial(count, np.clip(share, 0.0, 1.0)) / np.maximum(count, 1)
            busy = (
                20.0 + 10.0 * crowd + 30.0 * (hit & (fault.kind == "busy")) + rng.normal(0.0, 2.0, len(when))
            )
            rows += [
                (each, host, "http.server.request.duration_ms", took[each, host]),
                (each, host, "requests", count.astype(float)),
                (each, host, "error_ratio", failed[each, host]),
                (each, host, "cpu_percent", busy),
                (each, host, "threads", np.full(len(when), 16.0)),
            ]
    telemetry = Telemetry(
        target=names[0],
        signal="error_ratio" if fault.kind == "failing" else "http.server.request.duration_ms",
        at=START + (BEFORE + fault.at) * STEP + 2 * MINUTE,
        reference=(START, START + BEFORE * STEP),
        current=(START + BEFORE * STEP, START + (BEFORE + NOW) * STEP),
        metrics=_table(names, rows),
        calls=tuple((names[a], names[b]) for a, callees in enumerate(calls) for b, _ in callees),
    )
    return Town(telemetry=telemetry, cause=names[cause])


_WORDS = [
    "ash",
    "birch",
    "cedar",
    "dogwood",
    "elm",
    "fir",
    "gum",
    "hazel",
    "ivy",
    "juniper",
    "kapok",
    "larch",
    "maple",
    "nutmeg",
    "oak",
    "pine",
    "quince",
    "rowan",
    "spruce",
    "teak",
    "ulmo",
    "vine",
    "willow",
    "yew",
]


def _calls(rng: np.random.Generator, services: int) -> list[list[tuple[int, float]]]:
    calls: list[list[tuple[int, float]]] = [[] for _ in range(services)]
    for each in range(1, services):
        callers = rng.choice(each, size=min(each, 1 + int(rng.random() < 0.35)), replace=False)
        for caller in callers:
            calls[int(caller)].append((each, float(rng.choice([0.3, 1.0, 1.0, 2.0]))))
    return calls


def _traffic(rng: np.random.Generator, calls: list[list[tuple[int, float]]], services: int) -> Floats:
    traffic = np.zeros(services)
    traffic[0] = rng.uniform(300.0, 3_000.0)
    for each in range(services):
        for callee, times in calls[each]:
            traffic[callee] += times * traffic[each]
    return traffic


def _table(names: list[str], rows: list[tuple[int, int, str, Floats]]) -> pa.Table:
    steps = BEFORE + NOW
    time = START + np.arange(steps) * STEP + STEP // 3
    return pa.table(
        {
            "time": pa.array(np.tile(time, len(rows)), pa.timestamp("us", "UTC")),
            "service": np.repeat([names[each[0]] for each in rows], steps),
            "host": np.repeat([f"h{each[1]}" for each in rows], steps),
            "version": pa.nulls(steps * len(rows), pa.string()),
            "name": np.repeat([each[2] for each in rows], steps),
            "value": pa.array(np.concatenate([each[3] for each in rows]), pa.float32()),
        }
    )
