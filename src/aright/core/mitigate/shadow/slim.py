"""Rows as a shadow's judge keeps them: what names them, whose they are, and what each metric says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.mitigate.canary.values import values
from aright.core.mitigate.shadow.apart import ANSWERS
from aright.core.mitigate.shadow.matching import AGAIN, CANDIDATE, SIDE, STABLE
from aright.core.model.columns import ATTRIBUTE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from aright.core.model.service import Service

SHADOW = "shadow"
_NAMES = ("id", "pair", "trace_id", "unit", "version", "arm")


def sides_of(rows: pa.Table, stable: str, candidate: str) -> tuple[npt.NDArray[np.int64], int]:
    """Return the side of each row, −1 for none, and how many copies a version answered that is not on trial.

    Answers that were shown count as the stable version's where they name it or no version; of copies those
    of the candidate, and those of the stable version as its second answers.
    """
    version, arm = text(rows, "version"), text(rows, "arm")
    copied = np.asarray(pc.fill_null(pc.equal(arm, SHADOW), fill_value=False))
    old = np.asarray(pc.fill_null(pc.equal(version, stable), fill_value=False))
    new = np.asarray(pc.fill_null(pc.equal(version, candidate), fill_value=False))
    unnamed = ~np.asarray(pc.is_valid(version))
    sides = np.full(rows.num_rows, -1, dtype=np.int64)
    sides[~copied & (old | unnamed)] = STABLE
    sides[copied & new] = CANDIDATE
    sides[copied & old] = AGAIN
    return sides, int((copied & ~old & ~new).sum())


def slim(
    rows: pa.Table,
    sides: npt.NDArray[np.int64],
    metrics: Sequence[str],
    *,
    attributes: Sequence[str],
    service: Service | None,
    answers: bool,
) -> pa.Table:
    """Return the columns that are kept of the rows of either side."""
    columns = {name: text(rows, name) for name in _NAMES[:4]}
    columns["time"] = pa.chunked_array([rows["time"].cast(pa.int64()).combine_chunks()])
    columns[SIDE] = pa.array(sides)
    columns |= {ATTRIBUTE + name: text(rows, ATTRIBUTE + name) for name in attributes}
    columns |= {metric: pa.array(values(rows, metric, service)) for metric in metrics}
    if answers:
        columns |= {
            name: rows[name].cast(kind) if name in rows.column_names else pa.nulls(rows.num_rows, kind)
            for name, kind in ANSWERS.items()
        }
    return pa.table(columns).filter(pa.array(sides >= 0))


def text(rows: pa.Table, name: str) -> pa.ChunkedArray:
    """Return a column as plain text; all null where there is none."""
    if name not in rows.column_names:
        return pa.chunked_array([pa.nulls(rows.num_rows, pa.string())])
    return rows[name].cast(pa.string())
