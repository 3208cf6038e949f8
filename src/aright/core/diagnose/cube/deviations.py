"""Real against predicted values: every cell's deviation in units of the noise that the others show.

A cell's deviation is 2 (real − predicted) / (real + predicted): alike for a rise and a fall, and bounded, so
that cells predicted near nought do not explode. What noise there is, the cells say themselves: the mode of
their deviations, its width by volume, and how heavy its tails are. Half of all cells may be hit.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from aright.core.diagnose.cube.saturation import saturated

if TYPE_CHECKING:
    from numpy.typing import NDArray

EFFECTS: Final = 0.5 * np.sqrt(2.0) ** np.arange(15)
"""Shifts looked for, in units of the noise of one cell: each √2 of the one before, which loses 3 % of the
evidence at most. A shift of less than half of what one cell errs by is taken for bias of the prediction."""

QUARTER: Final = 0.25
"""The mode is the middle of the shortest interval that holds a quarter of the cells."""

QUARTER_WIDTH: Final = 2 * 0.318639
"""That interval's width for a normal distribution, in standard deviations."""

HALF_WIDTH: Final = 2 * 0.674490
"""The same of the shortest half."""

FINEST: Final = 1e-4
"""Least noise: a prediction is not believed to be better than this."""

NEAR: Final = 4.0
"""Cells within so many deviations of the mode tell the middle, which is surer than the mode itself."""

STRATA: Final = 8
"""Most classes of volume, each with its own middle and width of noise."""

ENOUGH: Final = 100
"""Cells that a stratum needs, and five times as many for tails."""

DOUBT: Final = 1.2
"""The width that n cells tell is uncertain by 1.2/√n of it (the shortest half's efficiency is .37): the upper
end is believed."""

HEAVIEST: Final = 0.5
"""Least Weibull shape of the tail, and that believed where too few cells tell it: like Student's t with 4."""

BODY: Final = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98)
"""Quantiles of the absolute deviation that are laid on those of the normal distribution."""

NORMAL: Final = (0.0, 0.67449, 1.28155, 1.64485, 1.95996, 2.32635)
"""What they are there."""

FAR: Final = (0.998, 3.09023)
"""The quantile that tells how heavy the tail is, and what it is for a normal distribution."""


