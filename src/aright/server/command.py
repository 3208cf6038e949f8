"""Leading an incident over HTTP: roles, tracks, runbooks, status updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.communicate.status_page import StatusPage
from aright.core.incident.suggesting import Suggestion
from aright.core.model.command import Held, RunbookRun, Track
from aright.core.model.incident import Incident, Mitigation, StatusUpdate
from aright.core.model.runbook import Runbook
from aright.engine.command_operations import NextUpdate, StepCheck
from aright.server.endpoint import Call, Endpoint
from aright.server.instants import instant
from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.times import Micros


class RoleBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who has a role from now on, or has it no more.

    Attributes:
        role: commander | deputy | communications | scribe | expert | liaison.
        person: who; whoever asks where left out.
        by: who says so.
        of: for an expert or liaison of what or whom.
        leave: the person has the role no more.
    """

    role: str
    person: str = ""
    by: str = ""
    of: str = ""
    leave: bool = False


class TrackBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of investigation to begin.

    Attributes:
        hypothesis: what it is to show or to refute.
        by: who opens it.
        owner: who follows it.
        next_check: what is looked at first.
        due_at: when that is to be told: integer microseconds or RFC 3339; 0 or empty for no time.
    """

    hypothesis: str
    by: str = ""
    owner: str = ""
    next_check: str = ""
    due_at: int | str = 0


class TrackMove(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What becomes of a track; with a status it ends.

    Attributes:
        by: who says so.
        owner: who follows it from now on; left out, it stays.
        next_check: what is looked at next; likewise.
        due_at: when that is to be told; likewise; 0 or empty for no time.
        status: confirmed | refuted | dropped; left out, it goes on.
        finding: what came out, where it ends.
    """

    by: str = ""
    owner: str | None = None
    next_check: str | None = None
    due_at: int | str | None = None
    status: str = ""
    finding: str = ""


class Tracks(msgspec.Struct, frozen=True, kw_only=True):
    """Lines of investigation.

    Attributes:
        tracks: the oldest first.
        suggestions: what the diagnosis suggests and nobody follows yet.
    """

    tracks: tuple[Track, ...]
    suggestions: tuple[Suggestion, ...]


class RunbookText(Runbook, frozen=True, kw_only=True):
    """A runbook as its file says it; named apart from the links that the catalog calls runbooks."""


class Book(msgspec.Struct, frozen=True, kw_only=True):
    """A runbook and how far it has come for an incident.

    Attributes:
        runbook: what its file says.
        run: what became of its steps; ``null`` before the first.
        changed: whether its file was changed since.
        checks: what the guards of its steps say now.
    """

    runbook: RunbookText
    run: RunbookRun | None
    changed: bool
    checks: tuple[StepCheck, ...]


