"""Sums over the last hour, day or month of a series, kept in steps so that each costs the same to ask."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, NamedTuple

from aright.core.stats.tail_bound import log_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.times import Micros


class Sums(NamedTuple):
    """What was counted.

    Attributes:
        n: units, or slices of time.
        bad: bad ones of them.
        units: units, in slices of time too.
        total: the sum of the series' own values over the units.
    """

    n: float = 0.0
    bad: float = 0.0
    units: float = 0.0
    total: float = 0.0

    def __add__(self, other: tuple[object, ...]) -> Sums:
        """Return both together."""
        if not isinstance(other, Sums):
            return NotImplemented
        return Sums(
            self.n + other.n, self.bad + other.bad, self.units + other.units, self.total + other.total
        )

    def burn(self, budget: float) -> float:
        """Return how many times faster than allowed the budget burned; 0 where nothing was counted.

        >>> round(Sums(n=1000, bad=72).burn(0.005), 9)
        14.4
        """
        return self.bad / self.n / budget if self.n else 0.0


class Span:
    """The last so much time of a series.

    Args:
        length: how far back (µs).
        step: width of the steps it is kept in (µs). Its oldest step comes and goes as a whole.

    >>> span = Span(60, 10)
    >>> for start in range(0, 100, 10):
    ...     span.add(start, Sums(n=1, bad=start == 90))
    >>> span.sums(100).n, span.sums(100).bad, span.sums(130).n, len(span)
    (6.0, 1.0, 3.0, 6)
    """

    def __init__(self, length: Micros, step: Micros) -> None:
        self.length = length
        self.step = step
        self._steps: deque[tuple[Micros, Sums]] = deque()

    def __len__(self) -> int:
        """Return how many steps are kept."""
        return len(self._steps)

    def add(self, start: Micros, sums: Sums) -> None:
        """Count what began at ``start``, which never goes back."""
        at = start // self.step * self.step
        if self._steps and self._steps[-1][0] == at:
            self._steps[-1] = (at, self._steps[-1][1] + sums)
        else:
            self._steps.append((at, sums))
        while self._steps[0][0] <= at - self.length:
            self._steps.popleft()

    def steps(self, end: Micros) -> Iterator[tuple[Micros, Sums]]:
        """Yield the steps that lie within the length before ``end``, oldest first."""
        return ((at, sums) for at, sums in self._steps if at >= end - self.length)

    def sums(self, end: Micros) -> Sums:
        """Return what was counted in the length before ``end``."""
        n = bad = units = total = 0.0
        for _, sums in self.steps(end):
            n += sums.n
            bad += sums.bad
            units += sums.units
            total += sums.total
        return Sums(n, bad, units, total)

    def onset(self, end: Micros, limit: float) -> tuple[Micros, Sums]:
        """Return since when the evidence that more than ``limit`` is bad is strongest, and the sums since.

        The maximum over starting points of the likelihood ratio, as in E. S. Page, Continuous inspection
        schemes, Biometrika 41 (1954).

        >>> span = Span(100, 10)
        >>> for start in range(0, 100, 10):
        ...     span.add(start, Sums(n=50, bad=30 if start >= 70 else 0))
        >>> span.onset(100, 0.01)[0]
        70
        """
        since, found, strongest = end, Sums(), 0.0
        running = Sums()
        for at, sums in reversed(list(self.steps(end))):
            running += sums
            evidence = log_evidence(running.n, running.bad, limit)
            if evidence > strongest:
                since, found, strongest = at, running, evidence
        return since, found
