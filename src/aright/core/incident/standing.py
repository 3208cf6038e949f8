"""Where an incident stands, and whether an event fits there."""

from __future__ import annotations

from typing import Final

from aright.core.incident.events import IllegalEventError
from aright.core.model.incident import OPEN, Hit, Incident, State

_OF_ATTEMPT: Final = {
    "planned": State.MITIGATING,
    "sent": State.MONITORING,
    "verified": State.MONITORING,
    "not_verified": State.MITIGATING,
}


def is_open(incident: Incident) -> bool:
    """Return whether the incident is neither resolved nor merged into another.

    >>> is_open(Incident(key="INC-1", service="s", state=State.TRIAGED, title="", opened_at=0, began_at=0))
    True
    """
    return incident.state in OPEN


def services_of(incident: Incident) -> tuple[str, ...]:
    """Return all services that it hits; those kept before there could be several name one.

    >>> services_of(Incident(key="I", service="s", state=State.TRIAGED, title="", opened_at=0, began_at=0))
    ('s',)
    """
    return incident.services or (incident.service,)


def hits_of(incident: Incident) -> tuple[Hit, ...]:
    """Return how each service joined.

    >>> made = Incident(key="I", service="s", state=State.TRIAGED, title="", opened_at=2, began_at=1)
    >>> [(hit.service, hit.onset) for hit in hits_of(made)]
    [('s', 1)]
    """
    return incident.hits or (Hit(service=incident.service, onset=incident.began_at, at=incident.opened_at),)


def working_state(incident: Incident) -> State:
    """Return the state that an open incident's mitigations put it in.

    The last attempt decides; one that was refused, failed or was taken back leaves things as they were.
    """
    for attempt in reversed(incident.mitigations):
        if not attempt.dry_run and attempt.status in _OF_ATTEMPT:
            return _OF_ATTEMPT[attempt.status]
    return incident.state if incident.state in {State.DECLARED, State.REOPENED} else State.TRIAGED


def demand(incident: Incident, allowed: frozenset[State], to_do: str, first: str) -> None:
    """Raise ``IllegalEventError`` unless the incident is in one of the states.

    Args:
        incident: that the event happens to.
        allowed: states in which it may.
        to_do: the event, as a verb: "resolve".
        first: what to do first, as a sentence.
    """
    if incident.state is State.MERGED:
        raise IllegalEventError(
            f"cannot {to_do} {incident.key}: it is a part of {incident.merged_into}. Do it there."
        )
    if incident.state not in allowed:
        raise IllegalEventError(
            f"cannot {to_do} {incident.key}: it is {incident.state.value}. {first}",
        )


def name_of(by: str) -> str:
    """Return a person's name, cut to 200 characters; raises ``IllegalEventError`` where there is none.

    >>> name_of("  Ann ")
    'Ann'
    """
    name = by.strip()[:200]
    if not name:
        raise IllegalEventError("it must be known who did this: give a name as 'by'")
    return name


def mended_in(incident: Incident) -> str:
    """Return the service whose actions put it right: that whose dependency failed, else the incident's own.

    >>> mended_in(Incident(key="I", service="s", state=State.TRIAGED, title="", opened_at=1, began_at=1))
    's'
    """
    causes = incident.diagnosis.causes if incident.diagnosis else ()
    return (causes[0].service if causes else "") or incident.service


def is_mended(incident: Incident) -> bool:
    """Return whether a mitigation was verified and still stands.

    >>> is_mended(Incident(key="INC-1", service="s", state=State.TRIAGED, title="", opened_at=1, began_at=1))
    False
    """
    verified = any(attempt.status == "verified" for attempt in incident.mitigations)
    return verified and incident.mitigated_at > 0  # 0 again once something was taken back
