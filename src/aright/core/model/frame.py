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
    PAYLOADS = 5
    SPANS = 6
    LOGS = 7
    ALERTS = 8
    RUNS = 9
    COUNTERS = 10


class Format(IntEnum):
    """How a body is written."""

    NDJSON = 1
    MSGPACK = 2
    ARROW = 3
    CLOUDEVENTS = 4
    OTLP_PROTO = 5
    OTLP_JSON = 6
    REMOTE_WRITE_1 = 7
    REMOTE_WRITE_2 = 8
    ALERTMANAGER = 9
    ALERTS_API = 10
    GRAFANA = 11
    OPENLINEAGE = 12
    EXPOSITION = 13
    PAGERDUTY = 14


class Encoding(IntEnum):
    """How a body is compressed."""

    IDENTITY = 0
    GZIP = 1
    ZSTD = 2
    SNAPPY = 3
    DEFLATE = 4


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
