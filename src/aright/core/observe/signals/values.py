"""Columns of rows as arrays of numbers, which the signals are made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.core.model.cuts import Cuts

FloatArray: TypeAlias = npt.NDArray[np.float64]

Measure: TypeAlias = "Callable[[pa.Table, Cuts | None], FloatArray | None]"
"""A signal that is a mean over rows: each row's value in [0, 1], NaN where it does not count; or ``None``."""


def numbers(rows: pa.Table, column: str) -> FloatArray | None:
    """Return a column as floats, null as NaN; ``None`` where there is no such column or nothing in it.

    >>> numbers(pa.table({"status": [200, None]}), "status")
    array([200.,  nan])
    """
    if column not in rows.column_names or rows[column].null_count == rows.num_rows:
        return None
    return np.array(pc.cast(rows[column], pa.float64()).to_numpy(), dtype=np.float64)
