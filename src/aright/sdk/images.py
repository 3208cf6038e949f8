"""Images as features: what a vision service's inputs look like, told without sending them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.sdk.image_header import header_of, shape_of

if TYPE_CHECKING:
    from aright.sdk.values import Scalar

MOST_PIXELS: Final = 4 << 20
"""Pixels of an image that is decoded; of a larger one only what its first bytes say is told."""

MOST_OF_JPEG: Final = 64 << 20
"""The same of a JPEG, which is decoded at a fraction of its size."""


def image_features(image: object) -> dict[str, Scalar]:
    """Return features of an image, for ``Client.prediction(features={**image_features(image), …})``.

    Their names: ``image.width`` and ``image.height`` (pixels), ``image.aspect`` (width / height),
    ``image.bytes``, ``image.format``, ``image.make``, ``image.model`` and ``image.software`` (of Exif: camera
    and firmware), ``image.channels``, and, of the luma at about 512 pixels, ``image.brightness`` (mean, 0 to
    1), ``image.contrast`` (standard deviation, 0 to 0.5) and ``image.blur`` (variance of the Laplacian; the
    smaller, the more blurred).

    Size, format and Exif come from the first bytes. Pixels are decoded by Pillow, where it is installed, and
    at a fraction of their size where the format allows. It takes some milliseconds, so call it for one image
    of many. It raises nothing: what cannot be told is left out.

    Args:
        image: the bytes of a file, a ``PIL.Image.Image``, or an array of shape (height, width), (height,
            width, channels) or (channels, height, width), of whole numbers or of floats up to 1 or 255.

    >>> image_features(b"no image")
    {'image.bytes': 8}
    """
    try:
        found = _told(image)
    except Exception:  # noqa: BLE001 - whatever a host passes, it must not be the worse for it
        return {}
    return {f"image.{name}": value for name, value in found.items()}


def _told(image: object) -> dict[str, Scalar]:
    if isinstance(image, (bytes, bytearray, memoryview)):
        return _of_bytes(bytes(image))
    from aright.sdk.pixels import of_array, of_picture  # noqa: PLC0415 - numpy only where images are told of

    return of_picture(image) if hasattr(image, "getexif") else of_array(image)


def _of_bytes(data: bytes) -> dict[str, Scalar]:
    header = header_of(data)
    found: dict[str, Scalar] = {"bytes": len(data)}
    if header.format:
        found["format"] = header.format
    found |= shape_of(header.width, header.height)
    found |= header.exif
    most = MOST_OF_JPEG if header.format == "jpeg" else MOST_PIXELS
    if header.width * header.height <= most:
        try:
            from aright.sdk.pixels import of_file  # noqa: PLC0415 - as above

            found |= of_file(data, most=most)
        except Exception:  # noqa: BLE001 - no Pillow, or a damaged file: its header is told all the same
            return found
    return found
