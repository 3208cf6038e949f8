"""What the first page shows: incidents, then how the watching itself goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aright.core.incident import is_open
from aright.web import releases
from aright.web.promises import Promises, promises
from aright.web.views import Fact, facts

if TYPE_CHECKING:
    from aright.core.model.bookkeeping import Quarantined
    from aright.core.model.guard import Guard
    from aright.core.model.incident import Incident
    from aright.core.model.notice import Notice
    from aright.core.model.service import Service
    from aright.engine.operations import Operations, Status


@dataclass(frozen=True)
class Row:
    """One incident of the list.

    Attributes:
        incident: the incident.
        facts: who, since when, how bad, why.
    """

    incident: Incident
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class HomeView:
    """The first page.

    Attributes:
        open: incidents that are not over, the worst first.
        past: those that are, the newest first.
        status: how aright is doing.
        services: the catalog.
        notices: shifts that page nobody.
        guards: what keeps causes from coming back.
        quarantined: rows that could not be taken.
        promises: SLOs, those in danger first.
        releases: those under way, the newest first.
    """

    open: tuple[Row, ...]
    past: tuple[Row, ...]
    status: Status
    services: tuple[Service, ...]
    notices: tuple[Notice, ...]
    guards: tuple[Guard, ...]
    quarantined: tuple[Quarantined, ...]
    promises: Promises
    releases: tuple[releases.Row, ...]


def home_view(operations: Operations) -> HomeView:
    """Return the first page's view."""
    status = operations.status()
    rows = [Row(incident, facts(incident, status.now)) for incident in operations.incidents(limit=100)]
    still_open = [row for row in rows if is_open(row.incident)]
    still_open.sort(key=lambda row: row.incident.severity.level if row.incident.severity else 9)
    return HomeView(
        open=tuple(still_open),
        past=tuple(row for row in rows if not is_open(row.incident)),
        status=status,
        services=tuple(operations.services()),
        notices=tuple(operations.notices(limit=12)),
        guards=tuple(operations.guards())[:12],
        quarantined=tuple(operations.quarantined(limit=6)),
        promises=promises(operations),
        releases=releases.under_way(operations),
    )
