"""The write-ahead log: framed files, group commit, recovery that cuts a torn tail."""

from __future__ import annotations

import contextlib
import fcntl
import os
from bisect import bisect_right
from concurrent.futures import Future
from threading import Lock
from typing import TYPE_CHECKING

from aright.adapters.writeahead.files import (
    LogFile,
    Spares,
    broken,
    cut,
    end_of,
    list_files,
    read_frame,
    sync_data,
    sync_folder,
)
from aright.adapters.writeahead.framing import size_of
from aright.adapters.writeahead.writer import Writer
from aright.ports.log import LogBrokenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aright.adapters.writeahead.settings import WriteAheadSettings
    from aright.core.model.frame import Frame


class WriteAheadLog:
    """A ``Log`` on local disk.

    Opening it cuts what a crash tore off at the end; everything that was ever acknowledged lies before that.
    Raises ``LogBrokenError`` where the folder cannot be used or another process has it open.

    >>> import tempfile, pathlib
    >>> from aright.adapters.writeahead import WriteAheadSettings
    >>> from aright.core.model.frame import Encoding, Format, Frame, Kind
    >>> frame = Frame(
    ...     kind=Kind.OUTCOMES, format=Format.NDJSON, encoding=Encoding.IDENTITY, received_at=0, body=b"{}"
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     log = WriteAheadLog(WriteAheadSettings(folder=pathlib.Path(folder), file_bytes=4096))
    ...     end = log.append(frame).result()
    ...     [(position, read.body) for position, read in log.read(0)] == [(end, b"{}")]
    ...     log.close()
    True
    """

    def __init__(self, settings: WriteAheadSettings, *, sync: Callable[[int], None] = sync_data) -> None:
        self._settings = settings
        self._lock = Lock()
        self._files: list[LogFile] = []
        try:
            settings.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._owner = _own(settings)
            try:
                self._open(sync)
            except BaseException:
                os.close(self._owner)
                raise
        except OSError as error:
            raise broken(f"cannot open the log in {settings.folder}", error) from error

    def append(self, frame: Frame) -> Future[int]:
        """Queue the frame; see the port."""
        future: Future[int] = Future()
        self._writer.put(frame, future)
        return future

    def read(self, position: int) -> Iterator[tuple[int, Frame]]:
        """Yield from ``position``, or from the oldest frame that was not released; see the port."""
        while True:
            with self._lock:
                end = self._end
                files = list(self._files)
            position = max(position, files[0].base)
            if position >= end:
                return
            at = bisect_right(files, position, key=lambda file: file.base) - 1
            stop = min(end, files[at + 1].base if at + 1 < len(files) else end)
            for position, frame in _frames(files[at], position, stop):  # noqa: B020 - goes on where it stopped
                yield position, frame

    def end(self) -> int:
        """Return the durable end."""
        with self._lock:
            return self._end

    def release(self, position: int) -> None:
        """Let go of files that lie wholly before ``position``; the last one stays."""
        with self._lock:
            old = [
                file
                for file, following in zip(self._files, self._files[1:], strict=False)
                if following.base <= position
            ]
            self._files = self._files[len(old) :]
        for file in old:
            self._spares.give(file)
        if old:
            sync_folder(self._settings.folder)

    def close(self) -> None:
        """Write what waits, then let the folder go."""
        self._writer.close()
        with contextlib.suppress(OSError):
            os.close(self._owner)

    def _open(self, sync: Callable[[int], None]) -> None:
        self._spares = Spares(self._settings.folder, self._settings.file_bytes)
        self._files = list_files(self._settings.folder)
        if self._files:
            last = self._files[-1]
            descriptor = os.open(last.path, os.O_RDWR | os.O_CLOEXEC)
            self._end = end_of(descriptor, last.base)
            cut(descriptor, self._end - last.base, self._settings.file_bytes)
        else:
            last, descriptor = self._spares.create(self._settings.folder, 0, self._settings.file_bytes)
            self._files = [last]
            self._end = 0
        self._writer = Writer(
            self._settings,
            self._spares,
            last,
            descriptor,
            self._end,
            advanced=self._advance,
            rotated=self._rotate,
            sync=sync,
        )

    def _advance(self, end: int) -> None:
        with self._lock:
            self._end = end

    def _rotate(self, file: LogFile) -> None:
        with self._lock:
            self._files.append(file)


def _own(settings: WriteAheadSettings) -> int:
    """Lock the folder for this process; the lock goes when the process does."""
    descriptor = os.open(settings.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise LogBrokenError(
            f"another process has the log in {settings.folder} open: stop it, or choose another folder"
        ) from error
    return descriptor


def _frames(file: LogFile, position: int, stop: int) -> Iterator[tuple[int, Frame]]:
    try:
        descriptor = os.open(file.path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise LogBrokenError(f"{file.path} is gone: restore it, or start with an empty store") from error
    try:
        while position < stop:
            frame = read_frame(descriptor, file.base, position)
            if frame is None:
                raise LogBrokenError(
                    f"{file.path} is damaged at byte {position - file.base:,}: restore it from a backup"
                )
            position += size_of(frame)
            yield position, frame
    finally:
        os.close(descriptor)
