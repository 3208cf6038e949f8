"""The server of the ingest benchmark: the product's doors, intake and log under uvicorn, on one core.

``python -m bench.ingest_server FOLDER CPU`` prints its port. Rows are taken from the intake as the engine
takes them, and let go: what it makes of them is measured by ``bench.windows``.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from starlette.responses import PlainTextResponse

from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings
from aright.engine.intake import Intake
from aright.server.doors import Doors

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BODY = 64 << 20
FIRST = -15
"""Niceness of what is measured."""
TOKEN = "ar_bench"  # noqa: S105 - of a server that lives for a minute


def main(folder: Path, cpu: int) -> None:
    """Serve until killed."""
    os.sched_setaffinity(0, {cpu})
    log = WriteAheadLog(WriteAheadSettings(folder=folder))
    intake = Intake(log, MAX_BODY)
    threading.Thread(target=take, args=(intake,), daemon=True).start()
    app = Doors(
        intake.accept,
        lambda token: token == TOKEN,
        lambda: time.time_ns() // 1_000,
        MAX_BODY,
        PlainTextResponse("no such door", 404),
    )
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(
        app, loop="uvloop", http="httptools", lifespan="off", access_log=False, log_level="warning"
    )
    uvicorn.Server(config).run(sockets=[listening])


@contextlib.contextmanager
def going_first() -> Iterator[None]:
    """Where that is allowed, run before whatever else the machine does: it is no part of what is measured.

    Linux gives sessions their turns first (sched(7), "The autogroup feature"), so the whole session goes up,
    and down again at the end; what it starts in between goes with it.
    """
    session = Path("/proc/self/autogroup")
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, FIRST)
    try:
        before = session.read_text().split()[-1]
        session.write_text(str(FIRST))
    except OSError:
        yield
        return
    try:
        yield
    finally:
        session.write_text(before)


def take(intake: Intake) -> None:
    """Take all that is durable five times a second, as the engine does, and release it."""
    while True:
        while portions := intake.take(200_000):
            intake.release(portions[-1].last)
        time.sleep(0.2)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
