"""Leaves: a payload as one flat record of numbers and categories by path, bounded whatever is sent.

Elements of a list come to one record: of numbers their mean, of anything else the first, and how many there
are. A text of many values is told by its length and by the shape of its letters, a number by its decimals as
well: a contract may break in how a thing is written alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeGuard

import msgspec
import numpy as np
import pyarrow as pa

from aright.core.contract.paths import ELEMENT, ROOT, child

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

MOST_PATHS: Final = 120
MOST_NODES: Final = 400
DEEPEST: Final = 8
MOST_ELEMENTS: Final = 32
MOST_VALUES: Final = 64
"""Values of a text that is a category; one of more is told by length and shape."""

LONGEST: Final = 256
"""Characters of a text that are looked at."""

CUT: Final = "\x00…"
"""Stands before the true length of a text that was cut."""

LARGEST: Final = 64 << 10
"""Bytes of a document that is looked into."""

Leaf = float | str | None


def leaves_of(body: bytes) -> dict[str, Leaf] | None:
    """Return a document's leaves; ``None`` where it is no JSON or too large.

    >>> leaves_of(b'{"price": 2.5, "items": [{"n": 1}, {"n": 3}], "ok": true, "at": null}')
    {'price': 2.5, 'number of items': 2.0, 'ok': 'true', 'at': None, 'items[].n': 2.0}
    """
    if len(body) > LARGEST:
        return None
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    found: dict[str, Leaf] = {}
    left = MOST_NODES
    ahead: list[tuple[str, object, int]] = [(ROOT, document, 0)]
    at = 0
    while at < len(ahead) and left > 0 and len(found) < MOST_PATHS:
        path, value, depth = ahead[at]
        at, left = at + 1, left - 1
        if isinstance(value, dict):
            if depth < DEEPEST:
                parts = list(value.items())[:MOST_PATHS]
                ahead += [(child(path, key), part, depth + 1) for key, part in parts]
        elif isinstance(value, list):
            found[f"number of {path}"] = float(len(value))
            inner = ("" if path == ROOT else path) + ELEMENT
            _elements(inner, value[:MOST_ELEMENTS], depth, ahead, found)
        else:
            found.setdefault(path, _leaf(value))
    return found


def _elements(
    path: str,
    value: Sequence[object],
    depth: int,
    ahead: list[tuple[str, object, int]],
    found: dict[str, Leaf],
) -> None:
    """Put what a list's elements come to into ``found``, and the objects among them, merged, ahead."""
    objects = [each for each in value if isinstance(each, dict)]
    if objects and depth < DEEPEST:
        keys = dict.fromkeys(key for each in objects for key in list(each)[:MOST_PATHS])
        for key in list(keys)[:MOST_PATHS]:
            parts = [each[key] for each in objects if key in each]
            ahead.append((child(path, key), _mean(parts), depth + 1))
    elif value and not isinstance(value[0], list):
        found[path] = _leaf(_mean(value))


def _mean(values: Sequence[object]) -> object:
    """Return the mean of numbers, and of anything else the first."""
    numbers = [float(each) for each in values if _is_number(each)]
    return float(np.mean(numbers)) if len(numbers) == len(values) else values[0]


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _leaf(value: object) -> Leaf:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return float(value) if _is_number(value) else float("inf")
    if value is None:
        return None
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}{CUT}{len(text)}"


def columns_of(records: Sequence[Mapping[str, Leaf] | None], known: Sequence[bool]) -> dict[str, pa.Array]:
    """Return a column per path, and those of how values are written.

    Args:
        records: leaves per row; ``None`` where there is no document.
        known: which rows are of the reference: they say whether a path holds numbers or texts.
    """
    paths: dict[str, None] = {}
    for record in records:
        paths |= dict.fromkeys(record or ())
        if len(paths) >= MOST_PATHS:
            break
    found: dict[str, pa.Array] = {}
    for path in list(paths)[:MOST_PATHS]:
        values = [None if record is None else record.get(path) for record in records]
        found |= _columns(path, values, known)
    return found


def _columns(path: str, values: Sequence[Leaf], known: Sequence[bool]) -> dict[str, pa.Array]:
    before = [value for value, old in zip(values, known, strict=True) if old and value is not None]
    texts = sum(isinstance(value, str) for value in (before or [each for each in values if each is not None]))
    if 2 * texts <= len(before or values):
        numbers = [
            value if isinstance(value, float) else (None if value is None else np.nan) for value in values
        ]
        decimals = [_decimals(value) if isinstance(value, float) else None for value in values]
        return {
            path: pa.array(numbers, pa.float64()),
            f"decimals of {path}": pa.array(decimals, pa.float64()),
        }
    words = [None if value is None else _word(value) for value in values]
    length = pa.array([None if word is None else _length(word) for word in words], pa.float64())
    if len({word for word in words if word is not None}) <= MOST_VALUES:
        return {path: pa.array(words, pa.string()), f"length of {path}": length}
    shapes = _shapes(words)
    if shapes is None:
        return {f"length of {path}": length}
    return {f"shape of {path}": pa.array(shapes, pa.string()), f"length of {path}": length}


def _shapes(words: Sequence[str | None]) -> list[str | None] | None:
    """Return what each text looks like; ``None`` where they look too different."""
    found: list[str | None] = []
    seen: set[str] = set()
    for word in words:
        shape = None if word is None else shape_of(word)
        found.append(shape)
        if shape is not None:
            seen.add(shape)
            if len(seen) > MOST_VALUES:
                return None
    return found


def _length(word: str) -> float:
    """Return how many characters a text has, or had before it was cut."""
    head, cut, size = word.rpartition(CUT)
    return float(size) if cut and len(head) == LONGEST and size.isdecimal() else float(len(word))


def _word(value: float | str) -> str:
    return value if isinstance(value, str) else f"number {value:g}"[:LONGEST]


def _decimals(value: float) -> float:
    """Return how many decimals a number is written with, at most eight.

    >>> _decimals(12.5), _decimals(12.0)
    (1.0, 0.0)
    """
    if not np.isfinite(value) or value == int(value):
        return 0.0
    return float(min(len(repr(value).partition(".")[2].partition("e")[0]), 8))


def shape_of(text: str) -> str:
    """Return what a text looks like: letters, digits and signs, runs of one sort shortened.

    >>> shape_of("EUR 12.50"), shape_of("2026-11-23")
    ('A 9.9', '9-9-9')
    """
    found: list[str] = []
    for letter in text[:64]:
        sort = "9" if letter.isdigit() else "A" if letter.isupper() else "a" if letter.isalpha() else letter
        if not found or found[-1] != sort:
            found.append(sort)
        if len(found) >= 12:
            break
    return "".join(found)
