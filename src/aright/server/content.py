"""What the hot doors are told of a body: its format by Content-Type, its compression by Content-Encoding."""

from __future__ import annotations

from typing import Final

from aright.core.model.frame import Encoding, Format, Kind
from aright.server.problems import ProblemError

DOORS: Final[dict[str, Kind]] = {
    "/v1/predictions": Kind.PREDICTIONS,
    "/v1/outcomes": Kind.OUTCOMES,
    "/v1/process": Kind.PROCESS,
    "/v1/changes": Kind.CHANGES,
}
"""Paths that take rows, and what rows those are."""

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

CHANGE_FORMATS: Final[dict[str, Format]] = dict.fromkeys(
    ("application/cloudevents+json", "application/cloudevents-batch+json", "application/json"),
    Format.CLOUDEVENTS,
)
"""Content types of changes."""

ENCODINGS: Final[dict[str, Encoding]] = {
    "": Encoding.IDENTITY,
    "identity": Encoding.IDENTITY,
    "gzip": Encoding.GZIP,
    "x-gzip": Encoding.GZIP,
    "zstd": Encoding.ZSTD,
}
"""Content encodings."""


def format_of(kind: Kind, content_type: bytes) -> Format:
    """Return how a body of this kind is written; raises ``ProblemError`` (415).

    >>> format_of(Kind.OUTCOMES, b"application/x-ndjson; charset=utf-8").name
    'NDJSON'
    """
    known = CHANGE_FORMATS if kind is Kind.CHANGES else ROW_FORMATS
    name = content_type.decode("latin-1").partition(";")[0].strip().lower()
    if name not in known:
        said = f"Content-Type {name[:80]!r} is not read here." if name else "There is no Content-Type."
        raise ProblemError(415, said, f"Send one of {', '.join(known)}.")
    return known[name]


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
