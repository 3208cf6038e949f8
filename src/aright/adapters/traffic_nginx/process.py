"""nginx's main process: told to read its configuration again, and watched until it has."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]  # it ships no types

from aright.core.model.foreign_text import harmless
from aright.ports.traffic import TrafficError

_PAUSE: Final = 0.01


def main_process(pid_file: str) -> psutil.Process:
    """Return the process; raises ``TrafficError`` where the number is not that of an nginx."""
    try:
        with Path(pid_file).open() as opened:
            process = psutil.Process(int(opened.read(32)))
        name = process.name()
    except (OSError, ValueError) as error:
        raise TrafficError(
            f"{harmless(pid_file)} names no process ({type(error).__name__}). Is `pid_file` that of "
            "nginx's `pid` "
            "line, and may aright read it?",
            permanent=True,
        ) from error
    except psutil.Error as error:
        raise TrafficError(
            f"the process that {harmless(pid_file)} names is not there ({type(error).__name__}). Is "
            "nginx running?"
        ) from error
    if name != "nginx":
        raise TrafficError(
            f"process {process.pid} of {harmless(pid_file)} is {harmless(name, 40)}, not nginx: it is "
            "told nothing. "
            "Mend `pid_file` in the catalog.",
            permanent=True,
        )
    return process


def reload(process: psutil.Process, seconds: float) -> bool:
    """Send SIGHUP; return whether new workers came within so long. Raises ``TrafficError``.

    Where the configuration cannot be read, nginx says so in its error log and keeps its workers.
    """
    try:
        before = {each.pid for each in process.children()}
        process.send_signal(signal.SIGHUP)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if {each.pid for each in process.children()} - before:
                return True
            time.sleep(_PAUSE)
    except psutil.AccessDenied as error:
        raise TrafficError(
            f"aright may not tell nginx (process {process.pid}) to read again. Run both as the same user.",
            permanent=True,
        ) from error
    except psutil.Error as error:
        raise TrafficError(f"nginx (process {process.pid}) ended meanwhile. Start it again.") from error
    return False
