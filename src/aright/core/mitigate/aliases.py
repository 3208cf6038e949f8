"""What a look at an alias means, and who may move it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.alias import AliasKept, AliasMove
from aright.core.model.times import MINUTE

if TYPE_CHECKING:
    from aright.core.model.times import Micros

MOST_MOVES: Final = 100
"""Moves that are kept of one alias."""

WRITER: Final = "aright.writer"
"""The tag on a model that names who moves its aliases, and until when."""

LONGEST: Final = MINUTE
"""How far ahead a lease may end, at most (µs): clocks of two machines may differ by less."""

ELSEWHERE: Final = "elsewhere"
"""Who moved an alias that was not moved through aright."""


def seen(kept: AliasKept, version: str, *, at: Micros) -> tuple[AliasKept, AliasMove | None]:
    """Return the alias as it stands after it was read, and the move that showed, if any.

    A move that was under way when a process ended is ours where the registry says so now; where it says what
    it said before, it was not made, and is given up.

    >>> kept = AliasKept(key="s/champion", service="s", alias="champion", version="8")
    >>> seen(kept, "9", at=5)[1]
    AliasMove(at=5, before='8', after='9', by='elsewhere', why='')
    """
    calm = msgspec.structs.replace(kept, read_at=at, problem="")
    if version == kept.version:
        return msgspec.structs.replace(calm, wanted="", wanted_by="", wanted_why=""), None
    if kept.wanted and version == kept.wanted:
        made = AliasMove(at=at, before=kept.version, after=version, by=kept.wanted_by, why=kept.wanted_why)
    else:
        made = AliasMove(at=at, before=kept.version, after=version, by=ELSEWHERE)
    return moved(calm, made), made


def wanting(kept: AliasKept, version: str, *, by: str, why: str) -> AliasKept:
    """Return the alias with a move under way."""
    return msgspec.structs.replace(kept, wanted=version, wanted_by=by, wanted_why=why)


def moved(kept: AliasKept, made: AliasMove) -> AliasKept:
    """Return the alias after a move."""
    return msgspec.structs.replace(
        kept,
        version=made.after,
        wanted="",
        wanted_by="",
        wanted_why="",
        read_at=made.at,
        moves=(*kept.moves, made)[-MOST_MOVES:],
    )


def lease(holder: str, until: Micros) -> str:
    """Return what the tag of the writer says.

    >>> held_by(lease("a1", 100), now=50), held_by(lease("a1", 100), now=100), held_by("nonsense", now=0)
    ('a1', '', '')
    """
    return f"{holder} {until}"


def held_by(tag: str, *, now: Micros) -> str:
    """Return who may move the aliases just now; empty where nobody has them.

    One that would end later than any lease is given for was written by a wrong clock, and holds nobody up.
    """
    holder, _, until = tag.partition(" ")
    return holder if until.isascii() and until.isdigit() and now < int(until[:18]) <= now + LONGEST else ""
