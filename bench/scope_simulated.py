"""How often the scope of an incident is right, on simulated services.

Ten attributes, two of them correlated (.6 and .8) with the one that is hit (30 % of users), 10,000 reference
rows and 3,600 current ones, 2.6 per user; every service has segments that are naturally worse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bench.report import Figure, at_least
from tests.unit.core.diagnose.simulation import World, scope_name

WORLDS: Final = {
    "one segment, click .30 → .15": (World(0, "loss-segment", click_hit=0.15), "shelf = s3", 0.97),
    "one segment, click .30 → .20": (
        World(0, "loss-segment", click_hit=0.2, complaint_hit=0.01),
        "shelf = s3",
        0.0,
    ),
    "all alike, click .30 → .20": (
        World(0, "loss-global", click_hit=0.2, complaint_hit=0.01),
        "global",
        0.95,
    ),
    "nothing": (World(0, "none"), "not enough data", 0.95),
    "those who click less (odds .3) come 8 times as often": (
        World(0, "none", mix_worse=8.0, mix_odds=1.2),
        "mix shift",
        0.9,
    ),
    "nothing, mix shifted": (World(0, "none", mix_shift=True), "not enough data", 0.95),
}
"""By name: a world, what must be said of it, and how often (0: no goal)."""


def simulated(seeds: int) -> list[Figure]:
    """Return the share of seeds for which each world came out right."""
    figures = []
    for name, (world, truth, goal) in WORLDS.items():
        right = sum(scope_name(replace(world, seed=seed)) == truth for seed in range(seeds))
        share = right / seeds
        name = f"incident, simulated: {name}"  # noqa: PLW2901 - as the table has it
        figures.append(at_least(name, share, goal) if goal else Figure(name, share))
    return figures
