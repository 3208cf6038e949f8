"""Tidying: small files become large ones, profiles of windows those of hours, and what is too old goes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from aright.core.model.bookkeeping import Quarantined
from aright.core.model.calls import CallEdge
from aright.core.model.change import Change
from aright.core.model.foreign_alert import AlertFamily, ForeignAlert
from aright.core.model.notice import Notice
from aright.core.model.run import Dataset, Run
from aright.core.model.silence import Muted, Silence
from aright.engine.calls import MOST_EDGES
from aright.engine.rolling import roll_up

if TYPE_CHECKING:
    from aright.core.model.document import Document
    from aright.core.model.times import Micros
    from aright.engine.world import World

_log = logging.getLogger(__name__)

MOST: Final[dict[type[Document], int]] = {
    CallEdge: MOST_EDGES,
    Quarantined: 1_000,
    Change: 20_000,
    Notice: 20_000,
    ForeignAlert: 200_000,
    AlertFamily: 20_000,
    Muted: 20_000,
    Silence: 5_000,
    Run: 50_000,
    Dataset: 20_000,
}
"""Documents of a kind that are kept, the last ones: what anybody can send must not fill the disk."""


def tidy(world: World, position: int, now: Micros) -> None:
    """Merge small files that lie before the committed ``position``, and delete what is too old by ``now``.

    May run beside everything else. What breaks is logged and tried again the next time: nothing needs it.
    """
    settings = world.settings
    try:
        world.rows.compact(position)
        world.rows.drop_before(now - settings.keep)
        with world.state.transaction() as tx:
            tx.drop_points(now - settings.keep_points)
            for kind, most in MOST.items():
                tx.keep_last(kind, most)
        roll_up(world, now)
    except Exception:  # noqa: BLE001 - the watch over services must not end for the sake of tidiness
        _log.exception("tidying broke; it is tried again later")
