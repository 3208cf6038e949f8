"""How far the Kolmogorov–Smirnov distance of two profiles is from SciPy's, which sorts every value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa
from scipy.stats import ks_2samp

from aright.core.profile import frame_of, profile_column
from aright.core.stats.kolmogorov_smirnov import kolmogorov_smirnov
from bench.report import Figure, at_most

if TYPE_CHECKING:
    from collections.abc import Callable

Numbers: TypeAlias = np.ndarray[tuple[int], np.dtype[np.float32]]
Law: TypeAlias = "Callable[[np.random.Generator, int], np.ndarray[tuple[int], np.dtype[np.float64]]]"

ROWS: Final = 200_000
SHIFTS: Final = (0.0, 0.05, 0.5)
"""By how many deviations the current sample's mean is moved; by as much it is also widened, in turn."""

LAWS: Final[dict[str, Law]] = {
    "normal": lambda random, count: random.normal(0, 1, count),
    "lognormal, sd of log 2": lambda random, count: random.lognormal(0, 2, count),
    "mixture of two normals": lambda random, count: np.where(
        random.random(count) < 0.7, random.normal(-3, 1, count), random.normal(3, 0.5, count)
    ),
    "nine of ten zero": lambda random, count: np.where(
        random.random(count) < 0.9, 0.0, random.exponential(1.0, count)
    ),
    "whole numbers, Poisson 30": lambda random, count: random.poisson(30, count).astype(np.float64),
    "whole numbers to 1,000": lambda random, count: random.integers(0, 1_000, count).astype(np.float64),
    "10,000 with a deviation of 1": lambda random, count: random.normal(1e4, 1, count),
}


def accuracy_figures() -> list[Figure]:
    """Return the largest error by law, over shifts and widenings, at 200,000 rows on each side."""
    random = np.random.default_rng(5)
    return [
        at_most(f"KS, largest error: {name}", max(_errors(random, law)), 0.001) for name, law in LAWS.items()
    ]


def _errors(random: np.random.Generator, law: Law) -> list[float]:
    found = []
    for shift in SHIFTS:
        for widening in (1.0, 1.0 + shift):
            reference, current = law(random, ROWS), law(random, ROWS)
            middle, spread = float(np.median(current)), float(current.std())
            moved = middle + (current - middle) * widening + shift * spread
            # Rounded to what the column would hold, so that both sides see the same numbers.
            found.append(_error(reference.astype(np.float32), _like(reference, moved)))
    return found


def _like(reference: np.ndarray[tuple[int], np.dtype[np.float64]], moved: object) -> Numbers:
    values = np.asarray(moved, np.float64)
    whole = bool((reference == np.rint(reference)).all())
    return (np.rint(values) if whole else values).astype(np.float32)


def _error(reference: Numbers, current: Numbers) -> float:
    frame = frame_of(pa.array(reference))
    one, two = (profile_column(pa.array(values), frame) for values in (reference, current))
    exact = float(ks_2samp(reference, current, method="asymp").statistic)
    return abs(kolmogorov_smirnov(one, two) - exact)
