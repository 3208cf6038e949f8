"""The help desk: takes tickets, has them translated for those who answer, and has only so many hands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from aright.drill.babel import names
from aright.drill.times import SECOND
from aright.drill.tracing import end

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.drill.babel.calling import Peer
    from aright.drill.babel.messages import Text
    from aright.drill.tracing import Tracing

PATIENCE: Final = 6 * SECOND
"""How long the help desk waits for a translation (µs)."""

SLOT: Final = 10 * SECOND
CAPACITY: Final = 7
"""Tickets that are sorted in ten seconds; more are turned away."""


class Desk:
    """Handles ``POST /tickets``.

    Args:
        tracing: the service's.
        translation: the translation service.
    """

    def __init__(self, tracing: Tracing, translation: Peer) -> None:
        self._tracing = tracing
        self._translation = translation
        self._slots: Counter[int] = Counter()

    async def take(self, headers: Mapping[str, str], ask: Text, at: int) -> tuple[int, object, int]:
        """Return status, body and when it is answered (µs, UTC)."""
        span = self._tracing.serve(headers, names.TICKETS, at)
        self._slots[at // SLOT] += 1
        if self._slots[at // SLOT] > CAPACITY:
            end(span, at + 20_000, 503)
            return 503, {"error": "there are too many tickets: write again later"}, at + 20_000
        told = await self._translation.ask(self._tracing, span, ask, at + 8_000)
        now = told.at + 30_000
        end(span, now, 201)
        return 201, {"translated": told.status == 200}, now
