"""The spool: batches on disk while the server is away, in append-only files that survive a kill.

A file is a magic number and records; a record is a header (length, CRC-32, rows, lane, encoding) and the body
as it will be sent. Its owner holds ``flock`` on it, so one that can be locked was left behind, and is taken
over. Files are replayed oldest first and deleted once sent; after a kill in mid-file its head is sent again,
which the server tells by the predictions' ids.
"""

from __future__ import annotations

import os
import stat
import struct
import threading
import time
import zlib
from collections import deque
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Final

import msgspec

from aright.sdk.lanes import Batch, Lane

if TYPE_CHECKING:
    from collections.abc import Callable

MAGIC: Final = b"ARSPOOL1"
SUFFIX: Final = ".spool"
_HEADER: Final = struct.Struct(">IIIBB")
_ENCODINGS: Final = ("", "gzip", "zstd")
_BODY_BYTES: Final = 16 << 20  # far above any batch: a longer record is damage


class Record(msgspec.Struct, frozen=True):
    """Where a batch stands in a file, and how many rows it has."""

    offset: int
    size: int
    rows: int


class SpoolFile:
    """One locked file: its records that wait, and its length (bytes)."""

    def __init__(self, path: str, descriptor: int, size: int, records: deque[Record]) -> None:
        self.path = path
        self.descriptor = descriptor
        self.size = size
        self.records = records

    def append(self, batch: Batch) -> bool:
        """Write a batch at the end, wholly or not at all."""
        data = _record(batch)
        try:
            written = 0
            while written < len(data):
                written += os.pwrite(self.descriptor, data[written:], self.size + written)
        except OSError:
            os.ftruncate(self.descriptor, self.size)
            return False
        self.records.append(Record(self.size, len(data), batch.rows))
        self.size += len(data)
        return True

    def head(self) -> Batch | None:
        """Read the oldest waiting batch; ``None`` when it is damaged."""
        record = self.records[0]
        try:
            return _batch(os.pread(self.descriptor, record.size, record.offset))
        except OSError:
            return None

    def rows(self) -> int:
        """Return how many rows wait."""
        return sum(record.rows for record in self.records)

    def close(self, *, delete: bool) -> None:
        """Unlock the file; delete it first where nothing in it is of use any more."""
        if delete:
            with suppress(OSError):  # gone already, or a folder turned read-only: sent twice, not lost
                os.unlink(self.path)  # noqa: PTH108 - pathlib costs an import
        os.close(self.descriptor)


