"""Metrics of OTLP: levels and what delta points say become process metrics, cumulative points counters.

https://opentelemetry.io/docs/specs/otel/metrics/data-model. A cumulative point says something only beside the
one before, which lies in another body: such points are kept as they came, and differenced as windows close
(``core/observe/counters.py``). Series of one metric that its attributes tell apart are summed per process,
but for a gauge's, which are so many samples of it.
"""

from __future__ import annotations

import math
from functools import lru_cache
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import pyarrow as pa

from aright.core.model.frame import Kind
from aright.core.model.tables import FIELDS
from aright.core.observe.intake.bounds import FUTURE, MAX_METRICS, MAX_NAME, PAST, nameable
from aright.core.observe.intake.found import Found
from aright.core.observe.intake.otlp_body import MAX_ENTRIES, too_many
from aright.core.observe.intake.otlp_histograms import quantile
from aright.core.observe.intake.otlp_metric_names import also, level_name, name_of
from aright.core.observe.intake.otlp_resource import chunks_of, codec_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aright.core.model.frame import Frame
    from aright.core.model.times import Micros
    from aright.core.observe.intake.otlp_body import Codec, Distribution, Metric, Value
    from aright.core.observe.intake.otlp_metric_names import Named
    from aright.core.observe.intake.otlp_resource import Source
    from aright.core.observe.intake.quarantine import Quarantine

MAX_METRIC: Final = 16 << 20
"""Bytes of one metric, all its points together."""

_QUANTILES: Final = (("_p50", 0.5), ("_p99", 0.99))
_LARGEST: Final = float(np.finfo(np.float32).max)


def read_metrics(plain: bytes, frame: Frame, quarantine: Quarantine) -> Found:
    """Return the points of an ``ExportMetricsServiceRequest``; raises ``UnreadableError``."""
    codec = codec_of(frame.format)
    reading = _Reading(codec, frame.received_at, quarantine)
    for chunk in chunks_of(plain, codec, quarantine, longest=MAX_METRIC):
        reading.sources = chunk.sources
        for owner, entry in zip(chunk.owners.tolist(), chunk.entries, strict=True):
            reading.take(codec.metric(entry), owner)
    return reading.found()


_Sample: TypeAlias = "tuple[int, Micros, str, float]"
"""Place of the source, time, name and value."""

_Counter: TypeAlias = "tuple[int, Micros, str, float, str, int, float | None]"
"""The same, with role, series and bound."""


