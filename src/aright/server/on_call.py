"""Who is told and when, over HTTP: schedules, overrides, swaps, and calendars that other programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec
from starlette.responses import Response

from aright.core.model.on_call import Override, Person, Policy, Schedule, Shift, Weakness
from aright.core.model.outlet import ExternalRef
from aright.core.model.paging import Paging
from aright.core.model.times import DAY
from aright.engine.on_call_operations import Duty
from aright.server.endpoint import Call, Endpoint
from aright.server.instants import instant
from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.page.schedule import Part

CALENDAR: Final = "text/calendar"

_WEEKS: Final = 4

Given: TypeAlias = tuple[Override, Override]


class SpanQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which shifts.

    Attributes:
        start: from when: integer microseconds or RFC 3339; now where left out.
        end: until when; four weeks later where left out.
    """

    start: str = ""
    end: str = ""


class OverrideBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A span that somebody takes, as sent.

    Attributes:
        person: who: a key, a name or an alias.
        start: from when: integer microseconds or RFC 3339; now where left out.
        end: until when.
        by: who says so; the caller where left out.
        why: why.
    """

    person: str
    end: str
    start: str = ""
    by: str = ""
    why: str = ""


class TakeBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A shift that somebody takes, as sent.

    Attributes:
        person: who: a key, a name or an alias.
        at: an instant within the shift: integer microseconds or RFC 3339; now where left out.
        until: of the shift only from ``at`` until then; all that is left of it where left out.
        by: who says so; the caller where left out.
        why: why.
    """

    person: str
    at: str = ""
    until: str = ""
    by: str = ""
    why: str = ""


class SwapBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Two shifts whose people change places, as sent.

    Attributes:
        one: an instant within the first: integer microseconds or RFC 3339.
        other: an instant within the second.
        one_until: of the first only from ``one`` until then; all that is left of it where left out.
        other_until: of the second likewise.
        by: who says so; the caller where left out.
        why: why.
    """

    one: str
    other: str
    one_until: str = ""
    other_until: str = ""
    by: str = ""
    why: str = ""


class ByQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who does it.

    Attributes:
        by: a name; the caller where left out.
    """

    by: str = ""


def _shifts(call: Call) -> Sequence[Shift]:
    asked = call.asked(SpanQuery)
    start = instant(asked.start, _now(call))
    end = instant(asked.end, start + _WEEKS * 7 * DAY)
    return call.operations.on_call.shifts(call.path["name"], start=start, end=end)


def _override(call: Call) -> Override:
    body = call.sent(OverrideBody)
    now = _now(call)
    return call.operations.on_call.override(
        call.path["name"],
        person=body.person,
        start=instant(body.start, now),
        end=instant(body.end, now),
        by=body.by.strip() or call.caller,
        why=body.why,
    )


def _take(call: Call) -> Override:
    body = call.sent(TakeBody)
    return call.operations.on_call.take(
        call.path["name"],
        person=body.person,
        part=_part(body.at, body.until, _now(call)),
        by=body.by.strip() or call.caller,
        why=body.why,
    )


def _swap(call: Call) -> Given:
    body = call.sent(SwapBody)
    if not body.one or not body.other:
        raise ProblemError(400, "one or other is empty.", "Name an instant within each of the two shifts.")
    now = _now(call)
    return call.operations.on_call.swap(
        call.path["name"],
        one=_part(body.one, body.one_until, now),
        other=_part(body.other, body.other_until, now),
        by=body.by.strip() or call.caller,
        why=body.why,
    )


def _calendar(call: Call) -> Response:
    name = call.path["name"]
    body = call.operations.on_call.calendar(name)
    plain = "".join(each if each.isascii() and each.isalnum() else "-" for each in name)[:80]
    return Response(
        body,
        media_type=f"{CALENDAR}; charset=utf-8",
        headers={"Content-Disposition": f'inline; filename="{plain}.ics"', "Cache-Control": "no-store"},
    )


def _take_calendar(call: Call) -> Sequence[Override]:
    by = call.asked(ByQuery).by.strip() or call.caller
    return call.operations.on_call.take_calendar(call.path["name"], call.raw, by=by)


def _paging(call: Call) -> Paging:
    key = call.path["key"]
    found = call.operations.on_call.paging(key)
    if found is None:
        raise ProblemError(404, f"Nobody was paged of {key}.", "It is paged once harm is alarming.")
    return found


