"""Fruit on a belt, drawn: what a camera sees before its firmware makes a picture of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from aright.drill.vision import names

if TYPE_CHECKING:
    import numpy.typing as npt

SIZE: Final = (64, 48)
"""Width and height of what is drawn (pixels)."""


class Look(NamedTuple):
    """What a kind of fruit looks like.

    Attributes:
        colour: red, green and blue, 0 to 255.
        width: of the body, in parts of the picture's height.
        height: likewise.
        top: how wide the upper body is beside the lower one.
    """

    colour: tuple[int, int, int]
    width: float
    height: float
    top: float


LOOKS: Final = {
    "cherry": Look((168, 28, 44), 0.34, 0.34, 1.0),
    "apple": Look((186, 44, 38), 0.62, 0.58, 1.0),
    "orange": Look((226, 128, 32), 0.60, 0.60, 1.0),
    "lemon": Look((222, 198, 52), 0.66, 0.46, 1.0),
    "pear": Look((176, 188, 66), 0.50, 0.70, 0.55),
    "plum": Look((96, 44, 112), 0.46, 0.52, 1.0),
}


def draw(kind: str, rng: np.random.Generator) -> Image.Image:
    """Return a picture of a fruit: somewhere near the middle, of some size and ripeness, in some light.

    >>> draw("pear", np.random.default_rng(1)).size
    (64, 48)
    """
    look = LOOKS[kind]
    width, height = SIZE
    belt = 78 + rng.normal(0, 7)
    picture = Image.new("RGB", SIZE, tuple(int(belt + tint) for tint in (2, 0, 6)))
    pen = ImageDraw.Draw(picture)
    for at in range(int(rng.integers(0, 12)), width, 12):  # the belt's ribs
        pen.line((at, 0, at, height), fill=tuple(int(belt - 14 + tint) for tint in (2, 0, 6)))
    scale = height * rng.normal(1.0, 0.1)
    middle = (width / 2 + rng.normal(0, 4), height / 2 + rng.normal(0, 3.0))
    ripe = np.array(look.colour) * rng.normal(1.0, 0.1) + rng.normal(0, 17, 3)
    _body(pen, look, middle, scale, ripe)
    blurred = picture.filter(ImageFilter.GaussianBlur(0.6))
    grain = rng.normal(0, 4, (height, width, 1)) + rng.normal(0, 2, (height, width, 3))
    light = rng.normal(1.0, 0.08)
    seen = np.clip(np.asarray(blurred, dtype=np.float64) * light + grain, 0, 255)
    return Image.fromarray(seen.astype(np.uint8), "RGB")


def _body(
    pen: ImageDraw.ImageDraw,
    look: Look,
    middle: tuple[float, float],
    scale: float,
    colour: npt.NDArray[np.float64],
) -> None:
    x, y = middle
    wide, high = look.width * scale / 2, look.height * scale / 2
    lower = y - high * (0.2 if look.top < 1 else 1.0)
    pen.ellipse((x - wide, lower, x + wide, y + high), fill=_shade(colour, 1.0))
    if look.top < 1:
        pen.ellipse(
            (x - wide * look.top, y - high, x + wide * look.top, y + high * 0.5), fill=_shade(colour, 1.0)
        )
    shine = 0.3 * wide
    pen.ellipse(
        (x - wide * 0.4 - shine, y - shine, x - wide * 0.4 + shine, y + shine), fill=_shade(colour, 1.18)
    )
    pen.line((x, lower if look.top == 1 else y - high, x + 1, y - high - scale * 0.07), fill=(70, 52, 30))


def _shade(colour: npt.NDArray[np.float64], by: float) -> tuple[int, int, int]:
    red, green, blue = np.clip(colour * by, 0, 255).astype(int).tolist()
    return red, green, blue


def kind_at(place: int) -> str:
    """Return the name of a kind by its place."""
    return names.KINDS[place]
