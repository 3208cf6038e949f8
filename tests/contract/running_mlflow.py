"""One real MLflow server for all test processes: it takes half a minute to start, so nobody starts a second.

The first that needs it starts it, the last that needed it stops it; how many need it stands in a file under a
lock.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from aright.drill import mlflow_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class _Kept:
    url: str = ""
    pid: int = 0
    users: int = 0


_STARTED: list[mlflow_server.MlflowServer] = []
"""What this process started, so that it can wait for its end."""


@contextlib.contextmanager
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the address of a server that serves; skip the test where there is none, but never in CI."""
    if mlflow_server.program() is None:
        assert not os.environ.get("CI"), "`make mlflow` makes the server that CI needs"
        pytest.skip("there is no MLflow server here: `make mlflow` makes one")
    base = tmp_path_factory.getbasetemp()
    root = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    url = _enter(root)
    try:
        yield url
    finally:
        _leave(root)


def new_model(url: str, name: str, *, versions: int = 2) -> None:
    """Register a model with so many versions."""
    api = f"{url}/api/2.0/mlflow"
    httpx.post(f"{api}/registered-models/create", json={"name": name}, timeout=30).raise_for_status()
    for _ in range(versions):
        body = {"name": name, "source": f"s3://bucket/{name}"}
        httpx.post(f"{api}/model-versions/create", json=body, timeout=30).raise_for_status()


def _enter(root: Path) -> str:
    with _locked(root) as kept:
        if not kept.pid:
            _STARTED.append(mlflow_server.start(root / "mlflow").wait())
            kept.url, kept.pid = _STARTED[-1].url, _STARTED[-1].pid
        kept.users += 1
        return kept.url


def _leave(root: Path) -> None:
    with _locked(root) as kept:
        kept.users -= 1
        if kept.users == 0:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(kept.pid, signal.SIGTERM)
            for server in _STARTED:
                server.stop()
            _STARTED.clear()
            kept.pid = 0


@contextlib.contextmanager
def _locked(root: Path) -> Iterator[_Kept]:
    with (root / "mlflow.lock").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        kept = _Kept(**json.loads(file.read() or "{}"))
        yield kept
        file.seek(0)
        file.truncate()
        file.write(json.dumps(asdict(kept)))
        file.flush()
