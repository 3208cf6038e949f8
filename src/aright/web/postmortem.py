"""What the post-mortem page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aright.web.strips import Strips, gather

if TYPE_CHECKING:
    from aright.core.model.evidence import Evidence
    from aright.core.model.guard import Guard
    from aright.core.model.incident import Incident, TimelineEvent
    from aright.core.model.postmortem import PostMortem
    from aright.engine.operations import Operations


@dataclass(frozen=True)
class PostMortemView:
    """The post-mortem page.

    Attributes:
        incident: the incident.
        draft: the post-mortem; ``None`` while there is none.
        strips: the charts.
        events: the timeline's lines that are told.
        cited: evidence by id.
        guards: guards that came of it.
    """

    incident: Incident
    draft: PostMortem | None
    strips: Strips
    events: tuple[TimelineEvent, ...]
    cited: dict[str, Evidence]
    guards: tuple[Guard, ...]


def post_mortem_view(operations: Operations, key: str) -> PostMortemView:
    """Return the page's view; raises ``UnknownError``."""
    incident = operations.incident(key)
    draft = operations.post_mortem(key)
    now = operations.status().now
    service = next((each for each in operations.services() if each.key == incident.service), None)
    told = set(draft.timeline) if draft else set()
    events = [event for event in operations.timeline(key) if event.number in told]
    evidence = incident.diagnosis.evidence if incident.diagnosis else ()
    guards = operations.guards(service=incident.service)
    return PostMortemView(
        incident=incident,
        draft=draft,
        strips=gather(operations, incident, service, now),
        events=tuple(events[:200]),
        cited={each.id: each for each in evidence},
        guards=tuple(guard for guard in guards if guard.incident == key),
    )
