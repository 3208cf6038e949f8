"""The grading service or the resizer, in a process of its own, told on its standard input where the other is.

Started as ``python -m aright.drill.vision.process ROLE FOLDER``.
"""

from __future__ import annotations

import asyncio
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.moment import Clock
from aright.drill.reporting import Reporting, open_client
from aright.drill.serving import PLAN_FILE, Served, serve
from aright.drill.vision import names
from aright.drill.vision.messages import REPLAY, REVIEWS, STREAMS, Review
from aright.drill.vision.plan import Plan
from aright.drill.wire.server import Request, Response

if TYPE_CHECKING:
    from aright.drill.messages import Setting
    from aright.drill.serving import Made
    from aright.drill.vision.grading import Grading
    from aright.drill.webhook import Webhooks
    from aright.sdk import Client

LANES: Final = 8
"""Connections between two services."""


class Desk:
    """What the grading service answers besides grades.

    Args:
        grading: the service.
        webhooks: by which it is put right.
        client: reports what reviewers found.
        secret: that replays are signed with.
        clock: the drill's.
    """

    def __init__(
        self, grading: Grading, webhooks: Webhooks, client: Client, secret: str, clock: Clock
    ) -> None:
        self._grading = grading
        self._webhooks = webhooks
        self._client = client
        self._secret = secret
        self._clock = clock
        self._reviews = msgspec.json.Decoder(list[Review])

    def review(self, request: Request) -> Response:
        """Report what reviewers found."""
        for each in self._reviews.decode(request.body):
            self._client.outcome(
                names.CORRECT, each.correct, prediction_id=each.request, label=each.kind, time=each.time
            )
        return Response()

    def streams(self, _: Request) -> Response:
        """Tell of which firmwares the cameras are to send raw pictures."""
        return Response(msgspec.json.encode(sorted(self._grading.raw)))

    def order(self, request: Request) -> Response:
        """Carry out a mitigation."""
        return self._webhooks.handle(request)

    def replay(self, request: Request) -> Response:
        """Grade stored pictures again."""
        from aright.drill.vision.mitigation import grade_again  # noqa: PLC0415  only the grading service does

        clocks = (self._clock.latest, time.time_ns() // 1000)
        return grade_again(request, self._grading, self._secret, clocks)


def _make(role: str, folder: Path, setting: Setting) -> Made:
    plan = msgspec.json.decode((folder / PLAN_FILE).read_bytes(), type=Plan)
    return (_resizer if role == names.RESIZER else _grading)(plan, setting, folder)


def _resizer(plan: Plan, setting: Setting, _: Path) -> Made:
    from aright.drill.tracing import Tracing  # noqa: PLC0415  only what the role needs
    from aright.drill.vision.resizer import Resizer  # noqa: PLC0415

    first, second = (
        Tracing(names.RESIZER, version, setting.url, setting.token) for version in names.RESIZER_RELEASES
    )

    service, reporting = Resizer(plan, (first, second)), Reporting((first, second))
    return Served(Clock(plan.start), names.RESIZE, service.handle, reporting.flush).handle, reporting.close


def _grading(plan: Plan, setting: Setting, folder: Path) -> Made:
    from aright.drill.tracing import Tracing  # noqa: PLC0415  only what the role needs
    from aright.drill.vision.grading import Grading  # noqa: PLC0415
    from aright.drill.vision.mitigation import Orders  # noqa: PLC0415
    from aright.drill.vision.versions import make_versions  # noqa: PLC0415
    from aright.drill.webhook import Webhooks  # noqa: PLC0415
    from aright.drill.wire.client import Connections  # noqa: PLC0415

    clock = Clock(plan.start)
    client = open_client(
        setting, folder, clock, service=names.SERVICE, model=names.MODEL, version=names.VERSIONS[0]
    )
    tracing = Tracing(names.SERVICE, names.RELEASES[0], setting.url, setting.token)
    resizer = Connections(names.RESIZER, setting.ports[names.RESIZER], lanes=LANES)
    grading = Grading(plan, make_versions(plan), tracing, resizer, client, clock)
    webhooks = Webhooks(
        Orders(grading, lambda: clock.latest).carry_out,
        secret=setting.secret,
        now=lambda: clock.latest,
        wall=lambda: time.time_ns() // 1000,
    )
    desk = Desk(grading, webhooks, client, setting.secret, clock)

    reporting = Reporting((tracing,), client)
    others = {
        REVIEWS: desk.review,
        STREAMS: desk.streams,
        "/mitigations": desk.order,
        REPLAY: desk.replay,
    }
    return Served(clock, names.GRADE, grading.handle, reporting.flush, others).handle, reporting.close


if __name__ == "__main__":
    asyncio.run(serve(partial(_make, sys.argv[1], Path(sys.argv[2]))))