class _Reading:
    """The points of one body.

    A point is numbered by its place in the body; the bounds of names hold for all of them.

    Attributes:
        sources: the body's resources so far.
    """

    def __init__(self, codec: Codec, received_at: Micros, quarantine: Quarantine) -> None:
        self.sources: Sequence[Source] = ()
        self._codec = codec
        self._received_at = received_at
        self._quarantine = quarantine
        self._points = 0
        self._good = 0
        self._names: set[str] = set()
        self._known: dict[bytes, tuple[str, Value]] = {}
        self._waiting: list[tuple[Metric, int, int]] = []
        self._heads: dict[tuple[int, str], bytes] = {}
        self._samples: list[_Sample] = []
        self._sums: dict[tuple[int, Micros, str], float] = {}
        self._deltas: dict[tuple[int, Micros, str], _Delta] = {}
        self._counters: list[_Counter] = []

    def take(self, metric: Metric, owner: int) -> None:
        """Take a metric's points."""
        first = self._points
        self._points += len(metric.points)
        if self._points > MAX_ENTRIES:
            raise too_many(MAX_ENTRIES)
        problem = self._problem(metric)
        if problem:
            for at in range(len(metric.points)):
                self._quarantine.add(first + at, metric.name or "name", *problem)
        elif metric.shape in {"gauge", "sum"}:
            self._waiting.append((metric, owner, first))
        else:
            self._distributions(metric, owner, first)

    def found(self) -> Found:
        """Return the rows of all points."""
        self._take_numbers()
        levels = [
            *self._samples,
            *((*key, value) for key, value in self._sums.items()),
            *(
                (*key[:2], name, value)
                for key, delta in self._deltas.items()
                for name, value in delta.said(key[2])
            ),
        ]
        doubled = [
            (owner, at, other.name, value * other.factor)
            for owner, at, name, value in levels
            if (other := also(name)) is not None
        ]
        tables = {
            Kind.PROCESS: self._table(Kind.PROCESS, [*levels, *doubled]),
            Kind.COUNTERS: self._table(Kind.COUNTERS, self._counters),
        }
        return Found(tables={kind: rows for kind, rows in tables.items() if rows.num_rows}, good=self._good)

    def _table(self, kind: Kind, rows: Sequence[_Sample | _Counter]) -> pa.Table:
        columns: list[Sequence[object]] = list(zip(*rows, strict=True)) if rows else [()] * 7
        sources = [self.sources[owner] for owner, *_ in rows]
        values: dict[str, Sequence[object]] = {
            "time": columns[1],
            "service": [source.service for source in sources],
            "host": [source.host for source in sources],
            "version": [source.version for source in sources],
            "name": columns[2],
            "value": columns[3],
        }
        if kind is Kind.COUNTERS:
            values |= {"role": columns[4], "series": columns[5], "bound": columns[6]}
        return pa.table({name: _column(values[name], said) for name, said in FIELDS[kind].items()})

    def _problem(self, metric: Metric) -> tuple[str, str] | None:
        name = name_of(metric.name).name
        if not nameable(name, MAX_NAME):
            return "no usable name", "name the instrument in printable text of at most 200 bytes"
        if metric.shape == "sum" and metric.delta and not metric.monotonic:
            return (
                "a delta of what rises and falls says no level",
                "export up-down counters as cumulative, as SDKs do by themselves",
            )
        self._names.add(name)
        if len(self._names) > MAX_METRICS:
            self._names.discard(name)
            return f"more than {MAX_METRICS} different metrics in one body", "send them in several bodies"
        return None

    def _take_numbers(self) -> None:
        """Take the points of all gauges and sums, which are read together."""
        numbers = self._codec.numbers([point for metric, _, _ in self._waiting for point in metric.points])
        at = (numbers.time // np.uint64(1_000)).astype(np.int64)
        columns = zip(
            at.tolist(),
            numbers.start.tolist(),
            numbers.time.tolist(),
            numbers.value.tolist(),
            numbers.recorded.tolist(),
            _rows(numbers.attributes, self._codec.mark),
            strict=True,
        )
        for metric, owner, first in self._waiting:
            named = name_of(metric.name)
            for number, point in zip(range(first, first + len(metric.points)), columns, strict=False):
                time, start, end, value, recorded, attributes = point
                if recorded and self._sound(number, time, value):
                    value *= named.factor
                    self._number(metric, named.name, owner, time, value, attributes, _seconds(start, end))

    def _number(
        self,
        metric: Metric,
        name: str,
        owner: int,
        at: Micros,
        value: float,
        attributes: Sequence[bytes],
        seconds: float,
    ) -> None:
        if metric.shape == "gauge":
            self._samples.append((owner, at, self._level(name, attributes), value))
        elif not metric.monotonic:
            key = (owner, at, self._level(name, attributes))
            self._sums[key] = self._sums.get(key, 0.0) + value
        elif metric.delta:
            self._delta(owner, at, name).add(seconds, total=value)
        else:
            series = self._series(owner, name, attributes)
            self._counters.append((owner, at, name, value, "total", series, None))

    def _distributions(self, metric: Metric, owner: int, first: int) -> None:
        named = name_of(metric.name)
        for number, raw in enumerate(metric.points, first):
            point = self._codec.distribution(raw, metric.shape)
            if point is None or not self._sound(number, point.time // 1_000, point.total or 0.0):
                continue
            at = point.time // 1_000
            if point.counts and len(point.counts) != len(point.bounds) + 1:
                self._quarantine.note(
                    metric.name, "buckets do not fit their bounds, left out", "mend the exporter"
                )
                point = point._replace(bounds=(), counts=())
            if metric.delta:
                bounds = tuple(bound * named.factor for bound in point.bounds)
                self._delta(owner, at, named.name).add(
                    _seconds(point.start, point.time),
                    count=point.observations,
                    total=None if point.total is None else point.total * named.factor,
                    buckets=(bounds, point.counts),
                )
            else:
                self._counters += self._cumulative(point, owner, at, named)
            for share, value in point.quantiles:
                if 0 <= share <= 1 and math.isfinite(value):
                    name = f"{named.name}_p{round(100 * share, 2):g}"
                    self._samples.append((owner, at, name, value * named.factor))

    def _cumulative(self, point: Distribution, owner: int, at: Micros, named: Named) -> Iterator[_Counter]:
        series = self._series(owner, named.name, point.attributes)

        def row(value: float, role: str, bound: float | None = None) -> _Counter:
            return owner, at, named.name, value, role, series ^ _part(role, bound), bound

        yield row(float(point.observations), "count")
        if point.total is not None:
            yield row(point.total * named.factor, "sum")
        laid = 0
        for bound, count in zip((*point.bounds, math.inf), point.counts, strict=False):
            laid += count
            yield row(float(laid), "bucket", bound * named.factor)

    def _sound(self, number: int, at: Micros, value: float) -> bool:
        """Return whether a point is taken; tells why where it is not."""
        if not self._received_at - PAST <= at <= self._received_at + FUTURE:
            fix = "set the sender's clock: 5 minutes ahead or 30 days behind at most"
            self._quarantine.add(number, "timeUnixNano", f"{at} µs is far from our clock", fix)
            return False
        if not abs(value) <= _LARGEST:  # nor NaN
            self._quarantine.add(number, "value", "not a finite number", "send a finite number, or no point")
            return False
        self._good += 1
        return True

    def _delta(self, owner: int, at: Micros, name: str) -> _Delta:
        return self._deltas.setdefault((owner, at, name), _Delta())

    def _level(self, name: str, attributes: Sequence[bytes]) -> str:
        for raw in attributes:
            if raw not in self._known:
                self._known[raw] = self._codec.pair(raw)
        return level_name(name, dict(self._known[raw] for raw in attributes)) if attributes else name

    def _series(self, owner: int, name: str, attributes: Sequence[bytes]) -> int:
        """Return a hash of all that names a series, 64 bits; attributes may come in any order."""
        head = self._heads.get((owner, name))
        if head is None:
            source = self.sources[owner]
            parts = (source.service, source.host or "", source.version or "", source.instance, name)
            head = self._heads[owner, name] = "\0".join(parts).encode("utf-8", "replace")
        text = b"\0".join([head, *sorted(attributes)])
        return int.from_bytes(blake2b(text, digest_size=8).digest(), signed=True)


class _Delta:
    """What the delta points of one metric, process and instant say together."""

    def __init__(self) -> None:
        self._count: int | None = None
        self._total: float | None = 0.0
        self._rate = 0.0
        self._buckets: dict[tuple[float, ...], list[int]] = {}

    def add(
        self,
        seconds: float,
        *,
        total: float | None,
        count: int | None = None,
        buckets: tuple[tuple[float, ...], Sequence[int]] = ((), ()),
    ) -> None:
        """Add a point: of a sum, or with a count, of a histogram."""
        self._total = None if total is None or self._total is None else self._total + total
        if count is not None:
            self._count = (self._count or 0) + count
        if seconds > 0:
            self._rate += ((total or 0.0) if count is None else count) / seconds
        bounds, counts = buckets
        if counts:
            laid = self._buckets.get(bounds, [0] * len(counts))
            self._buckets[bounds] = [one + other for one, other in zip(laid, counts, strict=True)]

    def said(self, name: str) -> Iterator[tuple[str, float]]:
        """Yield figures and what they are called, as counters' are."""
        if self._count is None:
            yield f"{name}_per_second", self._rate
            return
        yield f"{name}_count_per_second", self._rate
        if self._count and self._total is not None:
            yield f"{name}_mean", self._total / self._count
        if self._buckets:
            bounds = sorted(set().union(*self._buckets))
            counts = _laid(bounds, self._buckets)
            for ending, share in _QUANTILES:
                value = quantile(bounds, counts, share)
                if value is not None:
                    yield name + ending, value


def _laid(bounds: Sequence[float], buckets: dict[tuple[float, ...], list[int]]) -> list[int]:
    """Return counts between all bounds, a bucket's at its own upper bound."""
    place = {bound: at for at, bound in enumerate(bounds)}
    found = [0] * (len(bounds) + 1)
    for own, counts in buckets.items():
        for bound, count in zip(own, counts, strict=False):
            found[place[bound]] += count
        found[-1] += counts[-1]
    return found


def _rows(flat: Sequence[bytes], mark: bytes) -> list[list[bytes]]:
    """Return each row's attributes."""
    rows: list[list[bytes]] = []
    row: list[bytes] = []
    for raw in flat:
        if raw == mark:
            rows.append(row)
            row = []
        else:
            row.append(raw)
    return rows


def _seconds(start: int, end: int) -> float:
    return (end - start) / 1e9 if 0 < start < end else 0.0


@lru_cache(maxsize=4_096)
def _part(role: str, bound: float | None) -> int:
    """Return what tells one counter of a histogram from the others, to be mixed into the series."""
    return int.from_bytes(blake2b(f"{role} {bound}".encode(), digest_size=8).digest(), signed=True)


def _column(values: Sequence[object], said: pa.DataType) -> pa.Array:
    if pa.types.is_dictionary(said):
        return pa.array(values, pa.string()).dictionary_encode()
    if pa.types.is_timestamp(said):
        return pa.array(values, pa.int64()).cast(said)
    return pa.array(values, said)
