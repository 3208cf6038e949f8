"""SLOs over HTTP: where they stand, what they attained, what history proposes, and metrics for Prometheus."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from aright.core.detect.slo_metrics import CONTENT_TYPE, Health, exposition
from aright.core.detect.slo_report import MOST_PERIODS, PERIODS, Period
from aright.core.incident import is_open
from aright.core.model.slo import Attainment, Proposal, Standing
from aright.server.endpoint import Call, Endpoint
from aright.server.gate import refused
from aright.server.problems import ProblemError, error_response

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from aright.engine.operations import Operations
    from aright.server.gate import Gate

_MOST_INCIDENTS: Final = 10_000


class SloQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which SLOs.

    Attributes:
        service: of one service alone.
    """

    service: str | None = None


class ReportQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which periods.

    Attributes:
        period: day, week, month or quarter of the calendar, UTC.
        count: how many of them, the running one too.
    """

    period: str = "month"
    count: int = 6


class ProposalQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whose targets.

    Attributes:
        service: of which service.
    """

    service: str


def _report(call: Call) -> Sequence[Attainment]:
    asked = call.asked(ReportQuery)
    if not 1 <= asked.count <= MOST_PERIODS:
        raise ProblemError(400, f"count is {asked.count}.", f"Give 1 to {MOST_PERIODS}.")
    return call.operations.slos.report(call.path["name"], period=_period(asked.period), count=asked.count)


def _period(text: str) -> Period:
    for period in PERIODS:
        if text == period:
            return period
    raise ProblemError(400, f"period is {text[:40]!r}.", f"Give one of {', '.join(PERIODS)}.")


SLOS: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/v1/slos",
        summary="Where each SLO stands.",
        handler=lambda call: call.operations.slos.standings(service=call.asked(SloQuery).service),
        answer=list[Standing],
        query=SloQuery,
    ),
    Endpoint(
        method="GET",
        path="/v1/slos/{name}",
        summary="Where one SLO stands.",
        handler=lambda call: call.operations.slos.standing(call.path["name"]),
        answer=Standing,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/v1/slos/{name}/report",
        summary="What it attained, by period of the calendar, the oldest first.",
        handler=_report,
        answer=list[Attainment],
        query=ReportQuery,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/v1/slo-proposals",
        summary="Targets that a service's history bears out, and what the next ones would cost.",
        handler=lambda call: call.operations.slos.proposals(call.asked(ProposalQuery).service),
        answer=list[Proposal],
        query=ProposalQuery,
        errors=(404,),
    ),
)
"""Every endpoint about SLOs."""


def metrics_route(operations: Operations, gate: Gate) -> Route:
    """Return the route that Prometheus scrapes; it takes a token as all doors do."""

    async def serve(request: Request) -> Response:
        if gate.reader(request) is None:
            return error_response(refused())
        text = await run_in_threadpool(lambda: metrics(operations))
        return Response(text, headers={"Content-Type": CONTENT_TYPE})

    return Route("/metrics", serve)


def metrics(operations: Operations) -> str:
    """Return all metrics as text."""
    status = operations.status()
    incidents = Counter({service.key: 0 for service in operations.services()})
    incidents.update(
        incident.service for incident in operations.incidents(limit=_MOST_INCIDENTS) if is_open(incident)
    )
    health = Health(
        version=status.version,
        open_incidents=incidents,
        windows_behind=status.windows_behind,
        log_behind=status.behind,
        accepted=status.accepted,
        quarantined=status.quarantined,
        late=status.late,
        memory={each.service: (each.bytes, each.limit, each.left_out) for each in status.memory},
    )
    return exposition(health, operations.slos.standings())
