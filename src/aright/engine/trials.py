"""Trials: what has been counted so far of each release that is under way."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from aright.core.mitigate.canary.values import of_outcomes
from aright.core.mitigate.release.afterwards import Serving, came_back, judge_after
from aright.core.model.release import ReleaseState
from aright.core.model.service import Service
from aright.core.model.times import DAY, HOUR
from aright.engine.release_rows import answered_between, of_version, rows_between

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa

    from aright.core.model.release import Look, Release
    from aright.core.model.times import Micros
    from aright.engine.world import World

_BEFORE: Final = HOUR
"""How far back the version before is looked at, where it serves nobody any more."""


_MOST_BEFORE: Final = DAY
"""How much of it is read at each look, however long the canary took."""


class Judging(Protocol):
    """Counts rows of one stage of a release, and says what they come to."""

    def add(self, rows: pa.Table, *, metrics: Sequence[str] | None = None) -> None:
        """Count rows that are new; ``metrics`` names those alone whose outcomes came now."""
        ...

    def look(self, *, at: Micros, share: float, step: int, since: Micros) -> Look:
        """Close the interval, and judge."""
        ...


@dataclass
class _Trial:
    stage: ReleaseState
    judge: Judging
    fed_to: Micros


class Trials:
    """Judges in memory; after a restart they count again from the rows.

    Args:
        make: makes the judge of a release's stage.
    """

    def __init__(self, make: Callable[[Release, Service], Judging]) -> None:
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._make = make
        self._known: dict[str, _Trial] = {}

    def of(self, service: str) -> threading.RLock:
        """Return what is held while a service's releases are moved: a slow one delays no other's."""
        return self._locks[service]

    def look(self, world: World, release: Release, *, until: Micros) -> Look:
        """Return a look at rows and outcomes of before ``until`` (µs, UTC)."""
        if release.state is ReleaseState.VERIFYING:
            return judge_after(release.policy, serving(world, release, until=until), at=until)
        trial = self._known.get(release.key)
        if trial is None or trial.stage is not release.state:
            trial = _Trial(
                release.state, self._make(release, service_of(world, release.service)), _began(release)
            )
            self._known[release.key] = trial
            _catch_up(world, release, trial, until)
        return _feed(world, release, trial, until)

    def forget(self, key: str) -> None:
        """Let go of what was counted of a release that is over."""
        self._known.pop(key, None)


def serving(world: World, release: Release, *, until: Micros) -> Serving:
    """Return the rows before and since the candidate came to serve all, or the version before came back."""
    since = release.stepped_at
    first = max(release.started_at - _BEFORE, since - _MOST_BEFORE)
    before = rows_between(world, release.service, first, since, now=until)
    after = rows_between(world, release.service, since, max(until, since), now=until)
    return Serving(
        before=of_version(before, release.stable),
        after=after,
        since=since,
        service=service_of(world, release.service),
    )


def quality_is_back(world: World, release: Release, *, until: Micros) -> tuple[bool, str]:
    """Return whether quality is as it was since the version before was put back, with a sentence."""
    return came_back(release.policy, serving(world, release, until=until), candidate=release.version)


def service_of(world: World, name: str) -> Service:
    """Return a service as the catalog has it."""
    with world.state.transaction() as tx:
        return tx.get(Service, name) or Service(key=name)


def _began(release: Release) -> Micros:
    if release.state is ReleaseState.CANARY and release.shares:
        return next((at for at, share in release.shares if share > 0), release.stepped_at)
    return release.stepped_at


def _catch_up(world: World, release: Release, trial: _Trial, until: Micros) -> None:
    """Count the intervals of looks that were made before a restart; what held without judging closed none."""
    stage = "shadow" if release.state is ReleaseState.SHADOW else "canary"
    for look in release.looks:
        if look.stage == stage and look.judged and trial.fed_to < look.at <= until:
            _feed(world, release, trial, look.at)


def _feed(world: World, release: Release, trial: _Trial, until: Micros) -> Look:
    """Count what came since the last look, an interval for each share that was served in it."""
    until = max(until, trial.fed_to)  # a clock that went back must not have rows counted twice
    for at in [at for at, _ in release.shares if trial.fed_to < at < until]:
        _interval(world, release, trial, at)
    return _interval(world, release, trial, until)


def _interval(world: World, release: Release, trial: _Trial, end: Micros) -> Look:
    start, trial.fed_to = trial.fed_to, end
    for rows, metrics in _portions(world, release, start, end):
        trial.judge.add(rows, metrics=metrics)
    share, step = _share(release, start), max(release.step, 0)
    return trial.judge.look(at=end, share=share, step=step, since=release.stepped_at)


def _portions(
    world: World, release: Release, start: Micros, end: Micros
) -> list[tuple[pa.Table, Sequence[str] | None]]:
    late = [metric.name for metric in release.policy.metrics if of_outcomes(metric.name)]
    fresh = rows_between(world, release.service, start, end, now=end, outcomes=False)
    portions: list[tuple[pa.Table, Sequence[str] | None]] = [(fresh, None)] if fresh.num_rows else []
    if late:
        told = answered_between(world, release.service, start, end, since=release.started_at)
        portions += [(told, late)] if told.num_rows else []
    return portions


def _share(release: Release, at: Micros) -> float:
    return next((share for since, share in reversed(release.shares) if since <= at), 0.0)
