"""What of a contract does not depend on the window: prepared once, so that most figures cost no call each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.contract.baselines import NEAR, UNSURE
from aright.core.contract.keys import Key, Rate, rates_of, read_rate
from aright.core.contract.summary import JOINED

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.contract.baselines import LevelBaseline, RateBaseline
    from aright.core.contract.keys import Level
    from aright.core.contract.lens import Lens
    from aright.core.contract.season import Fit
    from aright.core.contract.summary import Summary

Series: TypeAlias = npt.NDArray[np.float64]

_SLACK: Final = 1e-9
"""By how much a figure is taken to be farther off than it is, for arrays round otherwise than floats do."""


class Courses:
    """The courses of many figures, all read at one time of day at once."""

    def __init__(self, fits: Sequence[Fit | None]) -> None:
        widest = max((len(fit.coefficients) for fit in fits if fit), default=0)
        self._coefficients = np.zeros((len(fits), widest))
        self._hourly: dict[int, list[float]] = {}
        for place, fit in enumerate(fits):
            if fit and fit.hours:
                self._hourly[place] = fit.hours
            elif fit:
                self._coefficients[place, : len(fit.coefficients)] = fit.coefficients

    def at(self, row: Sequence[float]) -> Series:
        """Return each figure's value at one row of the design; 0 where it has no course."""
        values: Series = self._coefficients @ np.asarray(row[: self._coefficients.shape[1]], np.float64)
        hour = int(row[-1])
        for place, hours in self._hourly.items():
            values[place] = hours[hour]
        return values


class RatePlan:
    """The shares that a contract follows, as arrays."""

    def __init__(self, rates: Mapping[str, RateBaseline], lens: Lens) -> None:
        self.baselines = list(rates.values())
        self.names = list(rates)
        self.keys = [Key(*name.split(JOINED, 2)) for name in rates]
        self._lens = lens
        fits = [each.course for each in self.baselines]
        self._courses = Courses(fits)
        self._coursed = np.asarray([fit is not None for fit in fits], bool)
        self._k, self._n, self._size, self._dispersion, self._farthest = _columns(
            [(each.k, each.n, each.size, each.dispersion, each.farthest) for each in self.baselines], 5
        )
        self._sizes = np.asarray([fit.size if fit else 1 for fit in fits], np.float64)

    def read(self, window: Summary) -> list[Rate | None]:
        """Return each share's count in a window; ``None`` where there was nothing to look at."""
        found: list[Rate | None] = list(map(rates_of(window, self._lens).get, self.names))
        for place, rate in enumerate(found):
            if rate is None:
                other = read_rate(window, self.keys[place], self._lens)
                found[place] = other if other is not None and other.n else None
        return found

    def surprising(self, found: Sequence[Rate | None], row: Sequence[float], *, covered: bool) -> list[int]:
        """Return the places of all shares that may surprise, and a few that do not.

        ``RateBaseline.surprise`` says 1 of all others, by the same bounds: a share within the range of the
        reference, or within √6 standard deviations.
        """
        counts = np.asarray([rate or (0, 0) for rate in found], np.float64).reshape(-1, 2)
        k, n = counts.T
        there = n > 0
        tried = np.maximum(n, 1.0)
        least = 0.5 / (self._n + 1)
        pooled = (self._k + 0.5) / (self._n + 1)
        share = np.clip(np.where(self._coursed, self._courses.at(row), pooled), least, 1 - least)
        gap = np.abs(k / tried - share) + _SLACK
        unsure = 1.0 if covered else UNSURE
        within = (n * 2 >= self._size) & (gap <= self._farthest * (1.05 if covered else UNSURE))
        noise = self._dispersion / np.minimum(tried, self._size) * unsure**2
        noise += self._dispersion * self._sizes / (self._n + 1)
        near = gap * gap < NEAR * share * (1 - share) * noise * (1 - 1e-6)
        never = (k == 0) & (self._k == 0)
        always = (k == n) & (self._k == self._n)
        return np.flatnonzero(there & ~(within | near | never | always)).tolist()


class LevelPlan:
    """The levels that a contract follows, as arrays."""

    def __init__(self, levels: Mapping[str, LevelBaseline]) -> None:
        self._places = {name: place for place, name in enumerate(levels)}
        self._courses = Courses([each.course for each in levels.values()])
        self._size, self._farthest = _columns(
            [(each.size, each.course.farthest) for each in levels.values()], 2
        )

    def far(
        self, found: Mapping[str, Level], row: Sequence[float], *, covered: bool
    ) -> tuple[int, list[str]]:
        """Return how many levels are followed, and the names of all that may be far, and a few that are not.

        ``LevelBaseline.far`` denies it of all others, by the same bound.
        """
        names = [name for name in found if name in self._places]
        if not names:
            return 0, []
        places = [self._places[name] for name in names]
        values, n, _ = np.asarray([found[name] for name in names], np.float64).T
        expected = self._courses.at(row)[places]
        gap = np.abs(values - expected)
        gap += _SLACK * (1 + np.abs(values) + np.abs(expected))
        fewer = np.sqrt(np.maximum(self._size[places] / np.maximum(n, 1), 1.0))
        reach = self._farthest[places] * 1.05 * fewer * (1.0 if covered else UNSURE)
        return len(names), [names[place] for place in np.flatnonzero(~(gap <= reach)).tolist()]


def _columns(rows: Sequence[tuple[float, ...]], width: int) -> Series:
    """Return rows as one array per column, shape (width, rows)."""
    return np.asarray(rows, np.float64).reshape(-1, width).T
