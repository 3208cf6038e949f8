"""Releasing: look, decide, write down, do, write down again."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.mitigate.release import (
    IllegalOrderError,
    Line,
    Moved,
    carry_out,
    decide,
    settled,
)
from aright.core.mitigate.release.moving import seen, to
from aright.core.model.change import Change
from aright.core.model.incident import TimelineEvent
from aright.core.model.message import Due
from aright.core.model.release import UNDER_WAY, Call, Look, Release, ReleaseState
from aright.core.model.times import SECOND
from aright.engine.operations import Happening, RefusedError, UnknownError
from aright.engine.release_settling import Settled, settle
from aright.engine.trials import quality_is_back, service_of

if TYPE_CHECKING:
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

_log = logging.getLogger(__name__)

RELEASE: Final = "release"
"""The task of looking at a release."""

_AGAIN: Final = 5 * SECOND
"""When it is tried again where router or registry failed."""

_EVERY: Final = 1_000_000

_LOOKED_AT: Final = frozenset({ReleaseState.SHADOW, ReleaseState.CANARY, ReleaseState.VERIFYING})
_TELLS: Final = {ReleaseState.VERIFYING: "serves all", ReleaseState.ROLLED_BACK: "was put back"}


def run_release(world: World, key: str) -> None:
    """Make things as the release wants them, look at it, and do what that comes to.

    A look that breaks is told, holds the release, and is made again: nobody else would watch it.
    """
    with world.trials.of(read_release(world, key).service):
        release = read_release(world, key)
        if release.state not in UNDER_WAY:
            _done(world, release)
            return
        settling = _settle(world, release)
        try:
            settling = _look_and_settle(world, settling)
        except Exception as broken:  # noqa: BLE001 - told, and not the end of watching
            _log.exception("the look at %s broke", key)
            settling = _broken(world, read_release(world, key), broken)
        _schedule(world, settling.release, soon=bool(settling.hold))
    world.happenings.tell(Happening(kind="release", key=key))


def _look_and_settle(world: World, settling: Settled) -> Settled:
    """Look, keep what that comes to, and act on it at once; what could not be done is tried again soon."""
    before = settling.release
    release = _keep(world, _looked(world, before, settling))
    if release.state is not before.state or release.step != before.step:
        return _settle(world, release)
    return Settled(release=release, hold=settling.hold, problem=settling.problem)


def _broken(world: World, release: Release, broken: Exception) -> Settled:
    problem = f"The look at it broke ({type(broken).__name__}: see the log); it is made again."
    world.trials.forget(release.key)  # what was half counted is counted anew from the rows
    done = Settled(release=release, hold="no_data", problem=problem)
    kept = _keep(world, _failing(Moved(release=release), done, world.clock.now()))
    return Settled(release=kept, hold=done.hold, problem=problem)


def order_release(world: World, key: str, what: str, *, by: str, text: str, dry_run: bool = False) -> Release:
    """Carry out a person's order at once, or say how it would stand; ``UnknownError``, ``RefusedError``."""
    with world.trials.of(read_release(world, key).service):
        release = read_release(world, key)
        if what == "roll_back" and release.state is ReleaseState.PROMOTED:
            _latest(world, release)
        try:
            moved = carry_out(release, what, by=by, text=text, at=world.clock.now())
        except IllegalOrderError as illegal:
            raise RefusedError(
                str(illegal), f"`aright release show {key}` says where it stands."
            ) from illegal
        if dry_run:
            return moved.release
        settling = _settle(world, _keep(world, moved))
        _schedule(world, settling.release, soon=True)
    world.happenings.tell(Happening(kind="release", key=key))
    return settling.release


def keep_new(world: World, release: Release, lines: tuple[Line, ...]) -> Release:
    """Keep a release that begins, under a key of its own, and begin; ``RefusedError``."""
    with world.trials.of(release.service):
        with world.state.transaction() as tx:
            nothing_under_way(tx, release.service)
            release = msgspec.structs.replace(release, key=f"REL-{tx.next_number('release')}")
            _write(tx, Moved(release=release, lines=lines), world.clock.now())
        settling = _settle(world, release)
        _schedule(world, settling.release, soon=True)
    world.happenings.tell(Happening(kind="release", key=release.key))
    return settling.release


def nothing_under_way(tx: Transaction, service: str) -> None:
    """Raise ``RefusedError`` where a release of a service is under way: two would pull at the same doors."""
    for other in tx.list(Release, service=service, tag="open", limit=1):
        raise RefusedError(
            f"{other.key} of {service} is under way ({other.version})",
            f"Wait for it, or `aright release stop {other.key}`.",
        )


def _latest(world: World, release: Release) -> None:
    """Raise ``RefusedError`` where another release came later: what was before this one was long ago."""
    with world.state.transaction() as tx:
        nothing_under_way(tx, release.service)
        others = tx.list(Release, service=release.service, limit=_EVERY)
    later = [
        each
        for each in others
        if each.started_at > release.started_at and each.state is ReleaseState.PROMOTED
    ]
    if later:
        last = max(later, key=lambda each: each.started_at)
        raise RefusedError(
            f"{last.key} came after {release.key}, and {last.version} serves since",
            f"`aright release roll-back {last.key}` puts back {last.stable}.",
        )


def read_release(world: World, key: str) -> Release:
    """Return a release; raises ``UnknownError``."""
    with world.state.transaction() as tx:
        release = tx.get(Release, key)
    if release is None:
        raise UnknownError(
            f"there is no release {key[:80]!r}", "`aright release list` shows those there are."
        )
    return release


