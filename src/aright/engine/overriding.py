"""Overrides in the store: made, taken back, and let go once they are long past."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.model.on_call import Override, Person, Schedule
from aright.core.model.times import DAY
from aright.core.page.schedule.checking import MOST_OVERRIDES
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.reaching import one_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.on_call import Shift
    from aright.core.model.times import Micros
    from aright.ports.state import Transaction

KEPT: Final[Micros] = 90 * DAY
"""How long an override that is past is kept."""

_FARTHEST: Final[Micros] = 3_660 * DAY
_LONGEST_WHY: Final = 200
_SEQUENCE: Final = "override"
_EVERY: Final = 1_000_000


def known_schedule(tx: Transaction, name: str) -> Schedule:
    """Return a schedule; raises ``UnknownError``."""
    found = tx.get(Schedule, name)
    if found is None:
        raise UnknownError(
            f"there is no schedule {name[:80]!r}", "`aright oncall who` shows those there are."
        )
    return found


def known_person(tx: Transaction, called: str) -> str:
    """Return the key of somebody by any of their names; raises ``UnknownError``."""
    key = one_name(tx, called)
    if tx.get(Person, key) is None:
        raise UnknownError(
            f"there is nobody called {called[:80]!r}", "`aright oncall people` shows those there are."
        )
    return key


def of_schedule(tx: Transaction, schedule: str) -> Sequence[Override]:
    """Return a schedule's overrides that were not taken back."""
    return [each for each in tx.list(Override, tag="open", limit=_EVERY) if each.schedule == schedule]


def put_override(tx: Transaction, wanted: Shift, *, by: str, why: str, now: Micros) -> Override:
    """Keep an override, and let go of those of its schedule that are long past; raises ``RefusedError``."""
    if wanted.start >= wanted.end:
        raise RefusedError("it ends before it starts", "Put its end after its start.")
    if wanted.end <= now:
        raise RefusedError("it ends in the past", "Say until when, from now on.")
    if wanted.start < now - KEPT or wanted.end > now + _FARTHEST:
        raise RefusedError("it is of another time", "Give a span within ten years.")
    own = of_schedule(tx, wanted.schedule)
    past = [each for each in own if each.end < now - KEPT]
    for each in past:
        tx.delete(Override, each.key)
    if len(own) - len(past) >= MOST_OVERRIDES:
        raise RefusedError(f"{wanted.schedule} has {MOST_OVERRIDES:,} overrides", "Take some back first.")
    made = Override(
        key=f"OVR-{tx.next_number(_SEQUENCE)}",
        schedule=wanted.schedule,
        person=wanted.person,
        start=wanted.start,
        end=wanted.end,
        by=by.strip()[:200] or "somebody",
        created_at=now,
        why=why.strip()[:_LONGEST_WHY],
    )
    tx.put(made)
    return made


def end_override(tx: Transaction, key: str, *, by: str) -> Override:
    """Take an override back; one that was taken back stays as it is. Raises ``UnknownError``."""
    found = tx.get(Override, key)
    if found is None:
        raise UnknownError(
            f"there is no override {key[:80]!r}", "`aright oncall show SCHEDULE` shows those there are."
        )
    if found.ended_by:
        return found
    ended = msgspec.structs.replace(found, ended_by=by.strip()[:200] or "somebody")
    tx.put(ended)
    return ended
