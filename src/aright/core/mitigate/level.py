"""A mean over randomisation units with its variance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import numpy.typing as npt

_SMOOTHING: Final = 2.0


@dataclass(frozen=True, kw_only=True)
class Level:
    """How much is lost on average.

    Attributes:
        mean: mean loss over units, in [0, 1]; NaN where there are none.
        variance: of that mean.
        units: how many units.
    """

    mean: float
    variance: float
    units: int


def level_of(table: pa.Table, loss: npt.NDArray[np.float64]) -> Level:
    """Return the mean over units of each unit's mean loss: a burst of retries counts as one.

    Args:
        table: the rows; those without ``unit`` are a unit each.
        loss: per row, NaN where it is not known.

    The variance is that of the units' means, and where every loss is 0 or 1 not less than what Agresti and
    Coull's "add two successes and two failures" (1998) leaves possible of units seen once: a rate of which
    no case came yet is not known to be 0.
    """
    known = np.isfinite(loss)
    codes = unit_codes(table)[known]
    values = loss[known]
    _, group, rows = np.unique(codes, return_inverse=True, return_counts=True)
    units = len(rows)
    if units == 0:
        return Level(mean=float("nan"), variance=float("inf"), units=0)
    means = np.bincount(group, weights=values, minlength=units) / rows
    mean = float(means.mean())
    spread = float(means.var(ddof=1)) if units > 1 else 0.25
    if bool(((values == 0) | (values == 1)).all()):
        rate = (float(values.sum()) + _SMOOTHING) / (len(values) + 2 * _SMOOTHING)
        spread = max(spread, rate * (1 - rate) * units / len(values))
    return Level(mean=mean, variance=spread / units, units=units)


def level_told(mean: float, units: float) -> Level:
    """Return the level of a rate that was told with the number of units it was counted over."""
    rate = (mean * units + _SMOOTHING) / (units + 2 * _SMOOTHING)
    return Level(mean=mean, variance=rate * (1 - rate) / max(units, 1.0), units=int(units))


def unit_codes(table: pa.Table) -> npt.NDArray[np.int64]:
    """Return a number per row that rows of the same unit share; rows without a unit are a unit each."""
    own = np.arange(table.num_rows, dtype=np.int64)
    if "unit" not in table.column_names or table.num_rows == 0:
        return own
    encoded = pc.dictionary_encode(pc.cast(table["unit"], pa.string())).combine_chunks()
    codes = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    return np.where(codes < 0, own + len(encoded.dictionary), codes)
