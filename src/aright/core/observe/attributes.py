"""Segment attributes: those that the catalog names, or those found to cut traffic into few large parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from aright.core.model.columns import ATTRIBUTE, names_with

if TYPE_CHECKING:
    import numpy.typing as npt

MOST_ATTRIBUTES: Final = 16
MOST_VALUES: Final = 64
SMALLEST_SHARE: Final = 0.01
VERSION: Final = "version"


def find_attributes(rows: pa.Table, told: tuple[str, ...]) -> tuple[str, ...]:
    """Return the attributes to watch: those told, else those with 2 to 64 values, few-valued ones first.

    >>> rows = pa.table({"attr.region": ["n", "s", "n"], "attr.request": ["1", "2", "3"]})
    >>> find_attributes(rows.slice(0, 2), ()), find_attributes(rows, ("region",))
    (('region', 'request'), ('region',))
    """
    there = names_with(rows.schema, ATTRIBUTE)
    if told:
        return tuple(name for name in told[:MOST_ATTRIBUTES])
    sized = [(len(rows[ATTRIBUTE + name].drop_null().unique()), name) for name in there]
    fitting = sorted((values, name) for values, name in sized if 2 <= values <= MOST_VALUES)
    return tuple(name for _, name in fitting[:MOST_ATTRIBUTES])


def column_of(attribute: str) -> str:
    """Return the column that holds an attribute; the model version is one too.

    >>> column_of("region"), column_of("version")
    ('attr.region', 'version')
    """
    return attribute if attribute == VERSION else ATTRIBUTE + attribute


def values_of(rows: pa.Table, attribute: str) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Return the frequent values of an attribute and each row's number among them, −1 where it has none.

    At most 64, each with a share of 1 % at least; the others are left to "all traffic".
    """
    name = column_of(attribute)
    if name not in rows.column_names or not rows.num_rows:
        return [], np.full(rows.num_rows, -1, dtype=np.int64)
    texts = rows[name].cast(pa.string())
    counts = pc.value_counts(texts.drop_null()).to_pylist()
    least = max(SMALLEST_SHARE * rows.num_rows, 1)
    ranked = sorted(counts, key=lambda entry: (-entry["counts"], entry["values"]))[:MOST_VALUES]
    values = sorted(entry["values"] for entry in ranked if entry["counts"] >= least)
    found = pc.index_in(texts, value_set=pa.array(values, pa.string()), skip_nulls=True)
    return values, np.asarray(pc.fill_null(found, -1), dtype=np.int64)
