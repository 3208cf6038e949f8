"""The grading service: has a picture made small, says what is on it, and reports both."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING, Final

import msgspec
import numpy as np

from aright.drill.moment import TIME_HEADER, TOOK_HEADER
from aright.drill.tracing import carried, end
from aright.drill.vision import names
from aright.drill.vision.eye import SIDE
from aright.drill.vision.messages import Grade, Input, Resize, Resized, Shot
from aright.drill.vision.versions import as_read
from aright.sdk.images import image_features

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.drill.moment import Clock
    from aright.drill.tracing import Tracing
    from aright.drill.vision.eye import Eye
    from aright.drill.vision.plan import Plan
    from aright.drill.wire.client import Connections
    from aright.sdk import Client

WIRE: Final = 2_000
"""How long the way to the resizer and back takes (µs)."""

ONE_OF: Final = 2
"""Of so many pictures one is stored with what the resizer made of it: a share is enough."""

OWN_WORK: Final = 6_000
"""What grading itself takes (µs)."""


class Grading:
    """Handles ``POST /grade``.

    Args:
        plan: says whether and when a new version goes out.
        eyes: the versions there are.
        tracing: the service's.
        resizer: connections to it.
        client: reports.
        clock: the one that ``client`` reads.

    Attributes:
        layout: that the resizer is asked for; empty for its own.
        raw: firmwares whose cameras are to send their raw pictures.
    """

    def __init__(
        self,
        plan: Plan,
        eyes: Mapping[str, Eye],
        tracing: Tracing,
        resizer: Connections,
        client: Client,
        clock: Clock,
    ) -> None:
        self._plan = plan
        self.eyes = eyes
        self._tracing = tracing
        self._resizer = resizer
        self._client = client
        self._clock = clock
        self._kept = ""
        self._told = names.VERSIONS[0]
        self._shots = msgspec.json.Decoder(Shot)
        self._resized = msgspec.json.Decoder(Resized)
        self.layout = ""
        self.raw: set[str] = set()

    def serving(self, now: int) -> str:
        """Return the model version that is live at ``now`` (µs, UTC)."""
        if self._kept:
            return self._kept
        return names.VERSIONS[self._plan.deploys_model and now >= self._plan.onset]

    def keep(self, version: str) -> None:
        """Serve a version from now on, whatever was released."""
        before = self.serving(self._clock.latest)
        self._kept = version
        if before != version:
            self._tell(before, version, self._clock.latest)

    async def handle(self, headers: Mapping[str, str], body: bytes, at: int) -> tuple[int, bytes, int]:
        """Return status, body and when it is answered (µs, UTC)."""
        span = self._tracing.serve(headers, names.GRADE, at)
        trace = f"{span.get_span_context().trace_id:032x}"
        shot = self._shots.decode(body)
        call = self._tracing.call(span, names.HOST, names.RESIZE, at, attempt=1)
        asked = msgspec.json.encode(Resize(image=shot.image, side=SIDE, layout=self.layout))
        reply = await self._resizer.send("POST", names.RESIZE, asked, {**carried(call), TIME_HEADER: str(at)})
        took = int(reply.told[TOOK_HEADER]) + WIRE
        end(call, at + took, reply.status)
        small = self._resized.decode(reply.body)
        version = self.serving(at)
        self._notice_release(version)
        chances = self.eyes[version].chances(as_read(small.pixels))[0]
        done = at + took + OWN_WORK
        end(span, done, 200)
        self._report(shot, small, version, chances, (done - at) / 1_000, trace)
        self._keep_payloads(shot, small, reply.body, took / 1_000, trace)
        best = int(np.argmax(chances))
        return 200, msgspec.json.encode(Grade(kind=names.KINDS[best], confidence=float(chances[best]))), done

    def _report(
        self, shot: Shot, small: Resized, version: str, chances: np.ndarray, took_ms: float, trace: str
    ) -> None:
        taken = image_features(shot.image)
        seen = image_features(np.frombuffer(small.pixels, np.uint8).reshape(SIDE, SIDE, 3))
        self._client.prediction(
            id=shot.id,
            unit=shot.camera,
            version=version,
            attributes={
                names.MAKE: taken["image.make"],
                names.CAMERA: taken["image.model"],
                names.FIRMWARE: taken["image.software"],
                names.HOUSE: shot.house,
                names.BELT: shot.belt,
                names.LAMP: shot.lamp,
                names.CREW: shot.crew,
            },
            features={**taken, **{f"resized.{name}": value for name, value in seen.items()}},
            probabilities=dict(zip(names.KINDS, chances.tolist(), strict=True)),
            latency_ms=took_ms,
            status=200,
            trace_id=trace,
        )

    def _keep_payloads(self, shot: Shot, small: Resized, answer: bytes, took_ms: float, trace: str) -> None:
        if zlib.crc32(shot.id.encode()) % ONE_OF:
            return
        self._client.payload(
            names.HOST, f"POST {names.RESIZE}", answer, status=200, latency_ms=took_ms, trace_id=trace
        )
        kept = Input(image=shot.image, content_type="image/jpeg", pixels=small.pixels)
        self._client.payload(
            names.SERVICE,
            f"POST {names.GRADE}",
            msgspec.json.encode(kept),
            direction="request",
            trace_id=trace,
        )

    def _notice_release(self, version: str) -> None:
        # Pictures come over several connections, so that one of just before a release may be graded after
        # one of just after it: a version once left is only entered again by a roll-back.
        if version != self._told and version == names.VERSIONS[1]:
            self._tell(self._told, version, self._plan.onset)

    def _tell(self, before: str, after: str, at: int) -> None:
        back = after < before
        title = f"{'Roll back' if back else 'Release'} {names.MODEL} {after} to all belts"
        self._client.change("model_version", names.MODEL, before, after, title, time=at)
        self._told = after
