"""What falls due: diagnoses, verifications, status updates, checks of tracks, the ends of silences."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident import Noted, is_open
from aright.core.model.incident import Incident
from aright.core.model.times import MINUTE
from aright.engine.awake import HEARTBEAT
from aright.engine.diagnosing import run_diagnosis
from aright.engine.happening import happen
from aright.engine.hearing import LEARN
from aright.engine.heartbeats import run_heartbeat
from aright.engine.learning import learn
from aright.engine.muting import UNMUTE
from aright.engine.pipelines import LATE, miss
from aright.engine.releasing import RELEASE, run_release
from aright.engine.response import ESCALATING, run_escalations
from aright.engine.telling import UPDATE, run_update
from aright.engine.ticket_dues import TICKETS
from aright.engine.ticket_watch import run_tickets
from aright.engine.tracking import TRACK, run_track
from aright.engine.unmuting import unmute
from aright.engine.verifying import run_verification
from aright.ports.state import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from aright.core.model.message import Due
    from aright.core.model.times import Micros
    from aright.engine.world import World

_log = logging.getLogger(__name__)


TRY_AGAIN: Final = 5 * MINUTE
"""When what people wait for is tried again after it broke (µs)."""

DIAGNOSE: Final = "diagnose"
"""The task that takes long: on the wall clock it has a thread of its own."""

APART: Final = (DIAGNOSE, RELEASE, TICKETS)
"""Tasks that wait for others' answers: on the wall clock each sort has a thread of its own."""

RESPONSE: Final = (*ESCALATING, HEARTBEAT, UPDATE, TRACK, UNMUTE)
"""Tasks that people wait for, and that any replica does: on the wall clock no window keeps them waiting."""


def run_due(world: World, now: Micros, *, only: str = "", but: Collection[str] = ()) -> None:
    """Do all that is due by ``now``; a task that breaks is told in its incident's timeline and dropped.

    Args:
        world: the ports.
        now: µs, UTC.
        only: tasks of this sort alone; empty for all.
        but: no tasks of these sorts.
    """
    if not world.clock.driven:  # which is moved, and never sleeps
        world.awake.look(world.state, now)
    with world.state.transaction() as tx:
        dues = tx.take_due(now, only=only, but=but)
    _run_all(world, dues)


def run_response(world: World, now: Micros) -> None:
    """Do what is due of the response, escalations first; others may do so at the same time."""
    run_escalations(world, now)
    world.awake.look(world.state, now)
    with world.state.transaction() as tx:
        dues = [due for task in RESPONSE for due in tx.take_due(now, only=task)]
    _run_all(world, dues)


def _run_all(world: World, dues: Iterable[Due]) -> None:
    for due in dues:
        try:
            _run(world, due)
        except UnreachableError:
            raise  # that is not the task's failure: it is done once the state is there again
        except Exception as broken:  # noqa: BLE001  one broken task must not stop the watch over all services
            _log.exception("the task %s broke", due.key)
            _tell_broken(world, due, broken)


def _run(world: World, due: Due) -> None:
    if due.task == DIAGNOSE:
        run_diagnosis(world, due.subject)
    elif due.task == "verify":
        run_verification(world, due.subject, due.key)
    elif due.task == RELEASE:
        run_release(world, due.subject)
    elif due.task == LATE:
        miss(world, due)
    elif due.task == LEARN:
        learn(world, due.subject)
        with world.state.transaction() as tx:
            tx.done(due.key)
    elif due.task == TICKETS:
        run_tickets(world, due)
    elif due.task in RESPONSE:
        _respond(world, due)
    else:
        raise ValueError(f"there is no task {due.task!r}: was this store written by a newer aright?")


def _respond(world: World, due: Due) -> None:
    if due.task in ESCALATING:
        run_escalations(world, world.clock.now())
    elif due.task == HEARTBEAT:
        run_heartbeat(world, due)
    elif due.task == UPDATE:
        run_update(world, due)
    elif due.task == TRACK:
        run_track(world, due)
    elif due.task == UNMUTE:
        unmute(world, due.subject)


def _tell_broken(world: World, due: Due, broken: Exception) -> None:
    again = due.task in {UPDATE, TRACK}  # a cadence goes on: it must not end with one look that broke
    then = "it is tried again in 5 min" if again else "it was not tried again"
    text = f"the task {due.task} broke ({type(broken).__name__}: {broken}); {then}"[:1_000]
    now = world.clock.now()
    with world.state.transaction() as tx:
        tx.done(due.key)
        incident = tx.get(Incident, due.subject)
        if incident is not None and again:
            tx.schedule(msgspec.structs.replace(due, due_at=now + TRY_AGAIN))
        if incident is not None and is_open(incident):
            happen(world, tx, incident, Noted(at=now, by="aright", text=text))
