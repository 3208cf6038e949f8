"""A stand-in for `aright serve` that takes all, finds nothing, and writes down what was asked of it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import msgspec

from aright.drill.wire.server import Request, Response, listen


async def serve(store: Path) -> None:
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)

    def handle(request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {os.environ['ARIGHT_TOKEN']}":
            return Response(b"{}", 401)
        with (store / "paths.txt").open("a") as kept:
            kept.write(f"{request.method} {request.path}\n")
        if request.path == "/v1/clock":
            now = msgspec.json.decode(request.body)["to"]
            told = {"now": now, "accepted": 0, "quarantined": 0, "late": 0, "open_incidents": 0}
            return Response(msgspec.json.encode(told))
        if request.path == "/v1/incidents":
            return Response(b"[]")
        return Response(b'{"accepted":1,"quarantined":0,"problems":[],"position":1}')

    listener = await listen(handle)
    sys.stderr.write(f"aright is ready at http://127.0.0.1:{listener.port}\n")
    sys.stderr.flush()
    await over.wait()
    await listener.close()


if __name__ == "__main__":
    folder = Path(sys.argv[sys.argv.index("--store") + 1])
    folder.mkdir(parents=True)
    asyncio.run(serve(folder))
