"""The unit table: partial counts of a window by randomisation unit, merged by sum.

Rates are means over units of each unit's own mean, so somebody who asks ten times counts once, and a burst of
retries weighs no more than any other unit.

Source: A. Deng, U. Knoblich, J. Lu, Applying the delta method in metric analytics, KDD 2018, on why the unit
of analysis must be the unit of randomisation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.core.profile.hashing import Hashes, stir

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FloatArray: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int64]

MOST_UNITS: Final = 65_536
"""Rows of a unit table; with more, a uniform sample of the units stands for all."""

EVERY_HASH: Final = 2**64
_SALT: Final = np.uint64(0xD6E8FEB86659FD93)


class Tally(NamedTuple):
    """A measure by value of an attribute.

    Attributes:
        n: units that the measure was counted for, by code.
        total: the sum over them of their mean values, by code.
    """

    n: FloatArray
    total: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class UnitSums:
    """One row per unit and combination of attribute values.

    Attributes:
        units: hashes of the units, shape (rows,).
        codes: by attribute, each row's code or −1, shape (rows,).
        counts: by measure, how many values came, shape (rows,).
        sums: by measure, the sum of the values, shape (rows,).
        below: units with a hash from here on are left out; all are in at ``EVERY_HASH``.
    """

    units: Hashes
    codes: Mapping[str, Codes] = field(default_factory=dict)
    counts: Mapping[str, FloatArray] = field(default_factory=dict)
    sums: Mapping[str, FloatArray] = field(default_factory=dict)
    below: int = EVERY_HASH
    _known_pairs: dict[str | None, _Pairs] = field(default_factory=dict, init=False, repr=False)

    @property
    def state_bytes(self) -> int:
        """What the table takes (bytes)."""
        parts = (*self.codes.values(), *self.counts.values(), *self.sums.values())
        return self.units.nbytes + sum(part.nbytes for part in parts)

    def keep_below(self, below: int) -> UnitSums:
        """Return the rows of units with a hash below ``below``."""
        if below >= self.below:
            return self
        keep = self.units < np.uint64(below)
        return UnitSums(
            units=self.units[keep],
            codes={name: part[keep] for name, part in self.codes.items()},
            counts={name: part[keep] for name, part in self.counts.items()},
            sums={name: part[keep] for name, part in self.sums.items()},
            below=below,
        )

    def tally(self, measure: str) -> Tally:
        """Return a measure over all rows, as arrays of one entry."""
        return self._tally(measure, self._pairs(None))

    def tally_by(self, measure: str, attribute: str) -> Tally:
        """Return a measure by code of an attribute; rows without a code count nowhere."""
        codes = self.codes.get(attribute)
        if codes is None or not codes.size:
            return Tally(np.zeros(0), np.zeros(0))
        return self._tally(measure, self._pairs(attribute))

    def _tally(self, measure: str, pairs: _Pairs) -> Tally:
        if measure not in self.counts:
            return Tally(np.zeros(pairs.many), np.zeros(pairs.many))
        most = len(pairs.codes)
        counts = np.bincount(pairs.of_row, self.counts[measure][pairs.rows], minlength=most)
        sums = np.bincount(pairs.of_row, self.sums[measure][pairs.rows], minlength=most)
        told = np.flatnonzero(counts > 0)
        codes = pairs.codes[told]
        return Tally(
            np.bincount(codes, minlength=pairs.many).astype(np.float64),
            np.bincount(codes, sums[told] / counts[told], minlength=pairs.many).astype(np.float64),
        )

    def _pairs(self, attribute: str | None) -> _Pairs:
        """Return the pairs of unit and code, which are the same for every measure, so sorted out once."""
        if attribute not in self._known_pairs:
            codes = np.zeros(len(self.units), dtype=np.int64) if attribute is None else self.codes[attribute]
            self._known_pairs[attribute] = _pairs(self._unit_numbers, codes)
        return self._known_pairs[attribute]

    @cached_property
    def _unit_numbers(self) -> Codes:
        return distinct(self.units)[1]


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Units by the value of an attribute.

    Attributes:
        rows: the rows with a code; all of them as a slice.
        of_row: which pair each of them is.
        codes: the code of each pair.
        many: one more than the greatest code.
    """

    rows: Codes | slice
    of_row: Codes
    codes: Codes
    many: int


