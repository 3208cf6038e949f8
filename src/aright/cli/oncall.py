"""`aright oncall …`: who has the shift, shifts swapped and taken, calendars, and what would fail at night."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote
from aright.core.model.on_call import Override, Person, Shift, Weakness
from aright.core.model.times import DAY, Micros, from_datetime, to_datetime
from aright.core.page.schedule import ScheduleError
from aright.core.page.schedule.wall import wall_clock, wall_time
from aright.engine.on_call_operations import Duty

app = cyclopts.App(
    name="oncall", help="Who has the shift; swap and take shifts; calendars.", result_action="return_value"
)
ical = cyclopts.App(name="ical", help="Shifts as a calendar, and overrides from one.")
app.command(ical)

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
From = Annotated[str, cyclopts.Parameter(name="--from")]
SCHEMA: Final = 1
FOUND: Final = 3
_MOST_WEEKS: Final = 56


@app.command
def who(*, as_json: AsJson = False) -> int:
    """Say who has each schedule now and who is next; leaves with 3 where nobody has one.

    Args:
        as_json: print JSON.
    """
    duties = Remote().get("/v1/on-call", list[Duty])
    if as_json:
        _show("duties", duties)
    for duty in () if as_json else duties:
        print(f"{duty.schedule}  {_whose(duty.now)} until {_local(duty.now.end, duty.zone)} {duty.zone}")
        if duty.next is not None:
            print(f"    then {_whose(duty.next)} from {_local(duty.next.start, duty.zone)}")
    if not duties and not as_json:
        print("no schedules: the catalog names them (schedules: …)")
    return FOUND if any(not duty.now.person for duty in duties) else 0


@app.command
def people(*, as_json: AsJson = False) -> int:
    """List everybody who can be told.

    Args:
        as_json: print JSON.
    """
    found = Remote().get("/v1/on-call/people", list[Person])
    if as_json:
        _show("people", found)
        return 0
    for person in found:
        print(f"{person.key}  {person.shown}  {person.zone}  by {', '.join(person.ways) or 'nothing'}")
    if not found:
        print("nobody: the catalog names people (people: …)")
    return 0


@app.command
def show(schedule: str, *, weeks: int = 2, start: From = "", as_json: AsJson = False) -> int:
    """Show a schedule's shifts and overrides, by its own clock; leaves with 3 where nobody has one.

    Args:
        schedule: its name.
        weeks: how many.
        start: from when, such as 2026-12-24T18:00 by the schedule's clock; now where left out.
        as_json: print JSON.
    """
    if not 1 <= weeks <= _MOST_WEEKS:
        raise FailedError(f"--weeks is {weeks}: give 1 to {_MOST_WEEKS}", code=2)
    duty = _duty(schedule)
    begin = _instant(start, duty.zone) if start else from_datetime(datetime.now(ZoneInfo("UTC")))
    query = urlencode({"start": begin, "end": begin + weeks * 7 * DAY})
    shifts = Remote().get(f"{_at(schedule)}/shifts?{query}", list[Shift])
    overrides = Remote().get(f"{_at(schedule)}/overrides", list[Override])
    if as_json:
        _show("shifts", shifts)
    else:
        print(f"{schedule}, times of {duty.zone}")
        for shift in shifts:
            span = f"{_local(shift.start, duty.zone)} – {_local(shift.end, duty.zone)}"
            print(f"  {span}  {_whose(shift)}{f'  ({shift.because})' if shift.because else ''}")
        for each in overrides:
            print(f"  {_line(each, duty.zone)}")
    return FOUND if any(not shift.person for shift in shifts) else 0


@app.command
def override(
    schedule: str,
    person: str,
    *,
    until: str,
    start: From = "",
    by: str = "",
    why: str = "",
    as_json: AsJson = False,
) -> int:
    """Give a span to somebody, whoever has it.

    Args:
        schedule: its name.
        person: a key, a name or an alias.
        until: until when, such as 2026-12-24T18:00 by the schedule's clock, or RFC 3339.
        start: from when; now where left out.
        by: your name.
        why: why.
        as_json: print JSON.
    """
    zone = _duty(schedule).zone
    body: dict[str, object] = {
        "person": person,
        "start": _sent(start, zone),
        "end": _sent(until, zone),
        "by": by,
        "why": why,
    }
    _told([Remote().post(f"{_at(schedule)}/overrides", body, Override)], zone, as_json=as_json)
    return 0


@app.command
def take(
    schedule: str,
    person: str,
    *,
    at: str = "",
    until: str = "",
    by: str = "",
    why: str = "",
    as_json: AsJson = False,
) -> int:
    """Let somebody take a shift, or a part of one, or a gap.

    Args:
        schedule: its name.
        person: a key, a name or an alias.
        at: a time within the shift by the schedule's clock, or RFC 3339; now where left out.
        until: only from that time until then; all that is left of the shift where left out.
        by: your name.
        why: why.
        as_json: print JSON.
    """
    zone = _duty(schedule).zone
    body: dict[str, object] = {
        "person": person,
        "at": _sent(at, zone),
        "until": _sent(until, zone),
        "by": by,
        "why": why,
    }
    _told([Remote().post(f"{_at(schedule)}/take", body, Override)], zone, as_json=as_json)
    return 0


@app.command
def swap(
    schedule: str,
    one: str,
    other: str,
    *,
    one_until: str = "",
    other_until: str = "",
    by: str = "",
    why: str = "",
    as_json: AsJson = False,
) -> int:
    """Let the people of two shifts change places.

    Args:
        schedule: its name.
        one: a time within the first by the schedule's clock, or RFC 3339.
        other: a time within the second.
        one_until: of the first only from that time until then.
        other_until: of the second likewise.
        by: your name.
        why: why.
        as_json: print JSON.
    """
    zone = _duty(schedule).zone
    named = {"one": one, "other": other, "one_until": one_until, "other_until": other_until}
    body: dict[str, object] = {name: _sent(text, zone) for name, text in named.items()}
    made = Remote().post(f"{_at(schedule)}/swap", {**body, "by": by, "why": why}, list[Override])
    _told(made, zone, as_json=as_json)
    return 0


@app.command
def end(key: str, *, by: str = "", as_json: AsJson = False) -> int:
    """Take an override back.

    Args:
        key: its name, such as OVR-1.
        by: your name.
        as_json: print JSON.
    """
    query = f"?{urlencode({'by': by})}" if by else ""
    ended = Remote().delete(f"/v1/on-call/overrides/{quote(key, safe='')}{query}", Override)
    if as_json:
        _show("overrides", [ended])
    else:
        print(f"{ended.key} was taken back by {ended.ended_by}")
    return 0


@app.command
def check(*, as_json: AsJson = False) -> int:
    """Say what would fail at night: pages that reach nobody, empty shifts; leaves with 3 if anything would.

    Args:
        as_json: print JSON.
    """
    found = Remote().get("/v1/on-call/weaknesses", list[Weakness])
    if as_json:
        _show("weaknesses", found)
    for each in () if as_json else found:
        print(f"{'✗' if each.serious else '–'} {each.where}: {each.what}. {each.fix}")
    if not found and not as_json:
        print("no weakness found")
    return FOUND if found else 0


@ical.command
def export(schedule: str, *, out: Annotated[str, cyclopts.Parameter(name=("--out", "-o"))] = "") -> int:
    """Write a schedule's shifts as a calendar.

    Args:
        schedule: its name.
        out: the file; printed where left out.
    """
    text = Remote().text(f"{_at(schedule)}/calendar")
    if out:
        Path(out).write_text(text, encoding="utf-8", newline="")
    else:
        print(text, end="")
    return 0


@ical.command(name="import")
def import_(schedule: str, file: str, *, by: str = "", as_json: AsJson = False) -> int:
    """Take a calendar's events as overrides, instead of those that one brought before.

    Args:
        schedule: its name.
        file: an .ics file whose events name people.
        by: your name.
        as_json: print JSON.
    """
    zone = _duty(schedule).zone
    try:
        content = Path(file).read_bytes()
    except OSError as gone:
        raise FailedError(f"{file} cannot be read: {gone.strerror or gone}", code=2) from gone
    query = f"?{urlencode({'by': by})}" if by else ""
    made = Remote().put_file(f"{_at(schedule)}/calendar{query}", content, "text/calendar", list[Override])
    _told(made, zone, as_json=as_json)
    return 0


def _at(schedule: str) -> str:
    return f"/v1/on-call/schedules/{quote(schedule, safe='')}"


def _duty(schedule: str) -> Duty:
    duties = Remote().get("/v1/on-call", list[Duty])
    for duty in duties:
        if duty.schedule == schedule:
            return duty
    known = ", ".join(duty.schedule for duty in duties) or "none"
    raise FailedError(f"there is no schedule {schedule!r}; those there are: {known}", code=2)


def _sent(text: str, zone: str) -> str:
    return str(_instant(text, zone)) if text else ""


def _instant(text: str, zone: str) -> Micros:
    """Return an instant written with its zone, or by the clock of another; raises ``FailedError``.

    >>> _instant("1970-01-01T01:00", "Europe/Zurich"), _instant("1970-01-01 00:00:01Z", "UTC")
    (0, 1000000)
    """
    try:
        when = datetime.fromisoformat(text)
        return (
            wall_clock(zone).reached(wall_time(when.isoformat()))
            if when.tzinfo is None
            else from_datetime(when)
        )
    except (ValueError, OverflowError) as wrong:
        why = f": {wrong}" if isinstance(wrong, ScheduleError) else ""
        raise FailedError(
            f"{text!r} is no time: write 2026-12-24T18:00, or with a zone{why}", code=2
        ) from wrong


def _local(at: Micros, zone: str) -> str:
    """Return a time by a zone's clock.

    >>> _local(0, "Europe/Zurich")
    'Thu 1970-01-01 01:00'
    """
    try:
        return f"{to_datetime(at).astimezone(ZoneInfo(zone)):%a %Y-%m-%d %H:%M}"
    except (OSError, ValueError, LookupError):  # a zone that is not known here
        return f"{to_datetime(at):%a %Y-%m-%d %H:%M} UTC"


def _whose(shift: Shift) -> str:
    return shift.person or "nobody"


def _line(each: Override, zone: str) -> str:
    why = f": {each.why}" if each.why else ""
    span = f"{_local(each.start, zone)} – {_local(each.end, zone)}"
    return f"{each.key}  {span}  {each.person}  by {each.by}{why}"


def _told(made: list[Override], zone: str, *, as_json: bool) -> None:
    if as_json:
        _show("overrides", made)
    for each in () if as_json else made:
        print(_line(each, zone))
    if not made and not as_json:
        print("no overrides")


def _show(name: str, value: object) -> None:
    print(msgspec.json.format(msgspec.json.encode({"schema": SCHEMA, name: value}), indent=2).decode())
