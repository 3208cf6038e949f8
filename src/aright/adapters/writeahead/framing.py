"""How a frame lies in a file: length, CRC-32, what it is, body.

=======  =====  ============================================================================
offset   bytes  meaning (little-endian)
=======  =====  ============================================================================
0        4      length of all that follows the CRC; 0 where nothing has been written yet
4        4      CRC-32 of the frame's position (8 bytes) and of all that follows the CRC
8        8      ``received_at`` (µs, UTC)
16       1      kind
17       1      format
18       1      encoding
19       1      version of this layout, 1
20       …      body
=======  =====  ============================================================================

The position in the CRC keeps a frame from being taken for one that lies elsewhere.
"""

from __future__ import annotations

import struct
from typing import Final
from zlib import crc32

from aright.core.model.frame import Encoding, Format, Frame, Kind

PREFIX: Final = struct.Struct("<II")
_ABOUT: Final = struct.Struct("<qBBBB")
_POSITION: Final = struct.Struct("<q")
_VERSION: Final = 1

HEAD: Final = PREFIX.size + _ABOUT.size
"""Bytes before the body."""


def size_of(frame: Frame) -> int:
    """Return how many bytes the frame takes in a file.

    >>> zipped = Encoding.GZIP
    >>> size_of(Frame(kind=Kind.PROCESS, format=Format.ARROW, encoding=zipped, received_at=0, body=b""))
    20
    """
    return HEAD + len(frame.body)


def head_of(frame: Frame, position: int) -> bytes:
    """Return what stands before the body of a frame that begins at ``position``."""
    about = _ABOUT.pack(frame.received_at, frame.kind, frame.format, frame.encoding, _VERSION)
    check = crc32(frame.body, crc32(about, crc32(_POSITION.pack(position))))
    return PREFIX.pack(len(about) + len(frame.body), check) + about


def parse(prefix: bytes, rest: bytes, position: int) -> Frame | None:
    """Return the frame that begins at ``position``, or ``None`` where it is not whole.

    Args:
        prefix: the first 8 bytes.
        rest: as many bytes as the prefix announces.
        position: where the frame begins in the log.

    >>> frame = Frame(kind=Kind.PROCESS, format=Format.ARROW, encoding=Encoding.GZIP, received_at=7, body=b"")
    >>> head = head_of(frame, 40)
    >>> parse(head[:8], head[8:], 40) == frame, parse(head[:8], head[8:] + b"y", 40)
    (True, None)
    """
    length, check = PREFIX.unpack(prefix)
    if len(rest) != length or length < _ABOUT.size or crc32(rest, crc32(_POSITION.pack(position))) != check:
        return None
    received_at, kind, form, encoding, version = _ABOUT.unpack_from(rest)
    if version != _VERSION:
        return None
    return Frame(
        kind=Kind(kind),
        format=Format(form),
        encoding=Encoding(encoding),
        received_at=received_at,
        body=rest[_ABOUT.size :],
    )
