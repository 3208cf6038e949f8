"""What a person may order of a release."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.mitigate.release.moving import Line, Moved, to
from aright.core.model.release import UNDER_WAY, ReleaseState

if TYPE_CHECKING:
    from aright.core.model.release import Release
    from aright.core.model.times import Micros

MOVING: Final = frozenset({"approve", "promote", "roll_back"})
"""Orders that move what users are served: they need the service's name."""


class IllegalOrderError(ValueError):
    """It may not be ordered where the release stands; the text says why, and what may be."""


def carry_out(release: Release, what: str, *, by: str, text: str, at: Micros) -> Moved:
    """Return the release after an order; raises ``IllegalOrderError``.

    Going back is allowed whenever the candidate serves anybody, and after it was promoted, too. Going on to
    all users is allowed from a canary alone, and says who ordered it. A person may also end the watch over
    what serves all, where nothing can be said of it, and a going back that some door does not let end.
    """
    if what not in _ORDERS:
        raise IllegalOrderError(f"{what[:40]!r} is no order: give one of {', '.join(_ORDERS)}")
    promoted = what == "roll_back" and release.state is ReleaseState.PROMOTED
    if release.state not in UNDER_WAY and not promoted:
        raise IllegalOrderError(f"{release.key} is {release.state.value}: nothing is under way")
    return _ORDERS[what](release, by, text, at)


def _approve(release: Release, by: str, text: str, _: Micros) -> Moved:
    following = "canary" if release.state in {ReleaseState.PLANNED, ReleaseState.SHADOW} else "promoting"
    if following not in release.policy.approvals:
        raise IllegalOrderError(f"{release.key} needs nobody's approval to go on from {release.state.value}")
    approved = tuple(dict.fromkeys((*release.approved, following)))
    line = Line(kind="approved", text=f"{by} lets it into {following}.{_why(text)}", by=by, key=True)
    return Moved(release=msgspec.structs.replace(release, approved=approved), lines=(line,))


def _pause(release: Release, by: str, text: str, _: Micros) -> Moved:
    if release.paused_by:
        raise IllegalOrderError(f"{release.key} is paused by {release.paused_by} already")
    line = Line(kind="paused", text=f"{by} holds it where it is.{_why(text)}", by=by, key=True)
    return Moved(release=msgspec.structs.replace(release, paused_by=by), lines=(line,))


def _resume(release: Release, by: str, text: str, _: Micros) -> Moved:
    if not release.paused_by:
        raise IllegalOrderError(f"{release.key} is not paused")
    line = Line(kind="resumed", text=f"{by} lets it go on.{_why(text)}", by=by, key=True)
    return Moved(release=msgspec.structs.replace(release, paused_by=""), lines=(line,))


def _promote(release: Release, by: str, text: str, at: Micros) -> Moved:
    if release.state is ReleaseState.VERIFYING:
        told = f"{by} takes it as good, without watching on.{_why(text)}"
        ended = to(release, ReleaseState.PROMOTED, at=at)
        line = Line(kind="promoted", text=told, by=by, key=True)
        return Moved(release=msgspec.structs.replace(ended, outcome=told, paused_by=""), lines=(line,))
    if release.state is not ReleaseState.CANARY:
        raise IllegalOrderError(f"{release.key} is {release.state.value}: only a canary can be promoted")
    last = release.looks[-1].reason if release.looks else "Nothing has been seen of it yet."
    told = f"{by} lets {release.version} serve all users without waiting.{_why(text)} Last seen: {last}"
    moved = to(release, ReleaseState.PROMOTING, at=at)
    line = Line(kind="ordered", text=told, by=by, key=True)
    return Moved(release=msgspec.structs.replace(moved, forced=by, paused_by=""), lines=(line,))


def _roll_back(release: Release, by: str, text: str, at: Micros) -> Moved:
    if release.state is ReleaseState.ROLLING_BACK:
        raise IllegalOrderError(f"{release.key} is being rolled back already")
    told = f"{by} puts {release.stable} back.{_why(text)}"
    moved = to(release, ReleaseState.ROLLING_BACK, at=at)
    line = Line(kind="ordered", text=told, by=by, key=True)
    return Moved(release=msgspec.structs.replace(moved, outcome=told, paused_by=""), lines=(line,))


def _stop(release: Release, by: str, text: str, at: Micros) -> Moved:
    if release.state is ReleaseState.ROLLING_BACK:
        return _end_going_back(release, by, text, at)
    if release.state not in {ReleaseState.PLANNED, ReleaseState.SHADOW}:
        raise IllegalOrderError(
            f"{release.key} is {release.state.value}: {release.version} may serve users. Roll it back instead"
        )
    told = f"{by} ends it before it was decided.{_why(text)}"
    line = Line(kind="stopped", text=told, by=by, key=True)
    moved = to(release, ReleaseState.STOPPED, at=at)
    return Moved(release=msgspec.structs.replace(moved, outcome=told), lines=(line,))


def _end_going_back(release: Release, by: str, text: str, at: Micros) -> Moved:
    told = f"{by} ends it without it being known that all went back.{_why(text)}"
    line = Line(kind="rolled_back", text=told, by=by, key=True)
    ended = to(release, ReleaseState.ROLLED_BACK, at=at)
    return Moved(
        release=msgspec.structs.replace(ended, outcome=f"{release.outcome} {told}".strip()), lines=(line,)
    )


def _why(text: str) -> str:
    return f" {text.strip().rstrip('.')}." if text.strip() else ""


_ORDERS: Final = {
    "approve": _approve,
    "pause": _pause,
    "resume": _resume,
    "promote": _promote,
    "roll_back": _roll_back,
    "stop": _stop,
}
