"""Rows of a series that are still of use: values, clock, times and scores, by running number."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from aright.core.detect.series_settings import SeriesSettings

FloatArray: TypeAlias = npt.NDArray[np.float64]

_VALUE, _CLOCK, _TIME, _SCORE = range(4)
_RAW_PER_COUNTED: Final = 8


class SeriesStore:
    """Keeps rows; missing ones and a unit's repeats are left out, but their place on the clock stays.

    Attributes:
        first: number of the first row that is learned from.
        judged_from: number of the first row whose score belongs to the evidence that gathers now.
        spacing: between two rows, in the unit of the times; 1 where rows are only numbered.
    """

    def __init__(self, settings: SeriesSettings) -> None:
        self._settings = settings
        self._table: FloatArray = np.zeros((4, 1024))
        self._base, self._stop = 0, 0
        self._raw = 0
        self._timed = self._paced = False
        self.spacing = 1.0
        self._units: OrderedDict[Hashable, tuple[int, int]] = OrderedDict()
        self.first, self.judged_from = 0, 0

    def take(
        self, values: FloatArray, times: FloatArray | None, units: Sequence[Hashable] | None
    ) -> tuple[int, int]:
        """Keep the rows that count; return their first number and the number after the last."""
        line = np.asarray(values, dtype=np.float64)
        raw = self._raw + np.arange(len(line), dtype=np.float64)
        keep = np.isfinite(line)
        if units is not None:
            keep &= self._fresh(units, keep)
        self._raw += len(line)
        stamps = raw if times is None else np.asarray(times, dtype=np.float64)
        keep &= np.isfinite(stamps)
        self._timed = self._timed or times is not None
        start = self._stop
        self._append(line[keep], raw[keep], stamps[keep])
        return start, self._stop

    def _fresh(self, units: Sequence[Hashable], finite: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Return which rows are their unit's first for a while: retries say nothing new."""
        result = np.zeros(len(units), dtype=np.bool_)
        within, counted = self._settings.repeats_within, self._stop
        for number, unit in enumerate(units):
            if not finite[number]:
                continue
            last = self._units.get(unit)
            raw = self._raw + number
            if last and counted - last[0] < within and raw - last[1] < _RAW_PER_COUNTED * within:
                continue
            result[number] = True
            self._units[unit] = (counted, raw)
            self._units.move_to_end(unit)
            counted += 1
            if len(self._units) > within:
                self._units.popitem(last=False)
        return result

    def _append(self, values: FloatArray, raw: FloatArray, times: FloatArray) -> None:
        size, more = self._stop - self._base, len(values)
        if size + more > self._table.shape[1]:
            wider = np.zeros((4, max(2 * self._table.shape[1], size + more)))
            wider[:, :size] = self._table[:, :size]
            self._table = wider
        clock = times / self.spacing if self._paced else raw
        self._table[:3, size : size + more] = values, clock, times
        self._table[_SCORE, size : size + more] = 0.0
        self._stop += more

    @property
    def stop(self) -> int:
        """The number after that of the last row."""
        return self._stop

    def rows(self, start: int, stop: int) -> tuple[FloatArray, FloatArray]:
        """Return values and clock of these rows."""
        part = self._table[:, start - self._base : stop - self._base]
        return part[_VALUE], part[_CLOCK]

    def window(self, upto: int) -> tuple[FloatArray, FloatArray]:
        """Return values and clock of what may be learned from, up to a row."""
        start = max(self.first, upto - self._settings.history)
        if self._timed and upto - start > 1 and not self._paced:
            self._set_pace(start, upto)
        return self.rows(start, upto)

    def _set_pace(self, start: int, upto: int) -> None:
        """Let the clock run by the times, in their usual spacing, from now on."""
        gaps = np.diff(self.times(start, upto))
        usual = float(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 0.0
        if usual > 0:
            self.spacing, self._paced = usual, True
            size = self._stop - self._base
            self._table[_CLOCK, :size] = self._table[_TIME, :size] / usual

    def time(self, number: int) -> float:
        """Return the time of a row."""
        return float(self._table[_TIME, number - self._base])

    def times(self, start: int, stop: int) -> FloatArray:
        """Return the times of these rows."""
        return self._table[_TIME, start - self._base : stop - self._base]

    def score(self, start: int, scores: FloatArray) -> None:
        """Keep the scores of rows from ``start`` on."""
        at = start - self._base
        self._table[_SCORE, at : at + len(scores)] = scores

    def scores_of(self, start: int, stop: int) -> FloatArray:
        """Return the scores of these rows, as far as they are kept."""
        return self._table[_SCORE, max(start - self._base, 0) : stop - self._base]

    def trim(self) -> None:
        """Drop rows that are of no more use."""
        spare = self._stop - self._settings.history - self._base
        if spare > self._settings.history:
            size = self._stop - self._base
            self._table[:, : size - spare] = self._table[:, spare:size].copy()
            self._base += spare
            self.first = max(self.first, self._base)
            self.judged_from = max(self.judged_from, self._base)
