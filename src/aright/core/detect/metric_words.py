"""What a metric did, in words with units."""

from __future__ import annotations

import math
from typing import Final

from aright.core.detect.series_settings import Kind, Verdict
from aright.core.model.slo import span_text
from aright.core.model.times import DAY, HOUR, MINUTE, clock_text, to_datetime

_FAR: Final = 7 * DAY
_NO_LEAK: Final = ("percent", "ms", "s")
_UNITS: Final = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


def in_words(name: str, verdict: Verdict, *, limit: float | None, rate: bool = False) -> str:
    """Return a verdict as a sentence.

    Args:
        name: the metric's.
        verdict: what was told.
        limit: what the metric cannot exceed; ``None`` where it is not known.
        rate: whether the values are increases per second of a counter.

    >>> from aright.core.model.times import SECOND
    >>> start = 50_520 * SECOND
    >>> leak = Verdict(kind=Kind.LEAK, at=start + 2 * HOUR, since=start, before=1e9, now=1.4e9, effect=0.4,
    ...     log_e=20.0, threshold=9.0, rule="")
    >>> print(in_words("rss_bytes", leak, limit=2147483648.0))  # doctest: +NORMALIZE_WHITESPACE
    rss_bytes grows by 3.18 MiB per minute since 14:02: a leak; at this rate the 2 GiB limit is
    reached in 4 h
    """
    unit = unit_of(name)
    per = "/s" if rate else ""

    def told(value: float) -> str:
        return quantity(value, unit) + per

    since, seen = _instant(verdict.since, verdict.at), verdict.now
    if verdict.kind is Kind.LEAK:
        return f"{name} {_leak(verdict, unit, per, limit)}"
    if verdict.kind is Kind.SATURATION:
        share = f" (usually {told(verdict.before)})" if verdict.before else ""
        at = "its limit" if limit is None else f"its limit of {told(limit)}"
        return f"{name} has been at {at} for {span_text(round(verdict.at - verdict.since))}{share}"
    if verdict.kind is Kind.SPIKE:
        verb = "jumped" if seen > verdict.before else "dropped"
        usual = f"beyond all seen before (usually {told(verdict.before)})"
        return f"{name} {verb} to {told(seen)} at {since}, {usual}"
    verb = "rose" if seen > verdict.before else "fell"
    return f"{name} {verb} from {told(verdict.before)} to {told(seen)} and stays there since {since}"


def unit_of(name: str) -> str:
    """Return the unit that a metric's name says: ``bytes`` | ``percent`` | ``ms`` | ``s`` or nothing.

    >>> unit_of("rss_bytes"), unit_of("latency_ms_p99"), unit_of("jvm.memory.used"), unit_of("threads")
    ('bytes', 'ms', 'bytes', '')
    """
    words = name.lower().replace(".", "_").replace("latency:", "ms_").split("_")
    if "bytes" in words or (".memory." in name and words[-1] in {"used", "usage", "limit", "rss"}):
        return "bytes"
    for word, unit in (("percent", "percent"), ("pct", "percent"), ("ms", "ms"), ("seconds", "s")):
        if word in words:
            return unit
    return ""


def quantity(value: float, unit: str) -> str:
    """Return a value in its unit, three digits of it.

    >>> quantity(2147483648.0, "bytes"), quantity(97.26, "percent"), quantity(1234.5, ""), quantity(0.0, "ms")
    ('2 GiB', '97.3 %', '1,234', '0 ms')
    """
    if unit == "bytes":
        for size, name in _UNITS:
            if abs(value) >= size:
                return f"{_digits(value / size)} {name}"
        return f"{_digits(value)} bytes"
    return _digits(value) + {"percent": " %", "ms": " ms", "s": " s"}.get(unit, "")


def _digits(value: float) -> str:
    if value == round(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.3g}"
    return f"{value:.3g}"


def _leak(verdict: Verdict, unit: str, per: str, limit: float | None) -> str:
    length = max(verdict.at - verdict.since, 1.0)
    slope = (verdict.now - verdict.before) / length
    span, name = (MINUTE, "minute") if abs(slope) * MINUTE >= 1e-3 * abs(verdict.now) else (HOUR, "hour")
    text = f"grows by {quantity(slope * span, unit)}{per} per {name} since "
    text += _instant(verdict.since, verdict.at) + (", steadily" if unit in _NO_LEAK else ": a leak")
    if limit is None or slope <= 0:
        return text
    left = (limit - verdict.now) / slope
    if left <= 0:
        return f"{text}; the {quantity(limit, unit)} limit is reached"
    if left > _FAR:
        return text
    about = span_text(max(round(left / _step(left)), 1) * _step(left))
    return f"{text}; at this rate the {quantity(limit, unit)} limit is reached in {about}"


def _step(left: float) -> int:
    """Return what a remaining time is rounded to."""
    return DAY if left >= 3 * DAY else HOUR if left >= 2 * HOUR else 10 * MINUTE if left >= HOUR else MINUTE


def _instant(since: float, at: float) -> str:
    """Return the time of day, with the day where it is another one than that of ``at``."""
    if not math.isfinite(since):
        return "the start"
    clock = clock_text(round(since))[:5]
    day = to_datetime(round(since)).date()
    return clock if day == to_datetime(round(at)).date() else f"{clock} on {day.isoformat()}"
