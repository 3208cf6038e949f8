"""Step or ramp: did a mean change at once, or has it been sliding?"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]


class StepOrRamp(NamedTuple):
    """Log likelihood ratios against "nothing changed", each for the best beginning and size."""

    step: float
    ramp: float


def step_or_ramp(values: FloatArray) -> StepOrRamp:
    """Weigh a step against a ramp, both lasting until the last value.

    Args:
        values: standardised, mean 0 before the change, shape (n,), n ≥ 2.

    A ramp fits a step well (three quarters of its sum of squares or more), so the two are told apart by a few
    nats only. Source: the broken-line and the step model of D. Siegmund, H.-P. Zhang, Confidence regions in
    broken line regression, IMS Lecture Notes 23 (1994).

    >>> values = np.concatenate((np.zeros(50), np.ones(20)))
    >>> answer = step_or_ramp(values)
    >>> answer.step > answer.ramp
    True
    >>> answer = step_or_ramp(np.maximum(np.arange(70.0) - 50, 0) / 10)
    >>> answer.step > answer.ramp
    False
    """
    back = values[::-1]
    lengths = np.arange(1.0, len(values) + 1)
    sums = np.cumsum(back)
    # Σ (i − k + ½)·v over the last m values, in one pass: each new value lifts all later ones by a row.
    moments = np.cumsum(sums) - sums / 2
    squares = np.cumsum((lengths - 0.5) ** 2)
    step = float((sums**2 / (2 * lengths)).max())
    ramp = float((moments[1:] ** 2 / (2 * squares[1:])).max())
    return StepOrRamp(step, ramp)
