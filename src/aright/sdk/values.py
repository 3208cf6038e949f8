"""Values: from whatever a host passes to what the wire carries, without ever raising.

The common case is a dict of plain scalars, told by one pass in C; only what is not plain goes the slow way.
"""

from __future__ import annotations

import math
import sys
import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Scalar: TypeAlias = str | int | float | bool | None

TEXT: Final = frozenset({str})
PLAIN: Final = frozenset({str, int, float, bool, type(None)})
LARGEST: Final = sys.float_info.max
_INTEGERS: Final = range(-(2**63), 2**63)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def wall_clock() -> int:
    """Return the present instant (µs since the epoch, UTC)."""
    return time.time_ns() // 1000


def micros(when: datetime) -> int:
    """Return a date and time as µs since the epoch; one without a zone is local time, as ``datetime`` has it.

    >>> micros(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (when.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def iso(at: int) -> str:
    """Return an instant (µs) as RFC 3339 text in UTC.

    >>> iso(1_500_000)
    '1970-01-01T00:00:01.500000Z'
    """
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def scalar(value: object) -> tuple[Scalar, bool]:
    """Return a value in a form the wire carries (``None``: it has none), and whether that took a change.

    numpy scalars become Python's, which changes nothing; ``Decimal`` and ``Fraction`` become floats, dates
    their ISO text, enumerations their value, integers beyond 64 bits floats; containers have no form. NaN and
    the infinities stay: the profile of a feature counts them.

    >>> from decimal import Decimal
    >>> scalar(1.5), scalar(Decimal("1.5")), scalar([1])
    ((1.5, False), (1.5, True), (None, True))
    """
    if value is None or type(value) is bool or type(value) is float:
        return value, False
    if type(value) is str:
        return (value, False) if _is_utf8(value) else (_utf8(value), True)
    if type(value) is int:
        return (value, False) if value in _INTEGERS else (_as_float(value), True)
    kind: type = type(value)
    plain = _plain_kind(kind)
    return (_converted(value), True) if plain is None else (plain(value), False)


_NUMPY: Final[dict[str, Callable[[Any], Scalar]]] = {
    "floating": float,
    "integer": int,
    "bool": bool,
    "bool_": bool,  # its name before numpy 2
}


@lru_cache(maxsize=256)
def _plain_kind(kind: type) -> Callable[[Any], Scalar] | None:
    """Return what makes a numpy scalar of a type plain; told by name, so that numpy is not needed for it."""
    if kind.__name__ == "timedelta64":
        return None  # an integer by descent, but of a unit that would be lost
    for base in kind.__mro__:
        if base.__module__ == "numpy" and base.__name__ in _NUMPY:
            return _NUMPY[base.__name__]
    return None


def unboxed(given: dict[str, Any], kinds: set[type]) -> dict[str, Scalar] | None:
    """Return plain and numpy scalars, the latter made plain; ``None`` when others are among ``kinds``.

    >>> unboxed({"a": 1, "b": [2]}, {int, list}) is None
    True
    """
    plain: dict[type, Callable[[Any], Scalar]] = {}
    for kind in kinds - PLAIN:
        convert = _plain_kind(kind)
        if convert is None:
            return None
        plain[kind] = convert
    return {n: plain[kind](value) if (kind := type(value)) in plain else value for n, value in given.items()}


def _converted(value: object) -> Scalar:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, str):
        return _utf8(str.__str__(value))
    inner = getattr(value, "value", None)  # an enumeration's
    if inner is not None and type(inner) in PLAIN:
        return scalar(inner)[0]
    found = _as_float(value) if hasattr(value, "__float__") else None
    return _named(value) if found is None else found


_NAMES: Final = frozenset({"UUID", "PosixPath", "WindowsPath", "datetime64", "timedelta64"})


def _named(value: object) -> str | None:
    """Return the text of values that are names in all but type, such as a UUID."""
    return str(value) if type(value).__name__ in _NAMES else None


def _as_float(value: object) -> float | None:
    try:
        return float(value)  # type: ignore[arg-type]  # what float() cannot take, it says
    except OverflowError:
        return math.inf
    except Exception:  # noqa: BLE001 - an array of many values, or anything else that a host's type may do
        return None


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _utf8(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def number(value: object) -> tuple[float | None, bool]:
    """Return a finite number or ``None``, and whether something was changed or left out.

    >>> number(2), number(float("nan")), number("fast")
    ((2, False), (None, True), (None, True))
    """
    if value is None:
        return None, False
    found, changed = scalar(value)
    if isinstance(found, (int, float)) and math.isfinite(found):
        return found, changed
    return None, True


def text(value: object) -> tuple[str | None, bool]:
    """Return a value as text (``None``: it has no form), and whether something was changed or left out.

    >>> text("a"), text(7), text(True), text([1])
    (('a', False), ('7', False), ('true', False), (None, True))
    """
    found, changed = scalar(value)
    if found is None:
        return None, value is not None
    if isinstance(found, bool):
        return ("true" if found else "false"), False
    return str(found), changed and isinstance(found, str)


def mapping(
    given: Mapping[str, object], convert: Callable[[object], tuple[Scalar, bool]]
) -> tuple[dict[str, Scalar], int]:
    """Return a mapping with text for names and converted values, and how many of them were altered.

    >>> mapping({"a": 1, "b": [1, 2]}, scalar)
    ({'a': 1}, 1)
    """
    kept: dict[str, Scalar] = {}
    altered = 0
    for name, value in given.items():
        found, changed = convert(value)
        key, renamed = text(name)
        altered += changed or renamed
        if key is not None and (found is not None or value is None):
            kept[key] = found
    return kept, altered
