"""An escalation's lines in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.incident.effects import Record
from aright.core.incident.words import cut

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.model.paging import Paging
    from aright.core.model.times import Micros
    from aright.core.page.escalating.reach import Way


def named(count: int, thing: str) -> str:
    """Return a count with its thing.

    >>> named(1, "time"), named(2, "time")
    ('1 time', '2 times')
    """
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def told_line(ways: Iterable[Way]) -> str:
    """Return who is told, by which channels.

    >>> from aright.core.page.escalating.reach import Way
    >>> told_line([Way("mail", "ann"), Way("chat", "ann"), Way("room")])
    'ann is told by mail and chat, room is told'
    """
    by_person: dict[str, list[str]] = {}
    rooms = []
    for way in ways:
        if way.person:
            by_person.setdefault(way.person, []).append(way.channel)
        else:
            rooms.append(f"{way.channel} is told")
    people = [f"{person} is told by {' and '.join(channels)}" for person, channels in by_person.items()]
    return cut(", ".join((*people, *rooms)), 600)


def unreachable_line(paging: Paging, holes: Sequence[str], at: Micros, *, nobody: bool) -> Record:
    """Return the line that tells whom a step does not reach."""
    who = "; ".join(holes)
    text = f"Step {paging.step} reaches nobody, so the next follows at once ({who})" if nobody else who
    return Record(
        at=at, kind="unreachable", text=cut(text if nobody else f"Not reached: {text}", 600), key=nobody
    )
