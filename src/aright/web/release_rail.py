"""The chain that a release goes along, from the gate to all users, and where it was stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.model.release import ReleaseState
from aright.web.release_words import share_text

if TYPE_CHECKING:
    from aright.core.model.release import Release

_STOPPED: Final = {
    ReleaseState.ROLLING_BACK: "rolled_back",
    ReleaseState.ROLLED_BACK: "rolled_back",
    ReleaseState.STOPPED: "stopped",
}


@dataclass(frozen=True)
class Stop:
    """One link of the chain.

    Attributes:
        name: ``gate``, ``shadow``, a share, ``all``.
        place: ``done`` | ``current`` | ``ahead`` | ``stopped`` | ``left_out``.
        glyph: its shape.
        said: what the place is called, for those who do not see it.
    """

    name: str
    place: str
    glyph: str
    said: str


def rail(release: Release) -> tuple[Stop, ...]:
    """Return the chain, with where the release stands on it.

    >>> from aright.core.model.release import Policy, Release
    >>> policy = Policy(steps=(0.05, 0.5), step_margins=(5.0, 1.5))
    >>> [stop.place for stop in rail(Release(key="REL-1", service="shop", version="v2", stable="v1",
    ...     state=ReleaseState.CANARY, policy=policy, started_at=0, by="Ada", step=1))]
    ['left_out', 'left_out', 'done', 'current', 'ahead']
    """
    names = ["gate", "shadow", *(share_text(step) for step in release.policy.steps), "all"]
    here = _place(release, len(names) - 1)
    ended = release.state is ReleaseState.PROMOTED
    stopped = _STOPPED.get(release.state, "")
    return tuple(
        _stop(release, name, place, here, stopped=stopped, ended=ended) for place, name in enumerate(names)
    )


def _stop(release: Release, name: str, place: int, here: int, *, stopped: str, ended: bool) -> Stop:
    if place == here and stopped:
        return Stop(name, "stopped", stopped, "stopped here" if stopped == "stopped" else "rolled back here")
    if (place == 0 and not release.gate) or (place == 1 and here != 1 and not _had_shadow(release)):
        return Stop(name, "left_out", "left_out", "left out")
    if place < here or ended:
        forced = place == 0 and any(line.startswith("✗") for line in release.gate)
        return Stop(
            name, "done", "failed" if forced else "resolved", "closed, and forced" if forced else "passed"
        )
    if place == here:
        return Stop(name, "current", release.state.value, "it is here")
    return Stop(name, "ahead", "pending", "ahead")


def _had_shadow(release: Release) -> bool:
    return release.policy.shadow_pairs > 0


def _place(release: Release, last: int) -> int:
    state = release.state
    if state in {ReleaseState.PROMOTING, ReleaseState.VERIFYING, ReleaseState.PROMOTED}:
        return last
    if state is ReleaseState.PLANNED:
        return 0
    if state is ReleaseState.SHADOW:
        return 1
    if state is ReleaseState.CANARY:
        return 2 + _step(release)
    return _last_place(release, last)


def _last_place(release: Release, last: int) -> int:
    """Return where a release was that is not on its way any more, as its last look has it."""
    if not release.looks:
        return 2 + release.step if release.step >= 0 else 0
    look = release.looks[-1]
    if look.stage == "shadow":
        return 1
    return last if look.stage == "verifying" or look.share >= 1 else 2 + _step(release)


def _step(release: Release) -> int:
    return min(max(release.step, 0), max(len(release.policy.steps) - 1, 0))
