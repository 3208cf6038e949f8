"""What is known at a look, before it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aright.core.model.release import Judged, Policy
    from aright.core.model.times import Micros


@dataclass(frozen=True, kw_only=True)
class Needed:
    """One thing that must be ruled out before a step is left.

    Attributes:
        judged: what is known of it.
        margin: the ratio to rule out.
        log_e: logarithm of the e-value against that ratio or more.
        share: the canary's part of the units at risk; 0 where there were none.
        rate: first failures per unit of the canary's that was served, were it as good.
    """

    judged: Judged
    margin: float
    log_e: float
    share: float
    rate: float


@dataclass(frozen=True, kw_only=True)
class Standing:
    """All that a decision rests on.

    Attributes:
        policy: how releases are let through.
        stable: the version that serves.
        candidate: the version on trial.
        at: the look's time (µs, UTC).
        since: when it came to this step (µs, UTC).
        began: when the first answer was counted (µs, UTC).
        share: what the canary was to serve.
        step: which step, from 0.
        judged: each metric and part, the worst first.
        harm: logarithm of the release's e-value against "no worse in anything that rolls back".
        shifted: the same of what only holds.
        culprits: those of ``judged`` that weigh most in ``harm``, the worst first.
        movers: likewise in ``shifted``.
        needed: what must be ruled out, the least known first.
        rows: rows of stable and of candidate since the look before.
        strange: answers since the look before by a version that should not have given them.
        answers: how many answers there were in all.
        mismatch: why the sides cannot be compared, in a sentence; empty while they can.
        by_request: whether requests, not units, are split.
    """

    policy: Policy
    stable: str
    candidate: str
    at: Micros
    since: Micros
    began: Micros
    share: float
    step: int
    judged: tuple[Judged, ...]
    harm: float
    shifted: float
    culprits: tuple[Judged, ...]
    movers: tuple[Judged, ...]
    needed: tuple[Needed, ...]
    rows: tuple[int, int]
    strange: int
    answers: int
    mismatch: str
    by_request: bool
