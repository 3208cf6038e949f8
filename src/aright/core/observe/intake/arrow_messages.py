"""A look at an Arrow IPC stream before it is opened: how many rows and bytes it will become.

Record batches may be compressed inside, and a hostile one may announce any size; Arrow itself would
allocate it. Only what is needed is read: the message headers' flatbuffers, and of each compressed buffer its
first eight bytes.
https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Final, NamedTuple

from aright.core.observe.intake.unreadable import UnreadableError

_CONTINUATION: Final = 0xFFFFFFFF
_DICTIONARY_BATCH: Final = 2
_RECORD_BATCH: Final = 3
_U16: Final = struct.Struct("<H").unpack_from
_I32: Final = struct.Struct("<i").unpack_from
_U32: Final = struct.Struct("<I").unpack_from
_I64: Final = struct.Struct("<q").unpack_from
_SMALL: Final = 4_096  # bytes of a header that is remembered: what hostile senders fill stays bounded, too
_FIX: Final = "send one whole Arrow IPC stream, as pyarrow.ipc.new_stream writes it and closes it"


class Measure(NamedTuple):
    """What a stream will become.

    Attributes:
        rows: in all record batches.
        inflated: bytes of all buffers that are compressed inside, once decompressed.
        schema: where the first message ends, which is the schema.
    """

    rows: int
    inflated: int
    schema: int


def measure(body: bytes) -> Measure:
    """Walk the messages of a stream; raises ``UnreadableError`` where it is none, damaged or cut off.

    >>> import pyarrow as pa
    >>> sink = pa.BufferOutputStream()
    >>> with pa.ipc.new_stream(sink, pa.schema([("x", pa.int8())])) as stream:
    ...     stream.write(pa.table({"x": pa.array([1, 2], pa.int8())}))
    >>> measure(sink.getvalue().to_pybytes())
    Measure(rows=2, inflated=0, schema=128)
    """
    if body.startswith(b"ARROW1"):
        raise UnreadableError("the body is an Arrow IPC file", _FIX)
    try:
        return _walk(body)
    except (struct.error, IndexError) as error:
        raise UnreadableError("the Arrow stream is damaged or cut off", _FIX) from error


class _Message(NamedTuple):
    """What the header of one message says.

    Attributes:
        length: bytes of the body behind it.
        rows: of a record batch.
        squeezed: where in the body (offset, length) buffers lie that are compressed.
    """

    length: int
    rows: int
    squeezed: tuple[tuple[int, int], ...]


def _walk(body: bytes) -> Measure:
    rows = inflated = at = schema = 0
    while at < len(body):
        (size,) = _U32(body, at)
        at += 4
        if size == _CONTINUATION:
            (size,) = _U32(body, at)
            at += 4
        if size == 0:
            if at < len(body):
                raise UnreadableError(f"{len(body) - at:,} bytes follow the Arrow stream's end", _FIX)
            return Measure(rows, inflated, schema)
        start = at + size
        schema = schema or start
        header = body[at:start]
        message = _known(header) if size <= _SMALL else _look(header)
        end = start + message.length
        if message.length < 0 or end > len(body):
            raise UnreadableError("the Arrow stream is cut off within a message", _FIX)
        rows += message.rows
        if message.squeezed:
            inflated += _inflated(body, message.squeezed, start, end)
        at = end
    return Measure(rows, inflated, schema)


def _look(header: bytes) -> _Message:
    """Read a message's header."""
    message = _fields(header, _U32(header, 0)[0])
    length = _i64(header, message, 3)
    kind = header[message[1]] if len(message) > 1 and message[1] else 0
    if kind not in {_DICTIONARY_BATCH, _RECORD_BATCH}:
        return _Message(length, 0, ())
    batch = _table(header, message, 2)
    rows = _i64(header, batch, 0) if kind == _RECORD_BATCH else 0
    if kind == _DICTIONARY_BATCH:
        batch = _table(header, batch, 1)
    squeezed = _buffers(header, batch, 2) if len(batch) > 3 and batch[3] else ()
    return _Message(length, rows, squeezed)


_known: Final = lru_cache(maxsize=1_024)(_look)
"""The same for headers that come again and again, as those of a sender's dictionaries do."""


def _inflated(body: bytes, buffers: tuple[tuple[int, int], ...], start: int, end: int) -> int:
    total = 0
    for offset, length in buffers:
        if length >= 8 and offset >= 0 and start + offset + 8 <= end:
            total += max(_I64(body, start + offset)[0], 0)
    return total


# Flatbuffers: a table begins with how far before it its vtable lies; that lists where each field is. Every
# reach is bounded by ``struct``'s own checks.


def _fields(body: bytes, at: int) -> list[int]:
    """Return where each field of the table at ``at`` lies, 0 where it is left at its default."""
    vtable = at - _I32(body, at)[0]
    if vtable < 0:
        raise IndexError(vtable)
    offsets = struct.unpack_from(f"<{(_U16(body, vtable)[0] - 4) // 2}H", body, vtable + 4)
    return [at + offset if offset else 0 for offset in offsets]


def _table(body: bytes, fields: list[int], number: int) -> list[int]:
    at = fields[number]
    return _fields(body, at + _U32(body, at)[0]) if at else []


def _i64(body: bytes, fields: list[int], number: int) -> int:
    at = fields[number] if number < len(fields) else 0
    return int(_I64(body, at)[0]) if at else 0


def _buffers(body: bytes, fields: list[int], number: int) -> tuple[tuple[int, int], ...]:
    """Return a vector of (offset, length) structs."""
    at = fields[number]
    if not at:
        return ()
    at += _U32(body, at)[0]
    flat = struct.unpack_from(f"<{2 * _U32(body, at)[0]}q", body, at + 4)
    return tuple(zip(flat[::2], flat[1::2], strict=True))
