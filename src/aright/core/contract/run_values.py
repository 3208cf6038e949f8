"""What a run was given and came to: trees of JSON as trackers of experiments write them, flat and bounded."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from aright.core.contract.redacting import Redactor
from aright.core.model.redaction import Redaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MOST: Final = 200
"""Parameters and metrics of one run that are kept."""

LONGEST: Final = 500
"""Signs of a name or a value."""

DEEPEST: Final = 8
"""Levels of a tree that are made flat; what lies deeper is told as JSON."""

_REDACTOR: Final = Redactor(Redaction(text=LONGEST))
_NUMBERS: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def parameters_of(tree: Mapping[str, object]) -> dict[str, str]:
    """Return what a run was given, by dotted name, as text; what may be a secret is masked.

    >>> parameters_of({"opt": {"lr": 0.1, "name": "adam"}, "api_key": "s3cret", "sizes": [1, 2]})
    {'opt.lr': '0.1', 'opt.name': 'adam', 'api_key': '•••', 'sizes': '[1, 2]'}
    """
    found: dict[str, str] = {}
    for name, last, value in _leaves(tree, "", 0):
        if len(found) >= MOST:
            break
        masked = _REDACTOR.named(last, value)
        found[name[:LONGEST]] = (masked if isinstance(masked, str) else json.dumps(masked))[:LONGEST]
    return found


def metrics_of(tree: Mapping[str, object]) -> dict[str, float]:
    """Return what a run came to, by dotted name: finite numbers, without the tracker's own.

    >>> metrics_of({"val": {"auc": 0.9}, "loss": "NaN", "_step": 4, "note": "x"})
    {'val.auc': 0.9}
    """
    found: dict[str, float] = {}
    for name, _, value in _leaves(tree, "", 0):
        number = number_of(value)
        if number is None or not math.isfinite(number) or name.startswith("_"):
            continue
        if len(found) >= MOST:
            break
        found[name[:LONGEST]] = number
    return found


def number_of(value: object) -> float | None:
    """Return a number, also one that JSON has to write as text; ``None`` for all else.

    >>> number_of(3), number_of("Infinity"), number_of("3"), number_of(True)
    (3.0, inf, None, None)
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    return _NUMBERS.get(value) if isinstance(value, str) else None


def _leaves(tree: Mapping[str, object], before: str, depth: int) -> Iterator[tuple[str, str, object]]:
    """Yield dotted name, last part of it and value of each leaf, in the tree's own order."""
    for key, value in tree.items():
        name = f"{before}{key}"
        if isinstance(value, dict) and value and depth < DEEPEST:
            if not _REDACTOR.is_private(str(key)):
                yield from _leaves(value, f"{name}.", depth + 1)
                continue
            yield name, str(key), "•"
        else:
            yield name, str(key), value


def text_at(tree: Mapping[str, object], name: str) -> str:
    """Return the text or whole number at a dotted name, empty where there is none.

    >>> text_at({"model": {"version": 7.0}}, "model.version"), text_at({"a.b": "v7"}, "a.b")
    ('7', 'v7')
    """
    value: object = tree.get(name)
    if value is None:
        first, _, rest = name.partition(".")
        inner = tree.get(first)
        return text_at(inner, rest) if rest and isinstance(inner, dict) else ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value)[:LONGEST] if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def same_version(one: str, two: str) -> bool:
    """Tell whether two texts name the same version: numbers may have a ``v`` before them.

    >>> same_version("v7", "7"), same_version("very", "ery"), same_version("", "")
    (True, False, False)
    """
    return bool(one) and _bare(one) == _bare(two)


def _bare(version: str) -> str:
    rest = version[1:]
    return rest if version[0:1] in {"v", "V"} and rest.isascii() and rest.isdigit() else version
