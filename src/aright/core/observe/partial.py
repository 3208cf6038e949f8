"""A window while it is open: partial counts that rows fold into, in any order and any portions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.outcome import is_event
from aright.core.model.service import Service
from aright.core.observe.list_sample import MOST_LISTS, ListSample, merge_lists, sample_lists
from aright.core.observe.measures import columns_of_texts, of_rows, of_texts
from aright.core.observe.norms import lengths_of
from aright.core.observe.signals import events, latency, quality, shift, spike_share
from aright.core.observe.signals.values import is_number, numbers
from aright.core.observe.unit_sums import EVERY_HASH, MOST_UNITS, UnitSums, merge, unit_sums
from aright.core.profile.hashing import Hashes, hash_texts, stir

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.cuts import Cuts
    from aright.core.model.times import Micros
    from aright.core.observe.grades import Grades
    from aright.core.observe.unit_sums import Codes, FloatArray

BoolArray: TypeAlias = npt.NDArray[np.bool_]

SERVED: Final = "served"
"""The measure that every row has, which counts units."""

MOST_KINDS: Final = 16
"""Kinds of outcomes in one portion that are counted: those that came most."""

FEWEST_UNITS: Final = 1_024
FEWEST_LISTS: Final = 64
"""A window that takes too much room is counted on a sample, which has no fewer units and lists than these."""

MOST_TEXTS: Final = 1_024
"""Units of a window whose texts are read."""

_PARTS: Final = 8
_NOBODY: Final = Service(key="")


class Partial:
    """Partial counts of one window.

    Attributes:
        bins: by column, how many units are in each bin.
        binned: units that the bins were counted for.
        defaults: by column, how many units have its usual default.
        texts: the unit table of the texts that were read.
        latencies: the counts of the latencies, ``None`` without any.
    """

    def __init__(self, start: Micros, service: Service = _NOBODY) -> None:
        self._start = start
        self._service = service
        self._rows = 0
        self._served: list[UnitSums] = []
        self._told: list[UnitSums] = []
        self._lists: list[ListSample] = []
        self._seen: Hashes = np.zeros(0, dtype=np.uint64)
        self.bins: dict[str, FloatArray] = {}
        self.binned = 0.0
        self.defaults: dict[str, float] = {}
        self.texts: UnitSums | None = None
        self.latencies: latency.Counts | None = None
        self._most = MOST_UNITS
        self._most_lists = MOST_LISTS
        self._sample: dict[str, list[FloatArray]] = {}
        self._seeking: list[BoolArray] = []

    def fold(self, rows: pa.Table, codes: Mapping[str, Codes], cuts: Cuts | None) -> None:
        """Count predictions; ``codes`` has their attributes' values."""
        units = self._units(rows, "unit", "id")
        measures = of_rows(rows, cuts, self._service)
        measures[SERVED] = np.zeros(rows.num_rows)
        self._served = self._shortened([*self._served, unit_sums(units, codes, measures)])
        if "items" in rows.column_names and rows["items"].null_count < rows.num_rows:
            items = rows["items"].combine_chunks()
            self._lists.append(sample_lists(units, codes, items, window=self._start))
            if len(self._lists) > _PARTS:
                self._lists = [merge_lists(self._lists, most=self._most_lists)]
        latencies = latency.counted(rows)
        if latencies is not None:
            self.latencies = latencies if self.latencies is None else self.latencies + latencies
        if "text" in rows.column_names:
            self._read(rows, units, codes, cuts)
        if cuts is not None:
            self._fold_bins(rows, units, cuts)

    def fold_outcomes(self, outcomes: pa.Table, codes: Mapping[str, Codes], grades: Grades) -> None:
        """Count outcomes; ``codes`` has the attributes' values of what they are about."""
        units = self._units(outcomes, "unit", "prediction_id")
        kinds = outcomes["kind"].cast(pa.string())
        measures: dict[str, FloatArray] = {}
        for kind in _most_frequent(kinds):
            own = np.asarray(pc.equal(kinds, kind).to_numpy(), dtype=np.bool_)
            if is_event(kind):
                measures[events.PREFIX + kind] = np.where(own, 1.0, np.nan)
            elif "value" in outcomes.column_names:
                measures[quality.PREFIX + kind] = _graded(outcomes["value"], own, kind, grades)
        self._told = self._shortened([*self._told, unit_sums(units, codes, measures)])

    def served(self) -> UnitSums:
        """Return the unit table of the predictions."""
        return merge(self._served, most=self._most)

    def told(self) -> UnitSums:
        """Return the unit table of the outcomes."""
        return merge(self._told, most=self._most)

    def lists(self) -> ListSample | None:
        """Return the sample of lists, or ``None`` without any."""
        return merge_lists(self._lists, most=self._most_lists) if self._lists else None

    @property
    def state_bytes(self) -> int:
        """What the window takes, about (bytes)."""
        tables = [*self._served, *self._told, *([self.texts] if self.texts is not None else [])]
        sampled = sum(part.nbytes for parts in self._sample.values() for part in parts)
        latencies = self.latencies.nbytes if self.latencies is not None else 0
        lists = sum(part.state_bytes for part in self._lists)
        return sum(table.state_bytes for table in tables) + lists + sampled + latencies + self._seen.nbytes

    @property
    def units(self) -> int:
        """How many rows the unit tables have."""
        return sum(len(part.units) for part in (*self._served, *self._told))

    def shrink(self) -> bool:
        """Count a smaller sample of the units from now on, half of them; return whether that was possible."""
        if self._most <= FEWEST_UNITS:
            return False
        self._most = max(min(self._most, self.units) // 2, FEWEST_UNITS)
        self._most_lists = max(self._most_lists // 2, FEWEST_LISTS)
        self._served = [self.served()] if self._served else []
        self._told = [self.told()] if self._told else []
        self._lists = [merge_lists(self._lists, most=self._most_lists)] if self._lists else []
        return True

    def _shortened(self, parts: list[UnitSums]) -> list[UnitSums]:
        """Merge parts where they are many, or hold more units than the sample may."""
        many = len(parts) > _PARTS or sum(len(part.units) for part in parts) > 2 * self._most
        return [merge(parts, most=self._most)] if many else parts

    def samples(self) -> tuple[dict[str, FloatArray], BoolArray]:
        """Return some units' numbers by column, and among which of the units spikes are looked for."""
        if not self._seeking:
            return {}, np.zeros(0, dtype=np.bool_)
        sampled = {name: np.concatenate(parts) for name, parts in self._sample.items()}
        return sampled, np.concatenate(self._seeking)

    def _units(self, rows: pa.Table, *names: str) -> Hashes:
        """Return hashes of the first of these columns that is not null; without any a row is its own unit."""
        numbers = np.arange(self._rows, self._rows + rows.num_rows, dtype=np.uint64)
        self._rows += rows.num_rows
        alone = stir(numbers + np.uint64(2**40))
        there = [rows[name] for name in names if name in rows.column_names]
        if not there:
            return alone
        texts = pc.coalesce(*there)
        known = np.asarray(texts.is_valid().to_numpy(), dtype=np.bool_)
        return np.where(known, hash_texts(texts), alone)

    def _fold_bins(self, rows: pa.Table, units: Hashes, cuts: Cuts) -> None:
        """Count a unit's first row, of as many units as the unit table may have."""
        fresh, first = np.unique(units, return_index=True)
        new = ~np.isin(fresh, self._seen, assume_unique=True)
        places = first[new][: MOST_UNITS - len(self._seen)]
        if not places.size:
            return
        self._seen = np.concatenate((self._seen, units[places]))
        self.binned += len(places)
        known = {*cuts.columns, *cuts.norms.frequent}
        columns = [name for name in rows.column_names if name in known]
        speaking = rows.select([*columns, "id"]).take(pa.array(places))
        for column, cut in cuts.columns.items():
            counts = shift.count(speaking, column, cut)
            self.bins[column] = self.bins.get(column, np.zeros(len(counts))) + counts
        for column, default in cuts.norms.defaults.items():
            values = _values(speaking, column)
            self.defaults[column] = self.defaults.get(column, 0.0) + np.count_nonzero(values == default)
        self._sample_some(speaking, units[places], cuts)

    def _sample_some(self, speaking: pa.Table, units: Hashes, cuts: Cuts) -> None:
        """Keep the numbers of as many units as spikes are looked for among."""
        room = spike_share.UNITS - sum(len(part) for part in self._seeking)
        if room <= 0 or not cuts.norms.frequent:
            return
        self._seeking.append((units[:room] & np.uint64(1)) == 0)
        some = speaking.slice(0, room)
        for column in cuts.norms.frequent:
            self._sample.setdefault(column, []).append(_values(some, column))

    def _read(self, rows: pa.Table, units: Hashes, codes: Mapping[str, Codes], cuts: Cuts | None) -> None:
        """Read texts of a sample of units, those with the smallest hashes, each unit's first text."""
        hashes = stir(units ^ np.uint64(self._start))
        there = np.asarray(rows["text"].is_valid())
        below = EVERY_HASH
        if self.texts is not None and self.texts.below < EVERY_HASH:
            below = self.texts.below
            there &= hashes < np.uint64(below)
        places = np.flatnonzero(there)
        fresh, first = np.unique(hashes[places], return_index=True)
        if len(fresh) > MOST_TEXTS:
            below = int(fresh[MOST_TEXTS])
        places = places[first[:MOST_TEXTS]]
        if not places.size:
            return
        sampled = rows.select(columns_of_texts(rows)).take(pa.array(places))
        own = {name: part[places] for name, part in codes.items()}
        read = unit_sums(hashes[places], own, of_texts(sampled, cuts, self._service)).keep_below(below)
        self.texts = merge([read] if self.texts is None else [self.texts, read], most=MOST_TEXTS)


def _values(rows: pa.Table, column: str) -> FloatArray:
    """Return a column's numbers, or the lengths of texts, NaN where there is none."""
    there = column in rows.column_names
    if there and column == spike_share.TEXT:
        return lengths_of(rows)
    values = numbers(rows, column) if there and is_number(rows.schema.field(column).type) else None
    return np.full(rows.num_rows, np.nan) if values is None else values


def _most_frequent(kinds: pa.ChunkedArray) -> list[str]:
    counts = pc.value_counts(kinds.drop_null()).to_pylist()
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
    return [entry["values"] for entry in ranked[:MOST_KINDS]]


def _graded(column: pa.ChunkedArray, own: BoolArray, kind: str, grades: Grades) -> FloatArray:
    values = np.array(pc.cast(column, pa.float64()).to_numpy(), dtype=np.float64)
    given = own & np.isfinite(values)
    result = np.full(len(values), np.nan)
    result[given] = grades.scale(kind, values[given])
    return result
