"""Settings of the write-ahead log."""

from __future__ import annotations

from pathlib import Path

import msgspec


class WriteAheadSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log lies and how much it takes.

    Attributes:
        folder: is made where it is missing; one process at a time may have it open.
        file_bytes: size to which each file is preallocated; a frame that is larger gets a file of its own.
        waiting_bytes: how many bytes may wait for the disk before ``append`` refuses.
    """

    folder: Path
    file_bytes: int = 64 << 20
    waiting_bytes: int = 64 << 20
