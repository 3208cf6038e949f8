"""Reading a body: bounded in bytes and in time, and together with all others that are being read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, Self

from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from types import TracebackType

    from starlette.types import Receive

SECONDS: Final = 30.0
"""For a whole body to arrive."""


class HungUpError(Exception):
    """The sender went away in the middle of its body; there is nobody to answer."""


class Load:
    """How much is on its way through the doors: beyond the bound, senders are told to come back.

    This sheds load before the server is saturated: what waits in memory, waits at most as long as it takes to
    work through ``most_bytes``.

    Args:
        most_bytes: bodies in memory, together; one body alone may be larger.
        most_requests: requests being read, decoded or written, together.

    Attributes:
        bytes: bodies in memory now.
        requests: requests under way now.
    """

    def __init__(self, most_bytes: int, most_requests: int) -> None:
        self.most_bytes = most_bytes
        self.most_requests = most_requests
        self.bytes = 0
        self.requests = 0


class Passage:
    """One request's part of the load, from the block's begin to its end.

    >>> load = Load(100, 1)
    >>> with Passage(load) as passage:
    ...     passage.reach(70)
    ...     load.bytes, load.requests
    (70, 1)
    >>> load.bytes, load.requests
    (0, 0)
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._size = 0

    def __enter__(self) -> Self:
        """Begin; raises ``ProblemError`` (503) where too many requests are under way."""
        if self._load.requests >= self._load.most_requests:
            raise busy(f"{self._load.requests} requests are under way.")
        self._load.requests += 1
        return self

    def reach(self, size: int) -> None:
        """Hold ``size`` bytes in all; raises ``ProblemError`` (503) where others leave no room for them."""
        more = max(size - self._size, 0)
        if self._load.bytes > self._size and self._load.bytes + more > self._load.most_bytes:
            raise busy(f"{self._load.bytes:,} bytes are under way.")
        self._load.bytes += more
        self._size += more

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._load.bytes -= self._size
        self._load.requests -= 1


def busy(problem: str) -> ProblemError:
    """Return what to answer where there is too much to do."""
    return ProblemError(503, problem, "Send the same again in a second.", headers={"retry-after": "1"})


def announced(content_length: bytes, limit: int) -> int:
    """Return the announced length, 0 where there is none; raises ``ProblemError`` (413) beyond ``limit``.

    >>> announced(b"12", 100), announced(b"", 100)
    (12, 0)
    """
    length = int(content_length) if content_length.isdigit() and len(content_length) < 20 else 0
    if length > limit:
        raise too_large(limit)
    return length


def too_large(limit: int) -> ProblemError:
    """Return what to answer to a body beyond ``limit`` bytes; the connection ends, the rest goes unread."""
    return ProblemError(
        413,
        f"The body is larger than {limit:,} bytes.",
        "Split it into several requests.",
        headers={"connection": "close"},
    )


async def read_body(receive: Receive, passage: Passage, limit: int, seconds: float = SECONDS) -> bytes:
    """Return the whole body.

    Raises ``ProblemError``: 413 as soon as it is larger than ``limit``, 408 where it takes too long, 503
    where too much is under way; and ``HungUpError``.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _read(receive, passage, limit)
    except TimeoutError as error:
        raise ProblemError(
            408,
            f"The body did not arrive within {seconds:g} seconds.",
            "Send it again, in smaller parts.",
            headers={"connection": "close"},
        ) from error


async def _read(receive: Receive, passage: Passage, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HungUpError
        part = message.get("body", b"")
        size += len(part)
        if size > limit:
            raise too_large(limit)
        passage.reach(size)
        parts.append(part)
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)
