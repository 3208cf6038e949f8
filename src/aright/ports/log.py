"""The log: what was acknowledged is in it, whatever happens next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from aright.core.model.frame import Frame


class LogFullError(Exception):
    """The log takes no more bytes just now: too many wait for the disk. Send again in a second."""


class LogBrokenError(Exception):
    """The log could not be written. Look at the disk's space and its permissions, then start again."""


class Log(Protocol):
    """Append-only and durable: a position that was returned outlives kill −9 and power cuts."""

    def append(self, frame: Frame) -> Future[int]:
        """Return a future of the position behind the frame, set only after it is on disk.

        Never blocks for the disk. Raises ``LogFullError`` where more bytes wait than are allowed; the future
        raises ``LogBrokenError`` when writing failed.
        """
        ...

    def read(self, position: int) -> Iterator[tuple[int, Frame]]:
        """Yield (position behind the frame, frame) from ``position`` (0 is the start) to the durable end."""
        ...

    def end(self) -> int:
        """Return the position behind the last durable frame."""
        ...

    def release(self, position: int) -> None:
        """Allow everything before ``position`` to be deleted."""
        ...

    def close(self) -> None:
        """Write what waits, then let go of the files."""
        ...
