"""Which alerts a silence holds back, and until when."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.signal import ALL
from aright.core.model.silence import DAYS, Matcher, Operator
from aright.core.model.times import from_datetime, to_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from aright.core.model.alert import Alert
    from aright.core.model.silence import Silence, Weekly
    from aright.core.model.times import Micros

LONGEST_PATTERN: Final = 500
MOST_MATCHERS: Final = 20
_MATCHER: Final = re.compile(r"\s*([^\s=!~{},\"]{1,200})\s*(=~|!~|!=|=)\s*(.*?)\s*", re.DOTALL)
_CLOCK: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_OPERATORS: Final[dict[str, Operator]] = {"=": "=", "!=": "!=", "=~": "=~", "!~": "!~"}


class SilenceError(ValueError):
    """The silence cannot be kept. Its text says what is wrong and what to write instead."""


def parse_matcher(text: str) -> Matcher:
    """Return a condition written as in Prometheus, with or without quotes; raises ``SilenceError``.

    >>> parse_matcher('service=~"shop|cart"').value, parse_matcher("region != north").op
    ('shop|cart', '!=')
    """
    found = _MATCHER.fullmatch(text)
    if found is None:
        raise SilenceError(f'{text[:100]!r} is no matcher: write NAME="VALUE", or with !=, =~ or !~')
    name, op, value = found.groups()
    if len(value) > 1 and value[0] == value[-1] == '"':
        value = value[1:-1].replace('\\"', '"')
    return Matcher(name=name, op=_OPERATORS[op], value=value)


def check(silence: Silence) -> Silence:
    """Return the silence, held to the rules; raises ``SilenceError``."""
    if not silence.matchers:
        raise SilenceError("there is no matcher: say which alerts, such as service=shop")
    if len(silence.matchers) > MOST_MATCHERS:
        raise SilenceError(f"there are over {MOST_MATCHERS} matchers: write several silences")
    for matcher in silence.matchers:
        _check_matcher(matcher)
    if all(_holds(matcher, [""])[0] for matcher in silence.matchers):
        raise SilenceError("it would match alerts of anything: name at least one value that must be there")
    if silence.weekly is not None:
        check_weekly(silence.weekly)
    elif not silence.ends_at:
        raise SilenceError("it has no end: say until when, or for how long")
    if silence.ends_at and silence.ends_at <= silence.starts_at:
        raise SilenceError("it ends before it starts")
    if not silence.author.strip() or not silence.comment.strip():
        raise SilenceError("say who makes it and why: author and comment")
    return silence


def active_until(silence: Silence, now: Micros) -> Micros | None:
    """Return until when a silence holds that holds now; ``None`` where it does not.

    >>> from aright.core.model.silence import Silence, Weekly
    >>> nights = Silence(key="n", matchers=(), starts_at=0, ends_at=0, author="a", comment="c", created_at=0,
    ...     weekly=Weekly(days=("thu",), start="23:00", end="01:00", zone="Europe/Zurich"))
    >>> active_until(nights, 1_767_304_740_000_000)  # Thursday 22:59 in Zurich
    >>> to_datetime(active_until(nights, 1_767_308_400_000_000)).isoformat()  # Friday 0:00 there
    '2026-01-02T00:00:00+00:00'
    """
    if silence.ended_by or now < silence.starts_at or (silence.ends_at and now >= silence.ends_at):
        return None
    if silence.weekly is None:
        return silence.ends_at
    end = _weekly_end(silence.weekly, now)
    if end is None:
        return None
    return min(end, silence.ends_at) if silence.ends_at else end


def facts_of(alert: Alert, labels: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return what matchers see of an alert.

    >>> from aright.core.model.alert import Alert
    >>> from aright.core.model.signal import Segment
    >>> facts = facts_of(Alert(key="k", service="shop", signal="error_share", harm=True, at=0, since=0,
    ...     before=0, now=0, low=0, high=0, units=0, log_e=0, threshold=0, rule="",
    ...     segment=Segment("region", "north")))
    >>> facts["segment"], facts["region"], facts["service"]
    ('region = north', 'north', 'shop')
    """
    facts = dict(labels or {})
    if alert.segment != ALL:
        facts |= {alert.segment.attribute: alert.segment.value, "segment": str(alert.segment)}
    return facts | {"service": alert.service, "signal": alert.signal}


