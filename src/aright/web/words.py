"""Numbers, times and foreign text as pages show them: with units, in UTC, and made harmless."""

from __future__ import annotations

import math
import unicodedata
from typing import Final

from markupsafe import Markup

from aright.core.model import probability
from aright.core.model.probability import NARROW
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND, Micros, iso, to_datetime

_HUGE: Final = 1e15
_MINUS: Final = "\N{MINUS SIGN}"
_HARMFUL: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_HARMLESS: Final = frozenset("\n\t\u200d")


def clean(text: str) -> str:
    r"""Return text without control and direction characters, which could make a page lie.

    >>> clean("pay\u202eload\x00")
    'pay�load�'
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(sign) in _HARMFUL and sign not in _HARMLESS
        else sign
        for sign in text
    )


def short(text: str, longest: int = 120) -> str:
    """Return text cut to so many characters, with an ellipsis where something is missing.

    >>> short("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


def number(x: float | None) -> str:
    """Return a number with three significant digits, thousands set apart.

    >>> number(1380), number(0.08431), number(12.34), number(-3), number(float("nan")), number(None)
    ('1,380', '0.0843', '12.3', '−3', '–', '–')
    """
    if x is None or not math.isfinite(x):
        return "–"
    size = abs(x)
    if size >= _HUGE:
        return f"{x:.2e}".replace("-", _MINUS)
    digits = 0 if size >= 100 or x == int(x) else max(0, 2 - math.floor(math.log10(size)))
    return f"{x:,.{min(digits, 9)}f}".replace("-", _MINUS)


def trimmed(x: float | None) -> str:
    """Return a number as :func:`number` does, without zeros at its end.

    >>> trimmed(0.004), trimmed(0.97), trimmed(1200), trimmed(2.5), trimmed(None)
    ('0.004', '0.97', '1,200', '2.5', '–')
    """
    text = number(x)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def percent(x: float | None) -> str:
    """Return a share as sentences have it, and a dash where there is none.

    >>> percent(0.312), percent(0.0312), percent(0.0004), percent(0.04), percent(1), percent(None)
    ('31\u202f%', '3.1\u202f%', '0.04\u202f%', '4.0\u202f%', '100\u202f%', '–')
    """
    if x is None or not math.isfinite(x):
        return "–"
    if 100 * abs(x) >= _HUGE:
        return f"{number(x)} × 100{NARROW}%"
    return probability.percent(x)


def quantity(x: float | None, unit: str) -> str:
    """Return a value in its unit: ``share``, ``ms``, ``bytes``, ``percent`` or a plain number.

    >>> quantity(0.5, "share"), quantity(812.4, "ms"), quantity(3_221_225_472, "bytes"), quantity(2.5, "")
    ('50\u202f%', '812\u202fms', '3\u202fGiB', '2.50')
    """
    if x is None or not math.isfinite(x):
        return "–"
    if unit == "share":
        return percent(x)
    if unit == "bytes":
        return _bytes(x)
    suffix = {"ms": f"{NARROW}ms", "percent": f"{NARROW}%"}.get(unit, "")
    return number(x) + suffix


def _bytes(x: float) -> str:
    for unit in ("B", "KiB", "MiB"):
        if abs(x) < 1024:
            return f"{number(x)}{NARROW}{unit}"
        x /= 1024
    return f"{number(x)}{NARROW}GiB"


def span(length: Micros) -> str:
    """Return a span in its two largest units.

    >>> span(45 * SECOND), span(370 * SECOND), span(2 * HOUR + 5 * MINUTE), span(3 * DAY), span(-1)
    ('45\u202fs', '6\u202fmin 10\u202fs', '2\u202fh 5\u202fmin', '3\u202fd', '0\u202fs')
    """
    rest = max(0, length)
    said = []
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")):
        whole, rest = divmod(rest, unit)
        if whole:
            said.append(f"{whole}{NARROW}{name}")
        elif said:
            break
        if len(said) == 2:
            break
    return " ".join(said) or f"0{NARROW}s"


def clock(at: Micros) -> Markup:
    """Return the time of day in UTC as a ``time`` element, to which the page adds the local time on hover.

    >>> print(clock(3_723 * SECOND))
    <time datetime="1970-01-01T01:02:03.000Z">01:02:03</time>
    """
    return _time(at, "%H:%M:%S")


def moment(at: Micros) -> Markup:
    """Return date and time to the minute in UTC, as :func:`clock` does."""
    return _time(at, "%Y-%m-%d %H:%M")


def day(at: Micros) -> Markup:
    """Return the date in UTC, as :func:`clock` does."""
    return _time(at, "%Y-%m-%d")


def _time(at: Micros, pattern: str) -> Markup:
    try:
        text = to_datetime(at).strftime(pattern)
        return Markup('<time datetime="{}">{}</time>').format(iso(at), text)
    except OverflowError:
        return Markup("<span>an impossible time</span>")


def plural(count: float, one: str, many: str = "") -> str:
    """Return the count with its noun.

    >>> plural(1, "user"), plural(1380, "user"), plural(2, "query", "queries")
    ('1 user', '1,380 users', '2 queries')
    """
    return f"{number(count)} {one if count == 1 else many or one + 's'}"
