"""Rolling up: profiles of windows become those of hours, and those of days, as they grow old."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.service import Service
from aright.core.model.times import DAY, HOUR
from aright.core.observe.rolling import roll

if TYPE_CHECKING:
    from aright.core.model.times import Micros
    from aright.engine.world import World

_EVERY: Final = 1_000_000
_AT_ONCE: Final = 48
"""Hours or days of one service that are merged before others have their turn."""


def roll_up(world: World, now: Micros) -> None:
    """Merge what is old enough by ``now``, and delete what is too old.

    Merging takes no lock: only what was read is deleted, in the transaction that keeps what it became.
    """
    settings = world.settings
    with world.state.transaction() as tx:
        tx.drop_sheets(now - settings.keep_profiles)
        names = [service.key for service in tx.list(Service, limit=_EVERY)]
    for name in names:
        for width, age in ((HOUR, settings.profiles_by_window), (DAY, settings.profiles_by_hour)):
            for _ in range(_AT_ONCE):
                if not _merge_first(world, name, width, now - age):
                    break


def _merge_first(world: World, service: str, width: Micros, until: Micros) -> bool:
    """Merge the earliest hour or day with narrower profiles that was over ``until``; say whether one was."""
    with world.state.transaction() as tx:
        first = tx.first_sheet(service, narrower=width)
        if first is None or (start := first // width * width) + width > until:
            return False
        found = tx.sheets(service, start=start, end=start + width, narrower=width + 1)
    merged = roll(found, start=start, width=width)
    with world.state.transaction() as tx:
        tx.remove_sheets(found)
        tx.add_sheets(merged)
    return True
