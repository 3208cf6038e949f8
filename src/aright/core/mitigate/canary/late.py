"""Outcomes: what comes of answers later, and whether it comes of both sides alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from aright.core.mitigate.canary.interval import Rows, joined
from aright.core.mitigate.canary.sample_ratio import ALPHA
from aright.core.mitigate.canary.saying import uncovered
from aright.core.mitigate.canary.tracks import Track
from aright.core.mitigate.canary.units import Sightings
from aright.core.mitigate.harm import QUALITY
from aright.core.model.release import Metric
from aright.core.stats.log_rank import GRID, log_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.mitigate.canary.parts import Parts
    from aright.core.mitigate.canary.tracks import Served

_NEAR: Final = float(GRID[np.searchsorted(GRID, 1.25)])
_FAR: Final = float(GRID[np.searchsorted(GRID, 1.99)])


class Late:
    """The metrics that outcomes tell of.

    A graded outcome has a second test beside it: whether units get graded on both sides alike, give or take a
    quarter. Where they do not, failures that were seen cannot be compared, and neither can those that were
    not.

    Args:
        tracks: of the metrics that need outcomes.
        width: how many streams there are.
    """

    def __init__(self, tracks: Sequence[Track], width: int) -> None:
        self.tracks = {track.metric.name: track for track in tracks}
        graded = [name for name in self.tracks if name.startswith(QUALITY)]
        self._told = {name: Track(Metric(name=name), width, GRID) for name in graded}
        self._units = {name: Sightings() for name in graded}
        self._pending: dict[str, list[Rows]] = {name: [] for name in self.tracks}

    def add(self, rows: Rows) -> None:
        """Keep rows whose outcomes came now until the interval is closed."""
        for name, known in rows.values.items():
            there = ~np.isnan(known)
            if there.any():
                self._pending[name].append(rows.where(there))

    def close(self, served: Served, parts: Parts) -> None:
        """Count what came in the interval."""
        for name, pending in self._pending.items():
            if not pending:
                continue
            rows = joined([_of(name, one) for one in pending])
            pending.clear()
            everyone = np.zeros(len(rows), dtype=np.int64)
            streams = [everyone] + [
                attribute.streams_of(codes)
                for attribute, codes in zip(parts.attributes, rows.codes, strict=True)
                if attribute.began
            ]
            self.tracks[name].outcomes(rows, served, streams)
            if name in self._told:
                graded = _valued(rows, name, np.ones(len(rows)))
                self._told[name].outcomes(graded, served, [everyone])
                for stream in streams:
                    self._units[name].count(rows.unit, stream, rows.side, parts.width)

    def extend(self, width: int) -> None:
        """Take up further streams."""
        for track in self._told.values():
            track.extend(width)

    def units(self, name: str, served: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the units that a metric is known of, by side and stream: all that were served, of events."""
        if name not in self._units:
            return served
        counts = self._units[name].counts
        return np.pad(counts, ((0, 0), (0, served.shape[1] - counts.shape[1])))

    def mismatch(self, served: npt.NDArray[np.float64]) -> str:
        """Return why outcomes cannot be compared; empty while they can."""
        for name, track in self._told.items():
            trial = track.trials[0]
            more = trial.log_e(null=_NEAR, alternative=_FAR)[0]
            less = trial.log_e(null=1 / _NEAR, alternative=1 / _FAR)[0]
            both = log_mean(np.array([more, less]), np.array([0.5, 0.5]))
            if both >= -np.log(ALPHA):
                told = self._units[name].counts[:, 0]
                return uncovered(name, (told[0], told[1]), (served[0, 0], served[1, 0]))
        return ""


def _of(name: str, rows: Rows) -> Rows:
    return _valued(rows, name, rows.values[name])


def _valued(rows: Rows, name: str, known: npt.NDArray[np.float64]) -> Rows:
    return Rows(unit=rows.unit, time=rows.time, side=rows.side, codes=rows.codes, values={name: known})
