"""Counters to rates, and cumulative histograms to quantiles, one closed window after the other.

What counters say lies in their differences. Those are taken per series, as Prometheus takes them: a value
below the one before means that the process began anew from zero; what came twice or out of order adds
nothing; and after a silence of five minutes the next value is a first one again.
https://prometheus.io/docs/prometheus/latest/querying/functions (rate, histogram_quantile)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import TIME
from aright.core.model.frame import Kind
from aright.core.model.tables import concat_rows, empty
from aright.core.model.times import HOUR, MINUTE, SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.times import Micros

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

SILENCE: Final = 5 * MINUTE
"""After so long without a sample a series begins anew."""

FORGET: Final = HOUR
"""After so long it gives its place to another."""

MOST_SERIES: Final = 20_000
MOST_NAMES: Final = 200
QUANTILES: Final = (("_p50", 0.5), ("_p99", 0.99))
CPU: Final = frozenset({"process_cpu_seconds", "process.cpu.time"})
"""Become ``cpu_percent``, too, the name that all processes have it under."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """One figure of a window.

    Attributes:
        name: of the metric.
        hosts: how many instances it is of.
        total: the sum of their values.
        top: the largest of them.
    """

    name: str
    hosts: int
    total: float
    top: float


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What a window's counters say.

    Attributes:
        measures: by name.
        left_out: how many series were not taken, for there were too many already.
        examples: names of some of those.
    """

    measures: tuple[Measure, ...] = ()
    left_out: int = 0
    examples: tuple[str, ...] = ()


