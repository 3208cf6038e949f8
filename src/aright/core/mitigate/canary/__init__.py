"""Canaries: whether a candidate is worse than the version beside it, told by units, and at any time."""

from aright.core.mitigate.canary.judge import Judge

__all__ = ["Judge"]
