"""Canaries: whether a candidate is worse than the version beside it, told by units, and at any time."""

from aright.core.mitigate.canary.judge import Judge
from aright.core.mitigate.canary.planning import CanaryPlan, PlannedStep, plan_canary

__all__ = ["CanaryPlan", "Judge", "PlannedStep", "plan_canary"]
