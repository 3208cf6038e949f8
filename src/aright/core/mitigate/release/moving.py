"""Moving a release on, and the lines that its ledger gets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.release import UNDER_WAY, ReleaseState

if TYPE_CHECKING:
    from aright.core.model.release import Judged, Look, Release
    from aright.core.model.times import Micros

MOST_LOOKS: Final = 240
"""Looks that are kept; of the older half every second one goes when there are more."""


KEPT_PARTS: Final = 2
"""Parts that a look which is not the last one still tells of: those that stood worst."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line for the ledger.

    Attributes:
        kind: begun | forced | gate | shadow | step | promoting | verifying | promoted | rolling_back |
            rolled_back | stopped | held | approved | paused | resumed | ordered | split | pointed | failed |
            verified.
        text: one sentence for people.
        by: who.
        key: whether it is a key moment.
    """

    kind: str
    text: str
    by: str = "aright"
    key: bool = False


@dataclass(frozen=True, kw_only=True)
class Moved:
    """A release after something happened, and what is to be written down of it."""

    release: Release
    lines: tuple[Line, ...] = ()


def seen(release: Release, look: Look) -> Release:
    """Return the release with one more look, the older ones thinned out.

    Each keeps what it says of all the traffic and of the parts that stood worst; only the last one keeps what
    it says of every part.
    """
    looks = release.looks
    if looks:
        looks = (*looks[:-1], msgspec.structs.replace(looks[-1], judged=_brief(looks[-1])))
    if len(looks) >= MOST_LOOKS:
        half = MOST_LOOKS // 2
        looks = (*looks[:half:2], *looks[half:])
    return msgspec.structs.replace(release, looks=(*looks, look))


def _brief(look: Look) -> tuple[Judged, ...]:
    parts = [each for each in look.judged if each.segment.attribute][:KEPT_PARTS]
    return tuple(each for each in look.judged if not each.segment.attribute or each in parts)


def to(release: Release, state: ReleaseState, *, at: Micros, step: int | None = None) -> Release:
    """Return the release in another state or at another step."""
    return msgspec.structs.replace(
        release,
        state=state,
        step=release.step if step is None else step,
        stepped_at=at,
        ended_at=0 if state in UNDER_WAY else at,
    )


def to_canary(release: Release, step: int, reason: str, *, at: Micros) -> Moved:
    """Return the release at a step of its canary."""
    share = release.policy.steps[step]
    text = f"{reason} {release.version} is to serve {100 * share:.3g} % of the users.".strip()
    return Moved(
        release=to(release, ReleaseState.CANARY, at=at, step=step),
        lines=(Line(kind="step", text=text, key=True),),
    )
