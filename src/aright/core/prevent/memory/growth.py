"""How memory grows with calls once a workload has warmed up, and whether it goes on doing so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.stats.theil_sen import Slope, theil_sen

if TYPE_CHECKING:
    from aright.core.prevent.memory.sampled import Floats

DEVIATE: Final = 4.0
"""Normal deviate of intervals: whoever looks again and again must not be misled by chance."""

STARTS: Final = (0.25, 0.5)
"""Where warm-up may have ended, as shares of all calls."""

FEWEST: Final = 16
"""Samples of a half."""

STRAIGHT: Final = 0.75
"""Least slope of the later half, of the earlier's: over the last three quarters of its calls, what grows as
the square root has .72, as the logarithm .51, and what fills up none at all."""

_ENDS: Final = 5


@dataclass(frozen=True)
class Growth:
    """Growth over the calls after warm-up, bytes a call.

    Attributes:
        start: calls before which nothing is counted.
        slope: with its interval.
        earlier: the same of the first half of these calls.
        later: of the second.
        grown: bytes from the first samples to the last, by their medians.
        calls: between these.
    """

    start: int
    slope: Slope
    earlier: Slope
    later: Slope
    grown: float
    calls: float

    @property
    def straight(self) -> bool:
        """Whether it surely goes on as it began: warm-up, caches that fill and logarithms do not."""
        return self.later.low > 0 and self.later.low >= STRAIGHT * self.earlier.high

    @property
    def bending(self) -> bool:
        """Whether it surely grows ever more slowly."""
        return self.later.high < STRAIGHT * self.earlier.low

    @property
    def highest(self) -> float:
        """The most that it may grow a call, single jumps included."""
        return max(self.slope.high, self.grown / self.calls)


def growth(calls: Floats, held: Floats, share: float) -> Growth | None:
    """Return the growth after a share of the calls; ``None`` while there are too few samples to say.

    Args:
        calls: made up to each sample, rising, shape (n,).
        held: bytes in use then, shape (n,).
        share: of all calls, taken for warm-up.

    >>> calls = np.arange(1.0, 101.0)
    >>> found = growth(calls, 64 * calls, 0.25)
    >>> found.slope.value, found.straight, growth(calls, np.log(calls), 0.25).straight
    (64.0, True, False)
    """
    end = float(calls[-1])
    from_start = int(np.searchsorted(calls, share * end))
    middle = int(np.searchsorted(calls, (share + 1) / 2 * end))
    if min(middle - from_start, len(calls) - middle) < FEWEST:
        return None
    x, y = calls[from_start:], held[from_start:]
    half = middle - from_start
    return Growth(
        start=int(x[0]),
        slope=theil_sen(x, y, deviate=DEVIATE),
        earlier=theil_sen(x[:half], y[:half], deviate=DEVIATE),
        later=theil_sen(x[half:], y[half:], deviate=DEVIATE),
        grown=float(np.median(y[-_ENDS:]) - np.median(y[:_ENDS])),
        calls=float(np.median(x[-_ENDS:]) - np.median(x[:_ENDS])),
    )
