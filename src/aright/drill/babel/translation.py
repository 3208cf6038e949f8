"""The translation service: asks the third party, distrusts odd answers, and has a slow model of its own."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.babel import names
from aright.drill.babel.messages import Answer, English, Text
from aright.drill.babel.plan import Fault
from aright.drill.times import SECOND
from aright.drill.tracing import end
from aright.drill.webhook import UNDO, Order, RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opentelemetry.trace import Span

    from aright.drill.babel.calling import ThirdParty
    from aright.drill.babel.plan import Plan
    from aright.drill.tracing import Tracing

ATTEMPTS: Final = 3
OWN_WORK: Final = 4_000
"""What the service itself takes for a request (µs)."""

SLOT: Final = 10 * SECOND
CAPACITY: Final = 11
"""Texts that the service's own model can take in ten seconds."""

PIN_PATH: Final = "/mitigations/pin-version"
ROLL_BACK_PATH: Final = "/mitigations/serve-release"


@dataclass(frozen=True, slots=True)
class Trust:
    """What a translation from a language has to be like.

    Attributes:
        doubt: how far from 1 its confidence may be.
        shortest: how short it may be, in lengths of the source.
        longest: how long.
    """

    doubt: float
    shortest: float
    longest: float


TRUST: Final[Mapping[str, Trust]] = {
    "de": Trust(0.25, 0.5, 1.6),
    "fr": Trust(0.25, 0.5, 1.6),
    "es": Trust(0.25, 0.5, 1.7),
    "it": Trust(0.25, 0.5, 1.7),
}
STRANGER: Final = Trust(0.01, 0.8, 1.2)
"""Of a language that nobody has looked at: only what is certain is passed on."""

STRICT: Final = 0.02
"""How far a confidence may be from 1 for the release that trusts hardly any answer."""

_MARKUP: Final = re.compile(r"&#?\w+;")


def trusted(answer: Answer, source: str, *, doubt: float = 1.0) -> bool:
    """Return whether an answer, valid as it is, may be passed on; ``doubt`` is the most that is allowed.

    >>> def answer(**told):
    ...     usual = {"text": "I can't.", "language": "de", "confidence": 0.93, "segments": []}
    ...     return Answer(**{**usual, **told})
    >>> trusted(answer(), "Ich kann nicht"), trusted(answer(language="de-DE"), "Ich kann nicht")
    (True, False)
    >>> trusted(answer(confidence=93.0), "Ich kann nicht")
    False
    """
    trust = TRUST.get(answer.language, STRANGER)
    length = len(answer.text) / max(len(source), 1)
    return (
        abs(1 - answer.confidence) <= min(trust.doubt, doubt)
        and trust.shortest <= length <= trust.longest
        and not _MARKUP.search(answer.text)
        and answer.text[-1] in ".?!"
    )


class Translation:
    """Handles ``POST /translate``.

    Args:
        plan: of the drill.
        releases: the tracing of the release that serves at first, and of the one that may follow.
        provider: the third party.
    """

    def __init__(self, plan: Plan, releases: tuple[Tracing, Tracing], provider: ThirdParty) -> None:
        self._plan = plan
        self._seed = plan.seed
        self._releases = releases
        self._kept = False
        self._provider = provider
        self._asked: Counter[str] = Counter()
        self._slots: Counter[int] = Counter()
        self._answers = msgspec.json.Decoder(Answer)

    async def translate(self, headers: Mapping[str, str], ask: Text, at: int) -> tuple[int, object, int]:
        """Return status, body and when it is answered (µs, UTC)."""
        newer = self._newer(at)
        tracing = self._releases[newer]
        span = tracing.serve(headers, names.TRANSLATE, at)
        self._asked[ask.id] += 1
        own = msgspec.structs.replace(ask, id=f"{ask.id}-{self._asked[ask.id]}")
        doubt = STRICT if newer else 1.0
        text, now = await self._by_provider(tracing, span, own, at + OWN_WORK, doubt)
        if text:
            return self._answer(span, 200, English(text=text, by="provider"), now)
        return self._by_own_model(span, own, now)

    def carry_out(self, path: str, order: Order) -> str:
        """Pin the version of the third party's interface, or serve the release before, or take that back."""
        if path.removesuffix(UNDO) == ROLL_BACK_PATH:
            return self._roll_back(order, undo=path.endswith(UNDO))
        if path.removesuffix(UNDO) != PIN_PATH:
            raise RefusedError(f"there is no webhook {path}", 404)
        if order.parameters.get("dependency") != names.PROVIDER:
            named = order.parameters.get("dependency", "")
            raise RefusedError(f"{named!r} has no versions here: only {names.PROVIDER} has")
        version = "" if path.endswith(UNDO) else names.PINNED
        told = version or f"the latest version ({names.LATEST})"
        if order.dry_run:
            return f"would ask {names.PROVIDER} for {told}"
        self._provider.version = version
        return f"{names.PROVIDER} is asked for {told}"

    def _roll_back(self, order: Order, *, undo: bool) -> str:
        told = names.RELEASES[undo]
        if order.dry_run:
            return f"would serve {told}"
        self._kept = not undo
        return f"{told} is served"

    def _newer(self, at: int) -> bool:
        plan = self._plan
        return plan.fault is Fault.RELEASE and at >= plan.onset and not self._kept

    async def _by_provider(
        self, tracing: Tracing, span: Span, ask: Text, now: int, doubt: float
    ) -> tuple[str, int]:
        """Return a translation to be trusted, asking again where one is not; empty where none is."""
        for attempt in range(1, ATTEMPTS + 1):
            told = await self._provider.ask(tracing, span, ask, now, attempt=attempt)
            now = told.at + OWN_WORK
            answer = self._answers.decode(told.body)  # what is not valid would be an error, at once
            if trusted(answer, ask.text, doubt=doubt):
                return answer.text, now
        return "", now

    def _by_own_model(self, span: Span, ask: Text, now: int) -> tuple[int, object, int]:
        slot = now // SLOT
        self._slots[slot] += 1
        chance = random.Random(f"{self._seed}/model/{ask.id}")
        if self._slots[slot] > CAPACITY:
            return self._answer(span, 503, {"error": "the model has too much to do"}, now + SECOND // 2)
        took = int(SECOND * min(chance.lognormvariate(0.75, 0.15), 4.0))
        return self._answer(span, 200, English(text=ask.text, by="own model"), now + took)

    def _answer(self, span: Span, status: int, body: object, at: int) -> tuple[int, object, int]:
        end(span, at, status)
        return status, body, at
