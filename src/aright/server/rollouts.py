"""Rollouts over HTTP: how releases are let through; where they are sent is for the catalog file to say."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import msgspec

from aright.core.model.release import Policy
from aright.core.model.rollout import MlflowAlias, Rollout, TrafficConfig
from aright.core.model.times import DAY, SECOND
from aright.server.problems import ProblemError


class RolloutView(msgspec.Struct, frozen=True, kw_only=True):
    """How new versions reach users, as shown; where the router is told is not.

    Attributes:
        policy: how they are let through.
        registry: where the alias of the version that serves is.
    """

    policy: Policy = Policy()
    registry: MlflowAlias | None = None


class RolloutBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How new versions reach users, as sent.

    Attributes:
        policy: how they are let through; spans in microseconds, shares and margins as numbers.
        registry: as the server's own catalog file has it, which alone can say so.
        traffic: likewise.
    """

    policy: Policy | None = None
    registry: MlflowAlias | None = None
    traffic: TrafficConfig | None = None


def rollout_of(body: RolloutBody | None, known: Rollout | None) -> Rollout | None:
    """Return the rollout to keep; ``ProblemError`` (400) where router or registry would change.

    They make the server send orders and read and write files, so a token is not enough for that.

    >>> rollout_of(RolloutBody(policy=Policy(alpha=0.001)), None).policy.alpha
    0.001
    """
    if body is None:
        return known
    had = known or Rollout()
    for field in ("registry", "traffic"):
        if getattr(body, field) not in {None, getattr(had, field)}:
            raise ProblemError(
                400,
                f"rollout.{field} cannot be changed over the network.",
                "Write it into the catalog file that the server is started with; the policy may be sent.",
            )
    if body.policy is not None and (wrong := _wrong(body.policy)):
        raise ProblemError(
            400,
            f"rollout.policy: {wrong}.",
            "Releases could not be judged by it; see the catalog's reference.",
        )
    return msgspec.structs.replace(had, policy=body.policy or had.policy)


def _wrong(policy: Policy) -> str:
    """Return what keeps releases from being judged by a policy; empty where nothing does."""
    steps, margins = policy.steps, policy.step_margins
    own = [metric.margin for metric in policy.metrics if metric.margin]
    odd = sorted(set(policy.approvals) - {"canary", "promoting"})
    wrong = [
        (not steps or not all(0 < step < 1 for step in steps), "steps are shares above 0 and below 1"),
        (any(later <= earlier for earlier, later in pairwise(steps)), "the steps do not rise"),
        (len(margins) != len(steps), f"there are {len(margins)} step_margins for {len(steps)} steps"),
        (
            min((*margins, policy.segment_margin, *own)) <= 1,
            "a margin of 1 or less can never be ruled out for an equal",
        ),
        (
            not (0 < policy.alpha <= _MOST and 0 < policy.beta <= _MOST),
            "alpha and beta are above 0, and 0.5 at most",
        ),
        (
            not SECOND <= policy.look_every <= DAY,
            "look_every is from a second to a day, in microseconds",
        ),
        (bool(odd), f"there is no approval {''.join(odd[:1])[:40]!r}"),
    ]
    return next((text for is_so, text in wrong if is_so), "") or _strange(policy)


def _strange(policy: Policy) -> str:
    from aright.core.mitigate.canary.values import known  # noqa: PLC0415 - numpy only where it is needed

    strange = [metric.name for metric in policy.metrics if not known(metric.name)]
    return f"nothing can be judged by the metric {strange[0][:80]!r}" if strange else ""


_MOST: Final = 0.5
