"""Figures in words; whatever a document says is cut and escaped before it is told."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from aright.core.contract.summary import JOINED
from aright.core.model.probability import percent

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST: Final = 300
DERIVED: Final = ("number of ", "sum of ")
"""How columns that are made of an array begin; no path does."""

_LONGEST_VALUE: Final = 40
_LONGEST_PATH: Final = 80

MARKS: Final = {
    "text:empty": "empty texts",
    "text:upper": "texts all in capitals",
    "text:lower": "texts all in small letters",
    "text:edge_space": "texts with spaces at an end",
    "text:non_ascii": "texts with characters beyond ASCII",
    "text:misread_encoding": "texts in a misread encoding",
    "text:word_for_null": "texts that stand for nothing, such as “null”",
    "text:boolean": "truths written as text",
    "text:number": "numbers written as text",
    "text:html_entity": "texts with HTML escapes",
    "text:html_tag": "texts with HTML tags",
    "text:percent_code": "texts with percent escapes",
    "text:backslash_code": "texts with backslash escapes",
    "text:json": "texts that are JSON",
    "text:ellipsis": "texts that end in an ellipsis",
    "text:iso": "valid ISO dates",
    "text:misdated": "impossible dates",
    "text:clock": "dates with a time of day",
    "text:zone": "times with a zone",
    "text:year_last": "dates with the year last",
    "text:day_month": "dates valid as day.month",
    "text:month_day": "dates valid as month/day",
    "number:zero": "zeros",
    "number:negative": "numbers below zero",
    "number:round to 10": "numbers round to tens",
    "number:round to 100": "numbers round to hundreds",
    "array:empty": "empty arrays",
    "elements:repeated": "arrays with repeated elements",
    "pair:falls": "neighbours in falling order",
    "pair:equals": "equal neighbours",
    "present:null": "nulls",
    "order:turned": "keys in another order",
    "again:value": "values that came before",
    "again:document": "whole documents that came before",
}
CHANNEL_WORDS: Final = {"number": "", "length": " length", "age": " age"}


def shown(value: str, longest: int = _LONGEST_VALUE) -> str:
    r"""Return a value from a document as it may be told: one line, cut, without anything that could mislead.

    >>> shown("en-US"), shown("a`b\n<x>"), len(shown("x" * 500))
    ('en-US', "a'b\\n<x>", 40)
    """
    plain = "".join(
        character
        if character.isprintable()
        else character.encode("unicode_escape", "backslashreplace").decode()
        for character in value[: longest + 1]
    ).replace("`", "'")
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def quoted(path: str) -> str:
    """Return a path as it is told; the whole document is told as such.

    >>> quoted("items[].price"), quoted("$"), quoted("sum of items[].price")
    ('`items[].price`', 'the document', 'the sum of `items[].price`')
    """
    for derived in DERIVED:
        if path.startswith(derived):
            return f"the {derived}{quoted(path.removeprefix(derived))}"
    return "the document" if path == "$" else f"`{shown(path, _LONGEST_PATH)}`"


def times_words(ratio: float) -> str:
    """Return by how much a number was multiplied.

    >>> times_words(100.2), times_words(1.19), times_words(0.01), times_words(0.5), times_words(-3)
    ('×100', '×1.19', '÷100', '÷2', 'of the other sign')
    """
    if not math.isfinite(ratio) or ratio == 0:
        return "another"
    if ratio < 0:
        return "of the other sign"
    return f"×{_digits(ratio)}" if ratio >= 1 else f"÷{_digits(1 / ratio)}"


def number_words(value: float) -> str:
    """Return a number with three digits that matter.

    >>> number_words(1234.5678), number_words(0.12345), number_words(2.0)
    ('1,230', '0.123', '2')
    """
    if not math.isfinite(value):
        return str(value)
    size = abs(value)
    if size >= 1e15 or 0 < size < 1e-4:
        return f"{value:.2e}"
    places = 0 if size >= 100 else 2 - math.floor(math.log10(size)) if size else 0
    rounded = round(value, 2 - math.floor(math.log10(size))) if size >= 100 else value
    text = f"{rounded:,.{max(places, 0)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def from_to(before: float, now: float) -> str:
    r"""Return two shares side by side.

    >>> from_to(0.0, 1.0).replace("\u202f", " ")
    'from 0 % to 100 %'
    """
    return f"from {percent(before)} to {percent(now)}"


def others_words(part: str) -> str:
    """Return the other paths of a relation, as they are told."""
    return " and ".join(quoted(name) for name in part.split(JOINED))


def sentence(parts: Iterable[str]) -> str:
    """Return the parts as one sentence of bounded length."""
    told = list(dict.fromkeys(part for part in parts if part))
    text = told[0] if len(told) == 1 else ", ".join(told[:-1]) + " and " + told[-1]
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _digits(value: float) -> str:
    return number_words(value) if value >= 10 else f"{value:.3g}"
