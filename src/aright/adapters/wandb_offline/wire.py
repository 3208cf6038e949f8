"""Protocol Buffers' wire format, as far as it takes to read records without their schema.

Source: https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
_LONGEST: Final = 10
Value: TypeAlias = "int | bytes"


class WireError(ValueError):
    """Bytes are no message."""


def fields(message: bytes) -> Iterator[tuple[int, Value]]:
    """Yield number and value of each field: numbers as unsigned, all else as bytes.

    Raises ``WireError``.

    >>> list(fields(bytes([0x08, 0x96, 0x01, 0x12, 0x02, 0x68, 0x69])))
    [(1, 150), (2, b'hi')]
    """
    at, end = 0, len(message)
    while at < end:
        tag, at = _varint(message, at)
        number, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value
            continue
        if kind == _BYTES:
            size, at = _varint(message, at)
        elif kind in {_EIGHT, _FOUR}:
            size = 8 if kind == _EIGHT else 4
        else:
            raise WireError(f"a field of kind {kind}")
        if size > end - at:
            raise WireError("a field goes beyond its message")
        yield number, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    if at < len(message) and message[at] < 0x80:
        return message[at], at + 1  # nearly all of them
    value = 0
    for shift, byte in enumerate(message[at : at + _LONGEST]):
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + shift + 1
    raise WireError("a number without an end")


def message(value: Value) -> bytes:
    """Return a field's bytes; raises ``WireError`` where it is a number."""
    if isinstance(value, bytes):
        return value
    raise WireError("a number where a message should be")


def text(value: Value) -> str:
    """Return a field's text."""
    return message(value).decode("utf-8", "replace")


def signed(value: Value) -> int:
    """Return a number that may be below zero."""
    if not isinstance(value, int):
        raise WireError("a message where a number should be")
    return value - (1 << 64) if value >> 63 else value


def number(value: Value) -> float:
    """Return a double.

    >>> number(struct.pack("<d", 0.5))
    0.5
    """
    bits = message(value)
    if len(bits) != 8:
        raise WireError("no double")
    return float(struct.unpack("<d", bits)[0])
