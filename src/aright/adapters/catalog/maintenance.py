"""Maintenance windows in `aright.yaml`: hours of each week, or one span of time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Final

import msgspec

from aright.adapters.catalog.findings import shown
from aright.core.model.silence import DAYS, Matcher, Silence, Weekly
from aright.core.model.times import from_datetime
from aright.core.page.silencing import SilenceError, check, parse_matcher

if TYPE_CHECKING:
    from aright.adapters.catalog.reading import Reader
    from aright.core.model.times import Micros

MAINTENANCE_KEYS: Final[dict[str, str]] = {
    "name": "its name; needed, unique.",
    "matchers": "a list of what alerts must be: `service=shop`, `region=~eu-.*`; all must hold; needed.",
    "comment": "why; needed.",
    "author": "who answers for it; `the catalog` where left out.",
    "days": f"a list of the days of each week on which it begins, of {', '.join(DAYS)}.",
    "start": "when it begins on those days, such as `22:00`.",
    "end": "when it ends, such as `04:00`; not after the start, it is of the next day.",
    "zone": "the time zone of the hours, such as Europe/Zurich; UTC where left out.",
    "from": "without days: from when, RFC 3339; with them: from when on.",
    "until": "until when, RFC 3339; may be left out with days.",
}
"""What a maintenance window may say, by key."""

OF_CATALOG: Final = "maintenance:"
_INSTANT = Annotated[datetime, msgspec.Meta(tz=True)]


def read_maintenance(reader: Reader) -> tuple[Silence | None, int]:
    """Return a window with its line; none where something is wrong with it."""
    name = reader.text("name", needed=True)
    days = reader.texts("days")
    weekly = (
        Weekly(
            days=days,
            start=reader.text("start", needed=True),
            end=reader.text("end", needed=True),
            zone=reader.text("zone", "UTC"),
        )
        if days
        else None
    )
    made = Silence(
        key=f"{OF_CATALOG}{name}",
        matchers=_matchers(reader),
        starts_at=_instant(reader, "from", needed=not days),
        ends_at=_instant(reader, "until", needed=not days),
        author=reader.text("author", "the catalog"),
        comment=reader.text("comment", needed=True),
        created_at=0,
        weekly=weekly,
    )
    if name and made.comment and made.matchers:
        try:
            return check(made), reader.at("name")
        except SilenceError as wrong:
            why, _, fix = str(wrong).partition(": ")
            fix = f"{fix[:1].upper()}{fix[1:]}" if fix else "Mend it as the reference of catalog files says"
            reader.tell("name", f"the maintenance {shown(name)} cannot be kept", why, fix)
    return None, reader.at("name")


def _matchers(reader: Reader) -> tuple[Matcher, ...]:
    found = []
    for text in reader.texts("matchers"):
        try:
            found.append(parse_matcher(text))
        except SilenceError as wrong:
            reader.tell("matchers", f"{shown(text)} is no matcher", str(wrong), 'Write NAME="VALUE"')
    if reader.ok and (not reader.has("matchers") or reader.lists_nothing("matchers")):
        reader.missing("matchers")
    return tuple(found)


def _instant(reader: Reader, name: str, *, needed: bool) -> Micros:
    text = reader.text(name, needed=needed)
    if not text:
        return 0
    try:
        return from_datetime(msgspec.convert(text, type=_INSTANT))
    except (msgspec.ValidationError, OverflowError):
        reader.tell(
            name,
            f"{name} is {shown(text)}",
            "it is no instant with a time zone",
            f"Write {name}: 2026-12-24T22:00:00Z",
        )
        return 0
