"""Rows that a release is judged by."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.frame import Kind
from aright.core.model.outcome import is_event
from aright.core.model.tables import concat_rows
from aright.core.observe.join import join_outcomes
from aright.engine.cases import served

if TYPE_CHECKING:
    from aright.core.model.times import Micros
    from aright.engine.world import World

_OUTCOME: Final = "outcome."


def rows_between(
    world: World, service: str, start: Micros, end: Micros, *, now: Micros, outcomes: bool = True
) -> pa.Table:
    """Return the predictions of a span, with the outcomes that were known by ``now`` or with none."""
    if not outcomes:
        return world.rows.scan(Kind.PREDICTIONS, service, start, end)
    return served(world, service, now=now).during((start, end))


def answered_between(world: World, service: str, start: Micros, end: Micros, *, since: Micros) -> pa.Table:
    """Return the predictions whose outcomes came in a span, joined with these outcomes alone.

    Args:
        world: the ports.
        service: whose.
        start: from when outcomes are counted, by their own time: when they became known (µs, UTC).
        end: until when.
        since: how far back predictions are looked for at most, for labels that come days later.
    """
    outcomes = world.rows.scan(Kind.OUTCOMES, service, start, end)
    if not outcomes.num_rows:
        return world.rows.scan(Kind.PREDICTIONS, service, start, start)
    lately = start - world.settings.memory
    predictions = world.rows.scan(Kind.PREDICTIONS, service, lately, end)
    wanted = outcomes["prediction_id"].drop_null()
    if since < lately and not pc.all(pc.is_in(wanted, value_set=_ids(predictions))).as_py():
        older = world.rows.scan(Kind.PREDICTIONS, service, since, lately)
        older = older.filter(pc.is_in(older["id"], value_set=pc.unique(wanted)))
        predictions = concat_rows([older, predictions]) if older.num_rows else predictions
    found = served(world, service, now=end)
    joined = join_outcomes(predictions, outcomes, found.scales)
    columns = [name for name in joined.column_names if name.startswith(_OUTCOME)]
    if not columns:
        return joined.slice(0, 0)
    told = [_came(joined[name], name.removeprefix(_OUTCOME)) for name in columns]
    return joined.filter(reduce(pc.or_, told))


def _ids(rows: pa.Table) -> pa.Array:
    return pc.unique(rows["id"])


def _came(column: pa.ChunkedArray, kind: str) -> pa.ChunkedArray:
    return pc.greater(column, 0.0) if is_event(kind) else pc.is_valid(column)


def stable_of(world: World, service: str, *, since: Micros) -> str:
    """Return the version that gave most answers of late; empty where rows do not say."""
    now = world.clock.now()
    rows = world.rows.scan(Kind.PREDICTIONS, service, now - since, now + 1)
    if "version" not in rows.column_names:
        return ""
    counts = pc.value_counts(rows["version"].cast(pa.string()).drop_null()).to_pylist()
    return max(counts, key=lambda each: each["counts"])["values"] if counts else ""


def of_version(rows: pa.Table, version: str) -> pa.Table:
    """Return the rows that a version answered; all where rows do not say which did."""
    if "version" not in rows.column_names or rows["version"].null_count == rows.num_rows:
        return rows
    return rows.filter(pc.equal(rows["version"].cast(pa.string()), version))
