"""When each service of a cascade fell, from all that tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident.standing import hits_of

if TYPE_CHECKING:
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros


def onsets_of(incident: Incident) -> dict[str, Micros]:
    """Return when the harm of each service began (µs, UTC); services whose onset is not known are left out.

    Alerts of services that are hit tell it, a cause whose subject is the service or one of its endpoints, and
    the symptoms of suspects; of several the earliest: it had begun by then.

    >>> from aright.core.model.incident import Incident, State
    >>> made = Incident(key="I", service="s", state=State.TRIAGED, title="", opened_at=2, began_at=1)
    >>> onsets_of(made)
    {'s': 1}
    """
    told = [(hit.service, hit.onset) for hit in hits_of(incident)]
    if incident.diagnosis is not None:
        first = incident.diagnosis.causes[:1]
        told += [(cause.subject.partition(" ")[0], cause.onset) for cause in first]
        told += [(suspect.service, suspect.onset) for suspect in incident.diagnosis.suspects]
    found: dict[str, Micros] = {}
    for service, onset in told:
        if onset:
            found[service] = min(onset, found.get(service, onset))
    return found
