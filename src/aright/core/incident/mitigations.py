"""Putting right: attempts, and whether they helped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.dues import due, update_key, verify_key
from aright.core.incident.effects import Cancel, Effect, Record, Step
from aright.core.incident.events import IllegalEventError
from aright.core.incident.standing import demand, is_open, name_of, working_state
from aright.core.incident.words import cut
from aright.core.model.incident import OPEN, State

if TYPE_CHECKING:
    from aright.core.incident.events import MitigationRecorded, NotVerified, VerificationWaits, Verified
    from aright.core.model.incident import Incident, Mitigation
    from aright.core.model.times import Micros

MOST_MITIGATIONS: Final = 200

_SAID: Final = {
    "planned": "is being carried out",
    "refused": "was refused",
    "sent": "was carried out",
    "failed": "failed",
    "undone": "was taken back",
}
_SAID_OF_DRY_RUN: Final = {"planned": "is being tried out", "sent": "was accepted"}


def recorded(incident: Incident, event: MitigationRecorded) -> Step:
    """Take an attempt's new status on.

    Taking one back is allowed after the incident is resolved, and so is the answer to one that was under way
    when it was: what was done to a service must be told.
    """
    attempt = event.mitigation
    by = name_of(attempt.by)
    if attempt.status not in _SAID:
        raise IllegalEventError(
            f"{attempt.id} cannot become {attempt.status!r} this way: use one of {', '.join(_SAID)}"
        )
    before = find(incident, attempt.id)
    if before == attempt:
        return Step(incident)
    answered = before is not None and before.status == "planned"
    if attempt.status == "undone" or attempt.dry_run or answered:
        demand(incident, OPEN | {State.RESOLVED, State.REVIEWED}, "mitigate", "It is filed away.")
    else:
        demand(incident, OPEN, "mitigate", "It is over: a new failure opens a new incident.")
    if before is None and len(incident.mitigations) >= MOST_MITIGATIONS:
        raise IllegalEventError(f"{incident.key} has had {MOST_MITIGATIONS} mitigations: resolve it first")
    effects: list[Effect] = [_line(event.at, attempt, by)]
    key = verify_key(incident.key, attempt.id)
    if attempt.status == "sent" and not attempt.dry_run and event.verify_at and is_open(incident):
        effects.append(due("verify", key, incident.key, event.verify_at))
    if attempt.status == "undone":
        effects.append(Cancel(key))
    return Step(_standing(_with(incident, attempt), _mitigated_at(incident, event)), tuple(effects))


def waits(incident: Incident, event: VerificationWaits) -> Step:
    """Keep what is known so far, and look again later."""
    attempt = _sent(incident, event.mitigation)
    if attempt is None:
        return Step(incident)
    told = msgspec.structs.replace(attempt, verdict=event.text)
    key = verify_key(incident.key, attempt.id)
    return Step(_with(incident, told), (due("verify", key, incident.key, event.again_at),))


def verified(incident: Incident, event: Verified) -> Step:
    """Quality came back: keep watching until somebody resolves."""
    return _judged(incident, event.mitigation, "verified", event.text, event.at)


def not_verified(incident: Incident, event: NotVerified) -> Step:
    """It did not help: the incident is as it was, and the rows from now on are those of the failure."""
    return _judged(incident, event.mitigation, "not_verified", event.text, event.at)


def find(incident: Incident, mitigation: str) -> Mitigation | None:
    """Return an attempt by its id."""
    return next((attempt for attempt in incident.mitigations if attempt.id == mitigation), None)


def _judged(incident: Incident, mitigation: str, status: str, text: str, at: Micros) -> Step:
    attempt = _sent(incident, mitigation)
    if attempt is None:
        return Step(incident)
    told = msgspec.structs.replace(attempt, status=status, verdict=text)
    effects: tuple[Effect, ...] = (
        Record(at=at, kind=status, text=cut(f"{attempt.id}: {text}", 1_000), key=True, refs=(attempt.id,)),
        Cancel(verify_key(incident.key, attempt.id)),
        due("update", update_key(incident.key), incident.key, at),
    )
    mitigated_at = incident.mitigated_at if status == "verified" else 0
    return Step(_standing(_with(incident, told), mitigated_at), effects)


def _sent(incident: Incident, mitigation: str) -> Mitigation | None:
    # A verdict that comes after the attempt was taken back, or the incident resolved, is no news.
    attempt = find(incident, mitigation)
    if attempt is None:
        raise IllegalEventError(f"{incident.key} has no mitigation {mitigation}")
    return attempt if attempt.status == "sent" and not attempt.dry_run and is_open(incident) else None


def _mitigated_at(incident: Incident, event: MitigationRecorded) -> Micros:
    attempt = event.mitigation
    if attempt.dry_run or attempt.status not in {"sent", "undone"}:
        return incident.mitigated_at
    return event.at if attempt.status == "sent" else 0


def _with(incident: Incident, attempt: Mitigation) -> Incident:
    if find(incident, attempt.id) is None:
        return msgspec.structs.replace(incident, mitigations=(*incident.mitigations, attempt))
    replaced = tuple(attempt if known.id == attempt.id else known for known in incident.mitigations)
    return msgspec.structs.replace(incident, mitigations=replaced)


def _standing(incident: Incident, mitigated_at: Micros) -> Incident:
    state = working_state(incident) if is_open(incident) else incident.state
    return msgspec.structs.replace(incident, state=state, mitigated_at=mitigated_at)


def _line(at: Micros, attempt: Mitigation, by: str) -> Record:
    tried = " (dry run)" if attempt.dry_run else ""
    became = _SAID_OF_DRY_RUN.get(attempt.status, "") if attempt.dry_run else ""
    became = became or _SAID[attempt.status]
    said = f": {attempt.answer}" if attempt.answer and attempt.status != "planned" else ""
    return Record(
        at=at,
        kind="mitigation",
        text=cut(f"{attempt.id} “{attempt.title}”{tried} {became}{said}", 1_000),
        by=by,
        key=not attempt.dry_run and attempt.status != "planned",
        refs=(attempt.id,),
    )
