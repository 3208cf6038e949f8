"""The log's files: named by the position of their first byte, preallocated, written front to back."""

from __future__ import annotations

import os
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from aright.adapters.writeahead.framing import PREFIX, parse, size_of
from aright.ports.log import LogBrokenError

if TYPE_CHECKING:
    from pathlib import Path

    from aright.core.model.frame import Frame

SUFFIX: Final = ".log"
SPARE: Final = ".spare"
_LONGEST: Final = 1 << 31  # no door lets a larger frame in: a longer announcement is a torn head


class LogFile(NamedTuple):
    """One file.

    Attributes:
        base: the log position of its first byte.
        path: where it lies.
    """

    base: int
    path: Path


def list_files(folder: Path) -> list[LogFile]:
    """Return the folder's log files, oldest first."""
    paths = (path for path in folder.glob(f"*{SUFFIX}") if path.stem.isdecimal())
    return sorted(LogFile(int(path.stem), path) for path in paths)


class Spares:
    """Released files, kept to be written again.

    Their blocks are on disk and their pages in memory already, so that writing and syncing them takes about
    two thirds of the time. What stands in them cannot be taken for frames, which are bound to their position.

    Args:
        folder: of the log.
        size: of a file; others are not kept.
        most: how many are kept.
    """

    def __init__(self, folder: Path, size: int, most: int = 3) -> None:
        self._size = size
        self._most = most
        self._paths = deque(folder.glob(f"*{SPARE}"))

    def give(self, file: LogFile) -> None:
        """Keep a file that nobody reads any more, or delete it."""
        if len(self._paths) < self._most and file.path.stat().st_size == self._size:
            spare = file.path.with_suffix(SPARE)
            file.path.rename(spare)
            self._paths.append(spare)
        else:
            file.path.unlink()

    def create(self, folder: Path, base: int, size: int) -> tuple[LogFile, int]:
        """Make a file of at least ``size`` bytes whose name is on disk; return it and its descriptor."""
        path = folder / f"{base:020d}{SUFFIX}"
        if size <= self._size and self._paths:
            self._paths.popleft().rename(path)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            reserve(descriptor, max(size, self._size))
            os.fsync(descriptor)
            sync_folder(folder)
        except BaseException:
            os.close(descriptor)
            raise
        return LogFile(base, path), descriptor


def reserve(descriptor: int, size: int) -> None:
    """Give the file its blocks now, so that a later sync need not; a file that is larger stays so."""
    if os.fstat(descriptor).st_size >= size:
        return
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
    else:
        os.ftruncate(descriptor, size)


def sync_data(descriptor: int) -> None:
    """Return once what was written is on disk; raises ``OSError``."""
    if hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
    else:
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Return once the names in the folder are on disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_frame(descriptor: int, base: int, position: int) -> Frame | None:
    """Return the frame at ``position`` of the file that begins at ``base``, ``None`` where none is whole."""
    prefix = os.pread(descriptor, PREFIX.size, position - base)
    if len(prefix) < PREFIX.size:
        return None
    length = PREFIX.unpack(prefix)[0]
    if not 0 < length < _LONGEST:
        return None
    return parse(prefix, _pread_all(descriptor, length, position - base + PREFIX.size), position)


def end_of(descriptor: int, base: int) -> int:
    """Return the position behind the last whole frame of a file, which is where a torn tail begins."""
    position = base
    while (frame := read_frame(descriptor, base, position)) is not None:
        position += size_of(frame)
    return position


def cut(descriptor: int, size: int, capacity: int) -> None:
    """Clear everything from ``size`` on and keep ``capacity`` reserved.

    The tail is cleared and not merely overwritten later: whole frames may stand behind a torn one, and must
    never be taken for frames that follow what will be written in its place.
    """
    os.ftruncate(descriptor, size)
    reserve(descriptor, capacity)
    os.fsync(descriptor)


def _pread_all(descriptor: int, length: int, offset: int) -> bytes:
    """Read ``length`` bytes, or up to the end of the file."""
    first = os.pread(descriptor, length, offset)
    parts = [first]
    while first and (missing := length - sum(map(len, parts))) > 0:
        part = os.pread(descriptor, missing, offset + length - missing)
        if not part:
            break
        parts.append(part)
    return b"".join(parts) if len(parts) > 1 else first


def broken(text: str, error: Exception) -> LogBrokenError:
    """Return what to raise where the disk refused."""
    return LogBrokenError(f"{text}: {error}. Look at the disk's space and its permissions, then start again.")
