"""Shadows: a candidate is given copies of requests, and nobody sees its answers."""

from aright.core.mitigate.shadow.judge import ShadowJudge

__all__ = ["ShadowJudge"]
