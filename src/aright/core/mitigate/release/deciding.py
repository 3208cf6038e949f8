"""What a look at a release moves it to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.mitigate.release.moving import Line, Moved, seen, to, to_canary
from aright.core.model.release import Call, Look, ReleaseState

if TYPE_CHECKING:
    from aright.core.model.release import Release
    from aright.core.model.times import Micros

_LOOKED_AT: Final = frozenset({ReleaseState.SHADOW, ReleaseState.CANARY, ReleaseState.VERIFYING})


def decide(release: Release, look: Look) -> Moved:
    """Return the release after a look.

    What a person must let it into waits for that person, and what is paused goes nowhere; harm rolls back all
    the same. A hold is told once for as long as it is of one kind. While it waits to be made the one that
    serves all, its canary goes on serving, and harm alone counts.
    """
    waits = release.state is ReleaseState.PROMOTING and look.call is Call.ROLL_BACK
    if release.state not in _LOOKED_AT and not waits:
        return Moved(release=release)
    if look.call is Call.ROLL_BACK:
        return _back(seen(release, look), look)
    if look.call is Call.GO and release.paused_by:
        why = f"{release.paused_by} has paused it. {look.reason}"
        look = msgspec.structs.replace(look, call=Call.HOLD, hold="paused", reason=why)
    needed = _approval(release)
    if look.call is Call.GO and needed:
        why = f"A person must approve that it goes on ({needed}). {look.reason}"
        look = msgspec.structs.replace(look, call=Call.HOLD, hold="approval", reason=why)
    before = release.looks[-1] if release.looks else None
    after = seen(release, look)
    return _on(after, look) if look.call is Call.GO else _held(after, look, before)


def settled(release: Release, *, at: Micros) -> Moved:
    """Return the release once router and registry are as it wants them."""
    if release.state is ReleaseState.PLANNED:
        return _begin(release, at=at)
    if release.state is ReleaseState.PROMOTING:
        text = f"{release.version} serves all users, and is watched on."
        return Moved(
            release=to(release, ReleaseState.VERIFYING, at=at),
            lines=(Line(kind="verifying", text=text, key=True),),
        )
    return Moved(release=release)


def _begin(release: Release, *, at: Micros) -> Moved:
    if release.paused_by:
        return Moved(release=release)
    if release.forced:
        text = f"{release.forced} lets {release.version} on to all users without waiting for looks."
        return Moved(
            release=to(release, ReleaseState.PROMOTING, at=at),
            lines=(Line(kind="forced", text=text, by=release.forced, key=True),),
        )
    if release.policy.shadow_pairs:
        text = f"{release.version} is given copies of requests; nobody sees its answers."
        return Moved(
            release=to(release, ReleaseState.SHADOW, at=at), lines=(Line(kind="shadow", text=text, key=True),)
        )
    if "canary" in release.policy.approvals and "canary" not in release.approved:
        why = f"A person must approve that {release.version} serves users (canary)."
        look = Look(at=at, stage="canary", share=0.0, call=Call.HOLD, hold="approval", reason=why)
        before = release.looks[-1] if release.looks else None
        known = before is not None and before.hold == look.hold
        return Moved(release=release) if known else _held(seen(release, look), look, None)
    return to_canary(release, 0, "", at=at)


def _on(release: Release, look: Look) -> Moved:
    if release.state is ReleaseState.SHADOW:
        return to_canary(release, 0, look.reason, at=look.at)
    if release.state is ReleaseState.VERIFYING:
        ended = to(release, ReleaseState.PROMOTED, at=look.at)
        return Moved(
            release=msgspec.structs.replace(ended, outcome=look.reason),
            lines=(Line(kind="promoted", text=look.reason, key=True),),
        )
    if release.step + 1 < len(release.policy.steps):
        return to_canary(release, release.step + 1, look.reason, at=look.at)
    text = f"{look.reason} {release.version} is made the version that serves all."
    return Moved(
        release=to(release, ReleaseState.PROMOTING, at=look.at),
        lines=(Line(kind="promoting", text=text, key=True),),
    )


def _back(release: Release, look: Look) -> Moved:
    text = f"{look.reason} {release.stable} is put back."
    moved = to(release, ReleaseState.ROLLING_BACK, at=look.at)
    return Moved(
        release=msgspec.structs.replace(moved, outcome=look.reason),
        lines=(Line(kind="rolling_back", text=text, key=True),),
    )


def _held(release: Release, look: Look, before: Look | None) -> Moved:
    if look.hold == "inconclusive" and not _lasts(release, look.at):
        return Moved(release=release)  # every step begins so: it is told once it lasts
    told = before is not None and (before.hold, before.stage) == (look.hold, look.stage)
    if told and not (look.hold == "inconclusive" and before and not _lasts(release, before.at)):
        return Moved(release=release)
    return Moved(release=release, lines=(Line(kind="held", text=f"Held ({look.hold}): {look.reason}"),))


def _lasts(release: Release, at: Micros) -> bool:
    policy = release.policy
    patience = policy.shadow_for if release.state is ReleaseState.SHADOW else policy.patience
    return at - release.stepped_at >= patience


def _approval(release: Release) -> str:
    """Return the state that a person must still let it into; empty where it may go on by itself."""
    last = release.state is ReleaseState.CANARY and release.step + 1 >= len(release.policy.steps)
    following = {ReleaseState.SHADOW: "canary"}.get(release.state, "promoting" if last else "")
    return following if following in release.policy.approvals and following not in release.approved else ""
