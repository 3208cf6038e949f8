"""What a made incident tells of: a change, and what its service says and shows afterwards."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Story:
    """One way in which a change does harm.

    Attributes:
        name: short, for tables.
        kind: of the change, as ``Change`` has it.
        title: its title.
        detail: its diff.
        lines: what the changed service says, at severity ERROR.
        delay: shortest and longest time until it shows (minutes).
        shows: ``errors`` | ``slow`` | ``leak``: which metrics move and how.
        restart: whether it kills the process.
    """

    name: str
    title: str
    detail: str
    lines: tuple[str, ...]
    kind: str = "deploy"
    delay: tuple[int, int] = (1, 4)
    shows: str = "errors"
