"""Tables of observed rows: laid one behind the other, whatever types their senders chose for a feature.

A feature is a number (float32 or float64) or a category in each body; a sender may change its mind. Where
bodies differ, the type that more values have wins, and the other values are converted: a number becomes its
text, a text becomes the number that it spells or null.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import (
    ATTRIBUTE,
    COUNTER_FIELDS,
    FEATURE,
    LOG_FIELDS,
    OUTCOME_FIELDS,
    PAYLOAD_FIELDS,
    PREDICTION_FIELDS,
    PROCESS_FIELDS,
    SPAN_FIELDS,
)
from aright.core.model.frame import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

Plain: TypeAlias = float | str | bool | None
"""A value as JSON has it."""

FIELDS: Final[dict[Kind, dict[str, pa.DataType]]] = {
    Kind.PREDICTIONS: PREDICTION_FIELDS,
    Kind.OUTCOMES: OUTCOME_FIELDS,
    Kind.PROCESS: PROCESS_FIELDS,
    Kind.PAYLOADS: PAYLOAD_FIELDS,
    Kind.SPANS: SPAN_FIELDS,
    Kind.LOGS: LOG_FIELDS,
    Kind.COUNTERS: COUNTER_FIELDS,
}
"""The fixed columns of each kind whose rows are kept in tables; the other kinds are documents instead."""


def empty(kind: Kind) -> pa.Table:
    """Return a table with the fixed columns of ``kind`` and no rows.

    >>> empty(Kind.PROCESS).column_names
    ['time', 'service', 'host', 'version', 'name', 'value']
    """
    return pa.schema(list(FIELDS[kind].items())).empty_table()


def units_of(rows: pa.Table) -> str:
    """Return what is counted in rows, for sentences: users, traces where these stand for them, else answers.

    >>> units_of(pa.table({"unit": ["u1"]})), units_of(pa.table({"unit": ["t"], "trace_id": ["t"]}))
    ('users', 'traces')
    """
    if "unit" not in rows.column_names or rows["unit"].null_count == rows.num_rows:
        return "answers"
    if "trace_id" not in rows.column_names:
        return "users"
    same = pc.equal(rows["unit"].cast(pa.string()), rows["trace_id"].cast(pa.string()))
    return "traces" if pc.all(pc.fill_null(same, fill_value=False)).as_py() else "users"


def concat_rows(tables: Sequence[pa.Table]) -> pa.Table:
    """Lay tables one behind the other: columns unified by name, dictionaries unified, missing ones null.

    Raises ``ValueError`` for no table at all.

    >>> numbers = pa.table({"feat.age": pa.array([1.0, 2.0])})
    >>> texts = pa.table({"feat.age": pa.array(["3"]).dictionary_encode()})
    >>> concat_rows([numbers, texts])["feat.age"].to_pylist()
    [1.0, 2.0, 3.0]
    """
    if not tables:
        raise ValueError("there is no table to lay out: use empty(kind) where there are no rows")
    if len(tables) == 1:
        return tables[0]
    for name in _disputed(tables):
        tables = _settle(tables, name)
    joined = pa.concat_tables(tables, promote_options="permissive")
    return joined.select(_ordered(joined.column_names)).unify_dictionaries()


def feature_array(values: Sequence[Plain]) -> pa.Array:
    """Return plain values of one feature as float64 or as categories, whichever more of them are.

    >>> feature_array([1, None, 2.5]).type, feature_array(["a", "b", 1.0]).to_pylist()
    (DataType(double), ['a', 'b', '1'])
    """
    texts = sum(isinstance(value, str) for value in values)
    given = sum(value is not None for value in values)
    if 2 * texts > given:
        return pa.array([as_text(value) for value in values], pa.string()).dictionary_encode()
    return pa.array([_number(value) for value in values], pa.float64())


def as_text(value: Plain) -> str | None:
    """Return a plain value as the text of a category: whole numbers without a point, truth in lower case.

    >>> as_text(3.0), as_text(1.1), as_text(True), as_text("x"), as_text(None)
    ('3', '1.1', 'true', 'x', None)
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value)) if abs(value) < 1e15 and value == int(value) else repr(value)


def _disputed(tables: Sequence[pa.Table]) -> list[str]:
    kinds: dict[str, set[bool]] = {}
    for table in tables:
        for field in table.schema:
            kinds.setdefault(field.name, set()).add(pa.types.is_dictionary(field.type))
    return [name for name, seen in kinds.items() if len(seen) > 1]


def _settle(tables: Sequence[pa.Table], name: str) -> list[pa.Table]:
    balance = 0
    for table in tables:
        if name in table.column_names:
            column = table[name]
            given = len(column) - column.null_count
            balance += given if pa.types.is_dictionary(column.type) else -given
    convert = _to_category if balance > 0 else _to_number
    return [
        table.set_column(table.column_names.index(name), name, convert(table[name]))
        if name in table.column_names
        else table
        for table in tables
    ]


def _to_category(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if pa.types.is_dictionary(column.type) else _encoded(column)


def _encoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    texts = pa.array([as_text(value) for value in column.to_pylist()], pa.string())
    return pa.chunked_array([texts.dictionary_encode()])


def _to_number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if not pa.types.is_dictionary(column.type):
        return column
    chunks = [
        pa.array([_number(value) for value in chunk.dictionary.to_pylist()], pa.float64()).take(chunk.indices)
        for chunk in column.chunks
    ]
    return pa.chunked_array(chunks, pa.float64())


def _number(value: Plain) -> float | None:
    if not isinstance(value, str):
        return value if value is None else float(value)
    try:
        return float(value)
    except ValueError:
        return None


def _ordered(names: Sequence[str]) -> list[str]:
    """Keep the order, attributes behind the fixed columns and features behind those."""
    rank = {ATTRIBUTE: 1, FEATURE: 2}
    return sorted(names, key=lambda name: rank.get(name[:5], 0))
