"""What the grading service lets others do: put it right, and grade stored pictures again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.vision import names
from aright.drill.vision.messages import Replay
from aright.drill.vision.plan import Layout
from aright.drill.vision.versions import as_read
from aright.drill.webhook import UNDO, Order, RefusedError, check_signature
from aright.drill.wire.server import Request, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.drill.vision.eye import Eye
    from aright.drill.vision.grading import Grading
    from aright.drill.vision.messages import Stored

RAW_PATH: Final = "/mitigations/raw-stream"
ROLL_BACK_PATH: Final = "/mitigations/serve-version"
PIN_PATH: Final = "/mitigations/ask-layout"


class Orders:
    """Carries out what was ordered.

    Args:
        grading: what is put right.
        now: the drill's time (µs, UTC).
    """

    def __init__(self, grading: Grading, now: Callable[[], int]) -> None:
        self._grading = grading
        self._now = now

    def carry_out(self, path: str, order: Order) -> str:
        """Do what was ordered, or say what would be done; raises ``RefusedError``."""
        what = {RAW_PATH: self._raw, ROLL_BACK_PATH: self._version, PIN_PATH: self._layout}
        if path.removesuffix(UNDO) not in what:
            raise RefusedError(f"there is no webhook {path}", 404)
        return what[path.removesuffix(UNDO)](order, undo=path.endswith(UNDO))

    def _raw(self, order: Order, *, undo: bool) -> str:
        wanted = order.parameters
        firmware = wanted.get("value", "")
        known = {each for pair in names.FIRMWARES.values() for each in pair}
        by = {names.FIRMWARE, f"{names.IMAGE}.software"}
        if wanted.get("attribute") not in by or firmware not in known:
            raise RefusedError(
                f"cameras are told apart by {names.FIRMWARE}: name one of {', '.join(sorted(known))}"
            )
        stream = "its own pictures" if undo else "the sensor's raw pictures"
        if order.dry_run:
            return f"would take {stream} of cameras with {firmware}"
        (self._grading.raw.discard if undo else self._grading.raw.add)(firmware)
        return f"{stream} of cameras with {firmware} are taken"

    def _version(self, order: Order, *, undo: bool) -> str:
        wanted = order.parameters.get("from_version" if undo else "version", "")
        if wanted not in self._grading.eyes:
            raise RefusedError(f"there is no version {wanted!r}: name one of {', '.join(self._grading.eyes)}")
        before = self._grading.serving(self._now())
        if order.dry_run:
            return f"would serve {wanted} instead of {before}"
        self._grading.keep(wanted)
        return f"{wanted} is served instead of {before}"

    def _layout(self, order: Order, *, undo: bool) -> str:
        if order.parameters.get("dependency") not in {names.HOST, names.RESIZER}:
            named = order.parameters.get("dependency", "")
            raise RefusedError(f"{named!r} has no layouts: only {names.HOST} has")
        layout = "" if undo else Layout.RGB.value
        told = layout or "its own layout"
        if order.dry_run:
            return f"would ask {names.HOST} for {told}"
        self._grading.layout = layout
        return f"{names.HOST} is asked for {told}"


def grade_again(request: Request, grading: Grading, secret: str, clocks: tuple[int, ...]) -> Response:
    """Answer a replay: 200 with an output for each input, 401 unless it is signed, 404 for another version.

    Nothing of it is reported.
    """
    try:
        check_signature(request, secret, clocks)
    except RefusedError as refused:
        return Response(msgspec.json.encode({"error": str(refused)}), refused.status)
    asked = msgspec.json.decode(request.body, type=Replay)
    eye = grading.eyes.get(asked.version)
    if eye is None:
        return Response(b'{"error":"there is no such version any more"}', 404)
    outputs = [_output(eye, each) for each in asked.inputs]
    return Response(msgspec.json.encode({"version": asked.version, "outputs": outputs}))


def _output(eye: Eye, stored: Stored) -> dict[str, object]:
    if stored.payload is None:
        return {"id": stored.id, "error": "no picture was stored for it"}
    chances = eye.chances(as_read(stored.payload.pixels))[0]
    best = int(chances.argmax())
    return {"id": stored.id, "output": {"label": names.KINDS[best]}, "confidence": float(chances[best])}