class Counters:
    """The counters of one service: the last value of each series, and samples of windows that are open.

    Series are taken as they come until there are too many; a series that has been silent for an hour makes
    room. After a restart the last values are gone: of each series the first increase is missing.

    Args:
        most_series: how many are taken; each takes 24 bytes.
        most_names: how many metrics.

    >>> rows = pa.table({"time": pa.array([0, 10_000_000], pa.int64()).cast(TIME), "host": ["a", "a"],
    ...     "name": ["requests", "requests"], "role": ["total", "total"], "series": [7, 7],
    ...     "bound": pa.array([None, None], pa.float64()), "value": [100.0, 150.0]})
    >>> counters = Counters()
    >>> counters.add(rows)
    >>> counters.close(30_000_000).measures
    (Measure(name='requests_per_second', hosts=1, total=5.0, top=5.0),)
    """

    def __init__(self, *, most_series: int = MOST_SERIES, most_names: int = MOST_NAMES) -> None:
        self._most_series = most_series
        self._most_names = most_names
        self._waiting: list[pa.Table] = []
        self._names: dict[str, None] = {}
        self._ids: Ints = np.zeros(0, np.int64)
        self._times: Ints = np.zeros(0, np.int64)
        self._values: Floats = np.zeros(0)

    @property
    def series(self) -> int:
        """How many series are known."""
        return len(self._ids)

    def add(self, rows: pa.Table) -> None:
        """Take samples of any order; they wait until their window closes."""
        if rows.num_rows:
            self._waiting.append(rows)

    def waits(self) -> bool:
        """Return whether samples wait for a window to close."""
        return bool(self._waiting)

    def close(self, end: Micros) -> Counted:
        """Return what the samples before ``end`` add to those before them."""
        rows = self._draw(end)
        if not rows.num_rows:
            return Counted()
        self._keep(self._times > end - FORGET)
        names = rows["name"].cast(pa.string()).combine_chunks().dictionary_encode()
        known, left_out, examples = self._admitted(rows, names)
        if left_out:
            rows, names = rows.filter(pa.array(known)), names.filter(pa.array(known))
        if not rows.num_rows:
            return Counted(left_out=left_out, examples=examples)
        steps = self._steps(rows)
        if not len(steps.increase):
            return Counted(left_out=left_out, examples=examples)
        measures = _Window(
            rows.take(pa.array(steps.rows)), names.take(pa.array(steps.rows)), steps
        ).measures()
        return Counted(measures=tuple(measures), left_out=left_out, examples=examples)

    def _draw(self, end: Micros) -> pa.Table:
        if not self._waiting:
            return empty(Kind.COUNTERS)
        whole = concat_rows(self._waiting)
        ripe = pc.less(whole["time"], pa.scalar(end, pa.int64()).cast(TIME))
        later = whole.filter(pc.invert(ripe))
        self._waiting = [later] if later.num_rows else []
        return whole.filter(ripe)

    def _admitted(self, rows: pa.Table, names: pa.DictionaryArray) -> tuple[Mask, int, tuple[str, ...]]:
        """Return which rows are of series that are known or find room, in the order that they came."""
        words: list[str] = names.dictionary.to_pylist()
        for word in words:
            if len(self._names) < self._most_names:
                self._names.setdefault(word)
        named = np.array([word in self._names for word in words])[names.indices.to_numpy()]
        series = _ints(rows["series"])
        new, first = np.unique(series[named], return_index=True)
        fresh = ~np.isin(new, self._ids)
        room = max(self._most_series - len(self._ids), 0)
        came = new[fresh][np.argsort(first[fresh], kind="stable")]
        keep = named & ~np.isin(series, came[room:])
        out = np.unique(names.indices.to_numpy()[~keep])
        examples = tuple(sorted(words[at] for at in out.tolist())[:3])
        return keep, len(np.unique(series[~keep])), examples

    def _steps(self, rows: pa.Table) -> _Steps:
        """Return by how much each sample is above the one before it, and remember the last ones."""
        series, times = _ints(rows["series"]), _ints(rows["time"])
        news = np.flatnonzero(times > self._last_times(series))
        count = len(self._ids)
        series = np.concatenate([self._ids, series[news]])
        times = np.concatenate([self._times, times[news]])
        values = np.concatenate([self._values, rows["value"].to_numpy()[news]])
        order = np.lexsort((times, series))  # stable: of two of one time the one that came later is behind
        twice = (series[order][1:] == series[order][:-1]) & (times[order][1:] == times[order][:-1])
        order = order[~np.append(twice, False)]
        series, times, values = series[order], times[order], values[order]
        same = np.append(False, series[1:] == series[:-1])
        step, span = np.diff(values, prepend=0.0), np.diff(times, prepend=0)
        counts = same & (span <= SILENCE)
        self._ids, self._times, self._values = series, times, values
        self._keep(~np.append(same[1:], False))
        return _Steps(
            rows=news[order[counts] - count],
            increase=np.where(step >= 0, step, values)[counts],
            seconds=span[counts] / SECOND,
        )

    def _keep(self, which: Mask) -> None:
        self._ids, self._times, self._values = self._ids[which], self._times[which], self._values[which]

    def _last_times(self, series: Ints) -> Ints:
        """Return when each series was last heard of; long ago where it is new."""
        never = np.full(len(series), np.iinfo(np.int64).min)
        if not len(self._ids):
            return never
        place = np.minimum(np.searchsorted(self._ids, series), len(self._ids) - 1)
        return np.where(self._ids[place] == series, self._times[place], never)


@dataclass(frozen=True)
class _Steps:
    """Increases, shape (steps,) each: the row that each belongs to, how much, and over how long."""

    rows: Ints
    increase: Floats
    seconds: Floats


