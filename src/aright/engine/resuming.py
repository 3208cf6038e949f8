"""Resuming: what a process that ended left undone for open incidents is settled when the next one starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident import IllegalEventError, MitigationRecorded, is_open
from aright.core.incident.effects import SendPage, Step
from aright.core.model.incident import Incident
from aright.core.model.on_call import ARIGHT
from aright.core.model.paging import Paging
from aright.engine.commit import commit
from aright.engine.happening import happen
from aright.engine.reaching import policy_of

if TYPE_CHECKING:
    from aright.core.model.incident import Mitigation
    from aright.engine.world import World
    from aright.ports.state import Transaction

_EVERY: Final = 1_000_000


def resume(world: World) -> None:
    """Settle mitigations whose answer is lost, and page for open incidents that nobody was paged for."""
    with world.state.transaction() as tx:
        for incident in tx.list(Incident, limit=_EVERY):
            for attempt in incident.mitigations:
                if attempt.status == "planned":
                    _settle(world, tx, incident.key, attempt)
            _page(world, tx, incident)


def _settle(world: World, tx: Transaction, key: str, attempt: Mitigation) -> None:
    """Call it failed: it is not known whether the service did it, and only people can look."""
    lost = msgspec.structs.replace(attempt, status="failed", answer=_lost(attempt, key))
    try:
        happen(world, tx, tx.get(Incident, key), MitigationRecorded(at=world.clock.now(), mitigation=lost))
    except IllegalEventError:  # filed away meanwhile: its timeline is closed
        return


def _lost(attempt: Mitigation, key: str) -> str:
    if attempt.dry_run:
        return "aright ended before the service answered the dry run: try it out again"
    return (
        "aright ended before the service answered, so it may have been carried out or not. "
        f"Look at the service; then take {attempt.id} back, or mitigate {key} again"
    )


def _page(world: World, tx: Transaction, incident: Incident) -> None:
    """Page late rather than never: somebody can be paged since the incident opened, and nobody was."""
    outlets = world.outlets
    policy = policy_of(tx, incident, outlets)
    if policy is None or not (policy.steps or policy.owner != ARIGHT):
        return
    if is_open(incident) and not incident.acknowledged_by and _is_unpaged(tx, incident):
        tx.delete(Paging, incident.key)
        fresh = tx.get(Incident, incident.key) or incident
        page = SendPage(at=world.clock.now(), action="trigger")
        commit(tx, Step(fresh, (page,)), outlets=outlets, base_url=world.public_url)


def _is_unpaged(tx: Transaction, incident: Incident) -> bool:
    """Return whether there was nobody to page; a ticket wakes nobody."""
    paging = tx.get(Paging, incident.key)
    if paging is None:
        return not tx.messages(incident.key)
    return paging.status == "pending" and not paging.policy.steps and paging.policy.owner == ARIGHT
