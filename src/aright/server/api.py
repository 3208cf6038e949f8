"""The JSON API: what programs may ask and do. The hot doors stand before it, in their own file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.standing import services_of
from aright.core.model.bookkeeping import Quarantined
from aright.core.model.calls import CallEdge
from aright.core.model.change import Change
from aright.core.model.guard import Guard
from aright.core.model.incident import Incident, Mitigation, TimelineEvent
from aright.core.model.notice import Notice
from aright.core.model.postmortem import PostMortem
from aright.core.model.run import Run
from aright.core.model.samples import Samples
from aright.core.model.signal import SignalPoint
from aright.core.model.times import HOUR, Micros
from aright.engine.operations import Status
from aright.server.catalog import ServiceBody, ServiceView, keep_secrets, views
from aright.server.endpoint import Call, Endpoint
from aright.server.instants import instant, segment_of
from aright.server.problems import ProblemError
from aright.server.profiles import PROFILES
from aright.server.vitals import PROCESS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Health(msgspec.Struct, frozen=True):
    """Whether the server answers at all.

    Attributes:
        status: always ``ok``.
    """

    status: str = "ok"


class Move(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody does with an incident; every verb reads the fields it needs.

    Attributes:
        by: who acts.
        text: what is said, for ``note`` and ``resolve``.
        action: for ``mitigate`` the offered action, empty for the one that fits the likeliest cause; for
            ``undo`` the mitigation to take back.
        mitigation: for ``undo``, another name of the same.
        dry_run: for ``mitigate``: look and tell, change nothing.
        confirm: the service's name, letter by letter, for what changes a running service, and to ``resolve``
            while no mitigation is verified.
    """

    by: str = ""
    text: str = ""
    action: str = ""
    mitigation: str = ""
    dry_run: bool = False
    confirm: str = ""


class Advance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a driven clock is to go.

    Attributes:
        to: the instant (µs since 1970, UTC).
    """

    to: Micros


class OfService(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which of many.

    Attributes:
        service: of one service alone.
        limit: how many at most.
    """

    service: str | None = None
    limit: int = 200


class SignalQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which signal points.

    Attributes:
        service: whose.
        start: from when: integer microseconds or RFC 3339; an hour before ``end`` where left out.
        end: until when, itself excluded; now where left out.
        name: which signals; repeat it for several, leave it out for all.
        segment: ``attribute:value``; all traffic where left out.
    """

    service: str
    start: str = ""
    end: str = ""
    name: tuple[str, ...] = ()
    segment: str = ""


def _services(call: Call) -> list[ServiceView]:
    return views(call.operations.services())


def _service(call: Call) -> ServiceView:
    name = call.path["name"]
    for view in _services(call):
        if view.key == name:
            return view
    raise ProblemError(404, f"There is no service {name[:80]!r}.", "GET /v1/services lists those there are.")


def _put_services(call: Call) -> list[ServiceView]:
    bodies = msgspec.convert(call.body, list[ServiceBody])
    if not all(body.key for body in bodies):
        raise ProblemError(400, "A service has no key.", "Give each its name as key.")
    known = {service.key: service for service in call.operations.services()}
    for service in [keep_secrets(body, body.key, known.get(body.key)) for body in bodies]:
        call.operations.register(service)
    return _services(call)


def _put_service(call: Call) -> ServiceView:
    body = call.sent(ServiceBody)
    name = call.path["name"]
    if body.key not in {"", name}:
        raise ProblemError(400, f"The body says {body.key!r}, the path {name!r}.", "Make them the same.")
    known = {service.key: service for service in call.operations.services()}
    call.operations.register(keep_secrets(body, name, known.get(name)))
    return _service(call)


def _signals(call: Call) -> Sequence[SignalPoint]:
    asked = call.asked(SignalQuery)
    end = instant(asked.end, call.operations.status().now)
    start = instant(asked.start, end - HOUR)
    return call.operations.points(
        asked.service, start=start, end=end, names=asked.name or None, segment=segment_of(asked.segment)
    )


def _samples(call: Call) -> Samples:
    key = call.path["key"]
    found = call.operations.samples(key)
    if found is None:
        raise ProblemError(
            404, f"{key} has no samples.", "They are taken once it has been diagnosed by rows."
        )
    return found


def _post_mortem(call: Call) -> PostMortem:
    key = call.path["key"]
    found = call.operations.post_mortem(key)
    if found is None:
        raise ProblemError(
            404, f"{key} has no post-mortem yet.", "It is written when the incident is resolved."
        )
    return found


def _by(call: Call) -> str:
    return call.sent(Move).by.strip()[:200] or call.caller


def _note(call: Call) -> Incident:
    text = call.sent(Move).text.strip()
    if not text:
        raise ProblemError(400, "A note needs text.", 'Send {"by": "…", "text": "…"}.')
    return call.operations.note(call.path["key"], by=_by(call), text=text[:4_000])


def _mitigate(call: Call) -> Mitigation:
    move = call.sent(Move)
    return call.operations.mitigate(
        call.path["key"], by=_by(call), action=move.action, dry_run=move.dry_run, confirm=move.confirm
    )


def _undo(call: Call) -> Mitigation:
    move = call.sent(Move)
    return call.operations.undo(
        call.path["key"], by=_by(call), mitigation=move.mitigation or move.action, confirm=move.confirm
    )


def _resolve(call: Call) -> Incident:
    move = call.sent(Move)
    return call.operations.resolve(
        call.path["key"], by=_by(call), text=move.text[:4_000], confirm=move.confirm
    )


def _read(path: str, summary: str, handler: Callable[[Call], object], answer: object) -> Endpoint:
    errors = (404,) if "{" in path else ()
    return Endpoint(method="GET", path=path, summary=summary, handler=handler, answer=answer, errors=errors)


def _listing(path: str, summary: str, handler: Callable[[Call], object], answer: object) -> Endpoint:
    return Endpoint(method="GET", path=path, summary=summary, handler=handler, answer=answer, query=OfService)


def _verb(verb: str, summary: str, handler: Callable[[Call], object], answer: object = Incident) -> Endpoint:
    return Endpoint(
        method="POST",
        path=f"/v1/incidents/{{key}}/{verb}",
        summary=summary,
        handler=handler,
        answer=answer,
        body=Move,
        errors=(404, 409),
    )


ENDPOINTS: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/health",
        summary="Say that the server answers; needs no token.",
        handler=lambda _: Health(),
        answer=Health,
        open=True,
    ),
    _read("/v1/status", "How aright itself is doing.", lambda call: call.operations.status(), Status),
    _read("/v1/services", "The catalog; secrets are left out.", _services, list[ServiceView]),
    Endpoint(
        method="PUT",
        path="/v1/services",
        summary="Put several services into the catalog; each names itself by its key.",
        handler=_put_services,
        answer=list[ServiceView],
        body=list[ServiceBody],
    ),
    _read("/v1/services/{name:path}", "One service; secrets are left out.", _service, ServiceView),
    Endpoint(
        method="PUT",
        path="/v1/services/{name:path}",
        summary="Put a service into the catalog, or replace it; an action without secret keeps its own.",
        handler=_put_service,
        answer=ServiceView,
        body=ServiceBody,
    ),
    _listing(
        "/v1/incidents",
        "Incidents, the newest first.",
        lambda call: [
            incident
            for incident in call.operations.incidents(limit=call.asked(OfService).limit)
            if call.asked(OfService).service in {None, *services_of(incident)}
        ],
        list[Incident],
    ),
    _read(
        "/v1/incidents/{key}",
        "One incident.",
        lambda call: call.operations.incident(call.path["key"]),
        Incident,
    ),
    _read(
        "/v1/incidents/{key}/timeline",
        "Its timeline, oldest first; every event carries the hash of the one before.",
        lambda call: call.operations.timeline(call.path["key"]),
        list[TimelineEvent],
    ),
    _read("/v1/incidents/{key}/post-mortem", "Its post-mortem.", _post_mortem, PostMortem),
    _read(
        "/v1/incidents/{key}/samples",
        "A few of its inputs, before beside now, redacted; pictures in base64.",
        _samples,
        Samples,
    ),
    _verb(
        "acknowledge",
        "Take it on.",
        lambda call: call.operations.acknowledge(call.path["key"], by=_by(call)),
    ),
    _verb("note", "Write a line into the timeline.", _note),
    _verb("mitigate", "Carry out an offered action, or try it out.", _mitigate, Mitigation),
    _verb("undo", "Take a mitigation back.", _undo, Mitigation),
    _verb("resolve", "Say that it is over: writes the post-mortem, compiles the guard.", _resolve),
    _verb(
        "review",
        "Say that the post-mortem has been read and agreed.",
        lambda call: call.operations.review(call.path["key"], by=_by(call)),
    ),
    _verb(
        "close",
        "File it away.",
        lambda call: call.operations.close_incident(call.path["key"], by=_by(call)),
    ),
    _listing(
        "/v1/guards",
        "Guards, the newest first.",
        lambda call: call.operations.guards(service=call.asked(OfService).service),
        list[Guard],
    ),
    _listing(
        "/v1/notices",
        "Shifts that page nobody, the newest first.",
        lambda call: call.operations.notices(
            service=call.asked(OfService).service, limit=call.asked(OfService).limit
        ),
        list[Notice],
    ),
    _listing(
        "/v1/changes",
        "What was done to services, the newest first.",
        lambda call: call.operations.changes(
            service=call.asked(OfService).service, limit=call.asked(OfService).limit
        ),
        list[Change],
    ),
    _read(
        "/v1/graph",
        "Who calls whom, by caller and callee: learnt from traces, and declared in the catalog.",
        lambda call: call.operations.graph(),
        list[CallEdge],
    ),
    _listing(
        "/v1/runs",
        "Runs of data pipelines, the last told first; an empty service lists those that no service has.",
        lambda call: call.operations.runs(
            service=call.asked(OfService).service, limit=call.asked(OfService).limit
        ),
        list[Run],
    ),
    _listing(
        "/v1/quarantine",
        "Rows that could not be taken, by body, the newest first.",
        lambda call: call.operations.quarantined(limit=call.asked(OfService).limit),
        list[Quarantined],
    ),
    Endpoint(
        method="GET",
        path="/v1/signals",
        summary="Signal points of closed windows, ordered by window.",
        handler=_signals,
        answer=list[SignalPoint],
        query=SignalQuery,
    ),
    PROCESS,
    PROFILES,
    Endpoint(
        method="POST",
        path="/v1/clock",
        summary="Drive the clock and do all that falls due; only with --clock driven.",
        handler=lambda call: call.operations.advance(call.sent(Advance).to),
        answer=Status,
        body=Advance,
        errors=(409,),
    ),
)
"""Every plain JSON endpoint; entry links and the event stream are beside the browser's part."""