def first_match(
    silences: Iterable[Silence], rows: Sequence[Mapping[str, str]], now: Micros
) -> list[tuple[Silence, Micros] | None]:
    """Return for each row of facts the silence that holds it back longest, and until when."""
    found: list[tuple[Silence, Micros] | None] = [None] * len(rows)
    for silence in silences:
        until = active_until(silence, now)
        if until is None:
            continue
        held = [True] * len(rows)
        for matcher in silence.matchers:
            holds = _holds(matcher, [row.get(matcher.name, "") for row in rows])
            held = [both and each for both, each in zip(held, holds, strict=True)]
        for at, holds_back in enumerate(held):
            before = found[at]
            if holds_back and (before is None or until > before[1]):
                found[at] = (silence, until)
    return found


def in_words(silence: Silence, until: Micros) -> str:
    """Return what is written where an alert was held back."""
    kind = "maintenance" if silence.weekly is not None else "silenced"
    end = f"{to_datetime(until):%Y-%m-%d %H:%M} UTC"
    return f"{kind} by {silence.key} of {silence.author} ({silence.comment}) until {end}"


def _holds(matcher: Matcher, values: Sequence[str]) -> list[bool]:
    """Return for each value whether the condition holds; expressions run in RE2, in linear time."""
    if matcher.op in {"=", "!="}:
        return [(value == matcher.value) is (matcher.op == "=") for value in values]
    distinct = sorted(set(values))
    found = pc.match_substring_regex(pa.array(distinct, pa.string()), pattern=_whole(matcher.value))
    known = dict(zip(distinct, found.to_pylist(), strict=True))
    return [known[value] is (matcher.op == "=~") for value in values]


def _whole(pattern: str) -> str:
    return rf"\A(?s:{pattern})\z"


def _check_matcher(matcher: Matcher) -> None:
    if not matcher.name or len(matcher.name) > 200 or len(matcher.value) > LONGEST_PATTERN:
        raise SilenceError(f"a matcher's name or value is empty or too long: {str(matcher)[:100]}")
    if matcher.op in {"=~", "!~"}:
        try:
            _holds(matcher, [""])
        except pa.ArrowInvalid as error:
            said = str(error).splitlines()[0].replace(_whole(matcher.value), matcher.value)[:200]
            raise SilenceError(f"{matcher} is no regular expression of RE2: {said}") from error


def check_weekly(weekly: Weekly) -> None:
    """Raise ``SilenceError`` where hours of a week cannot be kept."""
    if not weekly.days or not set(weekly.days) <= set(DAYS):
        raise SilenceError(
            f"days are {', '.join(weekly.days)[:80] or 'missing'}: write some of {', '.join(DAYS)}"
        )
    for name, text in (("start", weekly.start), ("end", weekly.end)):
        if not _CLOCK.fullmatch(text):
            raise SilenceError(f'{name} is {text[:20]!r}: write the hour and minute, such as "22:00"')
    try:
        ZoneInfo(weekly.zone)
    except (OSError, ValueError, LookupError) as error:
        raise SilenceError(
            f"{weekly.zone[:60]!r} is no time zone: write one such as Europe/Zurich"
        ) from error


def _weekly_end(weekly: Weekly, now: Micros) -> Micros | None:
    zone = ZoneInfo(weekly.zone)
    today = to_datetime(now).astimezone(zone).date()
    for day in (today - timedelta(days=1), today):
        if DAYS[day.weekday()] in weekly.days:
            start, end = _span(weekly, day, zone)
            if start <= now < end:
                return end
    return None


def _span(weekly: Weekly, day: date, zone: ZoneInfo) -> tuple[Micros, Micros]:
    """Return the span that begins on a day, by the zone's clock."""
    start, end = (time.fromisoformat(text) for text in (weekly.start, weekly.end))
    last = day + timedelta(days=1) if end <= start else day
    return (
        from_datetime(datetime.combine(day, start, zone)),
        from_datetime(datetime.combine(last, end, zone)),
    )