class Spool:
    """Batches on disk, in order, bounded in bytes; the oldest go first when there is no more room.

    Args:
        folder: where the files are; made with access for its owner only.
        scope: names the server, token and service: rows are only ever sent to whom they were meant for.
        limit: bytes kept at most.
        lost: told how many rows were lost and why.

    Raises:
        OSError: the folder cannot be made or is not ours to use.
    """

    def __init__(self, folder: str, scope: str, *, limit: int, lost: Callable[[str, int], None]) -> None:
        self._folder = folder
        self._scope = scope
        self._limit = limit
        self._file_bytes = max(1, min(4 << 20, limit // 8))
        self._lost = lost
        self._lock = threading.RLock()
        self._names = count()
        self._files: deque[SpoolFile] = deque()
        self._writing: SpoolFile | None = None
        _make_private(folder)
        self.recovered = self._adopt()

    def append(self, batch: Batch) -> bool:
        """Keep a batch; ``False`` when the disk would not take it."""
        size = _HEADER.size + len(batch.body)
        with self._lock:
            if size > self._limit:
                self._lost("spool_full", batch.rows)
                return True
            if self._writing is None or self._writing.size + size > self._file_bytes:
                self._writing = None
            self._make_room(size)
            if self._writing is None and not self._begin():
                return False
            return self._writing is not None and self._writing.append(batch)

    def oldest(self) -> Batch | None:
        """Return the batch to send next; it stays until ``settle``."""
        with self._lock:
            while self._files:
                if not self._files[0].records:
                    self._drop_file()
                    continue
                batch = self._files[0].head()
                if batch is not None:
                    return batch
                self._lost("spool_damaged", self._files[0].rows())
                self._drop_file()
        return None

    def settle(self) -> None:
        """Forget the batch that ``oldest`` returned."""
        with self._lock:
            if self._files and self._files[0].records:
                self._files[0].records.popleft()
                if not self._files[0].records:
                    self._drop_file()

    def rows(self) -> int:
        """Return how many rows wait on disk."""
        with self._lock:
            return sum(file.rows() for file in self._files)

    def close(self) -> None:
        """Unlock all files, so that the next process may take them over."""
        with self._lock:
            while self._files:
                file = self._files.popleft()
                file.close(delete=not file.records)
            self._writing = None

    def disown(self) -> None:
        """In a forked child: close its copies; the locks stay with the parent."""
        for file in self._files:
            os.close(file.descriptor)
        self._files.clear()

    def _make_room(self, size: int) -> None:
        while self._files and sum(file.size for file in self._files) + size > self._limit:
            self._lost("spool_full", self._files[0].rows())
            self._drop_file()

    def _drop_file(self) -> None:
        file = self._files.popleft()
        if file is self._writing:
            self._writing = None
        file.close(delete=True)

    def _begin(self) -> bool:
        name = f"{self._scope}-{time.time_ns():020d}-{os.getpid()}-{next(self._names)}{SUFFIX}"
        path = os.path.join(self._folder, name)  # noqa: PTH118 - pathlib costs an import
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            if _lock(descriptor) and os.pwrite(descriptor, MAGIC, 0) == len(MAGIC):
                self._writing = SpoolFile(path, descriptor, len(MAGIC), deque())
                self._files.append(self._writing)
                return True
        except OSError:
            pass  # a full disk: said by the answer
        os.close(descriptor)
        return False

    def _adopt(self) -> int:
        """Take over the files that others left behind; return their rows."""
        names = sorted(os.listdir(self._folder))  # noqa: PTH208 - pathlib costs an import
        for name in names:
            if name.startswith(f"{self._scope}-") and name.endswith(SUFFIX):
                file = _take_over(os.path.join(self._folder, name))  # noqa: PTH118 - as above
                if file is not None:
                    self._files.append(file)
        return self.rows()


def _make_private(folder: str) -> None:
    os.makedirs(folder, mode=0o700, exist_ok=True)  # noqa: PTH103 - pathlib costs an import
    found = os.lstat(folder)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), 0}:
        raise PermissionError("the folder is a link or another user's")


def _lock(descriptor: int) -> bool:
    import fcntl  # noqa: PLC0415 - POSIX only; without it there is no spool

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return os.fstat(descriptor).st_nlink > 0  # its owner may have deleted it a moment ago


def _take_over(path: str) -> SpoolFile | None:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or not _lock(descriptor):
        os.close(descriptor)
        return None
    return SpoolFile(path, descriptor, found.st_size, _records(descriptor, found.st_size))


def _records(descriptor: int, size: int) -> deque[Record]:
    """Return the whole records of a file; a torn one, and all after it, does not count."""
    records: deque[Record] = deque()
    if os.pread(descriptor, len(MAGIC), 0) != MAGIC:
        return records
    offset = len(MAGIC)
    while offset + _HEADER.size <= size:
        length, _, rows, _, _ = _HEADER.unpack(os.pread(descriptor, _HEADER.size, offset))
        whole = _HEADER.size + length
        if length > _BODY_BYTES or offset + whole > size:
            break
        records.append(Record(offset, whole, rows))
        offset += whole
    return records


def _record(batch: Batch) -> bytes:
    encoding = _ENCODINGS.index(batch.encoding)
    check = zlib.crc32(batch.body, zlib.crc32(struct.pack(">IBB", batch.rows, batch.lane, encoding)))
    return _HEADER.pack(len(batch.body), check, batch.rows, batch.lane, encoding) + batch.body


def _batch(data: bytes) -> Batch | None:
    """Read one record; ``None`` when it is not what was written."""
    if len(data) < _HEADER.size:
        return None
    length, check, rows, lane, encoding = _HEADER.unpack_from(data)
    body = data[_HEADER.size :]
    told = zlib.crc32(body, zlib.crc32(struct.pack(">IBB", rows, lane, encoding)))
    if len(body) != length or told != check or encoding >= len(_ENCODINGS):
        return None
    return Batch(Lane(lane), rows, _ENCODINGS[encoding], body)
