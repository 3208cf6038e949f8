"""How a look is told to programs that ask over HTTP, each in its own way."""

from __future__ import annotations

import math
from typing import Final

import msgspec

from aright.core.model.release import Call, Look

_MOST: Final = 1e9

CONFIRMING: Final = frozenset({"confirm-rollout", "confirm-traffic-increase", "confirm-promotion"})
"""Hooks of Flagger at which it waits, as long as it takes, until the answer is 200."""

CHECKING: Final = frozenset({"pre-rollout", "rollout"})
"""Hooks whose other answers count as failed checks, and roll back when they are too many."""

TOLD: Final = frozenset({"post-rollout", "event"})
"""Hooks that only tell."""

ROLLBACK: Final = "rollback"
"""The hook whose 200 makes Flagger roll back."""

HOOKS: Final = (*sorted(CONFIRMING), *sorted(CHECKING), *sorted(TOLD), ROLLBACK)


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A look in few words, for conditions of others.

    Attributes:
        call: ``go`` | ``hold`` | ``roll_back``.
        hold: which kind of hold; empty where it is none.
        reason: why, in one sentence.
        harm: the largest e-value that the candidate is worse; large numbers are held at 1e9.
        fit: the smallest e-value that it is not worse by the margin, of those that promotion waits for.
        units: units of stable and of canary of the metric with the most.
    """

    call: str
    reason: str
    hold: str = ""
    harm: float = 1.0
    fit: float = 1.0
    units: tuple[int, int] = (0, 0)


def said(look: Look) -> Said:
    """Return a look in few words.

    >>> said(Look(at=0, stage="canary", share=0.05, call=Call.GO, reason="As good.")).call
    'go'
    """
    waited = [each.fit for each in look.judged if each.margin > 0]
    return Said(
        call=look.call.value,
        hold=look.hold,
        reason=look.reason,
        harm=_e(max((each.harm for each in look.judged), default=0.0)),
        fit=_e(min(waited, default=0.0)),
        units=max((each.units for each in look.judged), default=(0, 0)),
    )


def agrees(hook: str, call: Call) -> bool:
    """Return whether a hook of Flagger is to be answered with 200.

    A hold is no failure: it makes Flagger wait where it can wait, and lets it go on with its analysis
    elsewhere. At ``rollback`` a 200 orders to roll back.

    >>> [agrees(hook, Call.HOLD) for hook in ("confirm-promotion", "rollout", "rollback")]
    [False, True, False]
    """
    if hook == ROLLBACK:
        return call is Call.ROLL_BACK
    if hook in CONFIRMING:
        return call is Call.GO
    return hook in TOLD or call is not Call.ROLL_BACK


def _e(log: float) -> float:
    return min(math.exp(min(log, 700.0)), _MOST)
