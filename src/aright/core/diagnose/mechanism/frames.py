"""Frames of stack traces: which file and function an exception came through."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from aright.core.diagnose.mechanism.lexing import plain

MOST: Final = 12
"""Frames that are looked at, those named first."""

_PYTHON: Final = re.compile(r'File "([^"]+)", line \d+, in ([\w<>.]+)')
_JVM: Final = re.compile(r"\bat ([\w$.]{1,200})\.([\w$<>]{1,100})\(([\w.]{1,100}):\d+\)")
_PLACE: Final = re.compile(
    r"(?:\bat (?:async )?(?P<before>[\w$.<>]{1,200}) \(?)?"
    r"(?<![^\s:;,=(])(?P<path>[^\s:;,=()]{1,200}\.[A-Za-z]{1,5}):\d{1,7}(?::\d{1,7})?\)?"
    r"(?:[: ]{1,2}(?:in [`']?)?(?P<after>[A-Za-z_][\w.$:]{0,200}))?"
)


@dataclass(frozen=True)
class Frame:
    """A place in code.

    Attributes:
        path: the file, as far as it was told.
        function: the plain name of the function; empty where it was not told.
    """

    path: str
    function: str = ""


def frames(text: str) -> tuple[Frame, ...]:
    """Return the frames that a message names, in its order.

    >>> frames("at shop.Cart.total(Cart.java:12)")
    (Frame(path='shop/Cart.java', function='total'),)
    >>> frames("panic: boom; src/cart.go:118 Cart.total")
    (Frame(path='src/cart.go', function='total'),)
    """
    if found := _PYTHON.findall(text):
        return tuple(Frame(path, plain(name)) for path, name in reversed(found))[:MOST]
    if jvm := _JVM.findall(text):
        return tuple(Frame(_java(place, file), plain(name)) for place, name, file in jvm)[:MOST]
    places = (each for each in _PLACE.finditer(text) if "." in each["path"])
    return tuple(Frame(each["path"], _last(each["before"] or each["after"] or "")) for each in places)[:MOST]


def _java(place: str, file: str) -> str:
    return "/".join([*place.split(".")[:-1], file])


def _last(name: str) -> str:
    return plain(re.split(r"[.:]+", name)[-1])


def same_file(one: str, other: str) -> bool:
    """Tell whether two paths may be one file told from different roots.

    >>> same_file("/app/src/cart.py", "src/cart.py"), same_file("a/cart.py", "b/cart.py")
    (True, False)
    """
    ours, theirs = one.replace("\\", "/").split("/"), other.replace("\\", "/").split("/")
    shared = min(len(ours), len(theirs))
    return ours[-shared:] == theirs[-shared:]
