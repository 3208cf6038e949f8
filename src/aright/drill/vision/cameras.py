"""Cameras: what each makes of what it sees, and what its firmware says of itself in the picture."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Final

import numpy as np
from PIL import Image

from aright.drill.vision.plan import Way

if TYPE_CHECKING:
    from aright.drill.vision.fleet import Camera

QUALITY: Final = 90
COARSE: Final = 4
"""Of JPEG, as usual and as a firmware has it that compresses too much."""

GAMMA: Final = 5.0
"""The exponent that a firmware applies once too often."""

DENSITY: Final = (72, 72)
"""Pixels per inch, as cameras write where they know of none."""

_MAKE, _MODEL, _SOFTWARE = 0x010F, 0x0110, 0x0131


def take(seen: Image.Image, camera: Camera, firmware: str, way: Way | None) -> bytes:
    """Return the JPEG file that a camera makes.

    Args:
        seen: what is before it.
        camera: says its size.
        firmware: that the picture names, beside maker and model.
        way: in which the firmware spoils it; ``None`` where it does not.
    """
    picture = seen.resize(camera.size, Image.Resampling.BILINEAR) if camera.size != seen.size else seen
    if way is not None:
        picture = spoil(picture, way)
    quality = COARSE if way is Way.COMPRESSION else QUALITY
    exif = _exif(camera.make, camera.model, firmware)
    file = BytesIO()
    picture.save(file, "JPEG", quality=quality, exif=exif, dpi=DENSITY)
    return file.getvalue()


@cache
def _exif(make: str, model: str, firmware: str) -> bytes:
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL], exif[_SOFTWARE] = make, model, firmware
    return exif.tobytes()


def spoil(picture: Image.Image, way: Way) -> Image.Image:
    """Return what a firmware makes of a picture.

    >>> spoil(Image.new("RGB", (1, 1), (200, 20, 10)), Way.COLOUR_ORDER).getpixel((0, 0))
    (10, 20, 200)
    """
    pixels = np.asarray(picture)
    match way:
        case Way.COLOUR_ORDER:
            return Image.fromarray(np.ascontiguousarray(pixels[:, :, ::-1]), "RGB")
        case Way.GAMMA:
            bent = 255 * (pixels / np.float32(255)) ** np.float32(GAMMA)
            return Image.fromarray(bent.astype(np.uint8), "RGB")
        case Way.COMPRESSION:
            small = picture.resize((3, 2), Image.Resampling.BOX)
            return small.resize(picture.size, Image.Resampling.BILINEAR)
