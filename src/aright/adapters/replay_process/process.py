"""A version in a child process: bounded in time, memory and words, and without the server's secrets."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec

from aright.core.model.replay import MODEL
from aright.core.model.replay_wire import (
    LARGEST_ANSWER,
    Answer,
    Asked,
    BadAnswerError,
    asked,
    batches,
    outputs,
)
from aright.ports.replayer import ReplayError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.replay import Output, Replay, Stored
    from aright.ports.replayer import Running

_CHILD: Final = Path(__file__).with_name("child.py")
_LAST_WORDS: Final = 600
_PIECE: Final = 1 << 20
_LONGEST: Final = 4_000
"""Seconds after which a child whose server is gone ends itself."""

_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "SYSTEMROOT")
_OF_MODELS: Final = "MLFLOW_"
"""Variables by which a model's registry is found and asked; only processes that load models have them."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a version may take.

    Attributes:
        memory: MiB of address space, libraries included.
        environment: variables that it is given; by default those of a bare shell, so that tokens and keys of
            the server stay with the server.
    """

    memory: int = 16_384
    environment: dict[str, str] | None = None


class _Batch(msgspec.Struct):
    inputs: list[Asked]


class _Told(msgspec.Struct):
    ready: bool = False
    problem: str = ""
    outputs: list[Answer] | None = None


class ProcessReplayer:
    """Runs MLflow models and Python functions, a process for each version.

    Args:
        bounds: what each may take.
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()

    def open(self, replay: Replay, *, service: str, version: str, seconds: float) -> Running:  # noqa: ARG002
        """Return a version once it is loaded; raises ``ReplayError``."""
        child = _Child(replay, version, self._bounds)
        try:
            child.expect_ready(seconds)
        except BaseException:
            child.close()
            raise
        return child


def environment_of(replay: Replay) -> dict[str, str]:
    """Return the variables that a version's process is given."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT or (replay.way == MODEL and name.startswith(_OF_MODELS))
    }


class _Child:
    def __init__(self, replay: Replay, version: str, bounds: Bounds) -> None:
        self._version = version
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        environment = environment_of(replay) if bounds.environment is None else bounds.environment
        command = [replay.python or sys.executable, "-u", str(_CHILD), replay.way, replay.target, version]
        try:
            self._process = subprocess.Popen(  # noqa: S603  the team's own code, named in the server's own file
                [*command, str(_LONGEST), str(bounds.memory)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                cwd=replay.folder or None,
                env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
                start_new_session=True,
            )
        except OSError as error:
            self._complaints.close()
            raise ReplayError(
                f"version {version} cannot be started: {error}. Mend python or folder"
            ) from error
        self._read = bytearray()

    def expect_ready(self, seconds: float) -> None:
        """Wait until the version is loaded."""
        if not self._line(seconds).ready:
            raise ReplayError(f"version {self._version} did not say that it is ready: {self._last_words()}")

    def run(self, inputs: Sequence[Stored], *, seconds: float) -> tuple[Output, ...]:
        """Return what the version makes of each input; raises ``ReplayError``."""
        until = time.monotonic() + seconds
        found: list[Output] = []
        for batch in batches(inputs):
            if until <= time.monotonic():
                raise ReplayError(f"version {self._version} did not answer in time")
            self._send(msgspec.json.encode(_Batch(asked(batch))) + b"\n", until)
            try:
                found += outputs(batch, self._line(until - time.monotonic()).outputs or [])
            except BadAnswerError as error:
                raise ReplayError(f"what version {self._version} answers is no replay: {error}") from error
        return tuple(found)

    def close(self) -> None:
        """End the process and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._complaints):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()

    def _send(self, line: bytes, until: float) -> None:
        """Write a line; a child that does not read must not hold the server up."""
        stdin = self._process.stdin
        if stdin is None or stdin.closed:
            raise ReplayError(f"version {self._version} was closed")
        os.set_blocking(stdin.fileno(), False)
        left = memoryview(line)
        with selectors.DefaultSelector() as ready:
            ready.register(stdin, selectors.EVENT_WRITE)
            while left:
                if not ready.select(max(until - time.monotonic(), 0.0)):
                    raise ReplayError(f"version {self._version} did not answer in time")
                try:
                    left = left[os.write(stdin.fileno(), left[:_PIECE]) :]
                except BrokenPipeError:
                    raise ReplayError(f"version {self._version} ended: {self._last_words()}") from None

    def _line(self, seconds: float) -> _Told:
        """Return the next line that the child writes."""
        stdout = self._process.stdout
        if stdout is None or stdout.closed:
            raise ReplayError(f"version {self._version} was closed")
        until = time.monotonic() + seconds
        end = self._read.find(b"\n")
        with selectors.DefaultSelector() as ready:
            ready.register(stdout, selectors.EVENT_READ)
            while end < 0:
                if not ready.select(max(until - time.monotonic(), 0.0)):
                    raise ReplayError(f"version {self._version} did not answer in time")
                piece = os.read(stdout.fileno(), _PIECE)
                if not piece:
                    raise ReplayError(f"version {self._version} ended: {self._last_words()}")
                found = piece.find(b"\n")
                end = found if found < 0 else len(self._read) + found
                self._read += piece
                if len(self._read) > LARGEST_ANSWER:
                    raise ReplayError(
                        f"version {self._version} answers with more than {LARGEST_ANSWER:,} bytes"
                    )
        line = bytes(self._read[:end])
        del self._read[: end + 1]
        return self._told(line)

    def _told(self, line: bytes) -> _Told:
        try:
            told = msgspec.json.decode(line, type=_Told)
        except msgspec.DecodeError as error:
            raise ReplayError(f"what version {self._version} answers is no replay: {error}") from error
        if told.problem:
            said = "".join(each if each.isprintable() else " " for each in told.problem[:_LAST_WORDS])
            raise ReplayError(f"version {self._version}: {said}")
        return told

    def _last_words(self) -> str:
        """Return what the child complained of last."""
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(size - _LAST_WORDS * 4, 0))
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        last = "".join(each if each.isprintable() else " " for each in lines[-1]) if lines else ""
        return last[:_LAST_WORDS] or "it said nothing"