def _settle(world: World, release: Release) -> Settled:
    """Act until what is, is what the release wants; each thing done is committed before the next begins."""
    done = settle(world, service_of(world, release.service), release)
    now = world.clock.now()
    if done.release.state is ReleaseState.ROLLING_BACK and done.lines:
        # what the candidate answered until it was switched off says nothing of how it went afterwards
        done = replace(done, release=to(done.release, ReleaseState.ROLLING_BACK, at=now))
    moved = Moved(release=done.release, lines=done.lines)
    if done.hold:
        moved = _failing(moved, done, now)
    else:
        further = settled(done.release, at=now)
        moved = Moved(release=further.release, lines=(*done.lines, *further.lines))
    kept = _keep(world, moved)
    if not done.hold and kept.state is not done.release.state:
        return _settle(world, kept)
    return Settled(release=kept, hold=done.hold, problem=done.problem)


def _failing(moved: Moved, done: Settled, now: Micros) -> Moved:
    """Say once that router or registry do not do what they were told."""
    look = Look(
        at=now,
        stage=moved.release.state.value,
        share=moved.release.share,
        call=Call.HOLD,
        hold=done.hold,
        reason=done.problem,
    )
    before = moved.release.looks[-1] if moved.release.looks else None
    release = seen(moved.release, look) if before is None or before.reason != look.reason else moved.release
    known = before is not None and (before.hold, before.reason) == (look.hold, look.reason)
    line = Line(kind="failed", text=f"Held ({done.hold}): {done.problem}", key=True)
    return Moved(release=release, lines=moved.lines if known else (*moved.lines, line))


def _looked(world: World, release: Release, settling: Settled) -> Moved:
    now = world.clock.now()
    until = now - world.settings.lateness
    if release.state is ReleaseState.ROLLING_BACK and not settling.hold:
        return _back_again(world, release, until=until, now=now)
    if until <= release.stepped_at:
        return Moved(release=release)
    if release.state is ReleaseState.PROMOTING and settling.hold and release.share > 0:
        as_before = msgspec.structs.replace(release, state=ReleaseState.CANARY)
        return decide(release, world.trials.look(world, as_before, until=until))
    if release.state not in _LOOKED_AT:
        return Moved(release=release)
    look = world.trials.look(world, release, until=until)
    if settling.hold and look.call is not Call.ROLL_BACK:  # it goes nowhere while they cannot be told
        look = msgspec.structs.replace(look, call=Call.HOLD, hold=settling.hold, reason=settling.problem)
    return decide(release, look)


def _back_again(world: World, release: Release, *, until: Micros, now: Micros) -> Moved:
    """Say whether quality came back; where the candidate never served anybody there is nothing to verify."""
    served = any(share > 0 for _, share in release.shares) or release.forced
    back, text = (True, "Nobody was served by it.")
    if served:
        back, text = quality_is_back(world, release, until=until)
    if not back and now - release.stepped_at < release.policy.verify_for:
        return Moved(release=release)
    ended = to(release, ReleaseState.ROLLED_BACK, at=now)
    if not back:
        text = f"It could not be verified that quality came back. {text} {_ADVICE}"
    lines = (
        Line(kind="verified" if back else "failed", text=text, key=True),
        Line(kind="rolled_back", text=f"{release.version} serves nobody any more.", key=True),
    )
    return Moved(
        release=msgspec.structs.replace(ended, outcome=f"{release.outcome} {text}".strip()), lines=lines
    )


_ADVICE: Final = (
    "If both versions fail, going back does not help: open the circuit breaker in front of the model, "
    "serve the fallback, and look at what both of them are given."
)


def _keep(world: World, moved: Moved) -> Release:
    with world.state.transaction() as tx:
        _write(tx, moved, world.clock.now())
    return moved.release


def _write(tx: Transaction, moved: Moved, now: Micros) -> None:
    release = moved.release
    known = tx.get(Release, release.key)
    tx.put(release)
    if release.state in UNDER_WAY and (
        known is None or (known.state, known.step) != (release.state, release.step)
    ):  # a process that ends before it has acted comes back to it
        tx.schedule(_due(release, now + _AGAIN))
    for line in moved.lines:
        tx.append_event(
            TimelineEvent(
                incident=release.key,
                number=0,
                at=now,
                kind=line.kind,
                text=line.text,
                by=line.by,
                key=line.key,
            )
        )
    if known is None or known.state is release.state or release.state not in _TELLS:
        return
    before, after = release.stable, release.version
    if release.state is ReleaseState.ROLLED_BACK:
        if not known.shares and not known.forced:
            return
        before, after = after, before
    tx.put(
        Change(
            key=f"{release.key}:{release.state.value}",
            at=now,
            service=release.service,
            kind="model_version",
            what=release.model or "model",
            before=before,
            after=after,
            source="aright",
            title=f"{release.key}: {after} {_TELLS[release.state]}",
        )
    )


def _schedule(world: World, release: Release, *, soon: bool = False) -> None:
    if release.state not in UNDER_WAY:
        _done(world, release)
        return
    now = world.clock.now()
    width = max(release.policy.look_every, SECOND)
    at = release.started_at + world.settings.lateness
    following = at + ((now - at) // width + 1) * width
    if soon:
        following = min(following, now + _AGAIN)
    with world.state.transaction() as tx:
        tx.schedule(_due(release, following))


def _due(release: Release, at: Micros) -> Due:
    return Due(key=f"{RELEASE}:{release.key}", task=RELEASE, subject=release.key, due_at=at)


def _done(world: World, release: Release) -> None:
    world.trials.forget(release.key)
    with world.state.transaction() as tx:
        tx.done(f"{RELEASE}:{release.key}")
