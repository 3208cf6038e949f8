"""Pairs of losses of one look, a unit at a time, and the uncopied requests that stand beside each pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from aright.core.profile.hashing import Hashes, hash_texts, stir

if TYPE_CHECKING:
    import pyarrow as pa

    from aright.core.mitigate.canary.units import UnitSet

FloatArray = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class Sample(NamedTuple):
    """Rows that count, by time; arrays of one length.

    Attributes:
        row: which row of its table.
        unit: hashed.
        loss: what was lost: of the candidate and of the stable version in a pair, of the latter alone else.
    """

    row: Ints
    unit: Hashes
    loss: tuple[FloatArray, ...]

    def where(self, wanted: npt.NDArray[np.bool_]) -> Sample:
        """Return the wanted ones."""
        return Sample(self.row[wanted], self.unit[wanted], tuple(each[wanted] for each in self.loss))


def sample(rows: pa.Table, failed: UnitSet, *loss: FloatArray) -> Sample:
    """Return the first row of each unit whose losses are known, and which did not fail before.

    Args:
        rows: with ``time`` and ``unit``; a row without unit is one of its own.
        failed: units that failed in earlier looks.
        loss: one or more per row, NaN where it is not known.
    """
    known = np.flatnonzero(np.isfinite(np.stack(loss)).all(axis=0))
    known = known[np.argsort(np.asarray(rows["time"])[known], kind="stable")]
    units = unit_hashes(rows)[known]
    _, first = np.unique(units, return_index=True)
    kept = known[np.sort(first)]
    units = units[np.sort(first)]
    fresh = failed.sampled(units) & ~failed.has(units)
    return Sample(kept[fresh], units[fresh], tuple(each[kept[fresh]] for each in loss))


def unit_hashes(rows: pa.Table) -> Hashes:
    """Return a hash of each row's unit; of its id where it has none."""
    named = pc.coalesce(rows["unit"], pc.binary_join_element_wise("id", rows["id"], "\x1f"))
    return hash_texts(named)


def evened(others: pa.Table, copied: pa.Table) -> npt.NDArray[np.bool_]:
    """Return which uncopied rows may stand for copied ones.

    Where requests are copied one by one, a unit with many of them is copied more often; so of the others each
    unit is kept, by its hash, as often as it would have been copied. Where units are copied whole, all are.
    """
    units, theirs = unit_hashes(others), unit_hashes(copied)
    if not np.isin(theirs, units).any():
        return np.ones(others.num_rows, dtype=bool)
    _, place, count = np.unique(units, return_inverse=True, return_counts=True)
    share = len(theirs) / (len(theirs) + len(units))
    chance = 1.0 - (1.0 - share) ** count
    drawn = (stir(units) >> np.uint64(11)).astype(np.float64) / 2.0**53
    return np.asarray(drawn < (chance / chance.max())[place])


def blocks(others: FloatArray, pairs: int) -> FloatArray:
    """Return for each pair the mean of its own block of the others, as many for each; NaN for none.

    No request stands beside two pairs, so that chance in it is no chance of all of them.

    >>> blocks(np.array([0.0, 1.0, 0.0, 0.0, 1.0]), 2).tolist()
    [0.5, 0.0]
    >>> blocks(np.array([1.0]), 2).tolist()
    [1.0, nan]
    """
    each = len(others) // pairs if pairs else 0
    if each:
        return np.asarray(others[: each * pairs].reshape(pairs, each).mean(axis=1))
    return np.concatenate([others, np.full(pairs - len(others), np.nan)])
