"""The real Prometheus, as Debian has it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PROMETHEUS = shutil.which("prometheus")
needs_prometheus = pytest.mark.skipif(
    PROMETHEUS is None and not os.environ.get("CI"),
    reason="prometheus is not there: apt-get install prometheus",
)


@contextmanager
def prometheus(folder: Path, config: str, *options: str) -> Iterator[str]:
    """Start it with a configuration, where ``{own}`` is its own address; yield that address."""
    assert PROMETHEUS is not None, "CI installs prometheus"
    own = f"127.0.0.1:{_free_port()}"
    (folder / "prometheus.yml").write_text(config.replace("{own}", own))
    log = (folder / "prometheus.log").open("w")
    process = subprocess.Popen(
        [
            PROMETHEUS,
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address={own}",
            "--log.level=warn",
            *options,
        ],
        stdout=log,
        stderr=log,
    )
    try:
        yield own
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
