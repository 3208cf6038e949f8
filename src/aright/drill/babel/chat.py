"""The chatbot: has a user's question translated, answers it, and hands over to people where it cannot."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from aright.drill.babel import names
from aright.drill.times import SECOND
from aright.drill.tracing import end

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span

    from aright.drill.babel.calling import Peer
    from aright.drill.babel.messages import Text
    from aright.drill.babel.plan import Plan
    from aright.drill.tracing import Tracing

ATTEMPTS: Final = 2
PATIENCE: Final = 2 * SECOND
"""How long the chatbot waits for a translation (µs)."""

DESK_PATIENCE: Final = 8 * SECOND


class Chat:
    """Handles ``POST /chat``.

    Args:
        plan: says whether a new release goes out.
        releases: the tracing of the release that serves at first, and of the one that may follow.
        translation: the translation service.
        desk: the help desk.
    """

    def __init__(self, plan: Plan, releases: tuple[Tracing, Tracing], translation: Peer, desk: Peer) -> None:
        self._plan = plan
        self._releases = releases
        self._translation = translation
        self._desk = desk

    async def chat(self, headers: Mapping[str, str], ask: Text, at: int) -> tuple[int, object, int]:
        """Return status, body and when it is answered (µs, UTC)."""
        plan = self._plan
        tracing = self._releases[plan.deploys and at >= plan.deployed_at]
        span = tracing.serve(headers, names.CHATS, at)
        chance = random.Random(f"{plan.seed}/chat/{ask.id}")
        now = at + 5_000
        for attempt in range(1, ATTEMPTS + 1):
            told = await self._translation.ask(tracing, span, ask, now, attempt=attempt)
            now = told.at
            if told.status == 200:
                now += int(1_000 * min(chance.lognormvariate(4.8, 0.4), 800))  # finding what to say
                end(span, now, 200)
                return 200, {"answer": "Here is what I found."}, now
        return await self._hand_over(tracing, span, ask, now)

    async def _hand_over(self, tracing: Tracing, span: Span, ask: Text, now: int) -> tuple[int, object, int]:
        told = await self._desk.ask(tracing, span, ask, now)
        end(span, told.at, 504)
        return 504, {"error": "I did not understand: somebody will write to you"}, told.at
