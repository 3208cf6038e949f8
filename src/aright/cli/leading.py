"""`aright incident role …`, `… track …` and `… update …`: leading an incident from the command line."""

from __future__ import annotations

import getpass
import re
from typing import Annotated, Final
from urllib.parse import quote

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote
from aright.core.incident.suggesting import Suggestion
from aright.core.model.command import Held, Track
from aright.core.model.incident import Incident, StatusUpdate
from aright.core.model.times import Micros, clock_text, iso

roles = cyclopts.App(name="role", help="Who leads, tells, writes, knows.", result_action="return_value")
tracks = cyclopts.App(name="track", help="Lines of investigation.", result_action="return_value")
updates = cyclopts.App(name="update", help="Status updates by audience.", result_action="return_value")

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
SCHEMA: Final = 1
DUE_NOW: Final = 3
_SPAN: Final = re.compile(r"(\d{1,5})(m|h|d)")
_MINUTES: Final = {"m": 1, "h": 60, "d": 24 * 60}


class _Tracks(msgspec.Struct):
    tracks: list[Track]
    suggestions: list[Suggestion]


class _Next(msgspec.Struct):
    audience: str
    due_at: Micros
    automatic: bool
    channels: list[str]


class _Updates(msgspec.Struct):
    updates: list[StatusUpdate]
    next: list[_Next]


class _Status(msgspec.Struct):
    now: Micros


@roles.command(name="list")
def list_roles(incident: str, *, as_json: AsJson = False) -> int:
    """List who has which role.

    Args:
        incident: its id, such as INC-1.
        as_json: print JSON.
    """
    found = Remote().get(f"{_of(incident)}/roles", list[Held])
    if as_json:
        return _show("roles", found)
    for held in found:
        of = f" of {held.of}" if held.of else ""
        print(f"{held.role:<15} {held.person}{of}, since {clock_text(held.since)} UTC")
    if not found:
        print("nobody has a role: whoever takes the incident on first leads it")
    return 0


@roles.command
def take(incident: str, role: str, person: str = "", *, of: str = "", by: str = "") -> int:
    """Give a role to somebody; one that only one may have passes on.

    Args:
        incident: its id.
        role: commander, deputy, communications, scribe, expert or liaison.
        person: who has it from now on; you, if left out.
        of: for an expert or liaison of what or whom.
        by: who says so; your login name if left out.
    """
    body: dict[str, object] = {"role": role, "person": person or _me(by), "of": of, "by": _me(by)}
    found = Remote().post(f"{_of(incident)}/roles", body, Incident)
    print(f"{person or _me(by)} is {role} of {found.key}")
    return 0


@roles.command
def leave(incident: str, role: str, person: str = "", *, by: str = "") -> int:
    """Let somebody leave a role.

    Args:
        incident: its id.
        role: which.
        person: who leaves it; you, if left out.
        by: who says so; your login name if left out.
    """
    body: dict[str, object] = {"role": role, "person": person or _me(by), "by": _me(by), "leave": True}
    found = Remote().post(f"{_of(incident)}/roles", body, Incident)
    print(f"{person or _me(by)} is no longer {role} of {found.key}")
    return 0


@tracks.command(name="list")
def list_tracks(incident: str, *, as_json: AsJson = False) -> int:
    """List lines of investigation, and those that the diagnosis suggests.

    Args:
        incident: its id, such as INC-1.
        as_json: print JSON.
    """
    found = Remote().get(f"{_of(incident)}/tracks", _Tracks)
    if as_json:
        return _show("tracks", found)
    for track in found.tracks:
        due = f", due {clock_text(track.due_at)} UTC" if track.due_at else ""
        print(f"{track.id:<4} {track.status:<9} {track.owner or 'nobody':<12} {track.hypothesis}")
        said = track.finding or track.next_check
        if said or due:
            print(f"     {said}{due}")
    for offer in found.suggestions:
        print(f"suggested ({offer.because}): {offer.hypothesis}; {offer.next_check}")
    if not found.tracks and not found.suggestions:
        print("no tracks")
    return 0


@tracks.command(name="open")
def open_(
    incident: str,
    hypothesis: str,
    *,
    owner: str = "",
    next_check: Annotated[str, cyclopts.Parameter(name="--next")] = "",
    due: str = "",
    by: str = "",
) -> int:
    """Begin a line of investigation.

    Args:
        incident: its id.
        hypothesis: what it is to show or to refute.
        owner: who follows it.
        next_check: what is looked at first.
        due: when that is to be told: 15m, 1h, or RFC 3339; its owner is reminded, then the commander.
        by: who opens it; your login name if left out.
    """
    server = Remote()
    body: dict[str, object] = {
        "hypothesis": hypothesis,
        "owner": owner,
        "next_check": next_check,
        "due_at": _due(server, due),
        "by": _me(by),
    }
    found = server.post(f"{_of(incident)}/tracks", body, Incident)
    print(f"{found.tracks[-1].id} of {found.key} is open")
    return 0


