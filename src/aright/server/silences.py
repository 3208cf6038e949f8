"""Silences and other programs' alerts over HTTP, and what Alertmanager's tools ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

import aright
from aright.core.model.foreign_alert import ForeignAlert
from aright.core.model.silence import Muted, Silence, Weekly
from aright.core.model.times import MINUTE, SECOND, iso
from aright.core.page.silencing import SilenceError, parse_matcher
from aright.server.endpoint import Call, Endpoint
from aright.server.instants import instant
from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from aright.core.model.times import Micros
    from aright.engine.operations import Operations

_LONGEST: Final = 366 * 24 * 60


class AlertQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which alerts of other programs.

    Attributes:
        incident: of one incident alone, with those it took in.
        service: of one service alone.
        limit: how many at most.
    """

    incident: str | None = None
    service: str | None = None
    limit: int = 200


class SilenceQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which silences.

    Attributes:
        ended: those that have ended too.
        limit: how many at most.
    """

    ended: bool = False
    limit: int = 200


class SilenceBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A silence, as sent.

    Attributes:
        matchers: conditions that must all hold, such as ``service=shop`` or ``pod=~web-.*``.
        comment: why.
        by: who makes it; the caller where left out.
        start: from when, RFC 3339 or integer microseconds; now where left out.
        end: until when; or
        minutes: for how long.
        weekly: within that span, hours of each week; with them an end may be left out.
    """

    matchers: tuple[str, ...]
    comment: str
    by: str = ""
    start: str = ""
    end: str = ""
    minutes: int = 0
    weekly: Weekly | None = None


class EndQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who ends it.

    Attributes:
        by: a name, as pages show it; the caller where left out.
    """

    by: str = ""


class SilenceView(msgspec.Struct, frozen=True, kw_only=True):
    """Silences, and what they hold back.

    Attributes:
        silences: the newest first.
        muted: harm that is held back just now.
    """

    silences: list[Silence]
    muted: list[Muted]


class _Cluster(msgspec.Struct, frozen=True):
    status: str = "disabled"


class _Config(msgspec.Struct, frozen=True):
    original: str = ""


class _Version(msgspec.Struct, frozen=True, rename="camel"):
    version: str
    branch: str = ""
    build_date: str = ""
    build_user: str = ""
    go_version: str = ""
    revision: str = ""


class AlertmanagerStatus(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What Alertmanager's own tools ask before anything else.

    Attributes:
        cluster: always without peers.
        config: empty: aright is configured elsewhere.
        uptime: since when (RFC 3339).
        version_info: aright's version.
    """

    cluster: _Cluster = _Cluster()
    config: _Config = _Config()
    uptime: str
    version_info: _Version


def made_from(body: SilenceBody, *, by: str, now: Micros) -> Silence:
    """Return the silence that a body asks for; raises ``ProblemError`` (400)."""
    if body.minutes and body.end:
        raise ProblemError(400, "Both end and minutes are given.", "Give one of them.")
    if not 0 <= body.minutes <= _LONGEST:
        raise ProblemError(400, f"minutes is {body.minutes}.", f"Give 1 to {_LONGEST:,}.")
    start = instant(body.start, now)
    end = start + body.minutes * MINUTE if body.minutes else instant(body.end, 0)
    try:
        matchers = tuple(parse_matcher(text) for text in body.matchers)
    except SilenceError as wrong:
        raise ProblemError(400, f"{wrong}.", "Matchers are written as in Prometheus.") from wrong
    return Silence(
        key="",
        matchers=matchers,
        starts_at=start,
        ends_at=end,
        author=by[:200],
        comment=body.comment.strip()[:1_000],
        created_at=now,
        weekly=body.weekly,
    )


def _silence(call: Call) -> Silence:
    body = call.sent(SilenceBody)
    now = call.operations.status().now
    return call.operations.alerts.silence(made_from(body, by=body.by.strip() or call.caller, now=now))


def _silences(call: Call) -> SilenceView:
    asked = call.asked(SilenceQuery)
    alerts = call.operations.alerts
    return SilenceView(
        silences=list(alerts.silences(ended=asked.ended, limit=asked.limit)), muted=list(alerts.muted())
    )


def _alertmanager(operations: Operations) -> AlertmanagerStatus:
    status = operations.status()
    return AlertmanagerStatus(
        uptime=iso(status.now // SECOND * SECOND), version_info=_Version(version=aright.__version__)
    )


SILENCES: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/v1/alerts",
        summary="Alerts of Prometheus, Alertmanager and Grafana, those told last first.",
        handler=lambda call: call.operations.alerts.told(
            incident=call.asked(AlertQuery).incident,
            service=call.asked(AlertQuery).service,
            limit=call.asked(AlertQuery).limit,
        ),
        answer=list[ForeignAlert],
        query=AlertQuery,
    ),
    Endpoint(
        method="GET",
        path="/v1/silences",
        summary="Silences and maintenance windows, and the harm that they hold back.",
        handler=_silences,
        answer=SilenceView,
        query=SilenceQuery,
    ),
    Endpoint(
        method="POST",
        path="/v1/silences",
        summary="Hold harm back for a while; it is kept, and alarms if it outlasts the silence.",
        handler=_silence,
        answer=Silence,
        body=SilenceBody,
        errors=(409,),
    ),
    Endpoint(
        method="DELETE",
        path="/v1/silences/{key:path}",
        summary="End a silence before its time.",
        handler=lambda call: call.operations.alerts.end_silence(
            call.path["key"], by=call.asked(EndQuery).by or call.caller
        ),
        answer=Silence,
        query=EndQuery,
        errors=(404, 409),
    ),
    Endpoint(
        method="GET",
        path="/api/v2/status",
        summary="What Alertmanager's own tools ask for first.",
        handler=lambda call: _alertmanager(call.operations),
        answer=AlertmanagerStatus,
    ),
)
"""Every endpoint about alerts and silences."""
