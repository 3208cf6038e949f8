"""Making router and registry say what a release wants them to say."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from aright.core.mitigate.release import Line, target
from aright.core.model.release import ReleaseState
from aright.core.model.rollout import way_of
from aright.ports.registry import RegistryError
from aright.ports.traffic import TrafficError

if TYPE_CHECKING:
    from aright.core.model.release import Release
    from aright.core.model.rollout import Rollout, TrafficConfig
    from aright.core.model.service import Service
    from aright.engine.world import World
    from aright.ports.traffic import Traffic

_log = logging.getLogger(__name__)

NEAR: Final = 0.01
"""How far a router's share may be from what it was told: weights are small whole numbers."""

_GOING_BACK: Final = frozenset({ReleaseState.ROLLING_BACK, ReleaseState.ROLLED_BACK})


class Aliases(Protocol):
    """Moves aliases, as their only writer."""

    def standing(self, service: str, alias: str) -> str:
        """Return the version that an alias stands for, read now; raises ``RegistryError``."""
        ...

    def point(self, service: str, alias: str, version: str, *, by: str, why: str, force: bool) -> str:
        """Move an alias, read it back, and return what was done; raises ``RegistryError``."""
        ...


@dataclass(frozen=True, kw_only=True)
class Settled:
    """What came of it.

    Attributes:
        release: with the share that is served now.
        lines: what was done.
        hold: ``traffic`` | ``registry`` where it could not be made so; empty where it is so.
        problem: why not, and what to do next.
    """

    release: Release
    lines: tuple[Line, ...] = ()
    hold: str = ""
    problem: str = ""


def settle(world: World, service: Service, release: Release) -> Settled:
    """Make the difference go away between what is and what the release wants.

    Going back, the alias is moved and the router is told whatever either of them says now, and one that fails
    does not keep the other from being tried. Going on, what others changed meanwhile is not overwritten.
    """
    rollout = service.rollout
    if release.state is ReleaseState.STOPPED:  # it has told neither of them anything
        return Settled(release=release)
    if rollout is None:
        return Settled(release=_served(release, target(release, aliased=False).share, world.clock.now()))
    steps = [("registry", _alias), ("traffic", _share)]
    if release.state in _GOING_BACK:
        steps.reverse()  # the router answers at once, where a registry that is gone takes its time
    done = Settled(release=release)
    for door, step in steps:
        try:
            made = step(world, rollout, done.release)
        except (RegistryError, TrafficError) as broken:
            made = Settled(release=done.release, hold=door, problem=str(broken))
        except Exception as broken:  # noqa: BLE001 - one door's fault must not keep the other shut
            _log.exception("the %s of %s broke", door, release.service)
            problem = f"The {door} broke ({type(broken).__name__}): see the log."
            made = Settled(release=done.release, hold=door, problem=problem)
        done = Settled(
            release=made.release,
            lines=(*done.lines, *made.lines),
            hold=done.hold or made.hold,
            problem=" ".join(part for part in (done.problem, made.problem) if part),
        )
        if done.hold and release.state not in _GOING_BACK:
            break
    return done


def _alias(world: World, rollout: Rollout, release: Release) -> Settled:
    registry = rollout.registry
    if registry is None or world.aliases is None:
        return Settled(release=release)
    lines = []
    candidate = registry.candidate if release.state in {ReleaseState.SHADOW, ReleaseState.CANARY} else ""
    if candidate and world.aliases.standing(release.service, candidate) != release.version:
        lines.append(_point(world.aliases, release, candidate, release.version))
    wanted = target(release, aliased=True).version
    standing = world.aliases.standing(release.service, registry.alias)
    away = release.state in _GOING_BACK and standing not in {release.version, ""}
    if standing == wanted or away:  # going back, what counts is that it is not the candidate
        return Settled(release=release, lines=tuple(lines))
    before = _moved_from(release)
    if before is None or standing not in {before, ""}:
        expected = wanted if before is None else before
        foreign = (
            f"{registry.alias} stands for {standing or 'nothing'}, and not for {expected}: moved elsewhere."
        )
        return Settled(
            release=release, lines=tuple(lines), hold="registry", problem=f"{foreign} {_way_out(release)}"
        )
    lines.append(_point(world.aliases, release, registry.alias, wanted))
    return Settled(release=release, lines=tuple(lines))


def _moved_from(release: Release) -> str | None:
    """Return what the alias may be moved from, ``None`` where this state moves it from nowhere.

    Once a release serves all it is not moved on again: whoever put the version before back meant it.
    """
    if release.state is ReleaseState.PROMOTING:
        return release.stable
    return release.version if release.state in _GOING_BACK else None


def _way_out(release: Release) -> str:
    unserved = release.state in {ReleaseState.PLANNED, ReleaseState.SHADOW}
    end = "stop this release" if unserved else "roll this release back"
    return f"Nothing is overwritten. Put it back there, or {end}."


def _point(aliases: Aliases, release: Release, alias: str, version: str) -> Line:
    force = release.state in _GOING_BACK
    answer = aliases.point(release.service, alias, version, by="aright", why=release.key, force=force)
    return Line(kind="pointed", text=answer, key=True)


def _share(world: World, rollout: Rollout, release: Release) -> Settled:
    now = world.clock.now()
    wanted = target(release, aliased=rollout.registry is not None).share
    config = rollout.traffic
    if config is None:
        return Settled(release=_served(release, wanted, now))
    traffic = traffic_of(world, config)
    actual = traffic.share(config)
    foreign = not _near(actual, release.share) and not _near(actual, wanted)
    if foreign and release.state not in _GOING_BACK:
        text = f"the router sends {actual:.1%} to {release.version}, and was told {release.share:.1%}."
        return Settled(
            release=release, hold="traffic", problem=f"{text} Somebody else moved it. {_way_out(release)}"
        )
    exact = wanted in {0.0, 1.0}
    if actual == wanted or (not exact and abs(actual - wanted) <= NEAR / 4):
        return Settled(release=_served(release, wanted, now))
    # stable over retries of one move, and another one where somebody else moved it since
    move = now if release.share == wanted else len(release.shares)
    answer = traffic.send(config, wanted, key=f"{release.key}-{release.started_at}-{wanted:g}-{move}")
    return Settled(release=_served(release, wanted, now), lines=(Line(kind="split", text=answer),))


def _near(actual: float, told: float) -> bool:
    """Return whether a router does as told; nobody and everybody are met exactly, and never by chance."""
    return actual == told or (abs(actual - told) <= NEAR and not {actual, told} & {0.0, 1.0})


def traffic_of(world: World, config: TrafficConfig) -> Traffic:
    """Return what splits traffic in a way; raises ``TrafficError`` where nothing does."""
    found = world.traffic.get(way_of(config))
    if found is None:
        raise TrafficError(f"nothing here splits traffic by {way_of(config)}", permanent=True)
    return found


def _served(release: Release, share: float, now: int) -> Release:
    if release.share == share:
        return release
    return msgspec.structs.replace(release, share=share, shares=(*release.shares, (now, share)))
