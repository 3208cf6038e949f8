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
    "entropy": pa.float32(),  # of the class probabilities, over the logarithm of how many classes
    "margin": pa.float32(),  # how far the likeliest class is ahead of the next
    "score": pa.float32(),  # an output that is a score in [0, 1]
    "number": pa.float32(),  # an output that is any number
    "label": CATEGORY,  # an output that is a class
    "items": pa.list_(pa.string()),  # an output that is a list
    "text": pa.string(),  # an output that is text
    "pool": CATEGORY,
    "host": CATEGORY,
    "trace_id": pa.string(),
    "pair": pa.string(),  # of a copy: the id of the answer that was shown
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

COUNTER_FIELDS: Final[dict[str, pa.DataType]] = {
    "time": TIME,
    "service": pa.string(),
    "host": CATEGORY,
    "version": CATEGORY,
    "name": CATEGORY,  # without the ending that tells the role
    "value": pa.float64(),
    "role": CATEGORY,  # total | count | sum | bucket
    "series": pa.int64(),  # a hash of all that names the series
    "bound": pa.float64(),  # of a bucket: counts what is not above it
}
"""Columns of samples that only ever grow, a row each; ``host``, ``version`` and ``bound`` may be null."""

PAYLOAD_FIELDS: Final[dict[str, pa.DataType]] = {
    "time": TIME,
    "service": pa.string(),  # who called
    "dependency": CATEGORY,  # who was called: a host, or a name given to it
    "endpoint": CATEGORY,  # method and path, what differs from call to call replaced: GET /v1/orders/{}
    "direction": CATEGORY,  # request | response
    "status": pa.int32(),
    "latency_ms": pa.float32(),
    "version": CATEGORY,
    "trace_id": pa.string(),
    "body": pa.binary(),  # one JSON document
}
"""Columns of payloads; none is null but ``status``, ``latency_ms``, ``version`` and ``trace_id``."""

SPAN_FIELDS: Final[dict[str, pa.DataType]] = {
    "time": TIME,  # when it began
    "service": pa.string(),
    "trace_id": pa.string(),
    "id": pa.string(),
    "parent_id": pa.string(),  # null in a root
    "name": CATEGORY,
    "kind": CATEGORY,  # internal | server | client | producer | consumer
    "duration_ms": pa.float32(),
    "status": CATEGORY,  # unset | ok | error
    "message": pa.string(),  # of the status, or of the exception
    "http_status": pa.int32(),
    "peer": CATEGORY,  # who is called
    "route": CATEGORY,  # what is called, without what differs from call to call
    "version": CATEGORY,
    "host": CATEGORY,
    "attributes": pa.binary(),  # all of them, one JSON object
}
"""Columns of spans; the first four, ``name``, ``kind`` and ``duration_ms`` are never null."""

LOG_FIELDS: Final[dict[str, pa.DataType]] = {
    "time": TIME,
    "service": pa.string(),
    "severity": pa.int32(),  # OpenTelemetry's numbers, 1 to 24: 9 is INFO, 17 ERROR
    "body": pa.string(),
    "trace_id": pa.string(),
    "span_id": pa.string(),
    "version": CATEGORY,
    "host": CATEGORY,
    "attributes": pa.binary(),  # one JSON object
}
"""Columns of log records; ``time`` and ``service`` are never null."""


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
