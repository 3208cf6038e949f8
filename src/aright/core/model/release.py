"""Releases: a new version of a model on its way to all users, and what was seen of it."""

from __future__ import annotations

from enum import Enum
from typing import Final

import msgspec

from aright.core.model.signal import ALL, Segment
from aright.core.model.times import DAY, HOUR, MINUTE, Micros


class ReleaseState(Enum):
    """Where a release stands."""

    PLANNED = "planned"
    """Made known; nothing serves it yet."""
    SHADOW = "shadow"
    """It is given copies; nobody sees its answers."""
    CANARY = "canary"
    """It serves a share of the units."""
    PROMOTING = "promoting"
    """It is being made the one that serves all."""
    VERIFYING = "verifying"
    """It serves all, and is still watched."""
    ROLLING_BACK = "rolling_back"
    """The version before is being put back."""
    PROMOTED = "promoted"
    """It serves all, and was good there."""
    ROLLED_BACK = "rolled_back"
    """The version before serves all."""
    STOPPED = "stopped"
    """A person ended it before it was decided."""


UNDER_WAY: Final = frozenset(
    {
        ReleaseState.PLANNED,
        ReleaseState.SHADOW,
        ReleaseState.CANARY,
        ReleaseState.PROMOTING,
        ReleaseState.VERIFYING,
        ReleaseState.ROLLING_BACK,
    }
)
"""States in which there is something to look at or to do."""


class Call(Enum):
    """What a look at a release comes to."""

    GO = "go"
    """The next step may come."""
    HOLD = "hold"
    """It stays where it is; ``Look.reason`` says why."""
    ROLL_BACK = "roll_back"
    """Harm is proven."""


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One way in which a release may be worse: a loss in [0, 1] per answer, counted once per unit.

    Attributes:
        name: ``error_share`` | ``fallback_share`` | ``slower:MS`` | ``quality:KIND`` (a graded outcome) |
            ``events:KIND`` (such as complaints) | ``declined`` | ``score`` (its distribution, both ways) |
            ``missed:KIND`` (approved, and bad as this outcome says) | ``wrongly_declined:KIND`` (refused, let
            through by the hold-out, and good).
        on_harm: ``roll_back``, or ``hold`` for what is a proxy and may move for good reasons.
        margin: how many times the stable version's share of failing units is still good enough; ``None`` for
            the policy's. 0 where promotion does not wait for this metric.
    """

    name: str
    on_harm: str = "roll_back"
    margin: float | None = None


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """How a service's releases are let through.

    Attributes:
        steps: shares of the units that the canary serves, rising, each in (0, 1).
        step_margins: ratios of failing units that must be ruled out before each step is left, as many as
            ``steps``; the last of them is the margin at which a release is as good as the version before.
        metrics: what is watched.
        segments: attributes whose values are watched one by one.
        segment_margin: ratio of failing units that must be ruled out in each part before all are served.
        alpha: probability that a release as good as the version before is ever rolled back.
        beta: probability that a release that is worse by its margin ever gets through.
        look_every: how often it is looked at (µs).
        patience: how long a step may stay without an end before people are told (µs).
        shadow_pairs: how many pairs a shadow needs at least; 0 goes on without a shadow.
        shadow_for: how long a shadow may take (µs).
        verify_for: how long it is still watched once it serves all (µs).
        approvals: states that a person must let it into: ``canary``, ``promoting``.
        hold_out: share of refusals that are answered otherwise at random, so that their labels are seen; it
            is for the service to do, and here so that it is written down. 0 for none.
    """

    steps: tuple[float, ...] = (0.01, 0.05, 0.25, 0.5)
    step_margins: tuple[float, ...] = (10.0, 5.0, 2.5, 1.5)
    metrics: tuple[Metric, ...] = (Metric(name="error_share"),)
    segments: tuple[str, ...] = ()
    segment_margin: float = 3.0
    alpha: float = 0.01
    beta: float = 0.05
    look_every: Micros = MINUTE
    patience: Micros = DAY
    shadow_pairs: int = 0
    shadow_for: Micros = DAY
    verify_for: Micros = HOUR
    approvals: tuple[str, ...] = ()
    hold_out: float = 0.0


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one metric in one part of the traffic, since the release began.

    Attributes:
        metric: the metric's name.
        segment: the part.
        units: units counted, of stable and of canary (or pairs, in a shadow: the same number twice).
        failed: those that failed, of stable and of canary.
        harm: logarithm of the e-value against "the canary is not worse".
        fit: logarithm of the e-value against "the canary is worse by the margin or more".
        margin: that margin.
        low: lower end of the ratio of failing units, canary to stable, by a confidence sequence.
        high: its upper end; infinite values are held at 1e6.
    """

    metric: str
    segment: Segment = ALL
    units: tuple[int, int] = (0, 0)
    failed: tuple[float, float] = (0.0, 0.0)
    harm: float = 0.0
    fit: float = 0.0
    margin: float = 0.0
    low: float = 0.0
    high: float = 1e6


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """One look at a release.

    Attributes:
        at: when (µs, UTC).
        stage: ``shadow`` | ``canary`` | ``verifying``.
        share: what share of the units the canary was to serve.
        call: what it comes to.
        reason: why, in one sentence with numbers; of a hold it says which kind.
        hold: ``inconclusive`` | ``no_data`` | ``sample_ratio`` | ``wrong_version`` | ``shifted`` |
            ``registry`` | ``traffic`` | ``approval`` | ``paused``; empty where it is none.
        judged: what is known of each metric and part, the worst first.
    """

    at: Micros
    stage: str
    share: float
    call: Call
    reason: str
    hold: str = ""
    judged: tuple[Judged, ...] = ()


class Release(msgspec.Struct, frozen=True, kw_only=True):
    """One version's way from the gate to all users.

    Attributes:
        key: ``REL-1``, ``REL-2`` … ; its ledger is the timeline of this key.
        service: whose.
        model: the model's name; empty where the service has one.
        version: the candidate.
        stable: the version that serves now, and that is put back.
        state: where it stands.
        policy: how it is let through, as it was when it began.
        started_at: when it began (µs, UTC).
        by: who began it.
        gate: what the gate said of it, one sentence each ("✓ …", "✗ …"); empty where none was told.
        step: which of the policy's steps it is at, from 0; −1 before the first.
        share: what share of the units was last sent to the candidate.
        shares: when that changed (µs, UTC) and to what, oldest first.
        stepped_at: when it came to this state and step (µs, UTC).
        looks: looks, oldest first, the older ones thinned out.
        forced: who let it past what would have held it; empty for nobody.
        paused_by: who holds it; empty while nobody does.
        approved: states that a person has let it into.
        ended_at: 0 while under way (µs, UTC).
        outcome: how it ended, in one sentence with numbers.
        incident: the incident that it became or belongs to; empty for none.
    """

    key: str
    service: str
    version: str
    stable: str
    state: ReleaseState
    policy: Policy
    started_at: Micros
    by: str
    model: str = ""
    gate: tuple[str, ...] = ()
    step: int = -1
    share: float = 0.0
    shares: tuple[tuple[Micros, float], ...] = ()
    stepped_at: Micros = 0
    looks: tuple[Look, ...] = ()
    forced: str = ""
    paused_by: str = ""
    approved: tuple[str, ...] = ()
    ended_at: Micros = 0
    outcome: str = ""
    incident: str = ""

    @property
    def tag(self) -> str:
        """``open`` while it is under way, so that those are found by an index."""
        return "open" if self.state in UNDER_WAY else ""
