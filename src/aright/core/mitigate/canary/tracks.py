"""What is counted of one metric: who was at risk, who failed first, on which side and in which part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from aright.core.mitigate.canary.units import UnitSet
from aright.core.mitigate.canary.values import SCORE, frozen, losses_of, sides
from aright.core.stats.log_rank import LogRank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.mitigate.canary.interval import Groups, Rows
    from aright.core.model.release import Metric

FloatArray = npt.NDArray[np.float64]
Counts = tuple[FloatArray, FloatArray]

MOST_INTERVALS: Final = 20_000
"""Intervals whose units are remembered for outcomes that come late: two weeks of minutes."""


class Track:
    """One metric's e-processes, one for each of its sides, over all streams.

    Args:
        metric: which.
        width: how many streams there are.
        points: ratios that hypotheses name.
    """

    def __init__(self, metric: Metric, width: int, points: Sequence[float] | FloatArray) -> None:
        self.metric = metric
        self.trials = [LogRank(width, points) for _ in range(sides(metric.name))]
        self._failed = [UnitSet() for _ in self.trials]
        self._thresholds: FloatArray | None = None

    def extend(self, width: int) -> None:
        """Take up further streams."""
        for trial in self.trials:
            trial.extend(width)

    def answers(self, rows: Rows, everyone: Groups, parts: Sequence[Groups], width: int) -> None:
        """Count the answers of an interval: whoever has a known loss and did not fail before is at risk."""
        known = rows.values[self.metric.name]
        for trial, failed, losses in zip(
            self.trials, self._failed, losses_of(self.metric.name, known, self._thresholds), strict=True
        ):
            worst = everyone.worst(losses)
            fresh = failed.sampled(everyone.unit) & ~failed.has(everyone.unit)
            units, lost = _counts(everyone, worst, fresh, width)
            for groups in parts:
                inside = fresh[np.searchsorted(everyone.unit, groups.unit)]
                more = _counts(groups, groups.worst(losses), inside, width)
                units, lost = _plus(units, more[0]), _plus(lost, more[1])
            trial.add(units=units, failed=lost)
            failed.add(everyone.unit[fresh & (worst > 0)])
        if self.metric.name == SCORE and self._thresholds is None:
            self._thresholds = frozen(known[rows.side == 0])

    def outcomes(self, rows: Rows, served: Served, streams: Sequence[npt.NDArray[np.int64]]) -> None:
        """Count failures that outcomes told of, among those who were served in the row's interval.

        An outcome may come late or never, and one that is bad may come sooner than a good one. So the
        share that chance would give the canary is that of the units served when the answer was given, less
        those of them that are known to have failed.

        Args:
            rows: with a loss each that came now.
            served: who was served, by interval.
            streams: the streams that each row belongs to, an array for each attribute and one for all.
        """
        losses = rows.values[self.metric.name]
        bad = np.flatnonzero(losses > 0)
        order = bad[np.lexsort((-losses[bad], rows.side[bad], rows.time[bad], rows.unit[bad]))]
        units, first = np.unique(rows.unit[order], return_index=True)
        failed = self._failed[0]
        chosen = order[first[failed.sampled(units) & ~failed.has(units)]]
        failed.add(rows.unit[chosen])
        places = served.place(rows.time[chosen])
        for place in np.unique(places[places >= 0]).tolist():
            those = chosen[places == place]
            lost = np.zeros((2, served.width))
            for stream in streams:
                np.add.at(lost, (rows.side[those], stream[those]), losses[those])
            at_risk = served.at_risk(place, self.metric.name)
            self.trials[0].add(units=(at_risk[0], at_risk[1]), failed=(lost[0], lost[1]))
            served.failed(place, self.metric.name, np.minimum(np.ceil(lost), at_risk))


class Served:
    """How many units were served, by interval, side and stream."""

    def __init__(self) -> None:
        self.width = 1
        self._ends: list[int] = []
        self._units: list[FloatArray] = []
        self._lost: dict[tuple[int, str], FloatArray] = {}
        self._dropped = 0
        self._begin: int | None = None

    def close(self, start: int, at: int, units: FloatArray) -> None:
        """Remember an interval from ``start`` to ``at`` (µs, UTC); ``units`` has the shape (2, streams)."""
        self.width = units.shape[1]
        self._begin = start if self._begin is None else self._begin
        self._ends.append(at)
        self._units.append(units.astype(np.float32))
        while len(self._ends) > MOST_INTERVALS:
            self._begin = self._ends[0]
            del self._ends[0], self._units[0]
            gone = self._dropped
            self._dropped += 1
            self._lost = {key: lost for key, lost in self._lost.items() if key[0] != gone}

    def place(self, times: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Return the interval of each time, −1 where it is not remembered."""
        places = np.searchsorted(np.array(self._ends, dtype=np.int64), times, side="right")
        there = (places < len(self._ends)) & (times >= (self._begin or 0))
        return np.where(there, places + self._dropped, -1)

    def at_risk(self, place: int, metric: str) -> FloatArray:
        """Return the units of an interval that did not fail in a metric, shape (2, streams)."""
        units = np.zeros((2, self.width))
        there = self._units[place - self._dropped]
        units[:, : there.shape[1]] = there
        lost = self._lost.get((place, metric))
        if lost is not None:
            units[:, : lost.shape[1]] -= lost
        return np.maximum(units, 0.0)

    def failed(self, place: int, metric: str, units: FloatArray) -> None:
        """Note units that failed."""
        before = self._lost.get((place, metric))
        if before is not None:
            units = units.copy()
            units[:, : before.shape[1]] += before
        self._lost[place, metric] = units


def _counts(
    groups: Groups, worst: FloatArray, fresh: npt.NDArray[np.bool_], width: int
) -> tuple[Counts, Counts]:
    """Return the units at risk and the sums of first losses, by side and stream."""
    at_risk = fresh & ~np.isnan(worst)
    sides = [at_risk & (groups.side == side) for side in (0, 1)]
    units = [np.bincount(groups.stream[one], minlength=width).astype(np.float64) for one in sides]
    lost = [
        np.bincount(groups.stream[one], weights=worst[one], minlength=width).astype(np.float64)
        for one in sides
    ]
    return (units[0], units[1]), (lost[0], lost[1])


def _plus(one: Counts, other: Counts) -> Counts:
    return one[0] + other[0], one[1] + other[1]
