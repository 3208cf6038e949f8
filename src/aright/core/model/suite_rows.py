"""Rows as a suite is given them."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def plain_columns(rows: pa.Table) -> pa.Table:
    """Return the table with words for words: of a dictionary's codes, pandas would make categories.

    >>> coded = pa.table({"a": pa.array(["x", "y"]).dictionary_encode(), "b": [1, 2]})
    >>> str(plain_columns(coded)["a"].type), plain_columns(coded).num_rows
    ('string', 2)
    """
    for place, field in enumerate(rows.schema):
        if pa.types.is_dictionary(field.type):
            rows = rows.set_column(place, field.name, pc.cast(rows[field.name], field.type.value_type))
    return rows
