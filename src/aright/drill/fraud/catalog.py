"""The service's entry in the catalog: what it is, and how its releases are let through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.drill.fraud import names
from aright.drill.fraud.scorer import THRESHOLD
from aright.drill.fraud.scoring import HELD_OUT

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOW_MS: Final = 100
"""Answers slower than this (ms) are counted."""

PAIRS: Final = 7_000
"""Pairs that a shadow needs at least."""


def entry(registry: str, traffic: Mapping[str, Mapping[str, str]], *, shadow: bool) -> dict[str, object]:
    """Return the service's entry.

    Args:
        registry: where the registry is.
        traffic: the router's entry.
        shadow: whether releases are given copies before they serve anybody.
    """
    return {
        "type": "fraud",
        "tier": 1,
        "owners": [names.TEAM],
        "quality": [names.CORRECT],
        "segments": [names.MARKET, names.TILL],
        "threshold": THRESHOLD,
        "rollout": {
            "registry": {
                "mlflow": registry,
                "model": names.MODEL,
                "alias": names.CHAMPION,
                "candidate": names.CANDIDATE,
            },
            "traffic": traffic,
            "metrics": [
                {"name": f"quality:{names.CORRECT}"},
                {"name": f"events:{names.COMPLAINT}", "margin": 0},
                {"name": "error_share", "margin": 0},
                {"name": f"slower:{SLOW_MS}", "margin": 0},
                {"name": "declined", "on_harm": "hold", "margin": 0},
                {"name": "score", "on_harm": "hold", "margin": 0},
            ],
            "segments": [names.MARKET],
            "look_every": "30s",
            "shadow_pairs": PAIRS if shadow else 0,
            "shadow_for": "20m",
            "verify_for": "3m",
            "hold_out": HELD_OUT,
        },
    }