@dataclass(frozen=True, eq=False)
class Noise:
    """What the deviations of cells do where nothing is wrong.

    Attributes:
        common: the middle of all of them.
        centre: middle per cell: of cells of like volume.
        width: standard deviation per cell.
        body: quantiles of the absolute deviation (standard deviations) at ``BODY``.
        shape: Weibull shape of the tail beyond the last of them (2 and more: normal).
    """

    common: float
    centre: NDArray[np.float64]
    width: NDArray[np.float64]
    body: NDArray[np.float64]
    shape: float

    def scores(self, deviation: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return deviations as normal scores: what a normal variable of equal rarity would be.

        In the body quantiles are laid on those of the normal distribution; beyond it −log P grows as a power
        of the deviation (Weibull). A score is never larger than the deviation itself.
        """
        score = (deviation - self.centre) / self.width
        size = np.abs(score)
        normal = np.interp(size, self.body, NORMAL)
        begin = float(self.body[-1])
        far = size > begin
        rarity = -np.log(1.0 - BODY[-1]) * (size[far] / begin) ** self.shape
        normal[far] = np.sqrt(np.maximum(2.0 * rarity - np.log(2.0 * rarity) - np.log(np.pi / 2.0), 0.0))
        return np.asarray(np.sign(score) * np.minimum(normal, size), dtype=np.float64)


def deviations(real: NDArray[np.float64], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each cell's symmetric relative deviation, in [−2, 2]; 0 where both are nought.

    >>> deviations(np.array([2.0, 0.0, 3.0]), np.array([2.0, 5.0, 1.0])).tolist()
    [0.0, -2.0, 1.0]
    """
    volume = np.abs(real) + np.abs(expected)
    return 2.0 * (real - expected) / np.where(volume > 0.0, volume, 1.0)


def noise_of(deviation: NDArray[np.float64], volume: NDArray[np.float64], quiet: NDArray[np.bool_]) -> Noise:
    """Return the noise that the quiet cells show.

    Args:
        deviation: per cell.
        volume: per cell, 0 or more.
        quiet: the cells that no root has, as far as is known.
    """
    centre, width = _mode(deviation[quiet])
    near = quiet
    for _ in range(3):
        near = quiet & (np.abs(deviation - centre) < NEAR * width)
        centre = float(np.median(deviation[near])) if bool(near.any()) else centre
    centres, widths = _by_volume(deviation, volume, near, (centre, width))
    widths *= 1.0 + DOUBT / np.sqrt(max(int(quiet.sum()), 1))
    return Noise(centre, centres, widths, *_tail(np.abs((deviation - centres) / widths)[quiet]))


def _tail(size: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
    """Return the body's quantiles of absolute deviations and the tail's Weibull shape: in doubt heavy."""
    if size.size < ENOUGH:
        return np.asarray(NORMAL, dtype=np.float64), HEAVIEST
    body = np.maximum(np.quantile(size, BODY), NORMAL)
    if size.size < 5 * ENOUGH:
        return body, HEAVIEST
    begin = float(body[-1])
    end = max(float(np.quantile(size, FAR[0])), begin * FAR[1] / NORMAL[-1])
    shape = float(np.log(np.log(1.0 - FAR[0]) / np.log(1.0 - BODY[-1])) / np.log(end / begin))
    doubt = 1.0 / np.sqrt((1.0 - FAR[0]) * size.size)
    return body, max(shape * (1.0 - doubt), HEAVIEST)


def _mode(values: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mode and width; of two modes that of no deviation, if it has a quarter of the cells."""
    centre, width = _shortest(values, QUARTER, QUARTER_WIDTH)
    others = values[np.abs(values - centre) > 5.0 * width]
    if len(others) > QUARTER * len(values):
        other, its = _shortest(others, QUARTER, QUARTER_WIDTH)
        if abs(other) < abs(centre):
            return other, its
    return centre, width


def _shortest(values: NDArray[np.float64], share: float, normal: float) -> tuple[float, float]:
    """Return the middle of the shortest interval with a share of the values, and its width as a deviation."""
    ordered = np.sort(values)
    step = min(max(int(share * len(ordered)), 1), len(ordered) - 1)
    if step < 1:
        return (float(ordered[0]) if len(ordered) else 0.0), FINEST
    widths = ordered[step:] - ordered[:-step]
    at = int(np.argmin(widths))
    return float(ordered[at] + ordered[at + step]) / 2.0, max(float(widths[at]) / normal, FINEST)


def _by_volume(
    deviation: NDArray[np.float64],
    volume: NDArray[np.float64],
    near: NDArray[np.bool_],
    overall: tuple[float, float],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the noise's centre and width per cell: of cells of like volume."""
    strata = min(STRATA, int(near.sum()) // ENOUGH)
    if strata < 2:
        return tuple(np.full(len(volume), each) for each in overall)  # type: ignore[return-value] # of two
    bounds = np.quantile(volume[near], np.arange(strata + 1) / strata)
    found = []
    for low, high in pairwise(bounds):
        stratum = near & (volume >= low) & (volume <= high)
        some = deviation[stratum]
        found.append(
            (np.log(np.median(volume[stratum]) + 1e-9), np.median(some), _shortest(some, 0.5, HALF_WIDTH)[1])
        )
    middles, centres, widths = np.array(found).T
    at = np.log(volume + 1e-9)
    width = np.maximum(np.exp(np.interp(at, middles, np.log(widths))), FINEST)
    return np.interp(at, middles, centres), width


def shift_evidence(scores: NDArray[np.float64], live: NDArray[np.bool_], price: float) -> NDArray[np.float64]:
    """Return the evidence of every cell for each shift, up and down, that the largest score allows.

    The log-likelihood ratio of N(shift, 1) against N(0, 1). A score further than three deviations from the
    shift counts as three: it is no better sign of *that* shift.

    >>> shift_evidence(np.array([0.6, 0.0]), np.array([True, False]), 3.0).round(3).tolist()
    [[0.175, 0.0]]
    """
    found = []
    known = scores[live]
    for sign in (1.0, -1.0):
        largest = float((sign * known).max(initial=0.0))
        for effect in EFFECTS[largest >= EFFECTS]:
            most = effect * effect / 2.0 + 3.0 * effect
            ratio = np.clip(sign * effect * scores - effect * effect / 2.0, -most, most)
            found.append(np.where(live, saturated(ratio, price), 0.0))
    return np.array(found).reshape(len(found), len(scores))
