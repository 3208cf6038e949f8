"""First failures of units, interval by interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from aright.core.mitigate.level import unit_codes

if TYPE_CHECKING:
    import pyarrow as pa

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


class Hazard(NamedTuple):
    """How many units were there and had not failed before, and how many of them failed.

    Attributes:
        at_risk: per interval, units with a known loss that had not failed in an earlier one.
        failed: per interval, how much of them failed; a graded loss counts with its size.
    """

    at_risk: FloatArray
    failed: FloatArray

    @property
    def n(self) -> float:
        """Units times intervals."""
        return float(self.at_risk.sum())

    @property
    def total(self) -> float:
        """First failures."""
        return float(self.failed.sum())


def hazard(rows: pa.Table, loss: FloatArray, interval: IntArray) -> Hazard:
    """Count each unit once, when it first fails: one that fails every minute is one failure, not sixty.

    Args:
        rows: with ``unit``; those without one are a unit each.
        loss: per row, in [0, 1], NaN where it is not known.
        interval: per row, from 0.

    >>> import pyarrow as pa
    >>> rows = pa.table({"unit": ["u", "u", "v", "u", "v"]})
    >>> counted = hazard(rows, np.array([1.0, 0, 0, 1, 0]), np.array([0, 0, 0, 1, 1]))
    >>> counted.at_risk.tolist(), counted.failed.tolist()
    ([2.0, 1.0], [1.0, 0.0])
    """
    known = np.isfinite(loss)
    count = int(interval.max()) + 1 if len(interval) else 0
    pairs, place = np.unique(unit_codes(rows)[known] * count + interval[known], return_inverse=True)
    worst = np.zeros(len(pairs))
    np.maximum.at(worst, place, loss[known])
    if not len(pairs):
        return Hazard(np.zeros(count), np.zeros(count))
    unit, when = np.divmod(pairs, count)
    first = np.full(int(unit.max()) + 1, count)
    np.minimum.at(first, unit[worst > 0], when[worst > 0])
    fresh = when <= first[unit]
    return Hazard(
        np.bincount(when[fresh], minlength=count).astype(np.float64),
        np.bincount(when[fresh], weights=worst[fresh], minlength=count).astype(np.float64),
    )
