"""Thumbnails: pictures made small by Pillow, where it is installed."""

from __future__ import annotations

from io import BytesIO
from typing import Final

from aright.core.contract.pictures import LARGEST, media_of

SIDE: Final = 128
"""Pixels of a thumbnail's longer side."""

MOST_PIXELS: Final = 24 << 20
"""Pixels of a picture that is decoded: of more it is left as it is, so that a bomb stays shut."""

_QUALITIES: Final = (75, 50, 30)


def smaller(data: bytes) -> bytes:
    """Return a picture made small enough to be kept, or as it is where that is not to be had.

    >>> smaller(b"no picture")
    b'no picture'
    """
    if len(data) <= LARGEST or not media_of(data):
        return data
    try:
        from PIL import Image  # noqa: PLC0415 - no part of what aright needs
    except ImportError:
        return data
    formats = ("JPEG", "PNG", "WEBP")  # no other decoder sees foreign bytes
    try:
        with Image.open(BytesIO(data), formats=formats) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                return data
            picture.draft("RGB", (SIDE, SIDE))
            small = picture.convert("RGB")
    except Exception:  # noqa: BLE001 - a damaged or hostile file; it is not shown then
        return data
    small.thumbnail((SIDE, SIDE))
    for quality in _QUALITIES:
        file = BytesIO()
        small.save(file, "JPEG", quality=quality)
        if file.tell() <= LARGEST:
            return file.getvalue()
    return data
