"""What router and registry should say of a release, by where it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from aright.core.model.release import ReleaseState

if TYPE_CHECKING:
    from aright.core.model.release import Release

_FOR_ALL: Final = frozenset({ReleaseState.PROMOTING, ReleaseState.VERIFYING, ReleaseState.PROMOTED})


class Target(NamedTuple):
    """What should be so.

    Attributes:
        share: of the units that go to the candidate.
        version: that the alias of the version that serves all stands for.
    """

    share: float
    version: str


def target(release: Release, *, aliased: bool) -> Target:
    """Return what should be so; whoever carries it out only ever has to make the difference go away.

    Args:
        release: where it stands.
        aliased: whether an alias decides which version serves all. Then the router's share goes back to none
            once the alias has moved, because the others serve the candidate as well; else it goes to all.

    >>> from aright.core.model.release import Policy, Release
    >>> told = {"key": "REL-1", "service": "s", "version": "9", "stable": "8", "policy": Policy(), "by": "me"}
    >>> canary = Release(**told, state=ReleaseState.CANARY, started_at=0, step=1)
    >>> target(canary, aliased=True)
    Target(share=0.05, version='8')
    """
    if release.state is ReleaseState.CANARY:
        return Target(release.policy.steps[release.step], release.stable)
    if release.state is ReleaseState.PROMOTING:
        return Target(release.share if aliased else 1.0, release.version)
    if release.state in _FOR_ALL:
        return Target(0.0 if aliased else 1.0, release.version)
    return Target(0.0, release.stable)
