"""Harmless streams of 10,000 rows, and streams with a shift or a leak, from a seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable

FloatArray: TypeAlias = npt.NDArray[np.float64]
Random: TypeAlias = np.random.Generator

ROWS: Final = 10_000
T: Final = np.arange(ROWS, dtype=np.float64)


def autoregressive(random: Random, coefficient: float) -> FloatArray:
    """Return AR(1) noise of variance 1."""
    noise = random.normal(size=ROWS + 500) * np.sqrt(1 - coefficient**2)
    values = np.zeros(ROWS + 500)
    for row in range(1, ROWS + 500):
        values[row] = coefficient * values[row - 1] + noise[row]
    return values[500:]


def daily(random: Random, period: int) -> FloatArray:
    """Return a sine as large as its noise, from any phase on."""
    return np.sin(2 * np.pi * (T / period + random.random())) + random.normal(size=ROWS)


def weekly(random: Random, per_day: int) -> FloatArray:
    """Return days with a sine, and weekends that are lower and flatter, from any hour of the week on."""
    at = T + random.integers(0, 7 * per_day)
    weekend = (at // per_day) % 7 >= 5
    course = np.where(weekend, 10.0, 20.0) * np.sin(2 * np.pi * at / per_day) - np.where(weekend, 15.0, 0.0)
    return 100 + course + random.normal(0, 10, ROWS)


def growing(random: Random, share: float, *, since: int = 0, noise: float = 10.0) -> FloatArray:
    """Return growth by a share of the mean per 1,000 rows."""
    return 100 * (1 + share * np.maximum(T - since, 0) / 1_000) + random.normal(0, noise, ROWS)


def volatile(random: Random) -> FloatArray:
    """Return noise whose standard deviation is 1 and 3 in turn."""
    return random.normal(size=ROWS) * np.where((T // 1_500) % 2, 3.0, 1.0)


def garch(random: Random) -> FloatArray:
    """Return GARCH(1, 1) noise: variance that comes in clusters."""
    values, variance = random.normal(size=ROWS), 1.0
    for row in range(ROWS):
        values[row] *= np.sqrt(variance)
        variance = 0.05 + 0.1 * values[row] ** 2 + 0.85 * variance
    return values


def missing(random: Random) -> FloatArray:
    """Return noise of which a fifth is missing."""
    return np.where(random.random(ROWS) < 0.2, np.nan, random.normal(size=ROWS))


def retries(random: Random) -> tuple[FloatArray, list[int]]:
    """Return noise in which units retry: one row of 200 is repeated 20–300 times; and the units."""
    values: list[float] = []
    units: list[int] = []
    while len(values) < ROWS:
        times = int(random.integers(20, 300)) if random.random() < 0.005 else 1
        own, unit = float(random.normal()), int(random.integers(0, 1_000_000))
        values += [own] * times
        units += [unit] * times
    return np.array(values[:ROWS]), units[:ROWS]


def moving_average(random: Random) -> FloatArray:
    """Return MA(1) noise."""
    noise = random.normal(size=ROWS + 1)
    return noise[1:] + 0.8 * noise[:-1]


def shifted(random: Random, size: float, at: int) -> FloatArray:
    """Return noise whose mean shifts."""
    return random.normal(size=ROWS) + size * (at <= T)


HARMLESS: Final[dict[str, Callable[[Random], FloatArray]]] = {
    "iid normal": lambda random: random.normal(size=ROWS),
    "AR(1) .5": lambda random: autoregressive(random, 0.5),
    "daily sine, 1,440 rows": lambda random: daily(random, 1_440),
    "lognormal, sigma 2": lambda random: random.lognormal(0, 2, ROWS),
    "retries": lambda random: retries(random)[0],
    "weekly, hourly rows": lambda random: weekly(random, 24),
    "growth of 1 % per 1,000": lambda random: growing(random, 0.01),
}
"""The series that the goal names."""

OTHERS: Final[dict[str, Callable[[Random], FloatArray]]] = {
    "AR(1) .9": lambda random: autoregressive(random, 0.9),
    "AR(1) .99": lambda random: autoregressive(random, 0.99),
    "AR(1) -.5": lambda random: autoregressive(random, -0.5),
    "MA(1) .8": moving_average,
    "daily sine, 288 rows": lambda random: daily(random, 288),
    "weekly, 5-minute rows": lambda random: weekly(random, 288),
    "weekly, minute rows": lambda random: weekly(random, 1_440),
    "growth of 1 %, sd 1 %": lambda random: growing(random, 0.01, noise=1.0),
    "growth from the middle on": lambda random: growing(random, 0.01, since=5_000, noise=5.0),
    "regimes of variance": volatile,
    "GARCH .1, .85": garch,
    "Poisson 2": lambda random: random.poisson(2, ROWS).astype(np.float64),
    "rare events, 5 %": lambda random: (random.random(ROWS) < 0.05).astype(np.float64),
    "Student t, 3": lambda random: random.standard_t(3, ROWS),
    "a fifth missing": missing,
    "random walk": lambda random: np.cumsum(random.normal(size=ROWS)),
}
"""Others, without a goal of their own but the same promise."""

LEAKS: Final[dict[str, Callable[[Random], FloatArray]]] = {
    "leak of 2 % per 1,000": lambda random: growing(random, 0.02),
    "leak of 5 % per 1,000": lambda random: growing(random, 0.05),
    "leak of 2 % from row 4,000 on": lambda random: growing(random, 0.02, since=4_000),
    "leak of 5 % from row 4,000 on": lambda random: growing(random, 0.05, since=4_000),
}
"""What must be told."""
