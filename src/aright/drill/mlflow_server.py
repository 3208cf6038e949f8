"""A real MLflow server on this machine: where its program is, how it is started, and how it is stopped.

MLflow's pins fight with aright's, so that its server has an environment of its own (``make mlflow``) and is
spoken to over HTTP alone. It takes 20 to 30 seconds to serve: start one, and keep it.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from aright.drill.failure import StageError

if TYPE_CHECKING:
    from types import TracebackType

START_SECONDS: Final = 180.0
"""How long it may take to serve: machines in CI are slow, and it makes its database first."""

STOP_SECONDS: Final = 8.0

_CHECKOUT: Final = Path(__file__).resolve().parents[3]
_SETTINGS: Final = {
    # Or it starts seven more processes, for jobs that nobody gives it.
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "PYTHONNOUSERSITE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
}


def program() -> str | None:
    """Return where MLflow's program is, ``None`` where there is none.

    Looked for in ``ARIGHT_MLFLOW`` (a path), in ``.mlflow/bin`` here and in the checkout, and on the PATH.
    """
    places = [Path(root) / ".mlflow" / "bin" / "mlflow" for root in (Path.cwd(), _CHECKOUT)]
    if told := os.environ.get("ARIGHT_MLFLOW"):
        places.insert(0, Path(told))
    found = next((str(each) for each in places if os.access(each, os.X_OK)), None)
    return found or shutil.which("mlflow")


def start(folder: Path, port: int = 0) -> MlflowServer:
    """Start a server that keeps all in a folder; it does not serve yet: ``wait`` for it.

    Args:
        folder: of its database (SQLite), its artifacts and its log.
        port: on the loopback address; 0 takes a free one.

    Raises:
        StageError: there is no MLflow here; the text says what to run.
    """
    mlflow = program()
    if mlflow is None:
        raise StageError("there is no MLflow here: say `make mlflow`, or name its program in ARIGHT_MLFLOW")
    folder.mkdir(parents=True, exist_ok=True)
    port = port or _free_port()
    log = folder / "mlflow.log"
    with log.open("ab") as kept:
        process = subprocess.Popen(  # noqa: S603  the program that make installed
            [
                *(mlflow, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
                *("--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}"),
                *("--artifacts-destination", str(folder / "artifacts"), "--serve-artifacts"),
            ],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=kept,
            stderr=kept,
            env={**os.environ, **_SETTINGS},
            # A session of its own: a Ctrl-C reaches the drill alone, and all that it starts ends with it.
            start_new_session=True,
        )
    return MlflowServer(process, f"http://127.0.0.1:{port}", log)


class MlflowServer:
    """A server that was started; as a context manager it is stopped at the end.

    Attributes:
        url: its address.
        log: what it writes.
    """

    def __init__(self, process: subprocess.Popen[bytes], url: str, log: Path) -> None:
        self._process = process
        self.url = url
        self.log = log

    @property
    def pid(self) -> int:
        """The process's id, which is that of its group too."""
        return self._process.pid

    @property
    def serves(self) -> bool:
        """Whether it answers now."""
        asking = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=2.0)
        try:
            asking.request("GET", "/health")
            return asking.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            asking.close()

    def wait(self, seconds: float = START_SECONDS) -> MlflowServer:
        """Return when it serves. Raises ``StageError`` where it ends first, or takes too long."""
        until = time.monotonic() + seconds
        while not self.serves:
            if self._process.poll() is not None:
                raise StageError(f"MLflow ended before it served; the last it wrote:\n{self._last()}")
            if time.monotonic() > until:
                raise StageError(f"MLflow did not serve within {seconds:.0f} s:\n{self._last()}")
            time.sleep(0.1)
        return self

    def stop(self) -> None:
        """End it and what it started, and wait; never raises."""
        for how in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOP_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _last(self) -> str:
        return self.log.read_bytes()[-2_000:].decode(errors="replace") if self.log.exists() else "(nothing)"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
