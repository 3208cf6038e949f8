"""What falls due of escalations: taken and done within one transaction, so that no two replicas do it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident import Noted, is_open
from aright.core.model.incident import Incident
from aright.core.model.times import MINUTE
from aright.core.page.escalating import ESCALATE, TAKE_OVER_TASK
from aright.engine.happening import happen
from aright.engine.operations import Happening
from aright.engine.paging import Page, escalate, take_over
from aright.ports.state import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.message import Due
    from aright.core.model.times import Micros
    from aright.engine.world import World
    from aright.ports.state import Transaction

_log: Final = logging.getLogger(__name__)

ESCALATING: Final = (TAKE_OVER_TASK, ESCALATE)
"""The tasks of escalations."""

AT_ONCE: Final = 50
"""Steps in one transaction: one alone would pay for its own way to the disk."""

RETRY: Final = 5 * MINUTE
"""When a step that broke is tried again (µs): to drop it would leave the page silent."""


def run_escalations(world: World, now: Micros) -> int:
    """Do all steps that are due by ``now`` (µs, UTC); return how many those were."""
    count = 0
    while done := _some(world, now):
        count += len(done)
        for due in done:
            world.happenings.tell(Happening(kind="incident", key=due.subject))
        world.bell.ring()
    return count


def _some(world: World, now: Micros) -> Sequence[Due]:
    """Do some of them together; one by one where one of them breaks."""
    try:
        with world.state.transaction() as tx:
            dues = _due(tx, now, AT_ONCE)
            for due in dues:
                _do(world, tx, due, now)
            return dues
    except UnreachableError:
        raise  # they are done once the state is there again
    except Exception:  # noqa: BLE001  the others must not wait for the one that breaks
        _log.exception("a step of an escalation broke: each of them is done by itself")
    with world.state.transaction() as tx:
        first = _due(tx, now, 1)
    return _alone(world, first[0], now) if first else ()


def _due(tx: Transaction, now: Micros, limit: int) -> list[Due]:
    return [due for task in ESCALATING for due in tx.take_due(now, limit=limit, only=task)][:limit]


def _alone(world: World, due: Due, now: Micros) -> Sequence[Due]:
    try:
        with world.state.transaction() as tx:
            if due in tx.take_due(now, limit=1_000, only=due.task):
                _do(world, tx, due, now)
    except UnreachableError:
        raise
    except Exception as broken:  # noqa: BLE001  it is tried again: no defect may leave a page silent
        _log.exception("the step %s broke", due.key)
        _later(world, due, now, broken)
    return (due,)


def _do(world: World, tx: Transaction, due: Due, now: Micros) -> None:
    tx.done(due.key)  # unless it is scheduled again below
    incident = tx.get(Incident, due.subject)
    if incident is None:
        return
    page = Page(tx=tx, incident=incident, outlets=world.outlets, base_url=world.public_url)
    (take_over if due.task == TAKE_OVER_TASK else escalate)(page, now)


def _later(world: World, due: Due, now: Micros, broken: Exception) -> None:
    text = f"a step of the escalation broke ({type(broken).__name__}: {broken})"[:900]
    with world.state.transaction() as tx:
        tx.schedule(msgspec.structs.replace(due, due_at=now + RETRY))
        incident = tx.get(Incident, due.subject)
        if incident is not None and is_open(incident):
            happen(
                world, tx, incident, Noted(at=now, by="aright", text=f"{text}; it is tried again in 5 min")
            )
