"""A workload in a child process, asked over pipes of its own."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Final

import msgspec

from aright.adapters.memory_process.config import WorkbenchConfig
from aright.adapters.memory_process.libraries import folders, interpreter
from aright.core.prevent.memory import Sample, Traced
from aright.ports.workbench import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.prevent.memory import LibrarySet

_CHILD: Final = Path(__file__).with_name("child.py")
_LAST_WORDS: Final = 600
_LARGEST: Final = 1 << 20
_PIECE: Final = 1 << 16
_LINES: Final = 2

_EXACT: Final = {"PYTHONMALLOC": "malloc", "PYTHONDONTWRITEBYTECODE": "1"}
"""With these malloc alone gives out what Python and native code keep, so that one number has all of it."""

_Bytes = Annotated[int, msgspec.Meta(ge=0)]


class _Told(msgspec.Struct):
    ready: bool = False
    problem: str = ""
    seconds: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    memory: dict[str, _Bytes] = {}
    traced: int = 0
    lines: list[tuple[str, int]] = []


class ProcessWorkbench:
    """Sets workloads up in processes of their own.

    Args:
        config: what they are given.
    """

    def __init__(self, config: WorkbenchConfig | None = None) -> None:
        self._config = config or WorkbenchConfig()

    def open(self, workload: str, libraries: LibrarySet, *, seconds: float) -> ProcessBench:
        """Return a bench once the workload is loaded; raises ``WorkbenchError``."""
        until = time.monotonic() + seconds
        home = Path(self._config.folder or ".").resolve()
        paths = folders(libraries, home, self._config.cache, seconds=seconds)
        command = [interpreter(libraries, home), "-u", str(_CHILD), "{ask}", "{tell}"]
        return ProcessBench(
            [*command, str(self._config.memory), os.pathsep.join(paths), workload],
            folder=str(home),
            environment={**_EXACT, **self._config.environment},
            seconds=until - time.monotonic(),
        )


class ProcessBench:
    """A bench in a child process that speaks as ``child.py`` does.

    Args:
        command: to start it; ``{ask}`` and ``{tell}`` are replaced by the descriptors to speak over.
        folder: where it starts.
        environment: variables on top of this process's.
        seconds: within which it must be ready.
    """

    def __init__(
        self, command: Sequence[str], *, folder: str, environment: dict[str, str], seconds: float
    ) -> None:
        child_reads, self._asks = os.pipe()
        self._hears, child_writes = os.pipe()
        self._complaints: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the child
        self._open = True
        self._read = bytearray()
        places = {"{ask}": str(child_reads), "{tell}": str(child_writes)}
        try:
            self._process = subprocess.Popen(  # noqa: S603  the team's own code, named in its own file
                [places.get(each, each) for each in command],
                stdin=subprocess.DEVNULL,
                stdout=self._complaints,
                stderr=self._complaints,
                cwd=folder,
                env={**os.environ, **_EXACT, **environment},
                pass_fds=(child_reads, child_writes),
                start_new_session=True,
            )
        except OSError as error:
            self._let_go()
            raise WorkbenchError(f"the workload cannot be started: {error}. Mend python or folder") from error
        finally:
            os.close(child_reads)
            os.close(child_writes)
        try:
            self._expect_ready(seconds)
        except BaseException:
            self.close()
            raise

    def run(self, calls: int, *, seconds: float) -> Sample:
        """Call the workload so many times; raises ``WorkbenchError``."""
        told = self._asked({"calls": calls}, seconds)
        return Sample(seconds=told.seconds, memory=told.memory)

    def trace(self, calls: int, *, seconds: float) -> Traced:
        """Return what Python allocated and kept over so many calls; raises ``WorkbenchError``."""
        told = self._asked({"trace": calls}, seconds)
        lines = tuple((_plain(place), size) for place, size in told.lines)
        return Traced(calls=calls, size=told.traced, lines=lines)

    def close(self) -> None:
        """End the process and all that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._let_go()

    def _expect_ready(self, seconds: float) -> None:
        if not self._line(seconds).ready:
            raise WorkbenchError(f"the workload did not say that it is ready: {self._last_words()}")

    def _let_go(self) -> None:
        if self._open:
            self._open = False
            os.close(self._asks)
            os.close(self._hears)
            self._complaints.close()

    def _asked(self, line: dict[str, int], seconds: float) -> _Told:
        if not self._open:
            raise WorkbenchError("the workload was closed")
        try:
            os.write(self._asks, msgspec.json.encode(line) + b"\n")
        except BrokenPipeError:
            raise WorkbenchError(f"the workload ended: {self._last_words()}") from None
        return self._line(seconds)

    def _line(self, seconds: float) -> _Told:
        """Return the next line that the child writes."""
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as ready:
            ready.register(self._hears, selectors.EVENT_READ)
            while b"\n" not in self._read:
                if not ready.select(max(until - time.monotonic(), 0.0)):
                    raise WorkbenchError("the workload did not answer in time")
                piece = os.read(self._hears, _PIECE)
                if not piece:
                    raise WorkbenchError(f"the workload ended: {self._last_words()}")
                self._read += piece
                if len(self._read) > _LARGEST:
                    raise WorkbenchError(f"the workload's process tells more than {_LARGEST:,} bytes")
        line, _, rest = bytes(self._read).partition(b"\n")
        self._read = bytearray(rest)
        try:
            told = msgspec.json.decode(line, type=_Told)
        except msgspec.DecodeError as error:
            raise WorkbenchError(f"the workload's process tells what is no answer: {error}") from error
        if told.problem:
            raise WorkbenchError(f"the workload: {_plain(told.problem)}")
        return told

    def _last_words(self) -> str:
        """Return what the child complained of last."""
        size = self._complaints.seek(0, os.SEEK_END)
        self._complaints.seek(max(size - _LAST_WORDS * 4, 0))
        lines = self._complaints.read().decode("utf-8", "replace").strip().splitlines()
        return _plain(" ".join(lines[-_LINES:])) or "it said nothing"


def _plain(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)[:_LAST_WORDS]
