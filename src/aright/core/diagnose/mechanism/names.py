"""Names that a fault speaks of and a change touches: how unlikely it is that they meet by chance.

For each name, the chance that an innocent change touches it is estimated from the other changes, shrunk (five
changes' worth) towards what is usual for names of its shape: quoted or compound names are rare in diffs,
plain words are not (empirical Bayes, Efron & Morris 1973). A guilty change is taken to touch the names that
its fault speaks of half of the time; the log ratio of both is what a name is worth.
"""

from __future__ import annotations

import re
from math import log
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.lexing import message_names, plain, subjects

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from aright.core.diagnose.mechanism.fault import Fault, Sign

TOUCHED: Final = 0.5
"""Share of guilty changes that touch a name their fault speaks of."""

RARE: Final = 0.02
"""Share of innocent changes that touch a given quoted or compound name."""

PLAIN: Final = 0.2
"""Share of them that touch a given plain word."""

WORTH: Final = 5.0
"""Changes that these shares are worth beside the changes seen."""

MOST: Final = 4.5
"""Nats that all names of one message are worth at most: they are not independent."""

MOST_PLAIN: Final = 1.0
"""Nats of a plain word at most."""

_COMPOUND: Final = re.compile(r"\b[A-Za-z]\w*(?:[_.\-/]\w+)+\b|\b[a-z]+[A-Z]\w*\b|\b[A-Z][a-z]+[A-Z]\w*\b")
_NUMBER: Final = re.compile(
    r"(?<![\w.:#-])\d{1,3}(?:[_,]\d{3})+(?![\w.])|(?:(?<=\dx)|(?<![\w.:#-]))\d{3,}(?:(?=x\d)|(?![\w.:]))"
)
ORDINARY: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "cannot",
        "could",
        "did",
        "do",
        "does",
        "done",
        "due",
        "each",
        "else",
        "err",
        "error",
        "errors",
        "exception",
        "fail",
        "failed",
        "failure",
        "fatal",
        "file",
        "for",
        "found",
        "from",
        "func",
        "function",
        "get",
        "got",
        "had",
        "has",
        "have",
        "id",
        "if",
        "in",
        "info",
        "into",
        "invalid",
        "is",
        "it",
        "its",
        "key",
        "line",
        "list",
        "log",
        "map",
        "message",
        "method",
        "missing",
        "module",
        "msg",
        "name",
        "new",
        "nil",
        "no",
        "none",
        "not",
        "null",
        "number",
        "object",
        "of",
        "ok",
        "on",
        "or",
        "out",
        "panic",
        "parse",
        "process",
        "read",
        "request",
        "response",
        "result",
        "return",
        "returned",
        "returning",
        "run",
        "runtime",
        "server",
        "service",
        "set",
        "should",
        "so",
        "some",
        "status",
        "stack",
        "str",
        "string",
        "such",
        "system",
        "than",
        "that",
        "the",
        "then",
        "there",
        "they",
        "this",
        "time",
        "to",
        "trace",
        "type",
        "undefined",
        "unexpected",
        "unknown",
        "update",
        "use",
        "used",
        "user",
        "value",
        "values",
        "var",
        "was",
        "were",
        "when",
        "while",
        "will",
        "with",
        "without",
        "write",
        "you",
        "i",
        "self",
        "true",
        "false",
        "int",
        "text",
        "data",
        "code",
        "http",
        "https",
        "com",
        "org",
        "java",
        "lang",
        "util",
        "std",
        "main",
        "app",
        "api",
        "src",
        "lib",
        "args",
        "kwargs",
        "context",
        "ctx",
        "body",
        "exist",
        "exists",
        "expected",
        "input",
        "output",
        "called",
        "call",
        "field",
        "column",
        "table",
        "relation",
        "query",
        "select",
        "where",
    ]
)
"""Words of code and of errors everywhere: that both speak of them says nothing."""


def worth(sign: Sign, touched: Mapping[str, int], changes: int, usual: AbstractSet[str]) -> dict[str, float]:
    """Return the names a sign speaks of, with the nats that a change touching them gains.

    Args:
        sign: the message.
        touched: by plain name, how many changes touch it; a name that none touches is worth nothing to any.
        changes: how many changes there are.
        usual: names that are said in health, too; they are worth next to nothing.

    >>> from aright.core.diagnose.mechanism.fault import Sign
    >>> said = Sign(service="shop", text='no column "old_price"', at=0)
    >>> {name: round(nats, 1) for name, nats in worth(said, {"oldprice": 1}, 3, frozenset()).items()}
    {'oldprice': 3.6}
    """
    text = sign.text
    special = subjects(text) | compounds(text)
    found: dict[str, float] = {}
    for name in (message_names(text) | numbers(text)) & touched.keys():
        if name in ORDINARY and name not in subjects(text):
            continue
        innocent = RARE if name in special else PLAIN
        chance = (innocent * WORTH + max(touched[name] - 1, 0)) / (WORTH + max(changes - 1, 0))
        nats = max(log(TOUCHED / max(chance, RARE / 4)), 0.0)
        if name not in special:
            nats = min(nats, MOST_PLAIN)
        found[name] = nats * (0.2 if name in usual else 1.0)
    return found


def compounds(text: str) -> set[str]:
    """Return the plain names in a text that are put together of words: few changes touch a given one.

    >>> sorted(compounds("no shop.unit_price in cart"))
    ['shopunitprice', 'unitprice']
    """
    whole = _COMPOUND.findall(text)
    return {plain(each) for each in whole} | {
        plain(part) for each in whole for part in re.split(r"[.\-/]+", each) if "_" in part
    }


def numbers(text: str) -> set[str]:
    """Return the numbers of three digits and more in a text, marked as such.

    >>> sorted(numbers("can not take 100_000 rows in 20 s at /v2/10.0.0.200"))
    ['#100000']
    """
    return {f"#{each.replace('_', '').replace(',', '')}" for each in _NUMBER.findall(text)}


def together(nats: Mapping[str, float]) -> float:
    """Return what several names of one message are worth: they are not independent, plain words least.

    >>> together({"old_price": 3.6, "price": 1.0}), together({"a": 1.0, "b": 1.0, "c": 1.0})
    (4.5, 2.0)
    """
    special = sum(each for each in nats.values() if each > MOST_PLAIN)
    return min(special + min(sum(nats.values()) - special, 2.0 * MOST_PLAIN), MOST)


def usual_names(texts: Sequence[str], also: Sequence[str]) -> frozenset[str]:
    """Return the names of healthy messages, and of services and metrics.

    >>> sorted(usual_names(["served cart"], ["shop"]))
    ['cart', 'served', 'shop']
    """
    return frozenset(name for text in (*texts, *also) for name in message_names(text))


def shares(fault: Fault) -> list[tuple[Sign, float]]:
    """Return the signs with their part in what the fault says: by how often, most where it began."""
    weights = [log(1.0 + each.count) * (0.3 + fault.first.get(each.service, 0.0)) for each in fault.signs]
    total = sum(weights)
    return (
        [(each, weight / total) for each, weight in zip(fault.signs, weights, strict=True)] if total else []
    )
