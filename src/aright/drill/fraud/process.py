"""A scoring service in a process of its own, told on its standard input where aright and the registry are.

Started as ``python -m aright.drill.fraud.process ROLE FOLDER``; each role follows an alias of its own.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from aright.drill.fraud import names
from aright.drill.fraud.messages import LABELS, VERSION
from aright.drill.fraud.model import read
from aright.drill.fraud.plan import Plan
from aright.drill.fraud.registry import artifact
from aright.drill.fraud.scorer import Scorer
from aright.drill.fraud.scoring import Scoring
from aright.drill.messages import FLUSH
from aright.drill.moment import Clock
from aright.drill.reporting import Reporting, open_client
from aright.drill.serving import NOTHING_HERE, PLAN_FILE, flushed, serve
from aright.sdk import follow_alias

if TYPE_CHECKING:
    from aright.drill.messages import Setting
    from aright.drill.serving import Made
    from aright.drill.wire.server import Request, Response

REGISTRY: Final = "registry"
"""Under which name a process is told the registry's port."""

ALIASES: Final = {names.STABLE: names.CHAMPION, names.CANARY: names.CANDIDATE}
"""By role: the alias that it follows."""

POLL: Final = 0.2
"""Seconds between two looks at the registry."""


def _make(role: str, folder: Path, setting: Setting) -> Made:
    plan = msgspec.json.decode((folder / PLAN_FILE).read_bytes(), type=Plan)
    clock = Clock(plan.start)
    client = open_client(setting, folder, clock, service=names.SERVICE, model=names.MODEL)
    registry = f"http://127.0.0.1:{setting.ports[REGISTRY]}"

    def load(version: str) -> Scorer:
        return Scorer(read(artifact(registry, version)))

    announced = "" if role == names.CANARY else names.CANDIDATE  # so that a promotion needs no load
    follower = follow_alias(registry, names.MODEL, ALIASES[role], load, poll=POLL, announce=announced)
    scoring, reporting = Scoring(role, follower, client, clock), Reporting((), client)
    answers = {names.SCORE: scoring.score, LABELS: scoring.label, VERSION: scoring.serving}

    def handle(request: Request) -> Response | asyncio.Future[Response]:
        if request.path == FLUSH:
            return asyncio.ensure_future(flushed(reporting.flush))
        answer = answers.get(request.path)
        return answer(request) if answer else NOTHING_HERE

    def close() -> None:
        follower.close()
        reporting.close()

    return handle, close


if __name__ == "__main__":
    asyncio.run(serve(partial(_make, sys.argv[1], Path(sys.argv[2]))))
