"""When an error budget is empty, if what holds now goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.model.slo import Forecast
from aright.core.model.times import DAY
from aright.core.stats.wilson import wilson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aright.core.detect.slo_spans import Span, Sums
    from aright.core.model.times import Micros

FloatArray: TypeAlias = npt.NDArray[np.float64]

_WEEK: Final = 7 * DAY


def forecast(
    history: Span, *, end: Micros, budget: float, recent: Sums, parts: Sequence[Sums] = ()
) -> Forecast | None:
    """Return when a rolling budget is empty, with a 95 % prediction interval; ``None`` where it is not.

    The traffic to come is that of the last week, or of the last day, or goes on as it was on average; what
    leaves the window at its old end gives budget back. No further than one window is looked. The interval
    holds both that the share is not known well and that what is to come varies: it is Wilson's for half the
    harmonic mean of both counts.

    Args:
        history: the SLO's window, in steps.
        end: now (µs, UTC).
        budget: the share that may be bad.
        recent: what holds now.
        parts: the same in pieces of time, for its over-dispersion.

    >>> from aright.core.detect.slo_spans import Span, Sums
    >>> history = Span(1000, 10)
    >>> for start in range(0, 1000, 10):
    ...     history.add(start, Sums(n=100, bad=0 if start < 900 else 5))
    >>> found = forecast(history, end=1000, budget=0.01, recent=Sums(n=1000, bad=50))
    >>> found.after, found.low < 100 < found.high
    (100, True)
    """
    counts, bad = _grid(history, end)
    if not counts.any() or not recent.n:
        return None
    if bad.sum() >= budget * counts.sum():
        return Forecast(after=0, low=0, high=0)
    race = _Race(counts, bad, _traffic(counts, history.step), budget, history.step)
    share = recent.bad / recent.n
    likely = race.empty_after(share)
    ahead = race.traffic_until(likely if likely is not None else history.length)
    known = 1 / (1 / recent.n + 1 / max(ahead, 1.0))
    interval = wilson(known, share * known, dispersion=_dispersion(parts, share))
    soonest, latest = race.empty_after(interval.high), race.empty_after(interval.low)
    if likely is None or soonest is None:
        return None
    return Forecast(after=round(likely), low=round(soonest), high=None if latest is None else round(latest))


class _Race:
    """The budget against what is to come."""

    def __init__(
        self, counts: FloatArray, bad: FloatArray, ahead: FloatArray, budget: float, step: Micros
    ) -> None:
        self._come = np.cumsum(ahead)
        self._counts = counts.sum() + self._come - np.cumsum(counts)
        self._bad = bad.sum() - np.cumsum(bad)
        self._now = budget * counts.sum() - bad.sum()
        self._budget = budget
        self._step = step

    def empty_after(self, share: float) -> float | None:
        left = self._budget * self._counts - self._bad - share * self._come
        (gone,) = np.nonzero(left <= 0)
        if not gone.size:
            return None
        at = int(gone[0])
        before = self._now if at == 0 else float(left[at - 1])
        return (at + before / (before - float(left[at]))) * self._step

    def traffic_until(self, after: float) -> float:
        steps = after / self._step
        return float(np.interp(steps, np.arange(len(self._come) + 1), np.concatenate(([0.0], self._come))))


def _grid(history: Span, end: Micros) -> tuple[FloatArray, FloatArray]:
    size = history.length // history.step
    counts, bad = np.zeros(size), np.zeros(size)
    first = (end - 1) // history.step - size + 1
    for at, sums in history.steps(end):
        place = at // history.step - first
        if 0 <= place < size:
            counts[place] += sums.n
            bad[place] += sums.bad
    return counts, bad


def _traffic(counts: FloatArray, step: Micros) -> FloatArray:
    """Return the traffic of each step to come."""
    size = len(counts)
    for season in (_WEEK, DAY):
        length = season // step
        if 1 < length < size and counts[-length:].all():
            return np.resize(counts[-length:], size)
    (seen,) = np.nonzero(counts)
    whole = counts[seen[0] : -1] if seen[0] < size - 1 else counts[seen[0] :]
    return np.full(size, whole[-max(1, len(whole)) :].mean())


def _dispersion(parts: Iterable[Sums], share: float) -> float:
    """Return Pearson's over-dispersion of the parts, at least 1."""
    told = [part for part in parts if part.n > 0]
    if len(told) < 5 or not 0 < share < 1:
        return 1.0
    squares = sum((part.bad - part.n * share) ** 2 / part.n for part in told)
    return max(1.0, squares / (share * (1 - share) * (len(told) - 1)))