class _Window:
    """The increases of one window, by name and host."""

    def __init__(self, rows: pa.Table, names: pa.DictionaryArray, steps: _Steps) -> None:
        self._words: list[str] = names.dictionary.to_pylist()
        self._name = names.indices.to_numpy().astype(np.int64)
        self._role = rows["role"].cast(pa.string()).to_numpy(zero_copy_only=False)
        hosts = pc.fill_null(rows["host"].cast(pa.string()), "").combine_chunks().dictionary_encode()
        self._host = hosts.indices.to_numpy().astype(np.int64)
        self._series = _ints(rows["series"])
        self._bound = rows["bound"].to_numpy()
        self._values: Floats = rows["value"].to_numpy()
        self._steps = steps

    def measures(self) -> Iterator[Measure]:
        """Yield all figures."""
        for at in np.unique(self._name).tolist():
            word = self._words[at]
            totals, counts, sums, buckets = (
                (self._name == at) & (self._role == role) for role in ("total", "count", "sum", "bucket")
            )
            yield from self._events(word, totals)
            if sums.any() or buckets.any():
                yield from _measured(f"{word}_count_per_second", self._rates(counts))
                yield from self._quantiles(word, buckets)
                count = self._steps.increase[counts].sum()
                if count > 0 and sums.any():
                    yield from _measured(f"{word}_mean", self._steps.increase[sums].sum()[None] / count)
            else:  # a level that is only called so
                yield from _measured(f"{word}_count", self._levels(counts))

    def _events(self, word: str, totals: Mask) -> Iterator[Measure]:
        rates = self._rates(totals)
        yield from _measured(f"{word}_per_second", rates)
        if word in CPU:
            yield from _measured("cpu_percent", 100 * rates)

    def _levels(self, mine: Mask) -> Floats:
        """Return the mean value of each host."""
        _, host = np.unique(self._host[mine], return_inverse=True)
        return np.bincount(host, self._values[mine]) / np.bincount(host) if len(host) else np.zeros(0)

    def _rates(self, mine: Mask) -> Floats:
        """Return increase per second of each host: the sum over its series, each over its own time."""
        if not mine.any():
            return np.zeros(0)
        _, series = np.unique(self._series[mine], return_inverse=True)
        _, host = np.unique(self._host[mine], return_inverse=True)
        rate = np.bincount(series, self._steps.increase[mine]) / np.bincount(
            series, self._steps.seconds[mine]
        )
        of_host = np.zeros(len(rate), np.int64)
        of_host[series] = host
        return np.bincount(of_host, rate).astype(np.float64)

    def _quantiles(self, word: str, mine: Mask) -> Iterator[Measure]:
        bounds, place = np.unique(self._bound[mine], return_inverse=True)
        if len(bounds) < 2:
            return
        cumulative = np.bincount(place, self._steps.increase[mine]).astype(np.float64)
        for ending, share in QUANTILES:
            value = histogram_quantile(bounds, cumulative, share)
            if value is not None:
                yield from _measured(word + ending, np.array([value]))


def histogram_quantile(bounds: Floats, cumulative: Floats, share: float) -> float | None:
    """Return a quantile of a histogram, spread evenly within its bucket; ``None`` where it is empty.

    Args:
        bounds: upper bounds of the buckets, increasing, the last infinite, shape (buckets,).
        cumulative: how many observations are not above each bound, shape (buckets,).
        share: of the observations, between 0 and 1.

    What lies in the last bucket is taken to be at the greatest finite bound, as in Prometheus.

    >>> histogram_quantile(np.array([1.0, 2.0, np.inf]), np.array([50.0, 100.0, 100.0]), 0.75)
    1.5
    """
    counts = np.maximum.accumulate(cumulative)
    if not np.isinf(bounds[-1]) or counts[-1] <= 0:
        return None
    rank = share * counts[-1]
    at = int(np.searchsorted(counts, rank))
    if at >= len(bounds) - 1:
        return float(bounds[-2])
    low = float(bounds[at - 1]) if at else min(0.0, float(bounds[0]))
    below = float(counts[at - 1]) if at else 0.0
    within = counts[at] - below
    part = (rank - below) / within if within > 0 else 1.0
    return low + (float(bounds[at]) - low) * float(part)


def _measured(name: str, values: Floats) -> Iterator[Measure]:
    """Yield a figure of so many hosts; none where there is no host."""
    if len(values):
        yield Measure(name=name, hosts=len(values), total=float(values.sum()), top=float(values.max()))


def _ints(column: pa.ChunkedArray) -> Ints:
    numbers: Ints = column.cast(pa.int64()).to_numpy()
    return numbers
