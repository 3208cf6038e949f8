"""Outcomes meet predictions: labels beside the rows they are about, and attributes beside outcomes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE
from aright.core.model.outcome import is_event
from aright.core.observe.heavy_hitters import PLACES, VERSION
from aright.core.observe.signals.quality import scaled

if TYPE_CHECKING:
    from aright.core.observe.grades import Scales

OUTCOME: Final = "outcome."
"""Prefix of the columns that ``join_outcomes`` adds."""

_OWN: Final = (VERSION, *PLACES)

MOST_KINDS: Final = 32
"""Kinds of outcomes that get a column; of further ones the rarest are left out."""


def join_outcomes(predictions: pa.Table, outcomes: pa.Table, scales: Scales | None = None) -> pa.Table:
    """Return the predictions with a float32 column ``outcome.KIND`` for each kind of outcome.

    A graded kind has the mean of the values that came for the prediction, or null while none has. An event
    kind has 1 where one came and 0 where none did. An outcome without ``prediction_id`` is about the unit's
    latest prediction before it; one that fits no prediction of the table is left out. Values are brought into
    [0, 1] by their kind's scale, (0, 1) where there is none, before their mean is taken: one wild value then
    weighs as much as any other.

    >>> predictions = pa.table({"id": ["a", "b"], "unit": ["u", "v"]})
    >>> outcomes = pa.table({"prediction_id": ["a", "a", "b"], "kind": ["click", "click", "complaint"],
    ...     "value": pa.array([1.0, 0.0, None])})
    >>> joined = join_outcomes(predictions, outcomes)
    >>> joined["outcome.click"].to_pylist(), joined["outcome.complaint"].to_pylist()
    ([0.5, None], [0.0, 1.0])
    """
    if predictions.num_rows == 0 or outcomes.num_rows == 0:
        return predictions
    rows = _row_of(outcomes, predictions)
    kinds = _plain(outcomes["kind"])
    table = predictions
    for kind in _frequent(kinds):
        chosen = pc.and_(pc.equal(kinds, kind), pc.is_valid(rows))
        values = outcomes["value"].filter(chosen) if "value" in outcomes.column_names else None
        scale = (scales or {}).get(kind, (0.0, 1.0))
        column = _column(kind, rows.filter(chosen), values, predictions.num_rows, scale)
        table = table.append_column(OUTCOME + kind, column)
    return table


def attach_predictions(outcomes: pa.Table, predictions: pa.Table) -> pa.Table:
    """Return the outcomes with unit, version, pool, host and attributes of the predictions they are about.

    An outcome's own unit stays where its prediction is not known; everything else is null there.
    """
    rows = _row_of(outcomes, predictions)
    wanted = [name for name in predictions.column_names if name in _OWN or name.startswith(ATTRIBUTE)]
    table = outcomes.select([name for name in outcomes.column_names if name not in wanted])
    for name in wanted:
        table = table.append_column(name, _taken(predictions[name], rows))
    unit = _taken(predictions["unit"], rows) if "unit" in predictions.column_names else None
    if unit is None:
        return table
    if "unit" not in table.column_names:
        return table.append_column("unit", unit)
    whole = pc.coalesce(table["unit"], unit)
    return table.set_column(table.schema.get_field_index("unit"), "unit", whole)


def _row_of(outcomes: pa.Table, predictions: pa.Table) -> pa.ChunkedArray:
    """Return for each outcome the row number of its prediction, or null."""
    nothing = pa.nulls(outcomes.num_rows, pa.int32())
    named = (
        pc.index_in(outcomes["prediction_id"], value_set=_one(predictions["id"]), skip_nulls=True)
        if "prediction_id" in outcomes.column_names and predictions.num_rows
        else nothing
    )
    needs = {"unit", "time"}
    if not needs <= set(outcomes.column_names) or not needs <= set(predictions.column_names):
        return named
    orphans = pc.and_(pc.is_null(outcomes["prediction_id"]), pc.is_valid(outcomes["unit"]))
    if not pc.any(orphans).as_py():
        return named
    return pc.if_else(orphans, _latest_of_unit(outcomes, predictions), named)


def _latest_of_unit(outcomes: pa.Table, predictions: pa.Table) -> pa.Array:
    """Return for each outcome its unit's latest prediction that is not after it."""
    units = _one(predictions["unit"]).dictionary_encode()
    codes = np.asarray(pc.fill_null(units.indices, -1), dtype=np.int64)
    times = np.asarray(predictions["time"].cast(pa.int64()), dtype=np.int64)
    order = np.lexsort((times, codes))
    asked = np.asarray(
        pc.fill_null(pc.index_in(outcomes["unit"], value_set=units.dictionary), -2), dtype=np.int64
    )
    at = np.asarray(outcomes["time"].cast(pa.int64()), dtype=np.int64)
    low, span = (
        int(min(times.min(), at.min())),
        int(max(times.max(), at.max()) - min(times.min(), at.min())) + 1,
    )
    keys = codes[order] * span + (times[order] - low)
    found = np.searchsorted(keys, asked * span + (at - low), side="right") - 1
    fits = (found >= 0) & (asked >= 0)
    fits &= codes[order][np.maximum(found, 0)] == asked
    return pa.array(order[np.maximum(found, 0)], pa.int32(), mask=~fits)


def _column(
    kind: str, rows: pa.ChunkedArray, values: pa.ChunkedArray | None, length: int, scale: tuple[float, float]
) -> pa.Array:
    where = np.asarray(rows, dtype=np.int64)
    if is_event(kind):
        hit = np.zeros(length, dtype=np.float32)
        hit[where] = 1.0
        return pa.array(hit)
    given = (
        np.full(len(where), np.nan)
        if values is None
        else np.asarray(pc.fill_null(values, np.nan), dtype=float)
    )
    good = np.isfinite(given)
    counts = np.bincount(where[good], minlength=length)
    sums = np.bincount(where[good], weights=scaled(given[good], scale), minlength=length)
    means = np.divide(sums, counts, out=np.zeros(length), where=counts > 0)
    return pa.array(means.astype(np.float32), mask=counts == 0)


def _frequent(kinds: pa.ChunkedArray) -> list[str]:
    counts = pc.value_counts(kinds.drop_null()).to_pylist()
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))
    return sorted(entry["values"] for entry in ranked[:MOST_KINDS])


def _taken(column: pa.ChunkedArray, rows: pa.ChunkedArray) -> pa.Array:
    return _plain(_one(column).take(rows))


def _plain(column: pa.Array) -> pa.Array:
    return column.cast(pa.string()) if pa.types.is_dictionary(column.type) else column


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
