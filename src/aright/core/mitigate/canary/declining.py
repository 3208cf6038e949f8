"""Which answers decline, and what their scores are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from aright.core.model.service import Service

FloatArray: TypeAlias = npt.NDArray[np.float64]

APPROVE: Final = ("approve", "approved", "accept", "accepted", "allow", "allowed", "legit", "legitimate")
"""Labels that approve, where a service names none."""


def declined(rows: pa.Table, service: Service | None) -> FloatArray:
    """Return 1 for an answer that declines, 0 for one that does not, NaN where it is not known.

    >>> declined(pa.table({"label": ["declined", "Approved", None]}), None).tolist()
    [1.0, 0.0, nan]
    """
    threshold = service.threshold if service is not None else None
    approving = service.approving if service is not None else ()
    if "label" in rows.column_names and (approving or threshold is None):
        labels = pc.utf8_lower(pc.cast(rows["label"], pa.string()))
        wanted = pa.array([label.lower() for label in approving] or APPROVE, pa.string())
        approved = np.asarray(pc.is_in(labels, value_set=wanted))
        return np.where(np.asarray(labels.is_valid()), ~approved, np.nan)
    if service is None or threshold is None:
        return np.full(rows.num_rows, np.nan)
    scores = scores_of(rows)
    # Compared in the precision that scores have, so that 0.7 is not below 0.7.
    at_least = scores.astype(np.float32) >= np.float32(threshold)
    return np.where(np.isfinite(scores), at_least != (service.approves == "above"), np.nan)


def scores_of(rows: pa.Table) -> FloatArray:
    """Return the score of each answer, NaN where it has none."""
    scores = numbers(rows, "score")
    found = scores if np.isfinite(scores).any() else numbers(rows, "number")
    return np.where(np.isfinite(found), found, np.nan)


def numbers(rows: pa.Table, column: str) -> FloatArray:
    """Return a column as numbers, NaN in all rows where there is none."""
    if column not in rows.column_names:
        return np.full(rows.num_rows, np.nan)
    return np.asarray(pc.cast(rows[column], pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
