"""How clear the clearest part is where nothing is wrong: the null of the maximum, drawn as far as needed.

One null serves all roots (the single-step maximum of Westfall & Young 1993): a root is honest if what it
explains is rarely reached by *any* part of tables without a fault. Draws stop as soon as they have told:

- so many of them reached a root's evidence that it is no finding (Besag & Clifford 1991), or
- the evidence lies so far beyond all of them that a Gumbel distribution, with its place and width at the
  upper ends of what so few draws leave open, gives it less than one chance in a thousand. That is how scan
  statistics are extrapolated (Abrams, Kulldorff & Kleinman 2010).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.diagnose.cube.search import Found

LOOKS: Final = (5, 9, 19, 39, 99)
"""Draws after which it is asked whether they tell enough."""

REACHED: Final = 5
"""Draws that reached some evidence: its p-value is known to about half of itself then."""

PLAIN: Final = 1e-3
"""An extrapolated p-value below this needs no further draws."""

LEAST: Final = 1e-6
"""No smaller p-value is told: so far no few draws tell how a tail goes on."""

HONEST: Final = 0.05
"""A part that the maximum of noise reaches more often than this is not named."""

UPPER: Final = 1.645
"""Standard errors up to the one-sided 95 % limit."""

KURTOSIS: Final = 5.4
"""Of a Gumbel distribution: how uncertain its width is."""

NARROWEST: Final = 1.0
"""Least width (nats): a likelihood ratio may be beyond g with probability e⁻ᵍ (Wald 1945)."""

EULER: Final = 0.5772156649


@dataclass(eq=False)
class Maxima:
    """Maxima of tables without a fault, drawn one after the other.

    Args:
        draw: returns the most evidence (nats) that any part of one more such table has.
        rng: what draws are made by.
    """

    draw: Callable[[np.random.Generator], float]
    rng: np.random.Generator
    drawn: list[float] = field(default_factory=list)

    def p_value(self, gain: float) -> float:
        """Return the chance that the maximum of noise is ``gain`` or more.

        >>> noise = Maxima(lambda rng: float(rng.gumbel(10.0)), np.random.default_rng(0))
        >>> noise.p_value(9.0) > 0.5, noise.p_value(40.0) < 1e-3, len(noise.drawn)
        (True, True, 5)
        """
        for look in LOOKS:
            for at in range(look):
                if at == len(self.drawn):
                    self.drawn.append(self.draw(self.rng))
                if sum(each >= gain for each in self.drawn[: at + 1]) >= REACHED:
                    return REACHED / (at + 1)
            told = extrapolated(self.drawn[:look], gain)
            if told <= PLAIN:
                return max(told, LEAST)
        return (1.0 + sum(each >= gain for each in self.drawn)) / (len(self.drawn) + 1.0)


def extrapolated(drawn: Sequence[float], gain: float) -> float:
    """Return the chance beyond some draws by a Gumbel distribution in doubt; 1 where one of them reached it.

    >>> extrapolated([10.0, 11.0, 12.0], 30.0) < 0.01, extrapolated([10.0, 31.0, 12.0], 30.0)
    (True, 1.0)
    """
    if max(drawn) >= gain:
        return 1.0
    values = np.asarray(drawn, dtype=np.float64)
    deviation = float(values.std(ddof=1))
    wider = 1.0 + UPPER * np.sqrt((KURTOSIS - 1.0) / (4.0 * len(drawn)))
    scale = max(deviation * np.sqrt(6.0) / np.pi, NARROWEST) * wider
    middle = float(values.mean()) + UPPER * deviation / np.sqrt(len(drawn)) - EULER * scale / wider
    return float(-np.expm1(-np.exp(-(gain - middle) / scale)))


def honest(found: Sequence[Found], maxima: Maxima) -> tuple[list[Found], list[float]]:
    """Return the roots that noise alone rarely reaches, and their p-values.

    >>> from aright.core.diagnose.cube.search import Found
    >>> noise = Maxima(lambda rng: float(rng.gumbel(10.0)), np.random.default_rng(0))
    >>> kept, p_values = honest([Found((), 0, 60.0, 5.0), Found(((0, 1),), 0, 11.0, 5.0)], noise)
    >>> [each.gain for each in kept], len(noise.drawn) < 99
    ([60.0], True)
    """
    told = [(each, maxima.p_value(each.gain)) for each in found]
    kept = [(each, p_value) for each, p_value in told if p_value <= HONEST]
    return [each for each, _ in kept], [p_value for _, p_value in kept]
