"""The file: read whole within bounds, and replaced so that no reader ever sees half of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from aright.core.model.foreign_text import harmless
from aright.ports.traffic import TrafficError

MOST: Final = 16 << 20
"""Bytes of a file that is read."""


def read(file: str) -> bytes:
    """Return what is in the file; raises ``TrafficError``."""
    try:
        with Path(file).open("rb") as opened:
            text = opened.read(MOST + 1)
    except OSError as error:
        raise _cannot("read", file, error) from error
    if len(text) > MOST:
        raise TrafficError(f"{harmless(file)} is larger than {MOST >> 20} MiB. Split it.", permanent=True)
    return text


def replace(file: str, before: bytes, after: bytes) -> bool:
    """Replace the file where it still is as it was; return whether it was. Raises ``TrafficError``.

    A link stays one: what it leads to is replaced. Mode and, where that is allowed, owner stay as well.
    """
    place = Path(file).resolve()
    made = ""
    try:
        known = place.stat()
        handle, made = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
        with os.fdopen(handle, "wb") as new:
            new.write(after)
            os.fchmod(new.fileno(), known.st_mode & 0o7777)
            if (known.st_uid, known.st_gid) != (os.getuid(), os.getgid()):
                os.fchown(new.fileno(), known.st_uid, known.st_gid)
            new.flush()
            os.fsync(new.fileno())
        if place.read_bytes() != before:
            return False
        os.replace(made, place)  # noqa: PTH105 - the name is text, and empty once it is done
        made = ""
        _keep(place.parent)
    except OSError as error:
        raise _cannot("written", file, error) from error
    finally:
        if made:
            Path(made).unlink(missing_ok=True)
    return True


def _keep(folder: Path) -> None:
    """Let the new name outlast a power cut."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _cannot(what: str, file: str, error: OSError) -> TrafficError:
    name = harmless(file)
    if isinstance(error, FileNotFoundError):
        return TrafficError(
            f"{name} cannot be {what}: it is not there. Mend the path in the catalog.", permanent=True
        )
    if isinstance(error, PermissionError):
        return TrafficError(
            f"{name} cannot be {what}: aright may not. Let it write the file and its folder (a new "
            "file takes the "
            "old one's place).",
            permanent=True,
        )
    return TrafficError(f"{name} cannot be {what}: {error.strerror or type(error).__name__}.")
