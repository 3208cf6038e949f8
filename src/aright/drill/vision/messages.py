"""What the drill, the grading service, the resizer and aright say to one another."""

from __future__ import annotations

from typing import Final

import msgspec

REVIEWS: Final = "/reviews"
STREAMS: Final = "/streams"
"""Where cameras ask which of them are to send their raw pictures."""

REPLAY: Final = "/replay"


class Shot(msgspec.Struct, frozen=True, kw_only=True):
    """A picture to be graded, with what the camera's controller adds to it.

    Attributes:
        id: of the request.
        camera: which took it.
        house: where that hangs.
        belt: above which belt.
        lamp: which lamps lit it.
        crew: who is at work.
        image: a JPEG file.
    """

    id: str
    camera: str
    house: str
    belt: str
    lamp: str
    crew: str
    image: bytes


class Grade(msgspec.Struct, frozen=True, kw_only=True):
    """What is on a picture.

    Attributes:
        kind: its name.
        confidence: how sure that is, in [0, 1].
    """

    kind: str
    confidence: float


class Resize(msgspec.Struct, frozen=True, kw_only=True):
    """A picture to be resized.

    Attributes:
        image: a JPEG file.
        side: width and height wanted (pixels).
        layout: in which order the pixels' colours are wanted; empty for the resizer's own.
    """

    image: bytes
    side: int
    layout: str = ""


class Resized(msgspec.Struct, frozen=True, kw_only=True):
    """A picture resized.

    Attributes:
        layout: in which order its pixels' colours are.
        width: pixels.
        height: pixels.
        pixels: three bytes each.
    """

    layout: str
    width: int
    height: int
    pixels: bytes


class Review(msgspec.Struct, frozen=True, array_like=True):
    """What a reviewer found in a picture that had been graded.

    Attributes:
        time: when (µs, UTC).
        request: id of the request.
        correct: whether the grade was right: 0 or 1.
        kind: what is on it.
    """

    time: int
    request: str
    correct: float
    kind: str


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a graded picture, so that it can be graded again.

    Attributes:
        image: the JPEG file as it came from the camera, for people to look at.
        content_type: of that.
        pixels: what the model was given: 24 × 24 pixels of three bytes, as it read them.
    """

    image: bytes
    content_type: str
    pixels: bytes


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A stored input, as aright sends it to be graded again."""

    id: str
    payload: Input | None = None


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Aright's wish to have stored inputs graded by a version."""

    version: str
    inputs: list[Stored]
