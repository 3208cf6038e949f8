"""Paths into JSON documents: ``order.items[].price``, ``rates{}``, ``["odd key"].x``; the whole is ``$``."""

from __future__ import annotations

import json
import re
from typing import Final

ROOT: Final = "$"
ELEMENT: Final = "[]"
ENTRY: Final = "{}"
"""Stands for all values of an object whose keys are data (ids, dates), not names."""

_PLAIN = re.compile(r"[^\W\d][\w-]*", re.UNICODE)
_STEP = re.compile(r"\[\]|\{\}|\[(\"(?:[^\"\\]|\\.)*\")\]|\.?([^\W\d][\w-]*)", re.UNICODE)
_DATA_KEY = re.compile(
    r"\d+|\d{4}-\d\d.*|[0-9a-fA-F]{8}-[0-9a-fA-F-]{20,}|(?=.*\d.*\d.*\d)[0-9a-fA-F]{8,}|.{65,}", re.DOTALL
)


def child(parent: str, key: str, longest: int = 64) -> str:
    r"""Return the path of a field; keys that are no plain names are quoted as JSON, so they cannot mislead.

    >>> child("$", "price"), child("items[]", "net"), child("a", "b.c\n")
    ('price', 'items[].net', 'a["b.c\\n"]')
    """
    name = key if len(key) <= longest else key[: longest - 1] + "…"
    if _PLAIN.fullmatch(name):
        return name if parent == ROOT else f"{parent}.{name}"
    return f"{'' if parent == ROOT else parent}[{json.dumps(name)}]"


def split(path: str) -> list[str]:
    """Return the steps of a path: keys as they are, ``[]`` and ``{}`` for elements and entries.

    >>> split('items[]["odd key"].net'), split("$")
    (['items', '[]', 'odd key', 'net'], [])
    """
    if path == ROOT:
        return []
    steps, at = [], 0
    while at < len(path):
        found = _STEP.match(path, at)
        if not found:
            raise ValueError(
                f"{path!r} is no path: it breaks off at character {at}; write it as items[].price"
            )
        steps.append(json.loads(found[1]) if found[1] else found[2] or found[0])
        at = found.end()
    return steps


def is_data_key(key: str) -> bool:
    """Whether a key looks like data (a number, a date, an id) rather than a name.

    >>> is_data_key("2026-11-23"), is_data_key("4711"), is_data_key("price")
    (True, True, False)
    """
    return _DATA_KEY.fullmatch(key) is not None


def parent_of(path: str) -> str:
    """Return the path of the object or array that holds it; that of the root is the root.

    >>> parent_of("items[].price"), parent_of("items[]"), parent_of("price")
    ('items[]', 'items', '$')
    """
    if path.endswith((ELEMENT, ENTRY)):
        return path[:-2] or ROOT
    if path.endswith('"]'):
        return path[: _quote_start(path)] or ROOT
    dot = path.rfind(".")
    bracket = max(path.rfind("]"), path.rfind("}"))
    if dot < 0 and bracket < 0:
        return ROOT
    return path[:dot] if dot > bracket else path[: bracket + 1]


def _quote_start(path: str) -> int:
    """Return where the last quoted key opens."""
    start = 0
    for found in _STEP.finditer(path):
        start = found.start()
    return start
