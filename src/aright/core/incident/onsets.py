"""When each service of a cascade fell, from whatever knows it best."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident.standing import hits_of

if TYPE_CHECKING:
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros


def onsets_of(incident: Incident) -> dict[str, Micros]:
    """Return when the harm of each service began (µs, UTC); services whose onset is not known are left out.

    A suspect's own symptoms tell it best, then a cause whose subject is the service or one of its endpoints,
    then the alerts of a service that is hit.

    >>> from aright.core.model.incident import Incident, State
    >>> made = Incident(key="I", service="s", state=State.TRIAGED, title="", opened_at=2, began_at=1)
    >>> onsets_of(made)
    {'s': 1}
    """
    found = {hit.service: hit.onset for hit in hits_of(incident)}
    if incident.diagnosis is not None:
        for cause in reversed(incident.diagnosis.causes):
            found[cause.subject.partition(" ")[0]] = cause.onset or found.get(cause.subject, 0)
        for suspect in reversed(incident.diagnosis.suspects):
            found[suspect.service] = suspect.onset or found.get(suspect.service, 0)
    return {service: onset for service, onset in found.items() if onset}
