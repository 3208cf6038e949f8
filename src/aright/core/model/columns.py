"""The columns of observed rows, as every Arrow table inside aright has them.

Wide and flat: a segment attribute ``region`` is the column ``attr.region``, a feature ``norm`` of the source
``profiles`` is the column ``feat.profiles.norm``. A feature's source is all before its last dot.
Missing optional columns mean "null in every row"; unknown ones never reach a table.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

ATTRIBUTE: Final = "attr."
FEATURE: Final = "feat."

TIME: Final = pa.timestamp("us", tz="UTC")
CATEGORY: Final = pa.dictionary(pa.int32(), pa.string())

PREDICTION_FIELDS: Final[dict[str, pa.DataType]] = {
    "id": pa.string(),
    "time": TIME,
    "service": pa.string(),
    "model": CATEGORY,
    "version": CATEGORY,
    "arm": CATEGORY,  # stable | canary | shadow
    "unit": pa.string(),  # the randomisation unit, hashed by the sender
    "status": pa.int32(),  # HTTP-like; 500 and above is an error
    "fallback": pa.bool_(),
    "latency_ms": pa.float32(),
    "confidence": pa.float32(),
    "score": pa.float32(),  # an output that is a score in [0, 1]
    "number": pa.float32(),  # an output that is any number
    "label": CATEGORY,  # an output that is a class
    "items": pa.list_(pa.string()),  # an output that is a list
    "text": pa.string(),  # an output that is text
    "pool": CATEGORY,
    "host": CATEGORY,
    "trace_id": pa.string(),
}
"""Fixed columns of predictions; ``id``, ``time`` and ``service`` are never null."""

OUTCOME_FIELDS: Final[dict[str, pa.DataType]] = {
    "time": TIME,
    "service": pa.string(),
    "prediction_id": pa.string(),
    "unit": pa.string(),
    "kind": CATEGORY,  # see aright.core.model.outcome
    "value": pa.float32(),
    "label": CATEGORY,
    "text": pa.string(),
}
"""Columns of outcomes and feedback; ``time``, ``service`` and ``kind`` are never null."""

PROCESS_FIELDS: Final[dict[str, pa.DataType]] = {
    "time": TIME,
    "service": pa.string(),
    "host": CATEGORY,
    "version": CATEGORY,
    "name": CATEGORY,  # cpu_percent | rss_bytes | latency_ms_p50 | latency_ms_p99 | requests | errors …
    "value": pa.float32(),
}
"""Columns of process metrics, one row per sample; none is null but ``host`` and ``version``."""


def source_of(feature: str) -> str:
    """Return a feature's source: all before the last dot, or the name itself where there is none.

    >>> source_of("profiles.norm"), source_of("basket_size")
    ('profiles', 'basket_size')
    """
    head, dot, _ = feature.rpartition(".")
    return head if dot else feature


def names_with(schema: pa.Schema, prefix: str) -> list[str]:
    """Return the bare names of the columns that start with ``prefix``, in the schema's order.

    >>> names_with(pa.schema([("attr.region", CATEGORY), ("time", TIME)]), ATTRIBUTE)
    ['region']
    """
    return [name[len(prefix) :] for name in schema.names if name.startswith(prefix)]
