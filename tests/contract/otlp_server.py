"""The OTLP doors as they are served, and what came through them."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn
from starlette.responses import PlainTextResponse

from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings
from aright.core.model.tables import concat_rows, empty
from aright.engine.intake import Intake
from aright.server.doors import Doors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa

    from aright.core.model.frame import Kind

TOKEN = "ar_secret"
AUTHORISED = {"authorization": f"Bearer {TOKEN}"}


class OtlpServer:
    """Doors before a log on disk; ``rows`` are read as the engine would take them."""

    def __init__(self, folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.folder = folder
        self.log = WriteAheadLog(WriteAheadSettings(folder=folder))
        self.intake = Intake(self.log, 1 << 24)
        self.busy = False

    def rows(self, kind: Kind) -> pa.Table:
        """Return all rows of a kind since the last question."""
        tables = [portion.tables[kind] for portion in self.intake.take(1 << 20) if kind in portion.tables]
        return concat_rows(tables) if tables else empty(kind)

    def again(self, kind: Kind) -> pa.Table:
        """Return all rows of a kind as the next process reads them from the log; ends this one's writing."""
        self.log.close()
        log = WriteAheadLog(WriteAheadSettings(folder=self.folder))
        try:
            intake = Intake(log, 1 << 24)
            intake.start(0)
            tables = [portion.tables[kind] for portion in intake.take(1 << 20) if kind in portion.tables]
        finally:
            log.close()
        return concat_rows(tables) if tables else empty(kind)


def now() -> int:
    return time.time_ns() // 1_000


@contextmanager
def serving(folder: Path) -> Iterator[OtlpServer]:
    """Serve on a free port until the block ends."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        opened = OtlpServer(folder, listening.getsockname()[1])
        app = Doors(
            opened.intake.accept, lambda token: token == TOKEN, now, 1 << 24, PlainTextResponse("elsewhere")
        )
        config = uvicorn.Config(app, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
        thread.start()
        try:
            while not server.started:
                thread.join(0.01)
            yield opened
        finally:
            server.should_exit = True
            thread.join(5)
            opened.log.close()
