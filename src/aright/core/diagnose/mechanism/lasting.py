"""Whether a change lets something grow that lives as long as the process does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from aright.core.diagnose.mechanism.lexing import plain, without_comments
from aright.core.diagnose.mechanism.topics import Topic, count

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.diagnose.mechanism.diff import Edit

_OPEN: Final = (
    r"(?:\[|\{|\w*(?:dict|list|set|deque|Map|Set|Array|List|Vec|Queue|Dictionary|Hash\w*)\b|make\(|map\[)"
)
_OUTSIDE: Final = re.compile(
    r"^(?:export |const |let |var |static |val |mut |pub )*(@*[\w$]+)(?:\s*:\s*[^=]+)?\s*:?="
    rf"\s*(?:new )?{_OPEN}"
    r"|^var (\w+) (?:\[|map\[|sync\.Map)|\bdef \w+\(.*?\b(\w+)(?:\s*:[^=,]+)?=\s*(?:\[\s*\]|\{\s*\})"
)
_FIELD: Final = re.compile(
    r"^\s*(?:private|public|protected|internal|static|readonly)\b[^=();]*?\b(\w+)\s*(?::[^=]+)?=[^=]"
    rf"|^\s+((?:this|self)\.\w+|@+\w+)\s*(?::[^=]+)?=\s*(?:new )?{_OPEN}"
)
_LOCAL: Final = re.compile(
    rf"^\s+(?:const |let |var |val |mut )*(\w+)(?:\s*:\s*[^=]+)?\s*:?=\s*(?:new )?{_OPEN}"
)
_APPENDED: Final = re.compile(
    r"(?P<a>@*[A-Za-z_][\w.]*)\s*=\s*append\(\s*(?P=a)\b"
    r"|(?P<b>@*[A-Za-z_][\w.]*?)(?:\.lock\(\)\.unwrap\(\))?"
    r"\.(?:append|push|push_back|add|put|insert|extend|setdefault|set|offer|enqueue|computeIfAbsent|unshift|Add|Store|Put|Append|Push)\("
    r"|(?P<e>@*[A-Za-z_][\w.]*)\s*\+=\s*[A-Za-z_\[(]"
    r"|(?P<c>@*[A-Za-z_][\w.]*)\s*<<\s*\w|(?P<d>@*[A-Za-z_][\w.]*)\[[^\]]+\]\s*\|?\|?=(?!=)"
)
_COLLECTION: Final = re.compile(
    r"((?:this\.|self\.|@)?[A-Za-z_]\w*)\s*(?::[^=]+)?=\s*[^;]*?(?:new |\.)?\b"
    rf"\w*(?:{_OPEN}|Buffer\b|mutable\b|\.empty\b)"
)
_UNBOUNDED_CACHE: Final = re.compile(r"lru_cache\(maxsize=None|^\s*@(?:functools\.)?cache\b")


def growth(edits: Iterable[Edit]) -> float:
    r"""Return how surely a change adds to something lasting without a bound, in [0, 1].

    >>> from aright.core.diagnose.mechanism.diff import edits
    >>> text = "@@ a.py @@\n+seen = []\n+def handle(order):\n+    seen.append(order)"
    >>> growth(edits(text)), growth(edits(text + "\n+    if len(seen) > 9: seen.pop(0)"))
    (1.0, 0.2)
    """
    return max((_growth(each) for each in edits), default=0.0)


def _growth(edit: Edit) -> float:
    beside = [*edit.around, *edit.added]
    lasting = _named(beside, _OUTSIDE) | _named(beside, _FIELD)
    local = _named(beside, _LOCAL) - lasting
    collections = _named(beside, _COLLECTION)
    found = 0.0
    fresh = _named(edit.added, _OUTSIDE) | _named(edit.added, _FIELD)
    for line in edit.around:
        found = max(found, _appends(without_comments(line), fresh, lasting | local, collections & fresh))
    for line in edit.added:
        found = max(found, _appends(without_comments(line), lasting, local, collections))
        found = max(found, 0.7 if _UNBOUNDED_CACHE.search(line) else 0.0)
    bounded = any(count(Topic.BOUND, without_comments(line)) for line in beside)
    return min(found, 0.2) if bounded else found


def _appends(line: str, lasting: set[str], local: set[str], collections: set[str]) -> float:
    """Return how surely a line appends to something lasting."""
    best = 0.0
    for found in _APPENDED.finditer(line):
        name = next(each for each in found.groups() if each)
        if found["e"] and plain(name) not in collections:
            continue
        if plain(name) in lasting:
            return 1.0
        if name.startswith(("self.", "this.", "@")):
            best = max(best, 0.7)
        elif plain(name) not in local:
            best = max(best, 0.3)
    return best


def _named(lines: Iterable[str], pattern: re.Pattern[str]) -> set[str]:
    found = (pattern.search(line) for line in lines)
    return {plain(name) for each in found if each for name in each.groups() if name}
