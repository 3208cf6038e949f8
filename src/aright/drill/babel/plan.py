"""What a seed decides: what the third party changes, when, and what else happens that is harmless."""

from __future__ import annotations

import random
from enum import Enum
from typing import Final

import msgspec

from aright.drill.times import MINUTE, SECOND

OPENING: Final = 1_772_476_200 * SECOND
"""Monday 2026-03-02 18:30 UTC: when every drill begins."""

HISTORY: Final = 22 * MINUTE
"""How long all is well at least: a contract knows levels after nine windows of two minutes."""


class Fault(Enum):
    """What the third party changes in its answers, or that a release of the translation service breaks it."""

    LANGUAGE = "language"
    CONFIDENCE = "confidence"
    ESCAPED = "escaped"
    TRUNCATED = "truncated"
    RELEASE = "release"
    NONE = "none"


FIELD: Final = {
    Fault.LANGUAGE: "language",
    Fault.CONFIDENCE: "confidence",
    Fault.ESCAPED: "text",
    Fault.TRUNCATED: "text",
}
"""The field in which each shows."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One drill, decided by its seed before the first request.

    Attributes:
        seed: what all the rest follows from.
        fault: what the third party changes.
        start: the first instant (µs, UTC).
        onset: when it does; what is harmless comes then or before in any case (µs, UTC).
        deploys: whether a good release of the chatbot goes out, ninety seconds before the onset.
        adds_field: whether the third party adds a field that nobody reads, three minutes before.
    """

    seed: int
    fault: Fault
    start: int
    onset: int
    deploys: bool
    adds_field: bool

    @property
    def deployed_at(self) -> int:
        """When the chatbot's release goes out (µs, UTC)."""
        return self.onset - 90 * SECOND

    @property
    def released_at(self) -> int:
        """When another service of theirs is released, which has nothing to do with it (µs, UTC)."""
        return self.onset - 5 * MINUTE

    @property
    def spike(self) -> tuple[int, int]:
        """From when to when there are more chats than usual (µs, UTC)."""
        return self.onset - 4 * MINUTE, self.onset - MINUTE

    @property
    def added_at(self) -> int:
        """When the third party adds a field (µs, UTC)."""
        return self.onset - 3 * MINUTE


def make_plan(seed: int, fault: Fault) -> Plan:
    """Return the plan of a seed: a release goes out with odd seeds, a field is added with even ones.

    >>> plan = make_plan(3, Fault.LANGUAGE)
    >>> plan.deploys, plan.adds_field, plan.onset - plan.start >= HISTORY
    (True, False, True)
    """
    if seed < 0:
        raise ValueError(f"the seed is {seed}: choose 0 or more")
    return Plan(
        seed=seed,
        fault=fault,
        start=OPENING,
        onset=OPENING + HISTORY + random.Random(f"{seed}/onset").randrange(60 * SECOND),
        deploys=seed % 2 == 1,
        adds_field=seed % 2 == 0,
    )