class Tick(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a step.

    Attributes:
        by: who says so.
        status: done | skipped | failed.
        text: what was seen, or why it was skipped.
    """

    by: str = ""
    status: str = "done"
    text: str = ""


class CarryOut(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a step's action is carried out.

    Attributes:
        by: who orders it.
        dry_run: look and tell, change nothing.
        confirm: the service's name, letter by letter; needed unless dry_run.
        force: why it is done although a guard does not hold.
    """

    by: str = ""
    dry_run: bool = False
    confirm: str = ""
    force: str = ""


class Updates(msgspec.Struct, frozen=True, kw_only=True):
    """Status updates of an incident.

    Attributes:
        updates: all of them, the oldest first.
        next: when each audience hears next.
    """

    updates: tuple[StatusUpdate, ...]
    next: tuple[NextUpdate, ...]


class DraftBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For whom a draft is wanted.

    Attributes:
        audience: internal | stakeholders | public.
        by: who wants it.
    """

    audience: str
    by: str = ""


class PublishBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a draft is published.

    Attributes:
        by: who publishes it.
        text: other words than the draft's; empty for those of the draft.
    """

    by: str = ""
    text: str = ""


def _by(call: Call, by: str) -> str:
    return by.strip()[:200] or call.caller


def _at(given: int | str) -> Micros:
    return given if isinstance(given, int) else instant(given, 0)


def _key(call: Call) -> str:
    return call.path["key"]


def _roles(call: Call) -> tuple[Held, ...]:
    return call.operations.incident(_key(call)).roles


def _role(call: Call) -> Incident:
    body = call.sent(RoleBody)
    by = _by(call, body.by)
    person = body.person.strip() or by
    if body.leave:
        return call.operations.command.leave_role(_key(call), role=body.role, person=person, by=by)
    return call.operations.command.take_role(
        _key(call), role=body.role, person=person, by=by, of=body.of[:400]
    )


def _tracks(call: Call) -> Tracks:
    incident = call.operations.incident(_key(call))
    suggestions = call.operations.command.suggestions(_key(call))
    return Tracks(tracks=incident.tracks, suggestions=tuple(suggestions))


def _open_track(call: Call) -> Incident:
    body = call.sent(TrackBody)
    return call.operations.command.open_track(
        _key(call),
        hypothesis=body.hypothesis[:4_000],
        by=_by(call, body.by),
        owner=body.owner[:400],
        next_check=body.next_check[:4_000],
        due_at=_at(body.due_at),
    )


def _move_track(call: Call) -> Incident:
    body, track = call.sent(TrackMove), call.path["track"]
    by = _by(call, body.by)
    if body.status:
        if (body.owner, body.next_check, body.due_at) != (None, None, None):
            raise ProblemError(400, "A track cannot move and end at once.", "Send one, then the other.")
        return call.operations.command.end_track(
            _key(call), track=track, by=by, status=body.status, finding=body.finding[:8_000]
        )
    return call.operations.command.move_track(
        _key(call),
        track=track,
        by=by,
        owner=body.owner,
        next_check=body.next_check,
        due_at=None if body.due_at is None else _at(body.due_at),
    )


def _books(call: Call) -> list[Book]:
    command = call.operations.command
    return [
        Book(
            runbook=_text(book),
            run=run,
            changed=run is not None and run.digest != book.digest,
            checks=tuple(command.checks(_key(call), runbook=book.id)),
        )
        for book, run in command.runbooks(_key(call))
    ]


def _library(call: Call) -> list[RunbookText]:
    return [_text(book) for book in call.operations.command.library()]


def _text(book: Runbook) -> RunbookText:
    return RunbookText(**msgspec.structs.asdict(book))


def _tick(call: Call) -> RunbookRun:
    body = call.sent(Tick)
    return call.operations.command.tick(
        _key(call),
        runbook=call.path["runbook"],
        step=call.path["step"],
        by=_by(call, body.by),
        status=body.status,
        text=body.text[:16_000],
    )


def _carry_out(call: Call) -> Mitigation:
    body = call.sent(CarryOut)
    return call.operations.command.carry_out(
        _key(call),
        runbook=call.path["runbook"],
        step=call.path["step"],
        by=_by(call, body.by),
        dry_run=body.dry_run,
        confirm=body.confirm,
        force=body.force[:1_000],
    )


def _updates(call: Call) -> Updates:
    incident = call.operations.incident(_key(call))
    following = call.operations.command.next_updates(_key(call))
    return Updates(updates=incident.updates, next=tuple(following))


def _draft(call: Call) -> StatusUpdate:
    body = call.sent(DraftBody)
    return call.operations.command.draft(_key(call), audience=body.audience, by=_by(call, body.by))


def _publish(call: Call) -> StatusUpdate:
    body = call.sent(PublishBody)
    return call.operations.command.publish(
        _key(call), update=call.path["update"], by=_by(call, body.by), text=body.text[:8_000]
    )


def _read(path: str, summary: str, handler: Callable[[Call], object], answer: object) -> Endpoint:
    errors = (404,) if "{" in path else ()
    return Endpoint(method="GET", path=path, summary=summary, handler=handler, answer=answer, errors=errors)


def _write(
    path: str, summary: str, handler: Callable[[Call], object], answer: object, body: object
) -> Endpoint:
    return Endpoint(
        method="POST",
        path=path,
        summary=summary,
        handler=handler,
        answer=answer,
        body=body,
        errors=(404, 409),
    )


_OF: Final = "/v1/incidents/{key}"
_STEP: Final = _OF + "/runbooks/{runbook}/steps/{step}"

COMMAND: Final[tuple[Endpoint, ...]] = (
    _read(f"{_OF}/roles", "Who has which role in an incident.", _roles, list[Held]),
    _write(f"{_OF}/roles", "Give somebody a role, or let them leave it.", _role, Incident, RoleBody),
    _read(f"{_OF}/tracks", "Lines of investigation, and those that the diagnosis suggests.", _tracks, Tracks),
    _write(f"{_OF}/tracks", "Begin a line of investigation.", _open_track, Incident, TrackBody),
    _write(f"{_OF}/tracks/{{track}}", "Move a track on, or end it.", _move_track, Incident, TrackMove),
    _read(
        f"{_OF}/runbooks", "Runbooks that fit, how far each has come, what guards say.", _books, list[Book]
    ),
    _write(_STEP, "Tell what became of a runbook's step.", _tick, RunbookRun, Tick),
    _write(
        f"{_STEP}/run",
        "Carry a step's action out, or try it; its guards must hold.",
        _carry_out,
        Mitigation,
        CarryOut,
    ),
    _read(f"{_OF}/updates", "Status updates, and when each audience hears next.", _updates, Updates),
    _write(f"{_OF}/updates", "Draft an update for an audience now.", _draft, StatusUpdate, DraftBody),
    _write(
        f"{_OF}/updates/{{update}}/publish",
        "Publish a drafted update, as it is or in other words.",
        _publish,
        StatusUpdate,
        PublishBody,
    ),
    _read("/v1/runbooks", "All runbooks, by id.", _library, list[RunbookText]),
    _read(
        "/v1/public-status",
        "What the public may know: the status page as data.",
        lambda call: call.operations.command.status_page(),
        StatusPage,
    ),
)
"""The table of what may be asked of leading an incident."""
