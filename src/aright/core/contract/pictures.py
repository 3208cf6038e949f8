"""Pictures within payloads: known by their first bytes, never by what is said of them, and without metadata.

A picture's metadata may tell where it was taken and by whom (Exif), so a small one is kept without: of a JPEG
the frame's own segments alone (ITU-T T.81), of a PNG the chunks that its pixels need (W3C PNG, 3rd edition),
of a WebP the bitstream alone (RFC 9649). Anything else, such as SVG, which may hold scripts, is no picture.
"""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST: Final = 8 << 10
"""Bytes of a picture that is kept."""

MOST_BYTES: Final = 4 << 20
"""Bytes of a picture that is looked at."""

_SHORTEST: Final = 60
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_NEEDED: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"gAMA", b"sRGB"})
_DEPTH: Final = 6


def media_of(data: bytes) -> str:
    r"""Return the media type that the first bytes show; empty for none that is known to be harmless.

    >>> media_of(b"\xff\xd8\xff\xe0"), media_of(b"<svg onload=alert(1)>")
    ('image/jpeg', '')
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(_PNG):
        return "image/png"
    return "image/webp" if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else ""


def bare(data: bytes) -> bytes:
    """Return a picture without its metadata; empty where it is none, is damaged, or is too large."""
    strip = {"image/jpeg": _bare_jpeg, "image/png": _bare_png, "image/webp": _bare_webp}.get(media_of(data))
    return strip(data) if strip is not None and len(data) <= MOST_BYTES else b""


def pictures_in(document: object) -> Iterator[tuple[str, bytes]]:
    r"""Yield field and bytes of each picture that a document's texts hold in base64, also as a data URI.

    >>> import base64
    >>> text = base64.b64encode(b"\xff\xd8\xff" + bytes(60)).decode()
    >>> [(name, len(data)) for name, data in pictures_in({"shot": {"image": text}, "note": "x" * 99})]
    [('shot.image', 63)]
    """
    yield from _pictures("", document, 0)


def decoded(text: str) -> bytes:
    """Return the picture that a text is, or nothing."""
    if len(text) < _SHORTEST or len(text) > 2 * MOST_BYTES:
        return b""
    plain = text.partition(",")[2] if text.startswith("data:image/") else text
    try:
        head = binascii.a2b_base64(plain[:64].translate(_URL_SAFE))
        if not media_of(head):
            return b""
        return binascii.a2b_base64(plain.translate(_URL_SAFE) + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""


_URL_SAFE: Final = str.maketrans("-_", "+/")


def _pictures(name: str, value: object, depth: int) -> Iterator[tuple[str, bytes]]:
    if isinstance(value, str):
        data = decoded(value)
        if data:
            yield name, data
    elif isinstance(value, dict) and depth < _DEPTH:
        for key, part in list(value.items())[:200]:
            yield from _pictures(f"{name}.{key}" if name else str(key), part, depth + 1)
    elif isinstance(value, list) and depth < _DEPTH:
        for part in value[:16]:
            yield from _pictures(f"{name}[]", part, depth + 1)


def _bare_jpeg(data: bytes) -> bytes:
    kept, at = bytearray(data[:2]), 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker, size = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if size < 2 or at + 2 + size > len(data):
            return b""
        if not (0xE1 <= marker <= 0xEF and marker != 0xEE) and marker != 0xFE:  # APP14 tells the colours
            kept += data[at : at + 2 + size]
        if marker == 0xDA:
            end = data.rfind(b"\xff\xd9")
            return bytes(kept + data[at + 2 + size : end + 2]) if end > at else b""
        at += 2 + size
    return b""


def _bare_png(data: bytes) -> bytes:
    kept, at = bytearray(_PNG), len(_PNG)
    while at + 12 <= len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if at + 12 + size > len(data):
            return b""
        if name in _NEEDED:
            kept += data[at : at + 12 + size]
        if name == b"IEND":
            return bytes(kept)
        at += 12 + size
    return b""


def _bare_webp(data: bytes) -> bytes:
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        whole = data[at : at + 8 + size + size % 2]
        if len(whole) < 8 + size:
            return b""
        if name in {b"VP8 ", b"VP8L"}:
            return b"RIFF" + (4 + len(whole)).to_bytes(4, "little") + b"WEBP" + whole
        at += len(whole)
    return b""
