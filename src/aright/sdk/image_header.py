"""What the first bytes of an image say: its format, its size, and which camera and firmware made it.

Nothing is decoded, so it takes some microseconds and needs no library. PNG, JPEG, GIF, WebP, BMP and TIFF are
known. Sources: the PNG, GIF89a, WebP (RFC 9649), TIFF 6.0 and Exif 2.32 specifications, ITU-T T.81 (JPEG).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.sdk.values import Scalar

LONGEST: Final = 1 << 18
"""Bytes that are looked at, from the start."""

_TAGS: Final = {0x010F: "make", 0x0110: "model", 0x0131: "software"}
_MOST_TAGS: Final = 200
_LONGEST_TEXT: Final = 80
_ASCII: Final = 2
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_TOLD_BY_APPLICATIONS: Final = frozenset(bytes((marker,)) for marker in range(0xE0, 0xF0))
_EXIF: Final = 0xE1
_BARE: Final = frozenset({0x01, *range(0xD0, 0xD9)})


class Header(NamedTuple):
    """What an image says of itself.

    Attributes:
        format: png, jpeg, gif, webp, bmp or tiff; empty where it is none of these.
        width: pixels; 0 where it is not told.
        height: pixels; 0 where it is not told.
        exif: make, model and software, of those that are told.
    """

    format: str = ""
    width: int = 0
    height: int = 0
    exif: Mapping[str, str] = MappingProxyType({})


def header_of(data: bytes) -> Header:
    r"""Return what an image says of itself; whatever is damaged is left out.

    >>> header_of(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\2\x80\0\0\1\xe0")[:3]
    ('png', 640, 480)
    >>> header_of(b"no image").format
    ''
    """
    head = data[:LONGEST]
    for magic, name, read in _KINDS:
        if head.startswith(magic) and (name != "webp" or head[8:12] == b"WEBP"):
            try:
                return read(head)
            except (IndexError, ValueError):
                return Header(name)
    return Header()


def without_exif(data: bytes) -> bytes:
    r"""Return a JPEG without what its camera tells, which decoders read at length; all else as it is.

    >>> without_exif(b"\xff\xd8\xff\xe0\0\4AB\xff\xe1\0\6Exif\xff\xda...")
    b'\xff\xd8\xff\xe0\x00\x04AB\xff\xda...'
    >>> without_exif(b"no image")
    b'no image'
    """
    if not data.startswith(b"\xff\xd8\xff"):
        return data
    kept, at = [data[:2]], 2
    while data[at : at + 1] == b"\xff" and data[at + 1 : at + 2] in _TOLD_BY_APPLICATIONS:
        end = at + 2 + max(int.from_bytes(data[at + 2 : at + 4], "big"), 2)
        if data[at + 1] != _EXIF:
            kept.append(data[at:end])
        at = end
    return b"".join((*kept, data[at:])) if sum(map(len, kept)) < at else data


def shape_of(width: int, height: int) -> dict[str, Scalar]:
    """Return width, height and aspect, nothing where they are not known.

    >>> shape_of(640, 480)
    {'width': 640, 'height': 480, 'aspect': 1.3333}
    """
    if width <= 0 or height <= 0:
        return {}
    return {"width": width, "height": height, "aspect": round(width / height, 4)}


def _png(head: bytes) -> Header:
    at = head.find(b"eXIf", 8)
    exif = _exif(head[at + 4 :]) if at > 0 else {}
    return Header("png", _big(head, 16, 4), _big(head, 20, 4), exif)


def _gif(head: bytes) -> Header:
    return Header("gif", _little(head, 6, 2), _little(head, 8, 2))


def _bmp(head: bytes) -> Header:
    height = int.from_bytes(_bytes(head, 22, 4), "little", signed=True)  # negative from the top down
    return Header("bmp", _little(head, 18, 4), abs(height))


def _webp(head: bytes) -> Header:
    kind = head[12:16]
    if kind == b"VP8X":
        return Header("webp", 1 + _little(head, 24, 3), 1 + _little(head, 27, 3))
    if kind == b"VP8L":
        bits = _little(head, 21, 4)
        return Header("webp", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    return Header("webp", _little(head, 26, 2) & 0x3FFF, _little(head, 28, 2) & 0x3FFF)


def _tiff(head: bytes) -> Header:
    return Header("tiff", exif=_exif(head))


def _jpeg(head: bytes) -> Header:
    exif: dict[str, str] = {}
    at = 2
    while at + 4 <= len(head) and head[at] == 0xFF:
        marker = head[at + 1]
        if marker == 0xFF or marker in _BARE:
            at += 1 if marker == 0xFF else 2
            continue
        length = _big(head, at + 2, 2)
        if marker in _FRAMES:
            return Header("jpeg", _big(head, at + 7, 2), _big(head, at + 5, 2), exif)
        if marker == 0xE1 and head[at + 4 : at + 10] == b"Exif\0\0":
            exif = _exif(head[at + 10 : at + 2 + length])
        if marker == 0xDA or length < 2:
            break
        at += 2 + length
    return Header("jpeg", exif=exif)


def _exif(block: bytes) -> dict[str, str]:
    """Return the texts of the first directory of a TIFF block."""
    order: dict[bytes, str] = {b"II*\0": "little", b"MM\0*": "big"}
    if block[:4] not in order:
        return {}

    def number(at: int, size: int) -> int:
        return _little(block, at, size) if order[block[:4]] == "little" else _big(block, at, size)

    found: dict[str, str] = {}
    try:
        directory = number(4, 4)
        for entry in range(min(number(directory, 2), _MOST_TAGS)):
            at = directory + 2 + 12 * entry
            name = _TAGS.get(number(at, 2))
            if name and number(at + 2, 2) == _ASCII:
                count = number(at + 4, 4)
                start = at + 8 if count <= 4 else number(at + 8, 4)
                text = _plain(block[start : start + min(count, _LONGEST_TEXT)])
                if text:
                    found[name] = text
    except IndexError:
        pass
    return found


def _plain(text: bytes) -> str:
    shown = text.partition(b"\0")[0].decode("utf-8", "replace").strip()
    return "".join(sign for sign in shown if sign.isprintable())


def _bytes(head: bytes, at: int, size: int) -> bytes:
    part = head[at : at + size]
    if at < 0 or len(part) < size:
        raise IndexError(at)
    return part


def _big(head: bytes, at: int, size: int) -> int:
    return int.from_bytes(_bytes(head, at, size), "big")


def _little(head: bytes, at: int, size: int) -> int:
    return int.from_bytes(_bytes(head, at, size), "little")


_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png", _png),
    (b"\xff\xd8", "jpeg", _jpeg),
    (b"GIF8", "gif", _gif),
    (b"RIFF", "webp", _webp),
    (b"BM", "bmp", _bmp),
    (b"II*\0", "tiff", _tiff),
    (b"MM\0*", "tiff", _tiff),
)
