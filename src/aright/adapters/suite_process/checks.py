"""``aright suite run`` as a child: bounded in time, memory and words, and without the server's secrets."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import msgspec
import pyarrow as pa

from aright.core.model.suite import Checked, bounded, plain
from aright.ports.suite import SuiteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.suite import Suite

FOUND: Final = 3
LARGEST_REPORT: Final = 4 * 1024 * 1024
_LAST_WORDS: Final = 600
_LONGER: Final = 5
"""Seconds after which a child whose server is gone ends itself."""

_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "SYSTEMROOT")


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What a suite may take.

    Attributes:
        seconds: from its start to its report.
        memory: MiB of address space, libraries included.
        environment: variables that it is given; by default those of a bare shell, so that tokens and keys of
            the server stay with the server.
    """

    seconds: float = 120.0
    memory: int = 8_192
    environment: dict[str, str] = msgspec.field(
        default_factory=lambda: {name: os.environ[name] for name in _KEPT if name in os.environ}
    )


class _Report(msgspec.Struct):
    rows: int
    checks: list[Checked]


class ProcessChecks:
    """Runs a suite that a catalog names, a process for each run.

    Args:
        suite: which.
        bounds: what it may take.
    """

    def __init__(self, suite: Suite, bounds: Bounds | None = None) -> None:
        self._suite = suite
        self._bounds = bounds or Bounds()

    def run(self, rows: pa.Table) -> tuple[Checked, ...]:
        """Return what came of each check; raises ``SuiteError`` where it takes too long or crashes."""
        with (
            tempfile.TemporaryDirectory(prefix="aright-suite-") as place,
            tempfile.TemporaryFile() as said,
            tempfile.TemporaryFile() as complained,
        ):
            data = Path(place) / "rows.arrow"
            with pa.ipc.new_file(str(data), rows.schema) as writer:
                writer.write_table(rows)
            code = self._call(data, said, complained)
            if code not in {0, FOUND}:
                raise SuiteError(_last_words(code, complained))
            return _read(said)

    def _call(self, data: Path, said: IO[bytes], complained: IO[bytes]) -> int:
        """Return the exit code; the process and all that it started are gone then."""
        suite = self._suite
        command = [
            *(sys.executable, "-m", "aright", "suite", "run", suite.path),
            *("--kind", suite.kind, "--data", str(data), "--folder", suite.folder or "."),
            *("--memory", str(self._bounds.memory), "--seconds", str(int(self._bounds.seconds) + _LONGER)),
            "--json",
        ]
        environment: Mapping[str, str] = {**self._bounds.environment, "PYTHONDONTWRITEBYTECODE": "1"}
        child = subprocess.Popen(  # noqa: S603  the team's own code, named in the server's own file
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=complained,
            cwd=suite.folder or None,
            env=dict(environment),
            start_new_session=True,
        )
        try:
            return child.wait(self._bounds.seconds)
        except subprocess.TimeoutExpired:
            raise SuiteError(
                f"it took longer than {self._bounds.seconds:g} s: let it ask less, or look at fewer rows"
            ) from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()


def _read(said: IO[bytes]) -> tuple[Checked, ...]:
    said.seek(0)
    body = said.read(LARGEST_REPORT + 1)
    try:
        if len(body) > LARGEST_REPORT:
            raise SuiteError(f"its report is larger than {LARGEST_REPORT:,} bytes: ask fewer things")
        report = msgspec.json.decode(body, type=_Report)
    except msgspec.DecodeError as broken:
        raise SuiteError(
            f"its report cannot be read ({plain(broken, 200)}): does it write to standard output by itself?"
        ) from broken
    return bounded(report.checks)


def _last_words(code: int, complained: IO[bytes]) -> str:
    size = complained.seek(0, os.SEEK_END)
    complained.seek(max(size - _LAST_WORDS * 4, 0))
    lines = complained.read().decode("utf-8", "replace").strip().splitlines()
    last = plain(lines[-1].removeprefix("aright: "), _LAST_WORDS) if lines else ""
    how = f"a signal ended it ({-code})" if code < 0 else f"it ended with {code}"
    return last or f"{how} and said nothing: run it with `aright suite run` to see why"
