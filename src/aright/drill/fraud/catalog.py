"""The service in the catalog: what it is, how its releases are let through, and who is told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.drill.fraud import names
from aright.drill.fraud.scorer import THRESHOLD
from aright.drill.fraud.scoring import HELD_OUT
from aright.drill.times import MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Mapping

SLOW_MS: Final = 100
"""Answers slower than this (ms) are counted."""

PAIRS: Final = 4_000
"""Pairs that a shadow needs at least: some minutes, so that labels come meanwhile."""

SECRET: Final = "KESTREL_ROUTER_SECRET"  # noqa: S105  its name
"""The environment variable by which the catalog file names the router's secret."""


def file_of(registry: str, traffic: Mapping[str, Mapping[str, str]]) -> dict[str, object]:
    """Return what the catalog file says: where aliases are, and who splits the cards.

    Args:
        registry: where the registry is.
        traffic: the router's entry.
    """
    at = {
        "mlflow": registry,
        "model": names.MODEL,
        "alias": names.CHAMPION,
        "candidate": names.CANDIDATE,
    }
    return {
        "services": [
            {"name": names.SERVICE, "type": "fraud", "rollout": {"registry": at, "traffic": traffic}}
        ]
    }


def entry(*, shadow: bool) -> dict[str, object]:
    """Return what is sent of the service.

    Args:
        shadow: whether releases are given copies before they serve anybody.
    """
    return {
        "type": "fraud",
        "tier": 1,
        "owners": [names.TEAM],
        "quality": [names.CORRECT],
        "segments": [names.MARKET, names.TILL],
        "threshold": THRESHOLD,
        "rollout": {"policy": _policy(shadow=shadow)},
    }


def _policy(*, shadow: bool) -> dict[str, object]:
    # A release goes on as soon as failures are rare enough in what is labelled. The others are there to stop
    # it: what is counted in them is rare, or is moved by good releases as well.
    return {
        "metrics": [
            {"name": f"quality:{names.CORRECT}"},
            {"name": f"events:{names.COMPLAINT}", "margin": 0},
            {"name": "error_share", "margin": 0},
            {"name": f"slower:{SLOW_MS}", "margin": 0},
            {"name": "declined", "on_harm": "hold", "margin": 0},
        ],
        "segments": [names.MARKET],
        "look_every": 30 * SECOND,
        "shadow_pairs": PAIRS if shadow else 0,
        "shadow_for": 20 * MINUTE,
        "verify_for": 2 * MINUTE,
        "hold_out": HELD_OUT,
    }
