"""Diffs as edits: which lines went and came, in which file and function.

Read leniently, since people and tools tell of changes in many dialects: ``git diff``, plain unified diffs,
hunks headed by a path alone, bare lines with ``+`` and ``-``. What is no diff is prose and gives no edit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_CHARACTERS: Final = 200_000
MOST_LINES: Final = 2_000
"""Of a change that are read; a longer one is judged by its beginning."""

LONGEST: Final = 300
"""Characters of a line that are read: what people write is shorter, and what is longer was generated."""

_GIT: Final = re.compile(r"diff --git (?:a/)?(\S+) (?:b/)?(\S+)")
_OLD: Final = re.compile(r"--- (?:a/)?(\S+)")
_NEW: Final = re.compile(r"\+\+\+ (?:b/)?(\S+)")
_RANGES: Final = re.compile(r"@@ -\d+(?:,\d+)? \+\d+(?:,\d+)? @@ ?(.*)")
_HEADED: Final = re.compile(r"@@ ?(.*?)(?: ?@@ ?(.*))?$")
_PATH: Final = re.compile(r"(?=\S*[./])[\w@+.-][\w@+./-]*|[\w-]*file|Makefile|CODEOWNERS")
_NOWHERE: Final = "/dev/null"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What one hunk of a diff did.

    Attributes:
        path: the file; empty when not told.
        scope: what the hunk's header says of where it is, such as the signature of the function around it.
        removed: lines that went, without their mark.
        added: lines that came.
        around: lines that stand beside them, unchanged.
    """

    path: str = ""
    scope: str = ""
    removed: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    around: tuple[str, ...] = ()


class _Reader:
    """Gathers the lines of one hunk after the other."""

    def __init__(self) -> None:
        self.path = self.scope = ""
        self.lines: dict[str, list[str]] = {"+": [], "-": [], " ": []}
        self.named = False

    def take(self) -> Iterator[Edit]:
        """Give the hunk read so far, if there is one."""
        if self.named or self.lines["+"] or self.lines["-"]:
            removed, added, around = (tuple(self.lines[mark]) for mark in "-+ ")
            yield Edit(path=self.path, scope=self.scope, removed=removed, added=added, around=around)
        self.lines = {"+": [], "-": [], " ": []}
        self.scope, self.named = "", False

    def read(self, line: str, following: str) -> Iterator[Edit]:
        """Take one line; give the hunk before it where it begins another."""
        if found := _GIT.match(line):
            yield from self.take()
            self.path, self.named = found[2], True
        elif (old := _OLD.match(line)) and (new := _NEW.match(following)):
            if not self.named:
                yield from self.take()
            self.path, self.named = (old[1] if new[1] == _NOWHERE else new[1]), True
        elif _NEW.match(line) and self.named:
            return
        elif line.startswith("@@"):
            yield from self._head(line)
        elif line[:1] in self.lines:
            self.lines[line[0]].append(line[1:])
        elif line[:1] == "\t":
            self.lines[" "].append(line)

    def _head(self, line: str) -> Iterator[Edit]:
        if not self.named or any(self.lines.values()):
            yield from self.take()
        self.named = False
        if found := _RANGES.match(line):
            self.scope = found[1]
            return
        headed = _HEADED.match(line)
        first, rest = (headed[1] or "", headed[2] or "") if headed else ("", "")
        word, _, more = first.partition(" ")
        if _PATH.fullmatch(word.rstrip(":")):
            self.path, first = word.rstrip(":"), more
        self.scope, self.named = f"{first} {rest}".strip(), True


def edits(detail: str) -> tuple[Edit, ...]:
    r"""Return the hunks of a diff, none where ``detail`` is prose.

    A file that is named without a hunk gives an edit without lines.

    >>> (edit,) = edits("@@ shop/cart.py @@ def total(cart):\n-    return 0\n+    return sum(cart)")
    >>> edit.path, edit.scope, edit.removed
    ('shop/cart.py', 'def total(cart):', ('    return 0',))
    >>> edits("- tidied the cart\n- faster start")
    ()
    """
    lines = [line[:LONGEST] for line in detail[:MOST_CHARACTERS].splitlines()[:MOST_LINES]]
    if not _is_diff(lines):
        return ()
    reader = _Reader()
    found: list[Edit] = []
    for at, line in enumerate(lines):
        found += reader.read(line, lines[at + 1] if at + 1 < len(lines) else "")
    return (*found, *reader.take())


def _is_diff(lines: list[str]) -> bool:
    """Tell a diff from a list with dashes: it has a header, or lines that came."""
    headed = any(line.startswith(("@@", "diff --git ", "+++ ")) for line in lines)
    return headed or any(re.match(r"\+\s*\S", line) for line in lines)


def prose(detail: str) -> str:
    r"""Return what a detail says besides its diff: all of it where there is none, else what stands before.

    >>> prose("Raise the limit\n@@ -1 +1 @@\n-a\n+b")
    'Raise the limit'
    """
    lines = detail[:MOST_CHARACTERS].splitlines()[:MOST_LINES]
    if not _is_diff(lines):
        return "\n".join(lines)
    marks = ("@@", "diff --git ", "--- ", "+", "-")
    ends = next((at for at, line in enumerate(lines) if line.startswith(marks)), len(lines))
    return "\n".join(lines[:ends])
