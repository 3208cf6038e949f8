"""Verifying: has quality come back among those who were hit?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident import NotVerified, VerificationWaits, Verified, is_open
from aright.core.mitigate import verify
from aright.core.model.incident import Incident, Mitigation
from aright.engine.cases import served, spans_of
from aright.engine.happening import happen
from aright.engine.operations import Happening

if TYPE_CHECKING:
    from aright.core.incident import Event
    from aright.core.mitigate import Verification
    from aright.core.model.times import Micros
    from aright.engine.world import World


def run_verification(world: World, key: str, due: str) -> None:
    """Judge the incident's sent mitigation; look again two windows later while it is too early to say."""
    now = world.clock.now()
    mitigation = due.rpartition(":")[2]
    with world.state.transaction() as tx:
        incident = tx.get(Incident, key)
        attempt = _sent(incident, mitigation)
        if incident is None or attempt is None or not is_open(incident):
            tx.done(due)
            return
        earlier = tuple(tx.list(Incident, service=incident.service))
    found = _judge(world, incident, earlier, now=now)
    with world.state.transaction() as tx:
        tx.done(due)  # unless it is scheduled again below
        fresh = tx.get(Incident, key)
        if fresh is not None:
            happen(world, tx, fresh, _event(world, incident, mitigation, found, now=now))
    world.happenings.tell(Happening(kind="incident", key=key))


def _sent(incident: Incident | None, mitigation: str) -> Mitigation | None:
    attempts = incident.mitigations if incident else ()
    return next((found for found in attempts if found.id == mitigation and found.status == "sent"), None)


def _judge(world: World, incident: Incident, earlier: tuple[Incident, ...], *, now: Micros) -> Verification:
    spans = spans_of(incident, earlier, now=now, settings=world.settings)
    rows = served(world, incident.service, now=now)
    after = rows.during((incident.mitigated_at, now))
    during = rows.during((incident.began_at, incident.mitigated_at))
    return verify(rows.before(spans), incident, after, during)


def _event(world: World, incident: Incident, mitigation: str, found: Verification, *, now: Micros) -> Event:
    if found.done and found.recovered:
        return Verified(at=now, mitigation=mitigation, text=found.text)
    late = now - incident.mitigated_at >= world.settings.verify_for
    if found.done or late:
        text = found.text if found.done else f"{found.text} That was the last look."
        return NotVerified(at=now, mitigation=mitigation, text=text)
    return VerificationWaits(
        at=now, mitigation=mitigation, text=found.text, again_at=now + 2 * world.settings.width
    )
