"""Learning: the post-mortem, and the guard that a replay admits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from aright.core.incident import GuardAccepted
from aright.core.learn import write_post_mortem
from aright.core.model.evidence import CauseKind, Verdict
from aright.core.model.guard import Guard, Replay
from aright.core.model.incident import Incident
from aright.core.model.service import Service
from aright.core.prevent import compile_guard, payload_guard, replay
from aright.engine.cases import payloads, served, spans_of, windows_of
from aright.engine.happening import happen

if TYPE_CHECKING:
    from aright.core.model.evidence import Cause
    from aright.core.model.postmortem import PostMortem
    from aright.core.model.times import Micros
    from aright.engine.world import World


def learn(world: World, key: str) -> PostMortem:
    """Compile the incident's guard, replay it, and write the post-mortem; returns it, committed.

    A guard that does not fire on the incident, or fires on the baseline, is not kept: the post-mortem
    says so by having none.
    """
    now = world.clock.now()
    with world.state.transaction() as tx:
        incident = tx.get(Incident, key)
        if incident is None:
            raise LookupError(key)
        earlier = tuple(tx.list(Incident, service=incident.service))
        standing = tuple(tx.list(Guard, service=incident.service))
    guard = _proven_guard(world, incident, earlier, standing, now=now)
    with world.state.transaction() as tx:
        incident = tx.get(Incident, key)
        if incident is None:
            raise LookupError(key)
        service = tx.get(Service, incident.service) or Service(key=incident.service)
        if guard is not None and guard.replay is not None:
            if guard.incident == key:
                tx.put(guard)
            event = GuardAccepted(at=now, guard=guard.key, text=_in_words(guard.replay))
            incident = happen(world, tx, incident, event)
        kept = {found.key: found for found in tx.list(Guard, service=service.key)}
        guards = [kept[name] for name in incident.guards if name in kept]
        written = write_post_mortem(incident, tx.events(key), guards, service, now)
        tx.put(written)
    return written


def _proven_guard(
    world: World,
    incident: Incident,
    earlier: tuple[Incident, ...],
    standing: tuple[Guard, ...],
    *,
    now: Micros,
) -> Guard | None:
    """Return a guard that a replay admits: one that stands already rather than another like it."""
    settings = world.settings
    spans = spans_of(incident, earlier, now=now, settings=settings)
    rows = served(world, incident.service, now=now)
    cause = _contract_of(incident)
    if cause is not None:
        caller = cause.service or incident.service
        reference = payloads(world, caller, spans.reference)
        current = payloads(world, caller, (incident.began_at, spans.current[1]))
        made = payload_guard(incident, cause, reference, current, now, width=settings.width)
    else:
        reference = rows.before(spans)
        current = rows.during((incident.began_at, spans.current[1]))
        made = compile_guard(incident, reference, current, now)
    if made is None:
        return None
    alike = [
        guard
        for guard in standing
        if (guard.kind, guard.subject, guard.segment) == (made.kind, made.subject, made.segment)
        and guard.key != made.key
    ]
    for guard in (*alike, made):
        width = guard.width or settings.width
        before, after = (windows_of(table, width=width) for table in (reference, current))
        proof = replay(guard, before, after, width, incident.began_at)
        if proof.accepted:
            return msgspec.structs.replace(guard, replay=proof)
    return None


def _contract_of(incident: Incident) -> Cause | None:
    """Return the likeliest cause where it is at least likely, and a broken contract."""
    found = incident.diagnosis
    if found is None or found.verdict is Verdict.INCONCLUSIVE or not found.causes:
        return None
    return found.causes[0] if found.causes[0].kind is CauseKind.CONTRACT else None


def _in_words(proof: Replay) -> str:
    return (
        f"it fires on {proof.incident_fired} of {proof.incident_windows} windows of the incident "
        f"and on {proof.baseline_fired} of {proof.baseline_windows} before it"
    )
