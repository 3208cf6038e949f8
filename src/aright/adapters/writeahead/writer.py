"""The one thread that writes: takes all that waits, writes it, syncs once, then tells everyone."""

from __future__ import annotations

import os
from collections import deque
from threading import Condition, Thread
from typing import TYPE_CHECKING, Final

from aright.adapters.writeahead.files import broken, reserve, sync_data
from aright.adapters.writeahead.framing import head_of, size_of
from aright.ports.log import LogBrokenError, LogFullError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from aright.adapters.writeahead.files import LogFile, Spares
    from aright.adapters.writeahead.settings import WriteAheadSettings
    from aright.core.model.frame import Frame

_BATCH: Final = 32 << 20  # bytes written between two syncs at most, so that nobody waits for long
_VECTORS: Final = 512  # buffers handed to the kernel at once; POSIX promises 16, Linux and macOS take 1,024


class Writer:
    """Group commit.

    Args:
        settings: sizes and bounds.
        spares: where new files come from.
        file: the file to go on with.
        descriptor: of that file; the writer closes it.
        end: where the next frame goes.
        advanced: is told of a new durable end before any future is set.
        rotated: is told of each new file.
        sync: ``fdatasync``, or what a test puts in its place.
    """

    def __init__(
        self,
        settings: WriteAheadSettings,
        spares: Spares,
        file: LogFile,
        descriptor: int,
        end: int,
        *,
        advanced: Callable[[int], None],
        rotated: Callable[[LogFile], None],
        sync: Callable[[int], None] = sync_data,
    ) -> None:
        self._settings = settings
        self._spares = spares
        self._file = file
        self._descriptor = descriptor
        self._capacity = os.fstat(descriptor).st_size
        self._end = end
        self._advanced = advanced
        self._rotated = rotated
        self._sync = sync
        self._queue: deque[tuple[Frame, Future[int]]] = deque()
        self._waiting = 0
        self._closing = False
        self._failure: LogBrokenError | None = None
        self._wake = Condition()
        self._thread = Thread(target=self._run, name="writeahead", daemon=True)
        self._thread.start()

    def put(self, frame: Frame, future: Future[int]) -> None:
        """Queue a frame; raises ``LogFullError``."""
        size = size_of(frame)
        future.set_running_or_notify_cancel()  # a sender that hangs up must not cancel what is being written
        with self._wake:
            if self._failure is not None:
                future.set_exception(self._failure)
                return
            if self._waiting and self._waiting + size > self._settings.waiting_bytes:
                raise LogFullError(f"{self._waiting:,} bytes wait for the disk: send again in a second")
            self._waiting += size
            self._queue.append((frame, future))
            if len(self._queue) == 1:
                self._wake.notify()

    def close(self) -> None:
        """Write what waits, then end."""
        with self._wake:
            self._closing = True
            self._failure = self._failure or LogBrokenError("the log is closed: start the server again")
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                ends = self._write(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, nobody may wait for ever
                self._fail(batch, broken(f"cannot write {self._file.path}", error))
                break
            self._advanced(self._end)
            with self._wake:
                self._waiting -= sum(size_of(frame) for frame, _ in batch)
            for (_, future), end in zip(batch, ends, strict=True):
                future.set_result(end)
        os.close(self._descriptor)

    def _next_batch(self) -> list[tuple[Frame, Future[int]]]:
        with self._wake:
            while not self._queue and not self._closing:
                self._wake.wait()
            batch: list[tuple[Frame, Future[int]]] = []
            size = 0
            while self._queue and (not batch or size + size_of(self._queue[0][0]) <= _BATCH):
                batch.append(self._queue.popleft())
                size += size_of(batch[-1][0])
            return batch

    def _write(self, batch: list[tuple[Frame, Future[int]]]) -> list[int]:
        """Write and sync; return the position behind each frame."""
        ends: list[int] = []
        buffers: list[bytes] = []
        start = end = self._end
        for frame, _ in batch:
            size = size_of(frame)
            if end - self._file.base + size > self._capacity:
                self._flush(buffers, start)
                buffers = []
                start = end
                self._rotate(end, size)
            buffers += (head_of(frame, end), frame.body)
            end += size
            ends.append(end)
        self._flush(buffers, start)
        self._end = end
        return ends

    def _flush(self, buffers: list[bytes], position: int) -> None:
        offset = position - self._file.base
        for first in range(0, len(buffers), _VECTORS):
            offset = self._write_fully(buffers[first : first + _VECTORS], offset)
        if buffers:
            self._sync(self._descriptor)

    def _write_fully(self, buffers: list[bytes], offset: int) -> int:
        left = [memoryview(buffer) for buffer in buffers if buffer]
        while left:
            written = os.pwritev(self._descriptor, left, offset)
            offset += written
            while left and written >= len(left[0]):
                written -= len(left.pop(0))
            if left and written:
                left[0] = left[0][written:]
        return offset

    def _rotate(self, end: int, needed: int) -> None:
        """Go on in a new file; the old one is synced already. An empty one grows instead."""
        if end == self._file.base:
            reserve(self._descriptor, needed)
            os.fsync(self._descriptor)
            self._capacity = needed
            return
        file, descriptor = self._spares.create(self._settings.folder, end, needed)
        os.close(self._descriptor)
        self._file, self._descriptor = file, descriptor
        self._capacity = os.fstat(self._descriptor).st_size
        self._rotated(self._file)

    def _fail(self, batch: list[tuple[Frame, Future[int]]], failure: LogBrokenError) -> None:
        """Tell all who wait, and take no more: after a failed sync the kernel may have dropped the pages."""
        with self._wake:
            self._failure = failure
            lost = batch + list(self._queue)
            self._queue.clear()
        for _, future in lost:
            future.set_exception(failure)
