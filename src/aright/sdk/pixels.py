"""Pixels: brightness, contrast and blur of images, whatever they come as.

Source: the variance of the Laplacian as a measure of focus, J. L. Pech-Pacheco et al., Diatom autofocusing in
brightfield microscopy: a comparative study, ICPR 2000; luma as in ITU-R BT.601.
"""

from __future__ import annotations

import math
import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from aright.sdk.image_header import shape_of, without_exif

if TYPE_CHECKING:
    from aright.sdk.values import Scalar

Luma: TypeAlias = npt.NDArray[np.float32]

SIZE: Final = 512
"""Pixels of the longer side that are measured at least, where there are as many, and less than twice that."""

_CHANNELS: Final = (1, 3, 4)
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114
_INDEXED: Final = ("1", "P", "PA")
_EXIF: Final = {0x010F: "make", 0x0110: "model", 0x0131: "software"}
_LONGEST_TEXT: Final = 80


def of_file(data: bytes, *, most: int) -> dict[str, Scalar]:
    """Return what Pillow tells of an image's bytes, pixels only of one with at most ``most`` of them.

    Raises what Pillow raises, and ``ImportError`` where it is not installed.
    """
    from PIL import Image  # noqa: PLC0415 - it need not be installed

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of large images, which are not decoded here
        with Image.open(BytesIO(without_exif(data))) as picture:
            found: dict[str, Scalar] = {
                **shape_of(*picture.size),
                "format": str(picture.format or "").lower(),
            }
            if picture.width * picture.height > most:
                return found
            found["channels"] = len(picture.getbands())
            picture.draft("L", (SIZE, SIZE))
            return found | measured(_luma_of(picture))


def of_picture(picture: Any) -> dict[str, Scalar]:
    """Return features of a ``PIL.Image.Image``, which stays as it is."""
    found = shape_of(*picture.size)
    if picture.format:
        found["format"] = str(picture.format).lower()
    exif = picture.getexif()
    for tag, name in _EXIF.items():
        text = str(exif.get(tag, "")).strip("\0 ")
        if text and text.isprintable():
            found[name] = text[:_LONGEST_TEXT]
    found["channels"] = len(picture.getbands())
    return found | measured(_luma_of(picture))


def of_array(image: object) -> dict[str, Scalar]:
    """Return features of an array, nothing where its shape or type is no image's.

    >>> of_array(np.zeros((4, 6, 3), np.uint8))["brightness"]
    0.0
    """
    pixels = np.asarray(image)
    if pixels.ndim not in {2, 3} or not pixels.size or pixels.dtype.kind not in "uifb":
        return {}
    if pixels.ndim == 3 and pixels.shape[2] not in _CHANNELS and pixels.shape[0] in _CHANNELS:
        pixels = np.moveaxis(pixels, 0, 2)
    height, width = pixels.shape[:2]
    channels = pixels.shape[2] if pixels.ndim == 3 else 1
    if channels not in _CHANNELS:
        return {}
    factor = max(1, max(height, width) // SIZE)
    small = pixels[::factor, ::factor].astype(np.float32)
    small /= _white(small, pixels.dtype)
    luma = small[..., 0] * _RED + small[..., 1] * _GREEN + small[..., 2] * _BLUE if channels > 1 else small
    return shape_of(width, height) | {"channels": channels} | measured(luma.reshape(small.shape[:2]))


def measured(luma: Luma) -> dict[str, Scalar]:
    """Return brightness, contrast and blur of luma from 0 to 1, shape (height, width).

    >>> measured(np.eye(3, dtype=np.float32))["contrast"]
    0.4714
    """
    if not np.isfinite(luma).all():
        return {}
    mean, variance = _moments(luma)
    found: dict[str, Scalar] = {"brightness": round(mean, 5), "contrast": round(math.sqrt(variance), 5)}
    if min(luma.shape) >= 3:
        edges = luma[1:-1, 1:-1] * np.float32(-4)
        for beside in (luma[:-2, 1:-1], luma[2:, 1:-1], luma[1:-1, :-2], luma[1:-1, 2:]):
            edges += beside
        found["blur"] = round(_moments(edges)[1], 7)
    return found


def _moments(values: Luma) -> tuple[float, float]:
    """Return mean and variance; numpy's own variance takes four times as long for a small picture."""
    mean = values.mean()
    away = (values - mean).ravel()
    return float(mean), float(away @ away) / away.size


def _luma_of(picture: Any) -> Luma:
    if picture.mode in _INDEXED:  # which cannot be reduced as they are
        picture = picture.convert("L")
    factor = max(picture.size) // SIZE
    small = picture.reduce(factor) if factor > 1 else picture
    deep = small.mode in {"F", "I", "I;16"}
    luma: Luma = np.asarray(small.convert("F" if deep else "L"), dtype=np.float32)
    return luma / _white(luma, np.dtype(np.float32 if small.mode == "F" else np.uint16 if deep else np.uint8))


def _white(pixels: Luma, kind: np.dtype[Any]) -> np.float32:
    """Return what stands for white: of whole numbers their type says it, floats go up to 1 or to 255."""
    if kind.kind == "b":
        return np.float32(1)
    if kind.kind in "ui" and kind.itemsize <= 2:
        return np.float32(np.iinfo(kind).max)
    top = float(pixels.max())
    if kind.kind == "f" and top <= 1.5:
        return np.float32(1)
    return np.float32(255 if top <= 255 else 65_535)
