"""The users: they write to the chatbot in their language, and now and then to the help desk itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.drill.babel import names
from aright.drill.babel.messages import Text
from aright.drill.babel.phrases import PHRASES
from aright.drill.failure import AnswerError
from aright.drill.moment import TIME_HEADER
from aright.drill.times import MINUTE
from aright.drill.wire.client import Reply, render

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from aright.drill.babel.plan import Plan

CHATS_A_MINUTE: Final = 66
TICKETS_A_MINUTE: Final = 14
SPIKE: Final = 1.4
"""How many times as many chats there are for some minutes, whatever goes wrong."""

_LANGUAGES: Final = tuple(PHRASES)
_SHARES: Final = (0.4, 0.25, 0.2, 0.15)


class People:
    """Plays the users of one drill and keeps what they were answered.

    Args:
        plan: of the drill.
        minutes: how long they come.

    Attributes:
        asked: requests made so far.
    """

    def __init__(self, plan: Plan, minutes: int) -> None:
        self._plan = plan
        rng = np.random.default_rng([plan.seed, 22])
        self._chats = _arrivals(plan.start, minutes, CHATS_A_MINUTE, rng, plan.spike)
        self._tickets = _arrivals(plan.start, minutes, TICKETS_A_MINUTE, rng, (0, 0))
        self._answered = np.full(len(self._chats), np.nan)
        self.asked = 0

    def chats(self, start: int, end: int) -> tuple[range, list[bytes]]:
        """Return the chats that begin from ``start`` up to ``end`` (µs): places and requests."""
        rows = _between(self._chats, start, end)
        self.asked += len(rows)
        return rows, [self._render("c", row, names.CHATS, int(self._chats[row])) for row in rows]

    def tickets(self, start: int, end: int) -> list[bytes]:
        """Return the tickets that users write themselves in that time."""
        rows = _between(self._tickets, start, end)
        self.asked += len(rows)
        return [self._render("t", row, names.TICKETS, int(self._tickets[row])) for row in rows]

    def read(self, rows: range, replies: Sequence[Reply]) -> None:
        """Read what the chatbot answered; raises ``AnswerError`` for what it never answers."""
        for reply in replies:
            if reply.status not in {200, 504}:
                raise AnswerError(f"the chatbot answered {reply.status}: {reply.body[:200]!r}; see its log")
        if rows:
            self._answered[rows.start : rows.stop] = [reply.status == 200 for reply in replies]

    def share_answered(self, start: int, end: int) -> float:
        """Return the share of chats of a span that were answered; NaN for none."""
        rows = _between(self._chats, start, end)
        known = self._answered[rows.start : rows.stop]
        known = known[~np.isnan(known)]
        return float(known.mean()) if known.size else float("nan")

    def _render(self, kind: str, row: int, path: str, at: int) -> bytes:
        rng = np.random.default_rng([self._plan.seed, 23, ord(kind), row])
        phrases = PHRASES[_LANGUAGES[int(rng.choice(len(_LANGUAGES), p=_SHARES))]]
        text = phrases[int(rng.integers(len(phrases)))][0].replace("0000", str(rng.integers(10_000, 99_999)))
        ask = Text(id=f"{kind}{self._plan.seed}-{row:06d}", text=text)
        return render("POST", path, msgspec.json.encode(ask), {TIME_HEADER: str(at)})


def _arrivals(
    start: int, minutes: int, rate: int, rng: np.random.Generator, spike: tuple[int, int]
) -> npt.NDArray[np.int64]:
    """Return when requests begin, ascending (µs): a Poisson process whose rate sways and jumps."""
    at = np.sort(rng.uniform(0, minutes * MINUTE, rng.poisson(1.2 * SPIKE * rate * minutes)))
    sway = 1 + 0.2 * np.sin(2 * np.pi * at / (60 * MINUTE) + rng.uniform(0, 6.3))
    more = np.where((start + at >= spike[0]) & (start + at < spike[1]), SPIKE, 1.0)
    return start + at[rng.random(len(at)) < more * sway / (1.2 * SPIKE)].astype(np.int64)


def _between(times: npt.NDArray[np.int64], start: int, end: int) -> range:
    low, high = np.searchsorted(times, (start, end))
    return range(int(low), int(high))
