"""What one step of a diagnosis found, by itself: kept as it comes, so that a crash loses no finished step."""

from __future__ import annotations

from typing import Final

import msgspec

from aright.core.diagnose.hypothesis import Draft, Hypothesis
from aright.core.diagnose.mechanism.verdicts import WeighedChange, WeighedOutside
from aright.core.model.evidence import Replayed, Suspect

DONE: Final = "done"
RUNNING: Final = "running"
NOTHING: Final = "nothing to look at"
OVER_BUDGET: Final = "over budget"
FAILED: Final = "failed"


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """Hypotheses and findings of one step.

    Attributes:
        hypotheses: possible causes that it saw.
        drafts: findings, in the order in which they are told.
        suspects: services or machines where a fault may have begun, the likeliest first.
        path: services from the first that failed to the one whose users are hit.
        replayed: what a replay of stored inputs says.
        changes: what the telemetry of the services says of each change that was told of.
        outside: what it says of a cause that is no change of ours.
        state: ``done`` | ``nothing to look at`` | ``over budget`` | ``failed``.
        text: why there was nothing to look at, or what failed; empty otherwise.
        took_ms: how long it took (ms).
    """

    hypotheses: tuple[Hypothesis, ...] = ()
    drafts: tuple[Draft, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    path: tuple[str, ...] = ()
    replayed: Replayed | None = None
    changes: tuple[WeighedChange, ...] = ()
    outside: WeighedOutside | None = None
    state: str = DONE
    text: str = ""
    took_ms: float = 0.0


def nothing(text: str) -> Found:
    """Return that a step had nothing to look at, and why."""
    return Found(state=NOTHING, text=text)
