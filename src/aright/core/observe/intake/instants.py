"""Instants of rows as a column."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from aright.core.model.columns import TIME
from aright.core.model.times import from_datetime

if TYPE_CHECKING:
    from collections.abc import Iterable


def instants(values: Iterable[object]) -> pa.Array:
    """Return aware datetimes and microseconds as a column of times; one without a zone raises ``ValueError``.

    Arrow itself drops the zones of datetimes once pandera is loaded in the same process.

    >>> instants([datetime.fromisoformat("1970-01-01T01:00:00+01:00"), 7]).cast(pa.int64()).to_pylist()
    [0, 7]
    """
    return pa.array(
        [from_datetime(value) if isinstance(value, datetime) else value for value in values], TIME
    )