@tracks.command
def move(
    incident: str,
    track: str,
    *,
    owner: str | None = None,
    next_check: Annotated[str | None, cyclopts.Parameter(name="--next")] = None,
    due: str | None = None,
    by: str = "",
) -> int:
    """Give a track another owner, next check or time; what is left out stays.

    Args:
        incident: its id.
        track: the track's id, such as T1.
        owner: who follows it from now on.
        next_check: what is looked at next.
        due: when that is to be told: 15m, 1h, or RFC 3339; "" for no time.
        by: who says so; your login name if left out.
    """
    server = Remote()
    body: dict[str, object] = {"by": _me(by)}
    if owner is not None:
        body["owner"] = owner
    if next_check is not None:
        body["next_check"] = next_check
    if due is not None:
        body["due_at"] = _due(server, due)
    server.post(f"{_of(incident)}/tracks/{quote(track.upper(), safe='')}", body, Incident)
    print(f"{track.upper()} goes on")
    return 0


@tracks.command
def end(incident: str, track: str, status: str, finding: str = "", *, by: str = "") -> int:
    """End a track, and say what came out.

    Args:
        incident: its id.
        track: the track's id, such as T1.
        status: confirmed, refuted or dropped.
        finding: what came out.
        by: who says so; your login name if left out.
    """
    body: dict[str, object] = {"by": _me(by), "status": status, "finding": finding}
    Remote().post(f"{_of(incident)}/tracks/{quote(track.upper(), safe='')}", body, Incident)
    print(f"{track.upper()} is {status}")
    return 0


@updates.command(name="list")
def list_updates(incident: str, *, as_json: AsJson = False) -> int:
    """List status updates, and when each audience hears next; leaves with 3 where a draft waits.

    Args:
        incident: its id, such as INC-1.
        as_json: print JSON.
    """
    found = Remote().get(f"{_of(incident)}/updates", _Updates)
    waiting = any(update.status == "draft" for update in found.updates)
    if as_json:
        _show("updates", found)
        return DUE_NOW if waiting else 0
    for update in found.updates:
        due = f", due {clock_text(update.due_at)} UTC" if update.due_at and update.status == "draft" else ""
        print(f"{update.id or '–':<4} {update.audience:<12} {update.status}{due}\n     {update.text}")
    for each in found.next:
        when = f"{iso(each.due_at)}{' by itself' if each.automatic else ''}" if each.due_at else "nothing due"
        print(f"next for {each.audience}: {when}")
    return DUE_NOW if waiting else 0


@updates.command
def draft(incident: str, audience: str = "internal", *, by: str = "") -> int:
    """Draft an update from the facts, now.

    Args:
        incident: its id.
        audience: internal, stakeholders or public.
        by: who wants it; your login name if left out.
    """
    made = Remote().post(f"{_of(incident)}/updates", {"audience": audience, "by": _me(by)}, StatusUpdate)
    print(f"{made.id} for {made.audience}:\n{made.text}")
    return 0


@updates.command
def publish(incident: str, update: str, *, text: str = "", by: str = "") -> int:
    """Publish a drafted update, as it is or in other words.

    Args:
        incident: its id.
        update: the draft's id, such as U3.
        text: other words than the draft's.
        by: who publishes it; your login name if left out.
    """
    path = f"{_of(incident)}/updates/{quote(update.upper(), safe='')}/publish"
    told = Remote().post(path, {"by": _me(by), "text": text}, StatusUpdate)
    following = f"; the next is due {iso(told.next_due)}" if told.next_due else ""
    print(f"{told.id} is published to {told.audience}{following}")
    return 0


def path_of(incident: str) -> str:
    """Return an incident's path in the API, however its id was typed.

    >>> path_of("2"), path_of("inc-2")
    ('/v1/incidents/INC-2', '/v1/incidents/INC-2')
    """
    told = incident.strip().upper()
    return f"/v1/incidents/{quote(f'INC-{told}' if told.isdecimal() else told, safe='')}"


_of = path_of


def _me(by: str) -> str:
    return by or getpass.getuser()


def _due(server: Remote, text: str) -> int | str:
    """Return when, by the server's clock where a span was given; what is neither is for the server to say."""
    span = _SPAN.fullmatch(text.strip())
    if span is None:
        if text and not text[:1].isdecimal():
            raise FailedError(f"{text!r} is no time: write 15m, 1h, 2d, or RFC 3339", code=2)
        return text or 0
    now = server.get("/v1/status", _Status).now
    return now + int(span.group(1)) * _MINUTES[span.group(2)] * 60_000_000


def _show(name: str, value: object) -> int:
    told = {"schema": SCHEMA, name: value}
    print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
    return 0
