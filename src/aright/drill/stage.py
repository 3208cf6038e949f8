"""The processes of a drill: started by it, waited for, and stopped by it one by one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from typing import TYPE_CHECKING, Final

from aright.drill.failure import StageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 8.0
_READY: Final = re.compile(rb"ready at (https?)://([^/\s:]+):(\d+)")


class Child:
    """One process, in a session of its own so that a Ctrl-C reaches the drill alone.

    Attributes:
        name: for messages.
        log: what it writes to standard error.
    """

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self._process = process
        self.log = log
        self._drain: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    async def ready_port(self) -> int:
        """Return the port that it says on standard error to be ready at; keeps the rest in its log."""
        stream = self._process.stderr
        assert stream is not None  # noqa: S101  started with a pipe
        try:
            async with asyncio.timeout(START_SECONDS):
                while line := await stream.readline():
                    self._keep(line)
                    if told := _READY.search(line):
                        self._drain = asyncio.create_task(self._keep_rest(stream))
                        return int(told[3])
        except TimeoutError:
            raise self.failure(f"was not ready within {START_SECONDS:.0f} s") from None
        raise self.failure("ended before it was ready")

    async def line(self) -> str:
        """Return the next line of its standard output; raises ``StageError``."""
        stream = self._process.stdout
        assert stream is not None  # noqa: S101  started with a pipe
        try:
            async with asyncio.timeout(START_SECONDS):
                told = (await stream.readline()).decode().strip()
        except TimeoutError:
            raise self.failure(f"said nothing within {START_SECONDS:.0f} s") from None
        if not told:
            raise self.failure("ended before it was ready")
        return told

    def write(self, line: bytes) -> None:
        """Write a line to its standard input."""
        assert self._process.stdin is not None  # noqa: S101  started with a pipe
        self._process.stdin.write(line + b"\n")

    def failure(self, what: str) -> StageError:
        """Return an error that carries the last lines of its log."""
        last = self.log.read_bytes()[-2000:].decode(errors="replace") if self.log.exists() else ""
        return StageError(f"{self.name} {what}; the last it wrote:\n{last or '(nothing)'}")

    async def gone(self) -> None:
        """Return when it has ended."""
        await self._process.wait()

    async def stop(self) -> None:
        """Ask it to end, wait, and end it where it does not; never raises."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
            except TimeoutError:
                with contextlib.suppress(ProcessLookupError):
                    self._process.kill()
                await self._process.wait()
        if self._drain is not None:
            await self._drain

    def _keep(self, line: bytes) -> None:
        with self.log.open("ab") as log:
            log.write(line)

    async def _keep_rest(self, stream: asyncio.StreamReader) -> None:
        while part := await stream.read(1 << 16):
            self._keep(part)


async def start(
    name: str,
    arguments: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    talks: bool = False,
) -> Child:
    """Start ``python ARGUMENTS``; its standard error goes to ``NAME.log``.

    Args:
        name: for messages and its log.
        arguments: after the interpreter.
        folder: where its log lies.
        environment: in addition to this process's own.
        talks: whether it is spoken to over standard input and output; else it says on standard error
            where it is ready.
    """
    log = folder / f"{name}.log"
    # One thread each for linear algebra: the drill's processes share few cores, and the matrices are small.
    calm = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    with log.open("ab") as kept:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            stdin=asyncio.subprocess.PIPE if talks else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE if talks else kept,
            stderr=kept if talks else asyncio.subprocess.PIPE,
            env={**os.environ, **calm, **environment},
            start_new_session=True,
        )
    return Child(name, process, log)