def _pairs(units: Codes, codes: Codes) -> _Pairs:
    many = max(int(codes.max(initial=-1)) + 1, 1)
    coded = codes >= 0
    rows = slice(None) if coded.all() else np.flatnonzero(coded)
    pairs = units[rows] * many + codes[rows]
    first, of_row = distinct(pairs)
    return _Pairs(rows, of_row, pairs[first] % many, many)


def distinct(values: npt.NDArray[np.integer]) -> tuple[Codes, Codes]:
    """Return a row of each distinct value, in the values' order, and each row's place among them.

    What ``np.unique`` gives with index and inverse, but for which of equal rows: its stable sort is slow.

    >>> distinct(np.array([7, 9, 7]))[1].tolist()
    [0, 1, 0]
    """
    order = np.argsort(values)
    ordered = values[order]
    fresh = np.ones(len(values), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:])
    places = np.empty(len(values), dtype=np.int64)
    places[order] = np.cumsum(fresh) - 1
    return order[fresh], places


def unit_sums(units: Hashes, codes: Mapping[str, Codes], measures: Mapping[str, FloatArray]) -> UnitSums:
    """Return the sums of rows: ``measures`` has each row's value in [0, 1], NaN where it does not count.

    >>> units = np.array([7, 7, 9], dtype=np.uint64)
    >>> failed = {"error_share": np.array([1.0, 0.0, 1.0])}
    >>> unit_sums(units, {}, failed).tally("error_share")
    Tally(n=array([2.]), total=array([1.5]))
    """
    return merge(
        [
            UnitSums(
                units=units,
                codes=codes,
                counts={name: (~np.isnan(values)).astype(np.float64) for name, values in measures.items()},
                sums={name: np.nan_to_num(values) for name, values in measures.items()},
            )
        ]
    )


def merge(parts: Sequence[UnitSums], *, most: int = MOST_UNITS) -> UnitSums:
    """Return the sums of all parts together, of a sample of the units where those are too many.

    Sampling is by hash and the same for all parts, so merging in any order gives the same table.
    """
    below = min((part.below for part in parts), default=EVERY_HASH)
    parts = [part.keep_below(below) for part in parts]
    units = np.concatenate([part.units for part in parts]) if parts else np.zeros(0, dtype=np.uint64)
    codes = {name: _codes(parts, name) for name in _names([part.codes for part in parts])}
    key = units
    for name in sorted(codes):
        key = stir(key * _SALT + codes[name].astype(np.uint64) + np.uint64(2))
    first, inverse = distinct(key)
    merged = UnitSums(
        units=units[first],
        codes={name: part[first] for name, part in codes.items()},
        counts=_summed(parts, [part.counts for part in parts], inverse),
        sums=_summed(parts, [part.sums for part in parts], inverse),
        below=below,
    )
    while len(merged.units) > most and merged.below > 1:
        merged = merged.keep_below(merged.below // 2)
    return merged


def _names(tables: Sequence[Mapping[str, object]]) -> list[str]:
    return list(dict.fromkeys(name for table in tables for name in table))


def _codes(parts: Sequence[UnitSums], name: str) -> Codes:
    return np.concatenate(
        [part.codes.get(name, np.full(len(part.units), -1, dtype=np.int64)) for part in parts]
    )


def _summed(
    parts: Sequence[UnitSums], tables: Sequence[Mapping[str, FloatArray]], inverse: Codes
) -> dict[str, FloatArray]:
    """Return each measure's sums by merged row."""
    lengths = [len(part.units) for part in parts]
    return {
        name: np.bincount(
            inverse,
            np.concatenate([table.get(name, np.zeros(n)) for table, n in zip(tables, lengths, strict=True)]),
        ).astype(np.float64)
        for name in _names(tables)
    }
