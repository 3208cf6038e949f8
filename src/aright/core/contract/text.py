"""What one string looks like: its shape, its characters, and what it could be read as."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Final, NamedTuple

from aright.core.contract.dates import Moment, moment_of

_RUN = re.compile(r"(.)\1+", re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d{1,18}(?:\.(\d{1,18}))?(?:[eE][+-]?\d{1,3})?")
_ENTITY = re.compile(r"&(?:[a-zA-Z]{2,8}|#\d{1,6}|#x[0-9a-fA-F]{1,6});")
_PERCENT = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|[nrt\"])")
_MISREAD = re.compile(
    "[\u00c2-\u00c5\u00d0\u00e2][\u0080-\u00bf\u20ac\u2018-\u201e\u2122\u0152-\u0178]|\ufffd"
)
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_WORDS: Final = dict.fromkeys(
    ("null", "none", "nil", "n/a", "na", "nan", "undefined", "-", "--", "?", "unknown"), ("word_for_null",)
) | dict.fromkeys(("true", "false", "yes", "no"), ("boolean",))
_LONGEST_WORD: Final = 9
_CODES: Final = (
    ("&", _ENTITY, "html_entity"),
    ("<", _TAG, "html_tag"),
    ("%", _PERCENT, "percent_code"),
    ("\\", _ESCAPE, "backslash_code"),
)
_RUNS: Final = ("aaaa", "aa", "AA", "9999", "99", "ññ", "  ")
_SHAPED: Final = 48
_LONGEST_SHAPE: Final = 24


class _Classes(dict[int, str]):
    """Character → class, for ``str.translate``; knows ASCII, works the others out."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isalpha():
            return "Ñ" if character.isupper() else "ñ"
        return "٩" if character.isdecimal() else "¤"


_CLASSES: Final = _Classes(
    dict.fromkeys(range(65, 91), "A")
    | dict.fromkeys(range(97, 123), "a")
    | dict.fromkeys(range(48, 58), "9")
    | {code: chr(code) for code in range(32, 127) if not chr(code).isalnum()}
)

_ASCII: Final = bytes(ord(_CLASSES.get(code, "¤")) for code in range(128)) + bytes(128)
"""The same for ASCII, in Latin-1, several times as quick."""


class Traits(NamedTuple):
    """What one string looks like.

    Attributes:
        shape: runs of letters and digits as one character each, such as ``A9-9``; ``long`` beyond 48.
        alphabet: the kinds of characters in it, sorted, such as ``-9A``.
        marks: names of what holds of it (see ``docs``): ``empty``, ``upper``, ``number``, ``iso`` …
        number: its value where it is a number in text.
        decimals: its digits after the point where it is a number in text.
        moment: what it says of a time.
    """

    shape: str
    alphabet: str
    marks: tuple[str, ...]
    number: float | None
    decimals: int
    moment: Moment | None


def traits_of(text: str) -> Traits:
    """Return what a string looks like; cost is bounded by its length, which the caller bounds.

    >>> traits_of("AB12-7").shape, traits_of("AB12-7").alphabet, traits_of("AB12-7").marks
    ('A9-9', '-9A', ('upper',))
    >>> traits_of("12.50").number, traits_of("12.50").decimals, traits_of(" x").marks
    (12.5, 2, ('lower', 'edge_space'))
    """
    if not text:
        return Traits("", "", ("empty",), None, 0, None)
    if text.isascii():
        shape, alphabet = _form(text.encode().translate(_ASCII).decode("latin-1"))
    else:
        shape, alphabet = _form(text.translate(_CLASSES))
    marks: list[str] = []
    number, decimals, moment = None, 0, None
    if text[0] in "0123456789+-":
        found = _NUMBER.fullmatch(text)
        if found:
            number, decimals = float(text), len(found[1] or "")
            marks.append("number")
        else:
            moment = moment_of(text)
            marks.extend(moment.marks if moment else ())
    if number is None and moment is None:
        _mark_words(text, marks)
    return Traits(shape, alphabet, tuple(marks), number, decimals, moment)


@lru_cache(maxsize=1_024)
def _form(classes: str) -> tuple[str, str]:
    """Return shape and alphabet of a text of these classes; those of dates and codes come again and again."""
    collapsed = classes
    for run in _RUNS:
        while run in collapsed:
            collapsed = collapsed.replace(run, run[0])
    shape = collapsed if len(classes) <= _SHAPED else "long"
    if len(shape) > _LONGEST_SHAPE:
        shape = shape[: _LONGEST_SHAPE - 1] + "…"
    return shape, "".join(sorted(set(collapsed)))[:_LONGEST_SHAPE]


def _mark_words(text: str, marks: list[str]) -> None:
    """Add what holds of a text that is neither number nor date."""
    if text.isupper() or text.islower():
        marks.append("upper" if text.isupper() else "lower")
    if text[0].isspace() or text[-1].isspace():
        marks.append("edge_space")
    if not text.isascii():
        marks.extend(("non_ascii", "misread_encoding") if _MISREAD.search(text) else ("non_ascii",))
    if len(text) <= _LONGEST_WORD:
        marks.extend(_WORDS.get(text.lower(), ()))
    for sign, pattern, mark in _CODES:
        if sign in text and pattern.search(text):
            marks.append(mark)
    if text[0] in "{[" and _is_json(text):
        marks.append("json")
    if text.endswith(("…", "...")):
        marks.append("ellipsis")


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
