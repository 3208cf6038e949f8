"""Whether the canary gets the share of units that it was to get."""

from __future__ import annotations

from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

from aright.core.stats.e_process import log_e
from aright.core.stats.log_rank import log_mean

TOLERANCE: Final = 0.1
"""Routers count in whole numbers: a share this part larger or smaller than planned is none to hold for."""

ALPHA: Final = 0.001
"""Probability that a step is ever held for it although units are split as planned."""

_ODDS: Final = np.array([1.25, 1.6, 2.5, 6.0])


class SampleRatio:
    """An e-process against "new units come to the canary with the planned share, give or take a tenth".

    Units that were seen before say nothing: they stay where they are. A mismatch means that one side loses
    rows or units on the way, and then those that are left can be compared no more.

    Source: M. Lindon, A. Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022 (the
    question; the e-values are those of ``core.stats.e_process``).

    >>> ratio = SampleRatio(0.05)
    >>> ratio.add(1000.0, 50.0)
    >>> ratio.refuted
    False
    >>> ratio.add(2000.0, 20.0)
    >>> ratio.refuted
    True
    """

    def __init__(self, share: float) -> None:
        self.share = share
        self.units = 0.0
        self.canary = 0.0

    def add(self, units: float, canary: float) -> None:
        """Count new units, and how many of them came to the canary."""
        self.units += units
        self.canary += canary

    @property
    def log_e(self) -> float:
        """The logarithm of the e-value: the mean over both ways and four odds ratios."""
        if not 0 < self.share < 1:
            return 0.0
        n, total = np.array(self.units), np.array(self.canary)
        limits: list[tuple[float, npt.NDArray[np.float64]]] = [
            (min(self.share * (1 + TOLERANCE), (1 + self.share) / 2), _ODDS),
            (self.share * (1 - TOLERANCE), 1 / _ODDS),
        ]
        single = np.concatenate([log_e(n, total, np.array(limit), odds) for limit, odds in limits])
        return float(log_mean(single, np.full(len(single), 1 / len(single))))

    @property
    def refuted(self) -> bool:
        """Whether the planned share is refuted."""
        return self.log_e >= -log(ALPHA)
