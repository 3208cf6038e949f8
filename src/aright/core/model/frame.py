"""A frame: one accepted request body, as the log keeps it."""

from __future__ import annotations

from enum import IntEnum

import msgspec

from aright.core.model.times import Micros


class Kind(IntEnum):
    """What a body's rows are."""

    PREDICTIONS = 1
    OUTCOMES = 2
    PROCESS = 3
    CHANGES = 4


class Format(IntEnum):
    """How a body is written."""

    NDJSON = 1
    MSGPACK = 2
    ARROW = 3
    CLOUDEVENTS = 4


class Encoding(IntEnum):
    """How a body is compressed."""

    IDENTITY = 0
    GZIP = 1
    ZSTD = 2


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One request body as it came in, with what is needed to read it again.

    Attributes:
        kind: what its rows are.
        format: how the decompressed body is written.
        encoding: how ``body`` is compressed.
        received_at: when the door took it (µs, UTC); rows are judged "future" or "past" against it, so that
            reading the frame again after a crash gives the same rows.
        body: the bytes, still compressed.
    """

    kind: Kind
    format: Format
    encoding: Encoding
    received_at: Micros
    body: bytes
