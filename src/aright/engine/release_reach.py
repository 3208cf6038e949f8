"""Asking router and registry beforehand whether they could do what a release will want."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.engine.operations import RefusedError
from aright.engine.release_settling import traffic_of
from aright.ports.registry import RegistryError
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.release import Release
    from aright.core.model.rollout import MlflowAlias, Rollout, TrafficConfig
    from aright.engine.world import World


def reaches(world: World, rollout: Rollout, release: Release) -> list[str]:
    """Return what was found, one sentence each; raises ``RefusedError`` where the release could not go on."""
    said = []
    if rollout.traffic is not None:
        said += _router(world, rollout.traffic, release)
    if rollout.registry is not None and world.registry is not None:
        said.append(_version(world, rollout.registry, release))
    return said


def _router(world: World, config: TrafficConfig, release: Release) -> list[str]:
    try:
        way = traffic_of(world, config)
        said, warning = way.dry_run(config, release.policy.steps[0]), way.warning(config)
    except TrafficError as broken:
        raise RefusedError(f"the traffic of {release.service} cannot be moved: {broken}") from broken
    return [f"✓ {said}", *([f"✗ {warning}"] if warning else [])]


def _version(world: World, at: MlflowAlias, release: Release) -> str:
    registry = world.registry
    try:
        found = registry.version(at, release.version) if registry is not None else None
    except RegistryError as broken:
        raise RefusedError(f"the registry cannot be asked: {broken}") from broken
    if found is None or not found.ready:
        raise RefusedError(
            f"{at.model} has no version {release.version} that can be served",
            "Register it, and wait until it is ready.",
        )
    return f"✓ {at.model} has version {release.version}, ready to be served"
