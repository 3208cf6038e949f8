"""Aliases: what a registry was seen to say, and who moved it, since registries keep no history."""

from __future__ import annotations

import msgspec

from aright.core.model.times import Micros


class AliasMove(msgspec.Struct, frozen=True, kw_only=True):
    """One move of an alias.

    Attributes:
        at: when it was made, or seen where it was not ours (µs, UTC).
        before: the version that it stood for; empty for none.
        after: the version that it stands for since; empty where it was taken away.
        by: ``aright`` or a person's name; ``elsewhere`` for a move that was not made through aright.
        why: what it was for, such as a release's key.
    """

    at: Micros
    before: str
    after: str
    by: str
    why: str = ""


class AliasKept(msgspec.Struct, frozen=True, kw_only=True):
    """An alias as it was last seen.

    Attributes:
        key: ``SERVICE/ALIAS``.
        service: whose.
        alias: its name in the registry.
        version: what it stands for; empty for none.
        wanted: what it is being moved to; empty while nothing is under way.
        wanted_why: what that move is for.
        wanted_by: who ordered it.
        read_at: when the registry was last read (µs, UTC).
        problem: why it cannot be read; empty while it can.
        moves: the last moves, oldest first; bounded.
    """

    key: str
    service: str
    alias: str
    version: str
    wanted: str = ""
    wanted_why: str = ""
    wanted_by: str = ""
    read_at: Micros = 0
    problem: str = ""
    moves: tuple[AliasMove, ...] = ()
