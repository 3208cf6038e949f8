"""Recovery: what memory held before the process ended, made again from the store."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final

from msgspec import structs

from aright.core.model.bookkeeping import Checkpoint
from aright.core.model.cuts import Cuts
from aright.core.model.frame import Kind
from aright.core.model.service import Service
from aright.core.model.tables import FIELDS
from aright.core.model.times import DAY
from aright.engine import slo
from aright.engine.consuming import MOST_SERVICES, keep, owners_of
from aright.engine.detecting import settings_of
from aright.engine.quiet import quiet_spans, was_quiet
from aright.engine.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aright.core.model.times import Micros
    from aright.engine.intake import Intake, Taken
    from aright.engine.world import World

_HISTORY: Final = 7 * DAY
_READ_AT_ONCE: Final = DAY // 4  # of points: a week of a large service's does not fit in memory
_FOREVER: Final = 2**62
_EVERY: Final = 1_000_000
_TAKEN_AT_ONCE: Final = 200_000


@dataclass(frozen=True, kw_only=True)
class Recovered:
    """What the engine goes on from.

    Attributes:
        position: log position up to which rows are at rest.
        counted: log position up to which rows had been taken when the last window was closed.
        closed_to: end of the last closed window (µs, UTC); 0 for none.
        watches: by service.
        taken: the portions behind ``counted`` that have been read already; to be consumed next.
    """

    position: int
    counted: int
    closed_to: Micros
    watches: dict[str, Watch]
    taken: list[Taken]


def recover(world: World, intake: Intake) -> Recovered:
    """Cut what a crash left beyond the checkpoint, and fill windows and detectors again.

    Rows that were not at rest yet are read from the log: those that closed windows have counted are only put
    at hand, the others are taken anew. A detector is a pure function of the points it was given and of
    whether an incident was open, and both are stored, so going over them again brings back what it knew.
    """
    with world.state.transaction() as tx:
        mark = tx.get(Checkpoint, "engine") or Checkpoint(key="engine", position=0, closed_to=0, clock="")
        known = {service.key: service for service in tx.list(Service, limit=_EVERY)}
    if mark.store != world.role.store:
        mark = structs.replace(mark, position=0, counted=0)  # another replica's log, on another disk
    counted = mark.counted or mark.position
    world.rows.start(mark.position)
    intake.start(mark.position)
    taken = _read_again(world, intake, counted, owners_of(known.values()))
    unknown = [name for name in world.rows.services() if name not in known][: MOST_SERVICES - len(known)]
    with world.state.transaction() as tx:
        spans = quiet_spans(tx)
    watches = {
        name: watch_again(world, known.get(name, Service(key=name)), mark.closed_to, spans)
        for name in sorted([*known, *unknown])
    }
    return Recovered(
        position=mark.position, counted=counted, closed_to=mark.closed_to, watches=watches, taken=taken
    )


def watch_again(
    world: World,
    service: Service,
    closed_to: Micros,
    spans: Mapping[str, Sequence[tuple[Micros, Micros]]] | None = None,
) -> Watch:
    """Return a watch that knows what one would know that had been there all along.

    Args:
        world: the ports.
        service: whose watch.
        closed_to: end of the last closed window (µs, UTC).
        spans: when incidents hit each service, where that has been read already.
    """
    with world.state.transaction() as tx:
        cuts = tx.get(Cuts, service.key)
        quiet = (quiet_spans(tx) if spans is None else spans).get(service.key, ())
    watch = Watch(service, world.settings, cuts)
    with world.state.transaction() as tx:
        watch.objectives = slo.load(
            tx, service.key, settings_of(service, world.settings), closed_to, quiet=quiet
        )
        watch.resume(tx, closed_to)
        kept = watch.thaw(tx, closed_to)
    if kept is None:
        _learn_again(world, watch, (closed_to - _HISTORY, closed_to), lambda at: was_quiet(quiet, at))
    else:
        since, was = kept
        _learn_again(world, watch, (since, closed_to), lambda _: was)
    _fill_again(world, watch, closed_to)
    return watch


def _read_again(world: World, intake: Intake, counted: int, owners: Mapping[str, str]) -> list[Taken]:
    """Put at hand what closed windows have counted; return the first portions beyond."""
    while world.rows.reached < counted and (taken := intake.take(_TAKEN_AT_ONCE)):
        keep(world, [portion for portion in taken if portion.last <= counted], owners)
        beyond = [portion for portion in taken if portion.last > counted]
        if beyond:
            return beyond
    return []


def _learn_again(
    world: World, watch: Watch, during: tuple[Micros, Micros], quiet: Callable[[Micros], bool]
) -> None:
    """Go over stored points; ``quiet`` says whether an incident was open when a window was closed."""
    name, (first, end) = watch.service.key, during
    for begin in range(first, end, _READ_AT_ONCE):
        with world.state.transaction() as tx:
            points = tx.points(name, start=begin, end=min(begin + _READ_AT_ONCE, end))
        watch.know(points)
        for start, group in groupby(points, key=lambda point: point.start):
            closed_at = start + world.settings.width + world.settings.lateness
            watch.learn(list(group), now=closed_at, quiet=quiet(closed_at))


def _fill_again(world: World, watch: Watch, closed_to: Micros) -> None:
    name = watch.service.key
    recent = world.rows.scan(Kind.PREDICTIONS, name, closed_to - world.settings.memory, closed_to)
    watch.remember(recent, closed_to)
    for kind in FIELDS:
        watch.take(kind, world.rows.scan(kind, name, closed_to, _FOREVER))
