"""A look at an Arrow IPC stream before it is opened: how many rows and bytes it will become.

Record batches may be compressed inside, and a hostile one may announce any size; Arrow itself would
allocate it. Only what is needed is read: the message headers' flatbuffers, and of each compressed buffer its
first eight bytes.
https://arrow.apache.org/docs/format/Columnar.html#serialization-and-interprocess-communication-ipc
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

from aright.core.observe.intake.unreadable import UnreadableError

_CONTINUATION: Final = 0xFFFFFFFF
_DICTIONARY_BATCH: Final = 2
_RECORD_BATCH: Final = 3
_FIX: Final = "send one whole Arrow IPC stream, as pyarrow.ipc.new_stream writes it and closes it"


class Measure(NamedTuple):
    """What a stream will become.

    Attributes:
        rows: in all record batches.
        inflated: bytes of all buffers that are compressed inside, once decompressed.
    """

    rows: int
    inflated: int


def measure(body: bytes) -> Measure:
    """Walk the messages of a stream; raises ``UnreadableError`` where it is none, damaged or cut off.

    >>> import pyarrow as pa
    >>> sink = pa.BufferOutputStream()
    >>> with pa.ipc.new_stream(sink, pa.schema([("x", pa.int8())])) as stream:
    ...     stream.write(pa.table({"x": pa.array([1, 2], pa.int8())}))
    >>> measure(sink.getvalue().to_pybytes())
    Measure(rows=2, inflated=0)
    """
    if body.startswith(b"ARROW1"):
        raise UnreadableError("the body is an Arrow IPC file", _FIX)
    try:
        return _walk(body)
    except (struct.error, IndexError) as error:
        raise UnreadableError("the Arrow stream is damaged or cut off", _FIX) from error


def _walk(body: bytes) -> Measure:
    rows = inflated = at = 0
    while at < len(body):
        size = _u32(body, at)
        at += 4
        if size == _CONTINUATION:
            size = _u32(body, at)
            at += 4
        if size == 0:
            if at < len(body):
                raise UnreadableError(f"{len(body) - at:,} bytes follow the Arrow stream's end", _FIX)
            return Measure(rows, inflated)
        start = at + size
        message = _Table.root(body, at)
        length = message.i64(3)
        if length < 0 or start + length > len(body):
            raise UnreadableError("the Arrow stream is cut off within a message", _FIX)
        batch = message.table(2)
        kind = message.u8(1)
        if kind == _DICTIONARY_BATCH and batch is not None:
            batch = batch.table(1)
        if kind in {_DICTIONARY_BATCH, _RECORD_BATCH} and batch is not None:
            rows += batch.i64(0) if kind == _RECORD_BATCH else 0
            inflated += _inflated(body, batch, start, start + length)
        at = start + length
    return Measure(rows, inflated)


def _inflated(body: bytes, batch: _Table, start: int, end: int) -> int:
    if batch.field(3) is None:
        return 0
    total = 0
    for offset, length in batch.buffers(2):
        if length >= 8 and offset >= 0 and start + offset + 8 <= end:
            total += max(struct.unpack_from("<q", body, start + offset)[0], 0)
    return total


class _Table(NamedTuple):
    """A flatbuffer table; every reach is bounded by ``struct``'s own checks."""

    body: bytes
    at: int

    @classmethod
    def root(cls, body: bytes, at: int) -> _Table:
        return cls(body, at + _u32(body, at))

    def field(self, number: int) -> int | None:
        """Return where a field lies, or ``None`` where it is left at its default."""
        vtable = self.at - int(struct.unpack_from("<i", self.body, self.at)[0])
        if vtable < 0:
            raise IndexError(vtable)
        slot = 4 + 2 * number
        if slot + 2 > _u16(self.body, vtable):
            return None
        offset = _u16(self.body, vtable + slot)
        return self.at + offset if offset else None

    def u8(self, number: int) -> int:
        at = self.field(number)
        return 0 if at is None else self.body[at]

    def i64(self, number: int) -> int:
        at = self.field(number)
        return 0 if at is None else int(struct.unpack_from("<q", self.body, at)[0])

    def table(self, number: int) -> _Table | None:
        at = self.field(number)
        return None if at is None else _Table(self.body, at + _u32(self.body, at))

    def buffers(self, number: int) -> list[tuple[int, int]]:
        """Return a vector of (offset, length) structs."""
        at = self.field(number)
        if at is None:
            return []
        at += _u32(self.body, at)
        flat = struct.unpack_from(f"<{2 * _u32(self.body, at)}q", self.body, at + 4)
        return list(zip(flat[::2], flat[1::2], strict=True))


def _u16(body: bytes, at: int) -> int:
    return int(struct.unpack_from("<H", body, at)[0])


def _u32(body: bytes, at: int) -> int:
    return int(struct.unpack_from("<I", body, at)[0])
