"""`aright silence …`: hold harm back for a while, see what is held back, let it go."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import quote, urlencode

import cyclopts
import msgspec

from aright.cli.failure import FailedError
from aright.cli.remote import Remote
from aright.core.model.silence import Muted, Silence
from aright.core.model.times import iso

app = cyclopts.App(name="silence", help="Silences and maintenance windows.", result_action="return_value")

AsJson = Annotated[bool, cyclopts.Parameter(name="--json", negative="", help="Print JSON.")]
Ended = Annotated[bool, cyclopts.Parameter(negative="")]
SCHEMA = 1
_LENGTH = re.compile(r"(\d{1,6})(m|h|d)")
_MINUTES = {"m": 1, "h": 60, "d": 24 * 60}


class _Silences(msgspec.Struct):
    silences: list[Silence]
    muted: list[Muted]


@app.command
def add(
    *matchers: str,
    comment: Annotated[str, cyclopts.Parameter(name=("--comment", "-c"))],
    length: Annotated[str, cyclopts.Parameter(name="--for")] = "",
    start: Annotated[str, cyclopts.Parameter(name="--from")] = "",
    until: str = "",
    weekly: str = "",
    zone: str = "UTC",
    by: str = "",
    as_json: AsJson = False,
) -> int:
    """Hold back harm of alerts that match; it is kept, and alarms if it outlasts the silence.

    Args:
        matchers: conditions that must all hold: service=shop, 'pod=~web-.*', signal!=error_share.
        comment: why.
        length: for how long: 30m, 4h, 2d.
        start: from when, RFC 3339; now where left out.
        until: until when, RFC 3339.
        weekly: hours of each week: 'sat,sun 22:00-04:00'.
        zone: time zone of those hours, such as Europe/Zurich.
        by: your name, as pages show it.
        as_json: print JSON.
    """
    body: dict[str, object] = {
        "matchers": list(matchers),
        "comment": comment,
        "by": by,
        "start": start,
        "end": until,
        "minutes": _minutes(length),
        "weekly": _hours(weekly, zone) if weekly else None,
    }
    made = Remote().post("/v1/silences", body, Silence)
    if as_json:
        _show("silence", made)
    else:
        print(_line(made))
    return 0


@app.command(name="list")
def list_(*, ended: Ended = False, as_json: AsJson = False) -> int:
    """List silences, and the harm that they hold back just now.

    Args:
        ended: those that have ended too.
        as_json: print JSON.
    """
    found = Remote().get(f"/v1/silences{'?ended=true' if ended else ''}", _Silences)
    if as_json:
        _show("silences", found)
        return 0
    for silence in found.silences:
        print(_line(silence))
        for muted in found.muted:
            if muted.silence == silence.key:
                print(f"    holds back {muted.alert.key} since {iso(muted.at)}")
    if not found.silences:
        print("no silences")
    return 0


@app.command
def end(key: str, *, by: str = "", as_json: AsJson = False) -> int:
    """End a silence; what it held back and is still there alarms.

    Args:
        key: its name, such as SIL-1.
        by: your name, as pages show it.
        as_json: print JSON.
    """
    query = f"?{urlencode({'by': by})}" if by else ""
    ended = Remote().delete(f"/v1/silences/{quote(key)}{query}", Silence)
    if as_json:
        _show("silence", ended)
    else:
        print(f"{ended.key} was ended by {ended.ended_by}")
    return 0


def _minutes(length: str) -> int:
    """Return minutes; raises ``FailedError``.

    >>> _minutes("4h"), _minutes("")
    (240, 0)
    """
    if not length:
        return 0
    found = _LENGTH.fullmatch(length)
    if found is None:
        raise FailedError(f"{length!r} is no length: write 30m, 4h or 2d", code=2)
    return int(found[1]) * _MINUTES[found[2]]


def _hours(text: str, zone: str) -> dict[str, object]:
    """Return hours of each week; raises ``FailedError``.

    >>> _hours("sat,sun 22:00-04:00", "UTC")["days"]
    ['sat', 'sun']
    """
    days, _, hours = text.partition(" ")
    start, dash, end = hours.partition("-")
    if not days or not dash:
        raise FailedError(f"{text!r} are no hours of a week: write 'sat,sun 22:00-04:00'", code=2)
    return {"days": days.split(","), "start": start.strip(), "end": end.strip(), "zone": zone}


def _line(silence: Silence) -> str:
    matchers = " ".join(str(matcher) for matcher in silence.matchers)
    weekly = silence.weekly
    hours = f"{','.join(weekly.days)} {weekly.start}-{weekly.end} {weekly.zone} " if weekly else ""
    until = f"until {iso(silence.ends_at)}" if silence.ends_at else "without an end"
    over = f" (ended by {silence.ended_by})" if silence.ended_by else ""
    return f"{silence.key}  {matchers}  {hours}{until}  {silence.author}: {silence.comment}{over}"


def _show(name: str, value: object) -> None:
    told = {"schema": SCHEMA, name: value}
    print(msgspec.json.format(msgspec.json.encode(told), indent=2).decode())
