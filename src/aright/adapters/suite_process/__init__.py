"""A suite run in a process of its own, which can neither block nor break the one that asks."""

from aright.adapters.suite_process.checks import Bounds, ProcessChecks

__all__ = ["Bounds", "ProcessChecks"]
