"""Decompression that stops at a bound, so that a small body cannot become a huge one."""

from __future__ import annotations

import zlib

import cramjam
import pyarrow as pa

from aright.core.model.frame import Encoding
from aright.core.observe.intake.unreadable import UnreadableError

_CODECS = {Encoding.GZIP: "gzip", Encoding.ZSTD: "zstd"}


def decompress(body: bytes, encoding: Encoding, limit: int) -> bytes:
    """Return the plain body of at most ``limit`` bytes.

    Raises ``UnreadableError`` where it is empty, damaged, cut off or larger than ``limit``.

    >>> import zlib
    >>> squeeze = zlib.compressobj(wbits=31)
    >>> decompress(squeeze.compress(b"[]") + squeeze.flush(), Encoding.GZIP, 10)
    b'[]'
    """
    if not body:
        raise UnreadableError("the body is empty", "send at least one row")
    if encoding is Encoding.IDENTITY:
        plain = body
    elif encoding is Encoding.SNAPPY:
        plain = _unsnap(body, limit)
    elif encoding is Encoding.DEFLATE:
        plain = _unzip(body, limit + 1)
    else:
        plain = _inflate(body, _CODECS[encoding], limit + 1)
    if not plain:
        raise UnreadableError("the body is empty once decompressed", "send at least one row")
    if len(plain) > limit:
        raise UnreadableError(
            f"the body is larger than {limit:,} bytes once decompressed",
            "split it into several requests",
        )
    return plain


def _unsnap(body: bytes, limit: int) -> bytes:
    """Return the plain body of a Snappy block, whose first bytes say how large it will be.

    https://github.com/google/snappy/blob/main/format_description.txt
    """
    fix = "send one Snappy block, not the framed format, or use another compression"
    size = 0
    for place, byte in enumerate(body[:5]):
        size |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            break
    else:
        raise UnreadableError("the body is no Snappy block", fix)
    if size > limit:
        raise UnreadableError(
            f"the body is larger than {limit:,} bytes once decompressed", "split it into several requests"
        )
    try:
        return bytes(cramjam.snappy.decompress_raw(body))
    except cramjam.DecompressionError as error:
        raise UnreadableError(f"the body is no whole Snappy block: {str(error)[:200]}", fix) from error


def _unzip(body: bytes, most: int) -> bytes:
    """Return the first ``most`` bytes of a zlib stream, which HTTP calls deflate (RFC 9110, 8.4.1.2)."""
    stream = zlib.decompressobj()
    try:
        plain = stream.decompress(body, most)
    except zlib.error as error:
        raise UnreadableError(f"the body is no zlib stream: {error}", "compress it with gzip") from error
    if not stream.eof and len(plain) < most:
        raise UnreadableError("the body is cut off", "send all of it")
    return plain


def _inflate(body: bytes, codec: str, most: int) -> bytes:
    parts = []
    left = most
    try:
        with pa.CompressedInputStream(pa.BufferReader(body), codec) as stream:
            while left > 0 and (part := stream.read(min(left, 1 << 20))):
                parts.append(part)
                left -= len(part)
    except (OSError, pa.ArrowException) as error:
        raise UnreadableError(
            f"the body is not whole {codec}: {str(error)[:200]}",
            f"compress it with {codec} and send all of it, or leave Content-Encoding out",
        ) from error
    return b"".join(parts)
