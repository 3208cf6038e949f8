"""What explains a rise of the loss best, where neither of its two parts is clear by itself."""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from aright.core.diagnose.shadow.effects import Effect

SURELY: Final = 100.0
"""How much likelier an explanation must be than the next best, to be named."""

RARER: Final = 10.0
"""How much rarer an interaction is taken to be than a fault of the model or the inputs alone."""

CORNER: Final = "corner"


def best_explanation(rise: float, then: Effect, now: Effect, margin: float) -> str:
    """Return what explains a rise that is there for sure; empty where nothing does surely.

    The model's effect on the reference and on current inputs is held against what each explanation says that
    it is: all of the rise on both (``model``), none on both (``data``), none and all (``corner``, a version
    that fails on the new inputs alone), or what is seen, where both parts can reach the margin (``both``).
    Likelihoods are normal; an interaction pays for being rarer.

    Args:
        rise: of the loss.
        then: effect of the model on the reference inputs.
        now: the same on current inputs.
        margin: what each part must reach where there are two.
    """
    scores = {
        "model": _off(then, rise) + _off(now, rise),
        "data": _off(then, 0.0) + _off(now, 0.0),
        CORNER: _off(then, 0.0) + _off(now, rise) + 2.0 * log(RARER),
    }
    if rise >= 2.0 * margin:
        weight = [each.error**-2 for each in (then, now)]
        seen = (then.value * weight[0] + now.value * weight[1]) / sum(weight)
        part = min(max(seen, margin), rise - margin)
        scores["both"] = _off(then, part) + _off(now, part)
    (first, best), (_, second) = sorted(scores.items(), key=lambda each: each[1])[:2]
    return first if second - best >= 2.0 * log(SURELY) else ""


def _off(effect: Effect, expected: float) -> float:
    """Return twice the log-likelihood that an effect is lacking to what was expected."""
    return ((effect.value - expected) / effect.error) ** 2
