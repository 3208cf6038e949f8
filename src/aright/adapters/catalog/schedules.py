"""Schedules in `aright.yaml`: who has the shift, in layers of turns."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.adapters.catalog.findings import shown
from aright.adapters.catalog.naming import Mention, entries, read_name, read_zone
from aright.adapters.catalog.reading import Reader
from aright.adapters.catalog.tree import Scalar
from aright.core.model.on_call import Holiday, Layer, Schedule
from aright.core.model.silence import DAYS, Weekly
from aright.core.page.ical import CalendarError, read_holidays

if TYPE_CHECKING:
    from aright.core.model.on_call import Unit

SCHEDULE_KEYS: Final[dict[str, str]] = {
    "name": "its name; needed, unique.",
    "zone": "the time zone that its turns and hours go by, such as Europe/Zurich; UTC where left out.",
    "layers": "a list of people who take turns; a later layer goes over the earlier ones; needed.",
    "holidays": "a list of days that have their own person, or the name of an .ics file with such days.",
}
"""What a schedule may say, by key."""

LAYER_KEYS: Final[dict[str, str]] = {
    "name": "its name within the schedule; its number where left out.",
    "people": "a list of people in the order of their turns; needed.",
    "starts": "when the first turn begins by the zone's clock, such as `2026-11-23 09:00`; needed.",
    "every": "how long a turn is: `1 week`, `2 days`, `12 hours`; a week where left out.",
    "hours": "a list of hours of each week, for a layer that holds only then.",
    "ends": "when the layer ends, likewise; never where left out.",
}
"""What a layer of a schedule may say, by key."""

HOURS_KEYS: Final[dict[str, str]] = {
    "days": f"a list of the days on which they begin, of {', '.join(DAYS)}; needed.",
    "start": "when they begin on those days by the schedule's clock, such as `09:00`; needed.",
    "end": "when they end, such as `17:00`; not after the start, it is of the next day; needed.",
}
"""What hours of a layer may say, by key."""

HOLIDAY_KEYS: Final[dict[str, str]] = {
    "date": "the day, such as `2026-12-25`; needed.",
    "name": "what is celebrated.",
    "person": "who has the whole day; the layers where left out.",
}
"""What a holiday may say, by key."""

_EVERY: Final = re.compile(r"(?:(\d{1,4}) ?)?(hour|day|week|h|d|w)s?")
_UNITS: Final[dict[str, Unit]] = {"h": "hour", "d": "day", "w": "week"}
_LONGEST_TURN: Final = {"hour": 24 * 366, "day": 366, "week": 53}
_LARGEST: Final = 4 * 1024 * 1024
"""Of a calendar (bytes)."""

_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def read_schedule(reader: Reader, mentions: list[Mention]) -> Schedule | None:
    """Return a schedule; none where it has no name."""
    name = read_name(reader)
    zone = read_zone(reader)
    layers: dict[str, Layer] = {}
    for number, node in enumerate(reader.items("layers"), 1):
        each = Reader(node, reader.said, "a layer", tuple(LAYER_KEYS))
        layer = _layer(each, mentions, str(number), zone, name)
        if layer.key in layers:
            each.tell(
                "name", f"the layer {shown(layer.key)} is given twice", "names tell them apart", "Rename one"
            )
        layers[layer.key] = layer
    if reader.ok and not layers:
        reader.tell(
            "layers", f"{name or 'the schedule'} has no layers", "nobody ever has it", "Give layers: …"
        )
    named = isinstance(reader.node("holidays"), Scalar)
    holidays = _of_file(reader, zone) if named else _holidays(reader, mentions, name)
    made = Schedule(key=name, zone=zone, layers=tuple(layers.values()), holidays=holidays)
    return made if name else None


def _layer(reader: Reader, mentions: list[Mention], name: str, zone: str, schedule: str) -> Layer:
    people = entries(reader, "people")
    for person, line in people:
        why = f"nobody would have that turn of {schedule or 'the schedule'}"
        mentions.append(Mention(reader.said, line, "person", person, why))
    if reader.ok and not people:
        reader.tell("people", "the layer has no people", "nobody takes its turns", "Give people: [NAME, …]")
    every, unit = _every(reader)
    starts, ends = _begin(reader, "starts", needed=True), _begin(reader, "ends")
    if starts and ends and ends <= starts:
        reader.tell("ends", "it ends before it starts", "it would never hold", "Put ends after starts")
    return Layer(
        key=reader.text("name", name),
        people=tuple(person for person, _ in people),
        starts=starts,
        every=every,
        unit=unit,
        hours=tuple(
            _hours(Reader(node, reader.said, "hours", tuple(HOURS_KEYS)), zone)
            for node in reader.items("hours")
        ),
        ends=ends,
    )


def _every(reader: Reader) -> tuple[int, Unit]:
    text = reader.text("every", "1 week")
    written = _EVERY.fullmatch(text)
    count = int(written[1] or 1) if written else 0
    unit = _UNITS[written[2][0]] if written else "week"
    if 0 < count <= _LONGEST_TURN[unit]:
        return count, unit
    reader.tell(
        "every",
        f"every is {shown(text)!r}",
        "it is how long a turn is, up to a year",
        "Write a number and hours, days or weeks, such as 1 week",
    )
    return 1, "week"


def _begin(reader: Reader, name: str, *, needed: bool = False) -> str:
    """Return an instant by the zone's clock as ``YYYY-MM-DDTHH:MM``; empty where there is none."""
    text = reader.text(name, needed=needed)
    if not text:
        return ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        at = None
    if at is None or at.tzinfo is not None or at.second or at.microsecond:
        reader.tell(
            name,
            f"{name} is {shown(text)!r}",
            "it is a day and time by the schedule's own clock",
            f"Write {name}: 2026-11-23 09:00, without a zone",
        )
        return ""
    return at.strftime("%Y-%m-%dT%H:%M")


