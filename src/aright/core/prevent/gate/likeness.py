"""Where a value is not like another, numbers within a tolerance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from aright.core.prevent.gate.report import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST: Final = 80


def difference(
    expected: object, got: object, *, absolute: float = 0.0, relative: float = 1e-9, at: str = ""
) -> str:
    """Return the first place at which two values of JSON differ, and how; empty where they do not.

    Args:
        expected: what should be.
        got: what is.
        absolute: by how much numbers may differ.
        relative: by what share of the expected one they may differ as well.
        at: the place of both; empty for the whole.

    >>> difference({"a": [1.0, 2.0]}, {"a": [1.0, 2.5]})
    'a[1]: 2.0 → 2.5'
    >>> difference(1.0, 1.001, relative=0.01)
    ''
    """
    if isinstance(expected, dict) and isinstance(got, dict):
        return _of_objects(expected, got, absolute, relative, at)
    if isinstance(expected, list) and isinstance(got, list):
        return _of_lists(expected, got, absolute, relative, at)
    if _is_number(expected) and _is_number(got):
        return (
            ""
            if _near(float(str(expected)), float(str(got)), absolute, relative)
            else _said(expected, got, at)
        )
    return "" if type(expected) is type(got) and expected == got else _said(expected, got, at)


def _of_objects(
    expected: Mapping[str, object], got: Mapping[str, object], absolute: float, relative: float, at: str
) -> str:
    for name in [*expected, *(each for each in got if each not in expected)]:
        place = f"{at}.{plain(name, _LONGEST)}" if at else plain(name, _LONGEST)
        if name not in got or name not in expected:
            return f"{place}: {'is missing' if name not in got else 'is new'}"
        found = difference(expected[name], got[name], absolute=absolute, relative=relative, at=place)
        if found:
            return found
    return ""


def _of_lists(
    expected: Sequence[object], got: Sequence[object], absolute: float, relative: float, at: str
) -> str:
    for place, (one, other) in enumerate(zip(expected, got, strict=False)):
        found = difference(one, other, absolute=absolute, relative=relative, at=f"{at}[{place}]")
        if found:
            return found
    if len(expected) != len(got):
        return f"{at or 'the list'}: {len(expected)} elements → {len(got)}"
    return ""


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _near(expected: float, got: float, absolute: float, relative: float) -> bool:
    if math.isnan(expected) or math.isnan(got):
        return math.isnan(expected) and math.isnan(got)
    return expected == got or abs(expected - got) <= max(absolute, relative * abs(expected))


def _said(expected: object, got: object, at: str) -> str:
    told = f"{plain(repr(expected), _LONGEST)} → {plain(repr(got), _LONGEST)}"
    return f"{at}: {told}" if at else told
