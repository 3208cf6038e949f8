"""Rows as the intake hands them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from aright.core.model.columns import CATEGORY, TIME

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 30_000_000


def predictions(rows: Sequence[Mapping[str, object]], *, start: int = 0) -> pa.Table:
    """Return a table of predictions: ``time`` counts from ``start``, ids are made where there is none."""
    columns: dict[str, pa.Array] = {
        "id": pa.array([row.get("id", f"p{start}-{at}") for at, row in enumerate(rows)], pa.string()),
        "time": pa.array([start + int(str(row.get("time", at))) for at, row in enumerate(rows)], TIME),
        "service": pa.array(["shop"] * len(rows), pa.string()),
        "unit": pa.array([row.get("unit") for row in rows], pa.string()),
    }
    types = {
        "status": pa.int32(),
        "fallback": pa.bool_(),
        "items": pa.list_(pa.string()),
        "text": pa.string(),
    }
    for name in dict.fromkeys(name for row in rows for name in row if name not in {*columns}):
        values = [row.get(name) for row in rows]
        text = any(isinstance(value, str) for value in values)
        columns[name] = pa.array(values, types.get(name, CATEGORY if text else pa.float32()))
    return pa.table(columns)


def outcomes(rows: Sequence[Mapping[str, object]], *, start: int = 0) -> pa.Table:
    """Return a table of outcomes, which ``attach_predictions`` may have given attributes."""
    columns: dict[str, pa.Array] = {
        "time": pa.array([start + int(str(row.get("time", at))) for at, row in enumerate(rows)], TIME),
        "unit": pa.array([row.get("unit") for row in rows], pa.string()),
        "kind": pa.array([row["kind"] for row in rows], CATEGORY),
        "value": pa.array([row.get("value") for row in rows], pa.float32()),
    }
    for name in dict.fromkeys(name for row in rows for name in row if name.startswith("attr.")):
        columns[name] = pa.array([row.get(name) for row in rows], CATEGORY)
    return pa.table(columns)
