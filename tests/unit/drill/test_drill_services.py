"""The services of a drill: what they lost is added up, and one that cannot report ends the drill."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import msgspec
import pytest

from aright.drill.failure import StageError
from aright.drill.messages import Flushed
from aright.drill.scenario import Aright
from aright.drill.services import Services
from aright.drill.stage import Child, start
from aright.drill.wire.server import Request, Response, listen

if TYPE_CHECKING:
    from pathlib import Path

ARIGHT = Aright(url="http://127.0.0.1:9", token="t", secret="s")
TALKER = "import sys; print({port}, flush=True); sys.stdin.readline(); print({last!r}, flush=True)"


def rows_lost(folder: Path, *answers: Flushed, last: str = "serving") -> int:
    """Return what services that answer so say to have lost, once each has said ``last``."""
    made = Services("none", [f"s{k}" for k in range(len(answers))], lanes=1)

    async def flush() -> int:
        listeners, children = [], list[Child]()
        for k, each in enumerate(answers):
            body = msgspec.json.encode(each)

            def handle(request: Request, body: bytes = body) -> Response:
                assert (request.method, request.path) == ("POST", "/flush")
                return Response(body)

            listeners.append(await listen(handle))
            talk = TALKER.format(port=listeners[-1].port, last=last)
            child = await start(f"s{k}", ("-c", talk), folder=folder, environment={}, talks=True)
            made._children[f"s{k}"] = child
            children.append(child)
        try:
            await made.connect(ARIGHT, {"third": 5})
            assert made.url("s0") == f"http://127.0.0.1:{listeners[0].port}"
            return await made.flush()
        finally:
            made.close()
            for listener in listeners:
                await listener.close()
            for child in children:
                await child.stop()

    return asyncio.run(flush())


def test_what_services_lost_is_added_up(tmp_path):
    assert rows_lost(tmp_path, Flushed(sent=True, dropped=2), Flushed(sent=True, dropped=3)) == 5


def test_a_service_that_cannot_send_ends_the_drill(tmp_path):
    with pytest.raises(StageError, match="could not send what it reported"):
        rows_lost(tmp_path, Flushed(sent=True), Flushed(sent=False))


def test_a_service_that_does_not_serve_ends_the_drill(tmp_path):
    with pytest.raises(StageError, match="s0 did not begin to serve"):
        rows_lost(tmp_path, Flushed(sent=True), last="no")
