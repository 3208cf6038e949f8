"""Hints of types in Python's signatures: they do nothing when the code runs."""

from __future__ import annotations

import re
from typing import Final

_SIGNATURE: Final = re.compile(r"^(?:async )?def \w+\(")
_RESULT: Final = re.compile(r"\)\s*->\s*[^:]+:")

_EQUALS: Final = re.compile(r"\s*(?<![=!<>])=(?!=)\s*")


def without_hints(line: str) -> str:
    """Return a cleaned line of Python; a signature without the hints of what it takes and gives.

    >>> without_hints('def size(rows: dict[str, Row], most: int = 9) -> int:')
    'def size(rows, most=9):'
    >>> without_hints("x = {1: 2}")
    'x = {1: 2}'
    """
    if not _SIGNATURE.match(line):
        return line
    kept: list[str] = []
    depth, hint = 0, False
    for sign in line:
        depth += (sign in "([{") - (sign in ")]}")
        if hint and ((sign in ",=" and depth == 1) or depth == 0):
            hint = False
        hint = hint or (sign == ":" and depth == 1)
        if not hint:
            kept.append(sign)
    return _EQUALS.sub("=", _RESULT.sub("):", "".join(kept)))
