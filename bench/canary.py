"""Canaries judged, beside simulated judges of others: ``python -m bench.canary [--quick] [--json]``.

Units come once each, in Poisson numbers, 1,000 a minute, and 2 % of them fail. Our e-values are counted by
the functions that ``Judge`` counts by; a last part feeds rows to ``Judge`` itself and compares.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from math import log
from typing import TYPE_CHECKING, Final, Protocol

import msgspec
import numpy as np

from aright.core.mitigate.canary.simulating import PROMOTED, ROLLED_BACK, Ramps, Traffic, draw, play
from aright.core.model.release import Policy
from bench.canary_peers import FixedZ, MannWhitney, Threshold, upper_bound
from bench.canary_rows import compared, speed
from bench.report import Figure, at_least, at_most, print_report

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

POLICY: Final = Policy()
UNITS: Final = 1000.0
BASE: Final = 0.02
HOUR: Final = 60
RETRIES: Final = 4.0
"""Mean of the further requests, all in vain, of a user whose request failed."""


class Peer(Protocol):
    """A judge that counts intervals."""

    @property
    def back(self) -> npt.NDArray[np.bool_]:
        """Which releases it rolls back."""
        ...

    def add(self, units: FloatArray, failed: FloatArray) -> None:
        """Count an interval."""
        ...


@dataclass(frozen=True)
class Beside:
    """Which part of the releases each judge rolled back within the hour, and how many ours did."""

    ours: int
    peers: dict[str, float]


def main() -> int:
    """Print all figures; return 1 where a goal is missed."""
    options = _options()
    runs = 1_000 if options.quick else 10_000
    started = time.process_time()
    figures = [
        *equal(runs),
        *many(runs),
        *doubled(runs),
        *one_part(runs),
        *through(runs),
        *good(runs),
        *compared(),
        *speed(),
    ]
    figures.append(at_most("the whole benchmark, CPU-s", time.process_time() - started, 300))
    return 0 if print_report("canary judging", figures, options.json) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of the runs: bounds are then too wide")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def steady(_: int) -> float:
    return 0.05


def ramp(look: int) -> float:
    return (0.01, 0.05, 0.25, 0.5)[min(look // 15, 3)]


def rising(look: int) -> float:
    return 1 + 3 * look / HOUR


def equal(runs: int) -> list[Figure]:
    """Return how often a release as good as the other is rolled back."""
    worlds = {
        "steady, 5 %": (Traffic(units=UNITS, base=(BASE,), shares=steady), 0.0),
        "1→50 %, errors rising 2→8 %": (Traffic(units=UNITS, base=(BASE,), shares=ramp, drift=rising), 0.0),
        "5 %, bursts of retries": (Traffic(units=UNITS, base=(BASE,), shares=steady), RETRIES),
    }
    figures = []
    for seed, (name, (traffic, retries)) in enumerate(worlds.items()):
        found = beside(traffic, np.random.default_rng(seed), runs, retries)
        figures.append(_bound(f"A/A {name}: rolled back in 60 looks, upper bound", found.ours, runs, 0.01))
        figures += [Figure(f"  {peer}", share) for peer, share in found.peers.items()]
    return figures


def many(runs: int) -> list[Figure]:
    """Return the same with many parts and metrics."""
    traffic = Traffic(units=UNITS, base=(BASE,) * 3, parts=(1 / 12,) * 12, shares=steady)
    played = play(POLICY, traffic, np.random.default_rng(10), runs=runs, looks=HOUR)
    return [
        _bound("A/A 12 parts × 3 metrics: upper bound", int((played.ended == ROLLED_BACK).sum()), runs, 0.01)
    ]


def doubled(runs: int) -> list[Figure]:
    """Return how many users a doubling reaches until it is found, and who misses it."""
    traffic = Traffic(units=UNITS, base=(BASE,), ratio=2.0, shares=steady)
    played = play(POLICY, traffic, np.random.default_rng(20), runs=runs, looks=10 * HOUR)
    floor = log(1 / POLICY.alpha) / (BASE * (2 * log(2) - 1))
    exposed = played.exposed
    found = beside(traffic, np.random.default_rng(21), runs, 0.0)
    return [
        at_most("2 %→4 %: canary requests exposed, median", float(np.median(exposed)), 800),
        at_most("2 %→4 %: canary requests exposed, p90", float(np.quantile(exposed, 0.9)), 1_600),
        at_most("2 %→4 %: mean exposed over the Wald floor", float(exposed.mean()) / floor, 1.5),
        Figure("2 %→4 %: missed within the hour, 5 %", 1 - found.ours / runs),
        *(Figure(f"  {name}", 1 - share) for name, share in found.peers.items()),
    ]


def one_part(runs: int) -> list[Figure]:
    """Return how often one bad part is found."""
    traffic = Traffic(units=UNITS, base=(BASE,), parts=(1 / 12,) * 12, part_ratio=5.0, shares=steady)
    figures = []
    for metrics, goal in ((1, 0.9), (3, 0.9)):
        one = replace(traffic, base=(BASE,) * metrics)
        played = play(POLICY, one, np.random.default_rng(30), runs=runs, looks=HOUR)
        share = float((played.ended == ROLLED_BACK).mean())
        figures.append(
            at_least(f"one 1/12 part 5× worse, {metrics} metric(s): found in the hour", share, goal)
        )
    return figures


def through(runs: int) -> list[Figure]:
    """Return how often twice the errors come through all steps."""
    twice = 4 * runs
    traffic = Traffic(units=UNITS, base=(BASE,), ratio=2.0)
    played = play(POLICY, traffic, np.random.default_rng(40), runs=twice, looks=24 * HOUR)
    return [
        _bound(
            "twice the errors reaching all: upper bound", int((played.ended == PROMOTED).sum()), twice, 0.001
        ),
        Figure("  minutes until it was rolled back, median", float(np.median(played.looks))),
        Figure("  canary requests exposed, median", float(np.median(played.exposed))),
    ]


def good(runs: int) -> list[Figure]:
    """Return how long an equal takes."""
    traffic = Traffic(units=UNITS, base=(BASE,))
    alone = msgspec.structs.replace(POLICY, steps=(0.05,), step_margins=(1.5,))
    at_five = play(alone, traffic, np.random.default_rng(50), runs=runs, looks=24 * HOUR)
    whole = play(POLICY, traffic, np.random.default_rng(51), runs=runs, looks=24 * HOUR)
    minutes = float(np.median(at_five.looks[at_five.ended == PROMOTED]))
    return [
        at_most("an equal at 5 %, 2 % against 3 % ruled out: minutes, median", minutes, 30),
        Figure("an equal through 1/5/25/50 %: minutes, median", float(np.median(whole.looks))),
        Figure("an equal through 1/5/25/50 %: minutes, p90", float(np.quantile(whole.looks, 0.9))),
        Figure("an equal let through to all", float((whole.ended == PROMOTED).mean())),
    ]


def beside(traffic: Traffic, random: np.random.Generator, runs: int, retries: float) -> Beside:
    """Judge the same hour by all: ours counts units, the others requests."""
    ramps = Ramps(POLICY, runs=runs)
    peers: dict[str, Peer] = {
        "a fixed z-test at 1 %, each minute": FixedZ(runs),
        "a limit of 5 % on each minute, 3 may break it": Threshold(runs),
        "Mann–Whitney on rates per minute, every 10": MannWhitney(runs),
    }
    back = np.zeros(runs, dtype=np.bool_)
    for look in range(HOUR):
        share = traffic.shares(look) if traffic.shares else 0.0
        counts = draw(traffic, random, np.full(runs, share), look)
        ramps.add(counts)
        back |= ramps.harm() >= -log(POLICY.alpha)
        units, failed = counts.units[:, :, 0, 0], counts.failed[:, :, 0, 0]
        again = _retried(failed, random, retries)
        for peer in peers.values():
            peer.add(units + again, failed + again)
    return Beside(int(back.sum()), {name: float(peer.back.mean()) for name, peer in peers.items()})


def _retried(failed: FloatArray, random: np.random.Generator, mean: float) -> FloatArray:
    if not mean:
        return np.zeros_like(failed)
    more = random.negative_binomial(np.maximum(failed, 1), 1 / (1 + mean))
    return np.where(failed > 0, more, 0).astype(np.float64)


def _bound(name: str, found: int, runs: int, limit: float) -> Figure:
    return at_most(f"{name} ({found} of {runs:,})", upper_bound(found, runs), limit)


if __name__ == "__main__":
    sys.exit(main())
