"""What a gate comes to: checks, and whether it is closed."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA: Final = 1
LONGEST: Final = 600


class State(Enum):
    """What became of a check."""

    PASSED = "passed"
    FAILED = "failed"
    """It found something, or was asked for and could not be run."""
    NOT_RUN = "not_run"
    """Nobody asked for it."""


MARKS: Final = {State.PASSED: "✓", State.FAILED: "✗", State.NOT_RUN: "–"}


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One check.

    Attributes:
        name: such as ``golden`` or ``quality country=BR``.
        state: what became of it.
        text: with its numbers, in one or two sentences.
        next: what to do; empty where there is nothing to.
    """

    name: str
    state: State
    text: str
    next: str = ""

    @property
    def line(self) -> str:
        """The check in one line.

        >>> Check(name="size", state=State.PASSED, text="1.2 MiB").line
        '✓ size: 1.2 MiB'
        """
        return f"{MARKS[self.state]} {self.name}: {self.text}"


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate comes to, as it is written to a file.

    Attributes:
        schema: of this document.
        service: whose.
        version: the candidate.
        closed: whether a check failed.
        checks: in the order run.
        champion: the version that it was held against; empty for none.
    """

    schema: int = SCHEMA
    service: str
    version: str
    closed: bool
    checks: tuple[Check, ...]
    champion: str = ""


def report_of(service: str, version: str, champion: str, checks: Sequence[Check]) -> Report:
    """Return a report; one check that failed closes the gate.

    >>> report_of("s", "2", "1", [Check(name="a", state=State.FAILED, text="")]).closed
    True
    """
    closed = any(check.state is State.FAILED for check in checks)
    return Report(service=service, version=version, champion=champion, closed=closed, checks=tuple(checks))


def not_asked(name: str, how: str) -> Check:
    """Return a check that nobody asked for, with what would ask for it."""
    return Check(name=name, state=State.NOT_RUN, text="not asked", next=how)


def plain(text: str, longest: int = LONGEST) -> str:
    r"""Return foreign text such that it can be printed, cut where it is long.

    >>> plain("a\x1b[31mb"), plain("abc", 2)
    ('a [31mb', 'a…')
    """
    said = "".join(each if each.isprintable() else " " for each in text)
    return said if len(said) <= longest else said[: longest - 1] + "…"
