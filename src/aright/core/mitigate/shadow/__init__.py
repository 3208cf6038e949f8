"""Shadows: a candidate is given copies of requests, and nobody sees its answers."""

from aright.core.mitigate.shadow.differing import of_canaries
from aright.core.mitigate.shadow.judge import ShadowJudge

__all__ = ["ShadowJudge", "of_canaries"]