def _part(at: str, until: str, now: int) -> Part:
    start = instant(at, now)
    return (start, instant(until, start)) if until else start


def _now(call: Call) -> int:
    return call.operations.status().now


_SCHEDULE: Final = "/v1/on-call/schedules/{name}"

ON_CALL: Final[tuple[Endpoint, ...]] = (
    Endpoint(
        method="GET",
        path="/v1/on-call",
        summary="Who has each schedule now, and who is next.",
        handler=lambda call: call.operations.on_call.duties(),
        answer=list[Duty],
    ),
    Endpoint(
        method="GET",
        path="/v1/on-call/people",
        summary="Everybody who can be told, by name.",
        handler=lambda call: call.operations.on_call.people(),
        answer=list[Person],
    ),
    Endpoint(
        method="GET",
        path="/v1/on-call/schedules",
        summary="The schedules: layers of turns, and holidays.",
        handler=lambda call: call.operations.on_call.schedules(),
        answer=list[Schedule],
    ),
    Endpoint(
        method="GET",
        path="/v1/on-call/policies",
        summary="The escalation policies: who is told, step by step.",
        handler=lambda call: call.operations.on_call.policies(),
        answer=list[Policy],
    ),
    Endpoint(
        method="GET",
        path="/v1/on-call/weaknesses",
        summary="What would fail at night, the serious first.",
        handler=lambda call: call.operations.on_call.weaknesses(),
        answer=list[Weakness],
    ),
    Endpoint(
        method="GET",
        path=f"{_SCHEDULE}/shifts",
        summary="Shifts that tile a span, gaps too.",
        handler=_shifts,
        answer=list[Shift],
        query=SpanQuery,
        errors=(404, 409),
    ),
    Endpoint(
        method="GET",
        path=f"{_SCHEDULE}/overrides",
        summary="What holds now or later in the place of a schedule's layers, by start.",
        handler=lambda call: call.operations.on_call.overrides(call.path["name"]),
        answer=list[Override],
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path=f"{_SCHEDULE}/overrides",
        summary="Give a span to somebody, whoever has it.",
        handler=_override,
        answer=Override,
        body=OverrideBody,
        errors=(404, 409),
    ),
    Endpoint(
        method="DELETE",
        path="/v1/on-call/overrides/{key:path}",
        summary="Take an override back.",
        handler=lambda call: call.operations.on_call.end_override(
            call.path["key"], by=call.asked(ByQuery).by or call.caller
        ),
        answer=Override,
        query=ByQuery,
        errors=(404,),
    ),
    Endpoint(
        method="POST",
        path=f"{_SCHEDULE}/take",
        summary="Take a shift or a part of one, or a gap.",
        handler=_take,
        answer=Override,
        body=TakeBody,
        errors=(404, 409),
    ),
    Endpoint(
        method="POST",
        path=f"{_SCHEDULE}/swap",
        summary="Let the people of two shifts, or of parts of them, change places.",
        handler=_swap,
        answer=Given,
        body=SwapBody,
        errors=(404, 409),
    ),
    Endpoint(
        method="GET",
        path=f"{_SCHEDULE}/calendar",
        summary="Shifts as iCalendar, for calendar programs; the token may stand in the address.",
        handler=_calendar,
        answer=str,
        errors=(404, 409),
        hook=True,
        formats=(CALENDAR,),
    ),
    Endpoint(
        method="PUT",
        path=f"{_SCHEDULE}/calendar",
        summary="Take the events of an iCalendar file as overrides, instead of those it brought before.",
        handler=_take_calendar,
        answer=list[Override],
        query=ByQuery,
        takes=CALENDAR,
        errors=(404, 409, 413),
    ),
    Endpoint(
        method="GET",
        path="/v1/incidents/{key}/paging",
        summary="How far an incident's escalation has come: who was told, when and because of what.",
        handler=_paging,
        answer=Paging,
        errors=(404,),
    ),
    Endpoint(
        method="GET",
        path="/v1/incidents/{key}/references",
        summary="What other systems call an incident: tickets and pages there.",
        handler=lambda call: call.operations.on_call.references(call.path["key"]),
        answer=list[ExternalRef],
        errors=(404,),
    ),
)
"""Every endpoint about who is told and when."""