def _hours(reader: Reader, zone: str) -> Weekly:
    days = entries(reader, "days")
    for day, line in days:
        if day not in DAYS:
            reader.said.unknown(line, day, "days", DAYS)
    if reader.ok and not days:
        reader.tell(
            "days", "the hours have no days", "they would never come", f"Give some of {', '.join(DAYS)}"
        )
    return Weekly(
        days=tuple(day for day, _ in days if day in DAYS),
        start=_clock(reader, "start"),
        end=_clock(reader, "end"),
        zone=zone,
    )


def _clock(reader: Reader, name: str) -> str:
    text = reader.text(name, needed=True)
    if text and not _CLOCK.fullmatch(text):
        reader.tell(name, f"{name} is {shown(text)!r}", "it is an hour and minute", f'Write {name}: "09:00"')
    return text if _CLOCK.fullmatch(text) else "00:00"


def _holidays(reader: Reader, mentions: list[Mention], schedule: str) -> tuple[Holiday, ...]:
    found: dict[str, Holiday] = {}
    for node in reader.items("holidays"):
        each = Reader(node, reader.said, "a holiday", tuple(HOLIDAY_KEYS))
        day, person = _day(each), each.text("person")
        if person:
            why = f"nobody would have {schedule} on that day"
            mentions.append(Mention(each.said, each.at("person"), "person", person, why))
        if day in found:
            each.tell("date", f"{day} is given twice", "a day has one person", "Take one away")
        if day:
            found[day] = Holiday(date=day, name=each.text("name"), person=person)
    return tuple(found[day] for day in sorted(found))


def _of_file(reader: Reader, zone: str) -> tuple[Holiday, ...]:
    """Return the days of an iCalendar file beside the catalog."""
    path = reader.text("holidays")
    if not path:
        return ()
    try:
        with (Path(reader.said.file).parent / path).open("rb") as opened:
            return read_holidays(opened.read(_LARGEST + 1), zone)
    except CalendarError as wrong:
        why, fix = f"{path}:{wrong.line}: {wrong.problem}", wrong.fix.rstrip(".")
    except OSError as missing:
        why, fix = missing.strerror or "it is no file", "Name an .ics file beside this one, or list the days"
    reader.tell("holidays", f"the calendar {shown(path)} cannot be read", shown(why), shown(fix))
    return ()


def _day(reader: Reader) -> str:
    text = reader.text("date", needed=True)
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        reader.tell("date", f"date is {shown(text)!r}", "it is no day", "Write date: 2026-12-25")
        return ""
