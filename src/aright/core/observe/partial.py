"""A window while it is open: partial counts that rows fold into, in any order and any portions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.outcome import is_event
from aright.core.observe.hashing import Hashes, hash_texts, stir
from aright.core.observe.list_sample import ListSample, merge_lists, sample_lists
from aright.core.observe.signals import (
    confidence,
    error_share,
    events,
    fallback_share,
    popularity,
    quality,
    shift,
    slow_share,
    slower,
)
from aright.core.observe.unit_sums import MOST_UNITS, UnitSums, merge, unit_sums

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aright.core.model.cuts import Cuts
    from aright.core.model.times import Micros
    from aright.core.observe.grades import Grades
    from aright.core.observe.signals.values import Measure
    from aright.core.observe.unit_sums import Codes, FloatArray

BoolArray: TypeAlias = npt.NDArray[np.bool_]

SERVED: Final = "served"
"""The measure that every row has, which counts units."""

MEASURES: Final[dict[str, Measure]] = {
    module.NAME: module.values for module in (error_share, fallback_share, slow_share, confidence, popularity)
}
"""Signals that are means over rows."""

MOST_KINDS: Final = 16
"""Kinds of outcomes in one portion that are counted: those that came most."""

_PARTS: Final = 8


class Partial:
    """Partial counts of one window.

    Attributes:
        bins: by column, how many units are in each bin.
        binned: units that the bins were counted for.
    """

    def __init__(self, start: Micros, limits: Sequence[float] = ()) -> None:
        self._start = start
        self._limits = limits
        self._rows = 0
        self._served: list[UnitSums] = []
        self._told: list[UnitSums] = []
        self._lists: list[ListSample] = []
        self._seen: Hashes = np.zeros(0, dtype=np.uint64)
        self.bins: dict[str, FloatArray] = {}
        self.binned = 0.0

    def fold(self, rows: pa.Table, codes: Mapping[str, Codes], cuts: Cuts | None) -> None:
        """Count predictions; ``codes`` has their attributes' values."""
        units = self._units(rows, "unit", "id")
        measures = {name: values for name, of in MEASURES.items() if (values := of(rows, cuts)) is not None}
        measures |= slower.values(rows, self._limits)
        measures[SERVED] = np.zeros(rows.num_rows)
        self._served = _shortened([*self._served, unit_sums(units, codes, measures)])
        if "items" in rows.column_names and rows["items"].null_count < rows.num_rows:
            items = rows["items"].combine_chunks()
            self._lists.append(sample_lists(units, codes, items, window=self._start))
            if len(self._lists) > _PARTS:
                self._lists = [merge_lists(self._lists)]
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
        self._told = _shortened([*self._told, unit_sums(units, codes, measures)])

    def served(self) -> UnitSums:
        """Return the unit table of the predictions."""
        return merge(self._served)

    def told(self) -> UnitSums:
        """Return the unit table of the outcomes."""
        return merge(self._told)

    def lists(self) -> ListSample | None:
        """Return the sample of lists, or ``None`` without any."""
        return merge_lists(self._lists) if self._lists else None

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
        columns = [name for name in cuts.columns if name in rows.column_names]
        speaking = rows.select([*columns, "id"]).take(pa.array(places))
        for column, cut in cuts.columns.items():
            counts = shift.count(speaking, column, cut)
            self.bins[column] = self.bins.get(column, np.zeros(len(counts))) + counts


def _shortened(parts: list[UnitSums]) -> list[UnitSums]:
    return [merge(parts)] if len(parts) > _PARTS else parts


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
