"""Shadows: how many pairs a doubled error takes, and how often a good candidate is blamed.

``python -m bench.shadow [--runs N] [--json]``. Versions fail on 2 % and 4 % of the requests. How far their
failures go together is the *coupling*: which share of the stable version's failures the candidate keeps. Of
the requests 5 % are copied (the rest tell the stable version's rate), or all are.
"""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from aright.core.stats.paired_bets import PairedBets
from aright.core.stats.wilson import wilson
from bench.report import Figure, at_most, print_report
from bench.shadow_models import kept_errors

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float64]

BASE: Final = 0.02
WORSE: Final = 0.04
ALPHA: Final = 0.01
COUPLINGS: Final = (1.0, 0.8, 0.5, 0.0)
SMALL: Final = 0.05
"""Share of the requests that is copied, where not all are."""

LOOK: Final = 25
"""Pairs between two looks."""

FEW_APART: Final = 0.8
"""Coupling from which on pairs alone can reach the goal."""

MOST: Final = 6_000
"""Pairs after which a run is over."""


class World(NamedTuple):
    """What is simulated.

    Attributes:
        stable: error share of the stable version.
        candidate: error share of the candidate.
        coupling: share of the stable version's failures that the candidate keeps; below the candidate's own
            error share it is that: independent.
        copied: share of the requests that is copied.
    """

    stable: float
    candidate: float
    coupling: float
    copied: float


def main() -> int:
    """Print the figures; return 1 where a goal is missed."""
    options = _options()
    rng = np.random.default_rng(20261124)
    figures: list[Figure] = []
    for copied in (SMALL, 1.0):
        for coupling in COUPLINGS:
            figures += detection(World(BASE, WORSE, coupling, copied), options.runs // 5, rng)
    for copied in (SMALL, 1.0):
        for coupling in (1.0, 0.5, 0.0):
            figures.append(blamed(World(BASE, BASE, coupling, copied), options.runs, rng))
    figures += kept_errors(rng)
    return 0 if print_report("shadow", figures, options.json) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5_000, help="runs without a difference; a fifth with one")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def detection(world: World, runs: int, rng: np.random.Generator) -> list[Figure]:
    """Return median and 90 % quantile of the pairs until harm is proven."""
    pairs = np.array([until(world, rng) for _ in range(runs)])
    name = f"2 % → 4 %, {_told(world)}"
    median, late = float(np.median(pairs)), float(np.quantile(pairs, 0.9))
    if world.copied == 1.0 and world.coupling < FEW_APART:  # the floor of any test of such pairs is higher
        return [Figure(f"{name}: median pairs", median), Figure(f"{name}: p90 pairs", late)]
    return [at_most(f"{name}: median pairs", median, 700), at_most(f"{name}: p90 pairs", late, 1_300)]


def blamed(world: World, runs: int, rng: np.random.Generator) -> Figure:
    """Return the upper 95 % bound of the share of good candidates that are blamed within 3,000 pairs."""
    false = sum(math.isfinite(until(world, rng, most=3_000, look=150)) for _ in range(runs))
    name = f"A/A {_told(world)}: {false} of {runs:,} blamed, upper 95 % bound"
    return at_most(name, wilson(runs, false, z=1.645).high, ALPHA)


def until(world: World, rng: np.random.Generator, *, most: int = MOST, look: int = LOOK) -> float:
    """Return the pairs that harm takes; infinity where it is not found."""
    bets = PairedBets(1)
    bound = -math.log(ALPHA)
    each = round((1 - world.copied) / world.copied)
    keep = max(world.coupling, world.candidate)
    other = (world.candidate - world.stable * keep) / (1 - world.stable)
    for pairs in range(look, most + 1, look):
        stable = rng.random(look) < world.stable
        candidate = rng.random(look) < np.where(stable, keep, other)
        others = rng.binomial(each, world.stable, look) / each if each else None
        bets.add(0, candidate.astype(np.float64), stable.astype(np.float64), others)
        if bets.harm()[0] >= bound:
            return pairs
    return math.inf


def _told(world: World) -> str:
    keep = f"{100 * world.coupling:.0f} % kept" if world.coupling else "independent"
    return f"{'all' if world.copied == 1.0 else f'{100 * world.copied:.0f} %'} copied, {keep}"


if __name__ == "__main__":
    raise SystemExit(main())
