"""A program that takes bodies in and tells of each once it is durable, until somebody kills it.

Started once with a folder, it forks for each line on its standard input, so that many deaths take little
time. It writes ``pid P``, then ``NAME POSITION`` for each acknowledged body, and ``dead`` when the child is
gone.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path
from threading import Semaphore
from typing import TYPE_CHECKING

from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.engine.intake import Intake

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

NOW = 1_767_225_600_000_000
FILE_BYTES = 32_768


def frame(name: str, size: int) -> Frame:
    row = f'{{"id": "{name}", "time": {NOW}, "service": "shop", "trace_id": "{"x" * size}"}}'
    return Frame(
        kind=Kind.PREDICTIONS,
        format=Format.NDJSON,
        encoding=Encoding.IDENTITY,
        received_at=NOW,
        body=row.encode(),
    )


def accept_for_ever(folder: Path, life: str) -> None:
    intake = Intake(WriteAheadLog(WriteAheadSettings(folder=folder, file_bytes=FILE_BYTES)))
    chance = random.Random(life)
    room = Semaphore(16)

    def tell(name: str, durable: Future[int]) -> None:
        told(name, durable.result())
        room.release()

    number = 0
    while True:
        room.acquire()
        name = f"{life}-{number}"
        durable = intake.accept(frame(name, chance.randint(0, 1_000))).durable
        durable.add_done_callback(lambda done, name=name: tell(name, done))  # type: ignore[misc]  # bound at once
        number += 1


def told(name: str, position: int) -> None:
    os.write(1, f"{name} {position}\n".encode())


def live_and_die(folder: Path, live: Callable[[Path, str], None]) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.write(1, f"pid {os.getpid()}\n".encode())
            live(folder, line.strip())
        os.waitpid(child, 0)
        os.write(1, b"dead\n")


if __name__ == "__main__":
    live_and_die(Path(sys.argv[1]), accept_for_ever)
