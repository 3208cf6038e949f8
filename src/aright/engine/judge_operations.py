"""What others that carry out releases may ask: a part of ``Operations``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from aright.core.model.times import Micros

if TYPE_CHECKING:
    from aright.core.model.release import Look


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Two versions that somebody else splits traffic between.

    Attributes:
        service: whose.
        stable: the version that served before; empty for that of the release that is under way.
        candidate: the version on trial; likewise.
        since: when the candidate came to serve (µs, UTC); 0 as above.
        metrics: what is watched; empty for what the service's policy says.
        share: what share of the units the candidate is to get; 0 where it is not known.
        step: which step of the policy is to be left: the last one, which lets it serve all, where below 0.
    """

    service: str
    stable: str = ""
    candidate: str = ""
    since: Micros = 0
    metrics: tuple[str, ...] = ()
    share: float = 0.0
    step: int = -1


class JudgeOperations(Protocol):
    """May be called from any thread."""

    def judge(self, question: Question) -> Look:
        """Return what is known by now; raises ``UnknownError`` and ``RefusedError``.

        Asked again with the same question, only what came since is read. Where a release of the service is
        under way and no other version is named, its last look is the answer.
        """
        ...
