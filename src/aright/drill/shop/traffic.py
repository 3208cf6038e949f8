"""Visits: who asks when, with what at hand, and when they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from aright.drill.shop import names
from aright.drill.shop.plan import MINUTE, SECOND, Plan

if TYPE_CHECKING:
    from aright.drill.shop.world import Liking, People

VISITS: Final = 4.8
"""Visits that begin in a second on average; each makes about 2.4 requests."""
SPIKE: Final = 1.3
"""How many times as many begin for some minutes, whatever goes wrong."""

RETRIED: Final = 0.04
"""Share of requests that an impatient client sends again, up to five times within seconds."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests in order of time; each attribute has one entry per request.

    Attributes:
        time: µs, UTC.
        user: index.
        slot: index into ``names.PLACEMENTS``.
        pages: pages seen in this visit.
        dwell: seconds in this visit so far.
        discount: mean discount among today's offers, in [0, 1].
        median: median price.
        degrees: temperature where the user is (°C).
        graded: whether the user saw this answer (not so where the client sent the request again).
        draws: uniform numbers for the user's decisions; shape (n, 4).
    """

    time: npt.NDArray[np.int64]
    user: npt.NDArray[np.int64]
    slot: npt.NDArray[np.int64]
    pages: npt.NDArray[np.int64]
    dwell: npt.NDArray[np.float64]
    discount: npt.NDArray[np.float64]
    median: npt.NDArray[np.float64]
    degrees: npt.NDArray[np.float64]
    graded: npt.NDArray[np.bool_]
    draws: npt.NDArray[np.float64]

    def between(self, start: int, end: int) -> range:
        """Return the places of the requests from ``start`` up to but without ``end`` (µs)."""
        low, high = np.searchsorted(self.time, [start, end])
        return range(int(low), int(high))


def _visit_starts(plan: Plan, span: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return when visits begin: a Poisson process whose rate follows the evening, ripples and jumps."""
    crowd = rng.poisson(VISITS * 1.3 * SPIKE * span / SECOND)
    at = np.sort(rng.integers(0, span, crowd))
    slow = 0.08 * np.sin(2 * np.pi * at / (4 * 60 * MINUTE) + rng.uniform(0, 6.3))
    quick = 0.08 * np.sin(2 * np.pi * at / (11 * MINUTE) + rng.uniform(0, 6.3))
    first, last = (moment - plan.start for moment in plan.spike)
    more = np.where((at >= first) & (at < last), SPIKE, 1.0)
    return plan.start + at[rng.random(crowd) < more * (1 + slow + quick) / (1.3 * SPIKE)]


def _clicks_of(
    starts: npt.NDArray[np.int64], rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return for each request its visit, its number within the visit and its time (µs)."""
    counts = np.minimum(rng.geometric(1 / 2.25, len(starts)), 12)
    visit = np.repeat(np.arange(len(starts)), counts)
    number = np.arange(len(visit)) - np.repeat(np.cumsum(counts) - counts, counts)
    gaps: npt.NDArray[np.float64] = np.where(number == 0, 0.0, 2.0 + rng.exponential(9.0, len(visit)))
    sums = np.cumsum(gaps)
    since = sums - np.repeat(sums[np.cumsum(counts) - counts], counts)
    return visit, number, starts[visit] + (since * SECOND).astype(np.int64)


def make_traffic(plan: Plan, people: People, liking: Liking, *, minutes: int = 40) -> Traffic:
    """Return the requests of a seed's first ``minutes``.

    At the plan's onset two sources shift for everybody and change nothing for them: a sale begins
    (discounts), and the app counts pages differently.
    """
    rng = np.random.default_rng([plan.seed, 7])
    starts = _visit_starts(plan, minutes * MINUTE, rng)
    visit, number, time = _clicks_of(starts, rng)
    visitor = rng.choice(len(liking.activity), len(starts), p=liking.activity)
    # An impatient client repeats the request: same user, same moment, and only the last answer is seen.
    again = np.where(rng.random(len(visit)) < RETRIED, rng.integers(1, 6, len(visit)), 0)
    row = np.repeat(np.arange(len(visit)), again + 1)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(again + 1) - again - 1, again + 1)
    time = time[row] + nth * rng.integers(SECOND // 4, 3 * SECOND // 2, len(row))
    order = np.argsort(time, kind="stable")
    row, nth, time = row[order], nth[order], time[order]
    user = visitor[visit[row]]
    sale = time >= plan.onset
    pages = 1 + number[row] + rng.poisson(1.5, len(row))
    return Traffic(
        time=time,
        user=user,
        slot=rng.choice(len(names.PLACEMENTS), len(row), p=(0.4, 0.25, 0.25, 0.1)),
        pages=np.where(sale, 2 * pages - 1, pages),
        dwell=np.round(rng.gamma(1.6, 40.0, len(row)) + np.float64(8) * number[row], 1),
        discount=np.round(rng.beta(2, np.where(sale, 6, 14), len(row)), 4),
        median=np.round(rng.lognormal(3.2, 0.3, len(row)), 2),
        degrees=np.round(rng.normal(9.0 - 1.5 * people.area[user], 2.0), 1),
        graded=nth == again[row],
        draws=rng.random((len(row), 4)),
    )
