r"""Records of a ``.wandb`` file: a header of seven bytes, then LevelDB's log format in blocks of 32 KiB.

The header is ``:W&B``, 0xBEE1 (little endian) and a version byte. Each piece has a CRC-32 (IEEE, over its
type and its bytes), its length and its type: whole, first, middle or last. A file that ends within a record
is one whose writer still writes or has died: what came before counts. A piece whose sum is wrong makes the
rest of its block unreadable; reading goes on with the next block, and how much was lost is counted.

Source: the format of LevelDB's log, https://github.com/google/leveldb/blob/main/doc/log_format.md
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Iterator

HEADER: Final = b":W&B\xe1\xbe\x00"
BLOCK: Final = 32_768
LARGEST: Final = 64 << 20
"""Bytes of one record."""

_PIECE: Final = struct.Struct("<IHB")
_WHOLE, _FIRST, _MIDDLE, _LAST = 1, 2, 3, 4


class NoRunError(ValueError):
    """A file does not begin as files of runs do."""


@dataclass
class Damage:
    """What of a file could not be read.

    Attributes:
        blocks: in which a sum was wrong, or which made no sense.
        first: position of the first of them in the file (bytes); -1 for none.
        torn: whether the file ends within a record.
    """

    blocks: int = 0
    first: int = -1
    torn: bool = False

    def tell(self, at: int) -> None:
        """Note a block."""
        self.blocks += 1
        self.first = at if self.first < 0 else self.first


def records(file: IO[bytes], damage: Damage) -> Iterator[bytes]:
    """Yield the records of a file in order, and note in ``damage`` what could not be read.

    Raises ``NoRunError`` where the file has another header.
    """
    block = file.read(BLOCK)
    if not block.startswith(HEADER):
        raise NoRunError("it does not begin as files of runs do")
    at, offset, parts = 0, len(HEADER), bytearray()
    begun = False
    while block:
        for kind, data in _pieces(block, offset, at, damage):
            begun, whole = _joined(parts, begun, kind, data)
            if whole is not None:
                yield whole
        if damage.first >= at:
            begun = False  # what was begun has lost a piece
        at, offset = at + len(block), 0
        block = file.read(BLOCK)
    damage.torn = damage.torn or begun


def _pieces(block: bytes, offset: int, at: int, damage: Damage) -> Iterator[tuple[int, bytes]]:
    """Yield type and bytes of the pieces of a block; a short block is the file's last."""
    last = len(block) < BLOCK
    while len(block) - offset >= _PIECE.size:
        total, length, kind = _PIECE.unpack_from(block, offset)
        start = offset + _PIECE.size
        data = block[start : start + length]
        if len(data) < length and last:
            damage.torn = True
            return
        if kind == 0 and length == 0 and not any(block[offset:]):
            return  # room that was reserved and not written to
        if not _WHOLE <= kind <= _LAST or len(data) < length or crc32(data, crc32(bytes((kind,)))) != total:
            damage.tell(at + offset)
            return
        yield kind, data
        offset = start + length
    damage.torn = damage.torn or (last and any(block[offset:]))


def _joined(parts: bytearray, begun: bool, kind: int, data: bytes) -> tuple[bool, bytes | None]:  # noqa: FBT001  a state, not a switch
    """Return whether a record is under way, and the record that has come to its end."""
    if kind in {_WHOLE, _FIRST}:
        parts.clear()
        if kind == _WHOLE:
            return False, data
        parts += data
        return True, None
    if not begun or len(parts) + len(data) > LARGEST:
        return False, None  # a part of something whose beginning is lost, or far too much
    parts += data
    return (True, None) if kind == _MIDDLE else (False, bytes(parts))
