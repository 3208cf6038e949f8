"""Seasonal lines: the periods that a series repeats itself in, found from the series alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]

_MOST_LINES: Final = 40
_FEWEST_CYCLES: Final = 2.5
_REACH: Final = 6
_TOGETHER: Final = 4


@dataclass(frozen=True, slots=True)
class Seasonal:
    """A sum of sines.

    Attributes:
        frequencies: in cycles per unit of the clock, shape (k,).
        weights: of cosines and then sines, shape (2k,).
    """

    frequencies: FloatArray
    weights: FloatArray

    def __call__(self, clock: FloatArray) -> FloatArray:
        """Return the season at these instants, shape (n,)."""
        if not len(self.frequencies):
            return np.zeros(len(clock))
        return np.asarray(waves(self.frequencies, clock) @ self.weights, dtype=np.float64)

    @property
    def longest(self) -> float:
        """The longest period, in units of the clock; 0 without any."""
        return float(1 / self.frequencies.min()) if len(self.frequencies) else 0.0


NO_SEASON: Final = Seasonal(np.zeros(0), np.zeros(0))


def waves(frequencies: FloatArray, clock: FloatArray) -> FloatArray:
    """Return cosines and sines, shape (n, 2k)."""
    angles = 2 * np.pi * clock[:, None] * frequencies[None, :]
    return np.concatenate((np.cos(angles), np.sin(angles)), axis=1)


def find_lines(values: FloatArray, *, chance: float) -> FloatArray:
    """Return the frequencies, in cycles per row, of lines that stand out of the spectrum around them.

    The highest line is taken, its frequency is refined, its sine is subtracted, and so on, until the highest
    one may be chance. A line is compared with the median of its neighbours, so that autocorrelation, which
    makes hills, is not taken for a season, which makes needles. A line needs two and a half cycles.

    Args:
        values: equally spaced, shape (n,).
        chance: of taking a line where there is none, over all frequencies.

    Source: R. A. Fisher, Tests of significance in harmonic analysis, Proc. Royal Society A 125 (1929), with
    the background taken locally.

    >>> random, rows = np.random.default_rng(7), np.arange(2_000)
    >>> find_lines(random.normal(size=2_000), chance=1e-3)
    array([], dtype=float64)
    >>> (1 / find_lines(np.sin(2 * np.pi * rows / 144) + random.normal(size=2_000), chance=1e-3)).round()
    array([144.])
    """
    n = len(values)
    found: list[float] = []
    line = values - values.mean()
    rest = line
    for _ in range(_MOST_LINES):
        place = _highest(rest, chance)
        if place is None:
            break
        frequency = place / n
        if any(abs(frequency - other) < 0.6 / n for other in found):
            break
        found.append(frequency)
        # All lines together only now and then: that costs the cube of their number.
        together = len(found) % _TOGETHER == 0
        rest = _without(line, np.array(found)) if together else _without(rest, np.array(found[-1:]))
    return _polished(line, np.array(found))


def _highest(values: FloatArray, chance: float) -> float | None:
    """Return where the highest line stands, in cycles over all rows, between whole ones by a parabola."""
    n = len(values)
    power = np.abs(np.fft.rfft(values * np.hanning(n))) ** 2
    size = len(power)
    first = math.ceil(_FEWEST_CYCLES)
    if size <= first + 2 * _REACH:
        return None
    at = np.arange(first, size - 1)
    offsets = np.array([k for k in range(-_REACH - 2, _REACH + 3) if abs(k) > 2])
    around = np.abs(at[:, None] + offsets[None, :])
    around = np.clip(np.where(around < 1, at[:, None] + 2 - offsets[None, :], around), 1, size - 1)
    background = np.median(power[around], axis=1) / math.log(2)
    ratio = power[at] / np.maximum(background, 1e-12 * power[1:].max() + 1e-300)
    # A median of a dozen neighbours varies itself: the limit is that of F(2, 12), not of an exponential.
    freedom = 2 * _REACH
    limit = freedom / 2 * ((chance / size) ** (-2 / freedom) - 1)
    best = int(np.argmax(ratio))
    if ratio[best] <= limit:
        return None
    left, top, right = np.log(power[at[best] - 1 : at[best] + 2] + 1e-300)
    bow = left - 2 * top + right
    return float(at[best] + (np.clip((left - right) / (2 * bow), -0.5, 0.5) if bow < 0 else 0.0))


def _polished(values: FloatArray, frequencies: FloatArray) -> FloatArray:
    """Move all frequencies together to where least squares wants them, by Gauss and Newton's steps."""
    n, count = len(values), len(frequencies)
    rows = np.arange(n, dtype=np.float64)
    for _ in range(3 if count else 0):
        basis = waves(frequencies, rows)
        frame = np.stack((np.ones(n), rows / n), axis=1)
        weights = solved(np.concatenate((basis, frame), axis=1), values)[: 2 * count]
        turned = basis[:, count:] * -weights[:count] + basis[:, :count] * weights[count:]
        slopes = turned * (rows / n)[:, None]
        steps = solved(np.concatenate((basis, slopes, frame), axis=1), values)[2 * count : 3 * count]
        frequencies = frequencies + np.clip(steps / (2 * np.pi), -0.25, 0.25) / n
    return frequencies


def _without(values: FloatArray, frequencies: FloatArray) -> FloatArray:
    basis = waves(frequencies, np.arange(len(values), dtype=np.float64))
    basis = np.concatenate((np.ones((len(values), 1)), basis), axis=1)
    return values - basis @ solved(basis, values)


def solved(basis: FloatArray, values: FloatArray) -> FloatArray:
    """Return least-squares weights; a hair of ridge keeps near-equal columns harmless.

    >>> solved(np.ones((4, 1)), np.array([1.0, 2.0, 3.0, 4.0])).round(3)
    array([2.5])
    """
    gram = basis.T @ basis
    gram[np.diag_indices_from(gram)] += 1e-6 * len(values)
    return np.asarray(np.linalg.solve(gram, basis.T @ values), dtype=np.float64)
