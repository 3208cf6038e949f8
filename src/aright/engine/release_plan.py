"""What is going to be done with a release, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.release import UNDER_WAY, ReleaseState
from aright.core.model.rollout import way_of

if TYPE_CHECKING:
    from aright.core.model.release import Release
    from aright.core.model.rollout import Rollout


def steps_of(release: Release, rollout: Rollout) -> tuple[str, ...]:
    """Return the steps that are still before a release, one sentence each."""
    if release.state not in UNDER_WAY:
        return ()
    if release.state is ReleaseState.ROLLING_BACK:
        return (*_back(release, rollout), "Watch until quality is as it was.")
    return tuple(_before(release)) + tuple(_canary(release, rollout)) + tuple(_all(release, rollout))


def _before(release: Release) -> list[str]:
    policy = release.policy
    if release.forced or not policy.shadow_pairs:
        return []
    if release.state not in {ReleaseState.PLANNED, ReleaseState.SHADOW}:
        return []
    return [f"Shadow: compare {policy.shadow_pairs:,} pairs of answers that nobody sees."]


def _canary(release: Release, rollout: Rollout) -> list[str]:
    policy = release.policy
    if release.forced or release.state in {ReleaseState.PROMOTING, ReleaseState.VERIFYING}:
        return []
    how = f"{way_of(rollout.traffic)} sends" if rollout.traffic is not None else "you send"
    return [
        f"Canary: {how} {100 * share:.3g} % of the users to {release.version}, until {margin:.3g} times the "
        "failures are ruled out."
        for share, margin in list(zip(policy.steps, policy.step_margins, strict=False))[
            max(release.step, 0) :
        ]
    ]


def _all(release: Release, rollout: Rollout) -> list[str]:
    hours = release.policy.verify_for / 3.6e9
    said = []
    if release.state is not ReleaseState.VERIFYING:
        registry = rollout.registry
        moved = f"{registry.alias} of {registry.model} is moved to {release.version}" if registry else ""
        way = way_of(rollout.traffic) if rollout.traffic is not None else "your router"
        said.append(f"All users: {moved or f'{way} sends everybody to {release.version}'}.")
    return [*said, f"Watch for {hours:.3g} h; go back to {release.stable} if it is worse."]


def _back(release: Release, rollout: Rollout) -> list[str]:
    said = [f"{way_of(rollout.traffic)} sends nobody to {release.version}."] if rollout.traffic else []
    if rollout.registry is not None:
        said.append(f"{rollout.registry.alias} of {rollout.registry.model} stands for {release.stable}.")
    return said or [f"You send everybody to {release.stable}."]
