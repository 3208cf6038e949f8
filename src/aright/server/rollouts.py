"""Rollouts over HTTP: how releases are let through; where they are sent is for the catalog file to say."""

from __future__ import annotations

import msgspec

from aright.core.model.release import Policy
from aright.core.model.rollout import MlflowAlias, Rollout, TrafficConfig
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
    """Return the rollout to keep; raises ``ProblemError`` (400) where router or registry would change.

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
    return msgspec.structs.replace(had, policy=body.policy or had.policy)
