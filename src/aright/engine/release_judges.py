"""Which judge counts which stage of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.release import ReleaseState

if TYPE_CHECKING:
    from aright.core.model.release import Release
    from aright.core.model.service import Service
    from aright.engine.trials import Judging


def judge_of(release: Release, service: Service) -> Judging:
    """Return what counts the rows of the stage that a release is in."""
    from aright.core.mitigate import canary, shadow  # noqa: PLC0415

    if release.state is ReleaseState.SHADOW:
        return shadow.ShadowJudge(
            release.policy, stable=release.stable, candidate=release.version, service=service
        )
    policy = shadow.of_canaries(release.policy)
    return canary.Judge(policy, stable=release.stable, candidate=release.version, service=service)
