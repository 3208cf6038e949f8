"""The resizer: a service of its own that cuts a square out of a picture and makes it small."""

from __future__ import annotations

import random
from io import BytesIO
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from PIL import Image

from aright.drill.tracing import end
from aright.drill.vision import names
from aright.drill.vision.messages import Resize, Resized
from aright.drill.vision.plan import Fault, Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.drill.tracing import Tracing
    from aright.drill.vision.plan import Plan


class Resizer:
    """Handles ``POST /v1/resize``.

    Args:
        plan: says whether and when its own layout changes.
        releases: the tracing of the release that serves at first, and of the one that may follow.
    """

    def __init__(self, plan: Plan, releases: tuple[Tracing, Tracing]) -> None:
        self._plan = plan
        self._releases = releases
        self._asks = msgspec.json.Decoder(Resize)

    async def handle(self, headers: Mapping[str, str], body: bytes, at: int) -> tuple[int, bytes, int]:
        """Return status, body and when it is answered (µs, UTC)."""
        plan = self._plan
        changed = plan.fault is Fault.RESIZER and at >= plan.onset
        span = self._releases[changed].serve(headers, names.RESIZE, at)
        ask = self._asks.decode(body)
        layout = Layout(ask.layout) if ask.layout else plan.layout if changed else Layout.RGB
        told = msgspec.json.encode(resize(ask.image, ask.side, layout))
        chance = random.Random(f"{plan.seed}/resize/{len(ask.image)}/{at}")
        done = at + int(1_000 * min(chance.lognormvariate(2.3, 0.3), 60))
        end(span, done, 200)
        return 200, told, done


def resize(image: bytes, side: int, layout: Layout) -> Resized:
    r"""Return the middle square of a picture, made small.

    >>> file = BytesIO()
    >>> Image.new("RGB", (96, 72), (250, 0, 0)).save(file, "PNG")
    >>> resize(file.getvalue(), 1, Layout.BGR).pixels
    b'\x00\x00\xfa'
    """
    with Image.open(BytesIO(image)) as picture:
        width, height = picture.size
        least = min(width, height)
        left, top = (width - least) // 2, (height - least) // 2
        whole = picture if picture.mode == "RGB" else picture.convert("RGB")
        square = (left, top, left + least, top + least)
        pixels = np.asarray(whole.resize((side, side), Image.Resampling.BOX, square))
    if layout is Layout.BGR:
        pixels = pixels[:, :, ::-1]
    elif layout is Layout.PLANES:
        pixels = np.moveaxis(pixels, 2, 0)
    return Resized(layout=layout.value, width=side, height=side, pixels=pixels.tobytes())
