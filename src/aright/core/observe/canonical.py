"""Any table to the rows that a diagnosis reads: features, attributes and outcomes under their prefixes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, CATEGORY, FEATURE, TIME
from aright.core.observe.join import OUTCOME

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from aright.core.model.times import Micros
    from aright.core.observe.roles import Roles

QUALITY = "accuracy"
"""The outcome that ``canonical`` makes of "was the answer right", in [0, 1]."""

_SERVICE: Final = "table"
_MADE_UP: Final = re.compile(
    r"""\A(?:"service" = 'table'|"time" >= TIMESTAMPTZ '[^']*'|TRUE| AND )+""",
)
_QUOTED: Final = re.compile(
    r"""'(?:[^']|'')*'|["](?:[^"]|"")*["]""",
)
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def canonical(
    table: pa.Table, roles: Roles, *, right: npt.NDArray[np.float64], start: Micros, end: Micros
) -> pa.Table:
    """Return the table with aright's own columns.

    Args:
        table: any rows.
        roles: which column is what.
        right: how right each row's answer was, in [0, 1], NaN where not known.
        start: time of the first row (µs, UTC); the rows are spread evenly to ``end``, in their order.
        end: time behind the last row (µs, UTC).
    """
    length = table.num_rows
    times = start + np.arange(length, dtype=np.int64) * (end - start) // max(length, 1)
    columns: dict[str, pa.Array | pa.ChunkedArray] = {
        "id": pa.array(np.arange(length)).cast(pa.string()),
        "time": pa.array(times).cast(TIME),
        "service": pa.repeat(_SERVICE, length),
    }
    for name in roles.segments:
        columns[ATTRIBUTE + name] = table[name].cast(pa.string()).cast(CATEGORY)
    for name in roles.features:
        columns[FEATURE + name] = feature_of(table[name])
    columns[OUTCOME + QUALITY] = pa.array(right.astype(np.float32), mask=~np.isfinite(right))
    return pa.table(columns)


def of_one_kind(reference: pa.Table, current: pa.Table, names: Iterable[str]) -> tuple[pa.Table, pa.Table]:
    """Return both tables with columns that are a number in one and not in the other as text in both.

    >>> one, two = pa.table({"age": [1, 2]}), pa.table({"age": ["old"]})
    >>> [table["age"].to_pylist() for table in of_one_kind(one, two, ["age"])]
    [['1', '2'], ['old']]
    """
    tables = [reference, current]
    for name in names:
        columns = [table[name] for table in tables]
        if len({feature_of(column.slice(0, 0)).type for column in columns}) < 2:
            continue
        known = {column.type for column in columns if not pa.types.is_null(column.type)}
        alike = known.pop() if len(known) == 1 else pa.string()
        for side, column in enumerate(columns):
            at = tables[side].column_names.index(name)
            tables[side] = tables[side].set_column(at, name, column.cast(alike))
    return tables[0], tables[1]


def own_filter(sql: str) -> str:
    """Return the condition of a diagnosis in the names of the table that ``canonical`` was given.

    >>> print(own_filter('"attr.region" = ' + repr('attr.x')))
    region = 'attr.x'
    """
    return _QUOTED.sub(_own_name, _MADE_UP.sub("", sql)) or "TRUE"


def _own_name(found: re.Match[str]) -> str:
    text = found[0]
    prefix = next((each for each in (ATTRIBUTE, FEATURE) if text.startswith(f'"{each}')), "")
    if not prefix:
        return text
    name = text[1 + len(prefix) : -1]
    return name if _PLAIN.fullmatch(name) else f'"{name}"'


def feature_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return a column as a feature: a number as float64, everything else as a category.

    >>> feature_of(pa.chunked_array([[True, None]])).to_pylist()
    ['true', None]
    """
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return column.cast(pa.float64(), safe=False)
    if pa.types.is_temporal(kind):
        return pc.cast(pc.cast(column, pa.timestamp("us")), pa.int64()).cast(pa.float64(), safe=False)
    return column.cast(pa.string()).cast(CATEGORY)
