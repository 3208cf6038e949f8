"""The hot doors: which paths take what, and how a body may be compressed."""

from __future__ import annotations

from typing import Final

from aright.core.model.frame import Encoding, Format, Kind
from aright.server.cloudevents_binary import structured
from aright.server.door import Door
from aright.server.doors_alerts import DOORS as ALERTS
from aright.server.doors_events import DOORS as EVENTS
from aright.server.doors_lineage import DOORS as LINEAGE
from aright.server.doors_otlp import DOORS as OTLP
from aright.server.doors_prometheus import DOORS as PROMETHEUS
from aright.server.problems import ProblemError

ROW_FORMATS: Final[dict[str, Format]] = {
    "application/x-ndjson": Format.NDJSON,
    "application/jsonl": Format.NDJSON,
    "application/json": Format.NDJSON,
    "application/msgpack": Format.MSGPACK,
    "application/vnd.msgpack": Format.MSGPACK,
    "application/x-msgpack": Format.MSGPACK,
    "application/vnd.apache.arrow.stream": Format.ARROW,
}
"""Content types of rows."""

PAYLOAD_FORMATS: Final = {name: form for name, form in ROW_FORMATS.items() if form is not Format.ARROW}
"""Content types of payloads."""

CHANGE_FORMATS: Final[dict[str, Format]] = dict.fromkeys(
    ("application/cloudevents+json", "application/cloudevents-batch+json", "application/json"),
    Format.CLOUDEVENTS,
)
"""Content types of changes."""

DOORS: Final[dict[str, Door]] = {
    "/v1/predictions": Door(kind=Kind.PREDICTIONS, formats=ROW_FORMATS),
    "/v1/outcomes": Door(kind=Kind.OUTCOMES, formats=ROW_FORMATS),
    "/v1/process": Door(kind=Kind.PROCESS, formats=ROW_FORMATS),
    "/v1/payloads": Door(kind=Kind.PAYLOADS, formats=PAYLOAD_FORMATS),
    "/v1/changes": Door(kind=Kind.CHANGES, formats=CHANGE_FORMATS, compose=structured),
    **OTLP,
    **LINEAGE,
    **PROMETHEUS,
    **ALERTS,
    **EVENTS,
}
"""By path."""

ENCODINGS: Final[dict[str, Encoding]] = {
    "": Encoding.IDENTITY,
    "identity": Encoding.IDENTITY,
    "gzip": Encoding.GZIP,
    "x-gzip": Encoding.GZIP,
    "zstd": Encoding.ZSTD,
    "deflate": Encoding.DEFLATE,
    "snappy": Encoding.SNAPPY,
}
"""Content encodings."""


def encoding_of(content_encoding: bytes) -> Encoding:
    """Return how a body is compressed; raises ``ProblemError`` (415).

    >>> encoding_of(b"zstd").name, encoding_of(b"").name
    ('ZSTD', 'IDENTITY')
    """
    name = content_encoding.decode("latin-1").strip().lower()
    if name not in ENCODINGS:
        raise ProblemError(
            415, f"Content-Encoding {name[:80]!r} is not read.", "Compress with gzip or zstd, or not at all."
        )
    return ENCODINGS[name]
