"""The third party: an HTTP interface for translations that changes its answers one day."""

from __future__ import annotations

import html
import random
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.babel import names
from aright.drill.babel.messages import Text
from aright.drill.babel.phrases import translate
from aright.drill.babel.plan import Fault
from aright.drill.moment import TIME_HEADER, TOOK_HEADER
from aright.drill.wire.server import Request, Response

if TYPE_CHECKING:
    from aright.drill.babel.plan import Plan

VERSION_HEADER: Final = "glossaline-version"
CUT: Final = 18
"""Characters that are left of a text where the third party truncates."""


class Provider:
    """Answers ``POST /v2/translate``.

    Args:
        plan: says what changes, and when.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._asked: dict[str, int] = {}

    def handle(self, request: Request) -> Response:
        """Answer a request; one that pins the version before gets answers as they were."""
        now = int(request.headers[TIME_HEADER])
        ask = msgspec.json.decode(request.body, type=Text)
        attempt = self._asked[ask.id] = self._asked.get(ask.id, 0) + 1
        chance = random.Random(f"{self._plan.seed}/provider/{ask.id}/{attempt}")
        told = self._answer(ask, now, chance, pinned=request.headers.get(VERSION_HEADER) == names.PINNED)
        took = int(1_000 * min(chance.lognormvariate(5.1, 0.3), 900))
        return Response(msgspec.json.encode(told), headers=((TOOK_HEADER, str(took)),))

    def _answer(self, ask: Text, now: int, chance: random.Random, *, pinned: bool) -> dict[str, object]:
        language, text = translate(ask.text)
        confidence = round(chance.betavariate(42, 3), 3)
        plan = self._plan
        if now >= plan.onset and not pinned:
            text, language, confidence = _changed(plan.fault, text, language, confidence)
        told: dict[str, object] = {
            "id": f"{chance.getrandbits(64):016x}",
            "text": text,
            "language": language,
            "confidence": confidence,
            "segments": _segments(text, chance),
            "model": "g5",
            "characters": len(ask.text),
            "created": datetime.fromtimestamp(now // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if plan.adds_field and now >= plan.added_at:
            told["glossary"] = None
        return told


def _changed(fault: Fault, text: str, language: str, confidence: float) -> tuple[str, str, float]:
    """Return an answer as it is since the change: every part of it is still valid.

    >>> _changed(Fault.LANGUAGE, "I can't", "de", 0.93), _changed(Fault.ESCAPED, "I can't", "de", 0.93)[0]
    (("I can't", 'de-DE', 0.93), 'I can&#x27;t')
    """
    match fault:
        case Fault.LANGUAGE:
            return text, names.LANGUAGES[language], confidence
        case Fault.CONFIDENCE:
            return text, language, round(confidence * 100, 1)
        case Fault.ESCAPED:
            return html.escape(text), language, confidence
        case Fault.TRUNCATED:
            return text[:CUT], language, confidence
        case Fault.NONE | Fault.RELEASE:
            return text, language, confidence


def _segments(text: str, chance: random.Random) -> list[dict[str, object]]:
    """Return the text's parts: one for each clause."""
    places = [0, *(at + 1 for at, letter in enumerate(text[:-1]) if letter in ",&"), len(text)]
    return [
        {"start": start, "end": end, "score": round(chance.betavariate(30, 2), 2)}
        for start, end in pairwise(places)
    ]
