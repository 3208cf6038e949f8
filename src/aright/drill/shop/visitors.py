"""The users: they ask, look at what they are shown, click or not, and now and then complain."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from aright.drill.failure import AnswerError
from aright.drill.moment import TIME_HEADER
from aright.drill.shop import names
from aright.drill.shop.messages import RECOMMEND, Ask, Beacon, Shown
from aright.drill.shop.plan import SECOND, Plan
from aright.drill.shop.traffic import make_traffic
from aright.drill.shop.world import (
    Liking,
    People,
    chance_of_click,
    chance_of_complaint,
    favourites,
)
from aright.drill.wire.client import Reply, render

if TYPE_CHECKING:
    from collections.abc import Sequence

_PLACES = np.array([0.15, -0.1, 0.0, -0.25], dtype=np.float32)
"""What the place of the list adds to the log-odds of a click, in the order of ``names.PLACEMENTS``."""


class Quality(NamedTuple):
    """How good lists were.

    Attributes:
        clicks: share of them that drew a click.
        fit: clicks to be expected of them over those of the lists that the users would have liked best.
    """

    clicks: float
    fit: float


class Visitors:
    """Plays the users of one drill and keeps the truth about what they made of it.

    Args:
        plan: of the drill.
        people: who they are.
        liking: what they like; the shop never sees it.
        minutes: how long they come.
    """

    def __init__(self, plan: Plan, people: People, liking: Liking, *, minutes: int = 40) -> None:
        self._plan = plan
        self._liking = liking
        self._traffic = make_traffic(plan, people, liking, minutes=minutes)
        everybody = np.arange(len(people.units))
        level = np.zeros(len(everybody), dtype=np.float32)
        self._hoped = chance_of_click(liking, everybody, favourites(liking), level)
        self._hit = people.shard[self._traffic.user] == plan.shards.index(plan.shard)
        self._clicked = np.full(len(self._traffic.time), np.nan)
        self._chance = np.full(len(self._traffic.time), np.nan)
        self._coming: list[tuple[int, int, Beacon]] = []
        self._shown = msgspec.json.Decoder(Shown)
        self.asked = 0
        self.complaints = 0

    def ask(self, start: int, end: int) -> tuple[range, list[bytes]]:
        """Return the requests that are made from ``start`` up to ``end`` (µs): places and bytes."""
        rows = self._traffic.between(start, end)
        self.asked += len(rows)
        return rows, [self._render(k) for k in rows]

    def look(self, rows: range, replies: Sequence[Reply]) -> None:
        """Look at the lists shown and decide; raises ``AnswerError`` for an answer that is not 200."""
        if not rows:
            return
        for reply in replies:
            if reply.status != 200:
                raise AnswerError(
                    f"the shop answered {reply.status}: {reply.body[:200]!r}; look into its log"
                )
        traffic = self._traffic
        part = slice(rows.start, rows.stop)
        users = traffic.user[part]
        shown = np.array([self._shown.decode(reply.body).items for reply in replies])
        chance = chance_of_click(self._liking, users, shown, _PLACES[traffic.slot[part]])
        draws = traffic.draws[part]
        clicked = draws[:, 0] < chance
        complains = draws[:, 1] < chance_of_complaint(chance, self._hoped[users])
        when = traffic.time[part]
        seen = traffic.graded[part]
        graded_at = when + ((2 + 18 * draws[:, 2] ** 2) * SECOND).astype(np.int64)
        complained_at = when + ((12 + 50 * draws[:, 3]) * SECOND).astype(np.int64)
        for k in np.flatnonzero(seen):
            self._react(rows[k], int(graded_at[k]), names.CLICK, float(clicked[k]))
            if complains[k]:
                self._react(rows[k], int(complained_at[k]), names.COMPLAINT, 1.0)
                self.complaints += 1
        self._clicked[part] = np.where(seen, clicked, np.nan)
        level = np.zeros(len(users), dtype=np.float32)
        self._chance[part] = chance_of_click(self._liking, users, shown, level)

    def beacons(self, until: int) -> list[Beacon]:
        """Return what browsers report before ``until`` (µs), in order of time; each is returned once."""
        told = []
        while self._coming and self._coming[0][0] < until:
            told.append(heapq.heappop(self._coming)[2])
        return told

    def quality(self, start: int, end: int, *, hit: bool) -> Quality:
        """Return how good the lists were that were seen from ``start`` up to ``end`` (µs); NaN for none.

        With ``hit`` only those of the users whose vectors lie in the plan's shard, else all.
        """
        rows = self._traffic.between(start, end)
        part = slice(rows.start, rows.stop)
        counts = ~np.isnan(self._clicked[part]) & (self._hit[part] if hit else True)
        if not counts.any():
            return Quality(float("nan"), float("nan"))
        hoped = self._hoped[self._traffic.user[part]]
        return Quality(
            clicks=float(self._clicked[part][counts].mean()),
            fit=float(self._chance[part][counts].sum() / hoped[counts].sum()),
        )

    def _id(self, row: int) -> str:
        return f"r{self._plan.seed}-{row:06d}"

    def _react(self, row: int, at: int, kind: str, value: float) -> None:
        beacon = Beacon(at, kind, value, self._id(row), int(self._traffic.user[row]))
        heapq.heappush(self._coming, (at, len(kind) * 10_000_000 + row, beacon))

    def _render(self, k: int) -> bytes:
        traffic = self._traffic
        ask = Ask(
            id=self._id(k),
            user=int(traffic.user[k]),
            slot=int(traffic.slot[k]),
            pages=int(traffic.pages[k]),
            dwell=float(traffic.dwell[k]),
            discount=float(traffic.discount[k]),
            median=float(traffic.median[k]),
            degrees=float(traffic.degrees[k]),
        )
        headers = {TIME_HEADER: str(traffic.time[k])}
        return render("POST", RECOMMEND, msgspec.json.encode(ask), headers)
