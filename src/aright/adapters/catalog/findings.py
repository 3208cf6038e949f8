"""What is wrong with one file, gathered as it is read."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from aright.core.model.catalog import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST: Final = 200
"""Findings of one file; after so many another look at the whole is due."""

_LONGEST: Final = 80


class Findings:
    """Findings of one file.

    >>> said = Findings("aright.yaml")
    >>> said.tell(3, "tier is 9", "there are four", "Give 1 to 4")
    >>> print(said.all[0])
    aright.yaml:3: tier is 9: there are four. Give 1 to 4.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.all: list[Finding] = []

    def tell(self, line: int, what: str, why: str, fix: str, *, error: bool = True) -> None:
        """Keep one; beyond the most, they are dropped."""
        if len(self.all) < MOST:
            self.all.append(
                Finding(file=self.file, line=line, what=what, why=why, fix=f"{fix}.", error=error)
            )

    def warn(self, line: int, what: str, why: str, fix: str) -> None:
        """Keep a warning."""
        self.tell(line, what, why, fix, error=False)

    def unknown(self, line: int, name: str, where: str, known: Iterable[str]) -> None:
        """Say that a name is none of those known, and which is nearest."""
        names = sorted(known)
        near = get_close_matches(name, names, n=1, cutoff=0.6)
        fix = f"Write {near[0]}" if near else f"There are {', '.join(names)}"
        self.tell(line, f"{shown(name)} is unknown in {where}", "it would have no effect", fix)


def shown(text: str) -> str:
    r"""Return foreign text as one short harmless line.

    >>> shown("a\nb\x1b[31m"), len(shown("x" * 999))
    ('a\\nb\\x1b[31m', 80)
    """
    plain = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text[: 2 * _LONGEST])
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
