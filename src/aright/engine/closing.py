"""Closing a window: its points and profiles, its alerts and what follows from them, in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.model.guard import Guard
from aright.core.prevent import ON_PAYLOADS
from aright.engine.calls import learn_edges
from aright.engine.cases import Served, payloads
from aright.engine.muting import muted_now
from aright.engine.operations import Happening
from aright.engine.process import is_process
from aright.engine.respond import guard_alerts, hit_now, recur, respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.alert import Alert
    from aright.core.model.times import Micros
    from aright.core.observe.calls import Halves
    from aright.engine.watch import Watch
    from aright.engine.world import World
    from aright.ports.state import Transaction


def close_window(
    world: World, tx: Transaction, watches: Mapping[str, Watch], *, start: Micros, now: Micros
) -> int:
    """Close the window that starts at ``start`` for every service; return how many rows came too late."""
    late = 0
    halves: dict[str, Halves] = {}
    hit, muted = hit_now(tx), muted_now(tx)
    for name in sorted(watches):
        watch = watches[name]
        cuts = watch.cuts
        closed = watch.close(start)
        if watch.cuts is not None and watch.cuts is not cuts:
            tx.put(watch.cuts)
        tx.add_sheets(closed.sheets)
        quiet = name in hit or name in muted
        told = watch.close_parts(tx, start, now=now, quiet=quiet)
        late += closed.late + told.late
        if told.halves is not None:
            halves[name] = told.halves
        suites = world.suites.close(world, tx, watch.service, start, now=now)
        estimated = world.estimating.close(world, tx, watch, start, now=now, quiet=quiet)
        points = (*closed.points, *told.points, *suites.points, *estimated.points)
        found = (*told.alerts, *suites.alerts, *estimated.alerts)
        if not points and not found:
            continue
        tx.add_points(points)
        judged = [point for point in points if not is_process(point.name)]
        alerts = [*found, *watch.learn(points, now=now, quiet=quiet)]
        watch.keep(tx, start + world.settings.width, quiet=quiet)
        alerts += watch.objectives.judge(tx, judged, start=start, now=now, quiet=quiet)
        if alerts:
            respond(world, tx, watch.service, alerts, now=now)
        if name not in hit:
            _ask_guards(world, tx, watch, start=start, now=now)
    learn_edges(tx, halves, now=now)
    return late


def tell(world: World, watches: Mapping[str, Watch]) -> None:
    """Tell open pages that a window has been closed."""
    for name in watches:
        world.happenings.tell(Happening(kind="window", key=name))


def _ask_guards(world: World, tx: Transaction, watch: Watch, *, start: Micros, now: Micros) -> None:
    guards = tx.list(Guard, service=watch.service.key)
    if not guards:
        return
    span = (start, start + world.settings.width)
    service = Served(
        rows=world.rows, service=watch.service.key, scales=watch.scales, settings=world.settings, now=now
    )
    of_answers = [guard for guard in guards if guard.kind != ON_PAYLOADS]
    of_payloads = [guard for guard in guards if guard.kind == ON_PAYLOADS]
    fired: list[tuple[Guard, Alert]] = []
    for width in sorted({guard.width for guard in of_answers}):
        since = span[1] - max(width, world.settings.width)
        theirs = [guard for guard in of_answers if guard.width == width]
        fired += guard_alerts(theirs, service.during((since, span[1])), start=since, now=now)
    for width in sorted({guard.width for guard in of_payloads}):
        since = span[1] - max(width, world.settings.width)
        theirs = [guard for guard in of_payloads if guard.width == width]
        rows = payloads(world, service.service, (since, span[1]))
        fired += guard_alerts(theirs, rows, start=since, now=now)
    recur(world, tx, watch.service, fired, now=now)
