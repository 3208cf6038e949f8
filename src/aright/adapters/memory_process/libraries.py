"""Library sets made of requirements: installed once by pip into a folder that is kept."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.ports.workbench import WorkbenchError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.prevent.memory import LibrarySet

_DONE: Final = ".installed"
_SHOWN: Final = 600


def interpreter(libraries: LibrarySet, home: Path) -> str:
    """Return what runs a set; where it is a path, it begins at ``home``."""
    python = libraries.python or sys.executable
    return str(home / python) if os.sep in python else python


def folders(libraries: LibrarySet, home: Path, cache: Path, *, seconds: float) -> list[str]:
    """Return the folders that a set puts first on ``sys.path``; raises ``WorkbenchError``."""
    paths = [str(home / each) for each in libraries.paths]
    missing = [each for each in paths if not Path(each).is_dir()]
    if missing:
        raise WorkbenchError(f"there is no folder {missing[0]!r} of libraries")
    if libraries.requirements:
        python = interpreter(libraries, home) if libraries.python else ""
        paths.insert(0, str(installed(libraries.requirements, python, cache, seconds=seconds)))
    return paths


def installed(requirements: Sequence[str], python: str, cache: Path, *, seconds: float) -> Path:
    """Return a folder with what is required, installed where it was not; raises ``WorkbenchError``.

    It is filled aside and moved into place, so that one that was broken off is never taken for whole.
    """
    interpreter = python or sys.executable
    told = "\n".join((interpreter, sys.version if not python else "", *sorted(requirements)))
    place = cache / hashlib.sha256(told.encode()).hexdigest()[:32]
    if (place / _DONE).exists():
        return place
    _check(requirements)
    try:
        cache.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(dir=cache))
    except OSError as error:
        raise WorkbenchError(f"no folder for libraries: {error}. Name another in cache") from error
    try:
        _install([interpreter, "-m", "pip", "install", "--target", str(aside), *requirements], seconds)
        (aside / _DONE).write_text("\n".join(requirements), encoding="utf-8")
        aside.rename(place)
    except OSError:
        if not (place / _DONE).exists():  # else another run was first, with the same
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return place


def _check(requirements: Sequence[str]) -> None:
    for each in requirements:
        if not each.strip() or each.lstrip().startswith("-"):
            raise WorkbenchError(f"{each!r} is no requirement: write NAME==VERSION")


def _install(command: list[str], seconds: float) -> None:
    quiet = [*command, "--quiet", "--disable-pip-version-check", "--no-input", "--no-warn-script-location"]
    try:
        done = subprocess.run(  # noqa: S603  what is installed is named by the team's own file
            quiet, capture_output=True, text=True, check=False, timeout=max(seconds, 1.0), env={**os.environ}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise WorkbenchError(f"libraries could not be installed: {error}"[:_SHOWN]) from error
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or [done.stderr]
        raise WorkbenchError(f"libraries could not be installed: {' '.join(lines)[-_SHOWN:]}")
