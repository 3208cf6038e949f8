"""Lanes: the kinds of rows the SDK sends, each to its own door, and the batches they travel in."""

from __future__ import annotations

import zlib
from enum import IntEnum
from typing import Final, NamedTuple

import msgspec


class Lane(IntEnum):
    """What a row is; the numbers stand in spool files, so they never change."""

    PREDICTION = 1
    OUTCOME = 2
    PROCESS = 3
    CHANGE = 4
    PAYLOAD = 5


class Address(NamedTuple):
    """Where a lane's batches go and how their bodies are written."""

    path: str
    content_type: str


ADDRESSES: Final[dict[Lane, Address]] = {
    Lane.PREDICTION: Address("/v1/predictions", "application/msgpack"),
    Lane.OUTCOME: Address("/v1/outcomes", "application/msgpack"),
    Lane.PROCESS: Address("/v1/process", "application/msgpack"),
    Lane.CHANGE: Address("/v1/changes", "application/cloudevents-batch+json"),
    Lane.PAYLOAD: Address("/v1/payloads", "application/msgpack"),
}

COMPRESS_FROM: Final = 1024
"""Bodies of fewer bytes go as they are: a packet is not made fewer by squeezing it."""


class Batch(msgspec.Struct, frozen=True):
    """One request body, ready to send.

    Attributes:
        lane: the kind of its rows.
        rows: how many there are.
        encoding: ``""``, ``"gzip"`` or ``"zstd"``, as ``Content-Encoding`` says it.
        body: the bytes.
    """

    lane: Lane
    rows: int
    encoding: str
    body: bytes


def pack(lane: Lane, rows: list[bytes]) -> Batch:
    r"""Join encoded rows into one body, compressed when it is big.

    >>> pack(Lane.OUTCOME, [msgspec.msgpack.encode({"value": 1})]).body
    b'\xdd\x00\x00\x00\x01\x81\xa5value\x01'
    >>> pack(Lane.CHANGE, [b"{}", b"{}"]).body
    b'[{},{}]'
    """
    if lane is Lane.CHANGE:
        body = b"[" + b",".join(rows) + b"]"
    else:
        body = b"\xdd" + len(rows).to_bytes(4, "big") + b"".join(rows)  # msgpack's "array 32" header
    encoding, body = _compress(body)
    return Batch(lane, len(rows), encoding, body)


def _compress(body: bytes) -> tuple[str, bytes]:
    if len(body) < COMPRESS_FROM:
        return "", body
    try:
        import cramjam  # noqa: PLC0415 - optional, and loaded by the sender only
    except ImportError:
        squeeze = zlib.compressobj(1, zlib.DEFLATED, 31)  # 31: a gzip header around it
        return "gzip", squeeze.compress(body) + squeeze.flush()
    return "zstd", bytes(cramjam.zstd.compress(body, level=3))
