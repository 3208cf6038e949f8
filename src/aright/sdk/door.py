"""The door: one kept-alive HTTP connection to the server, and what its answers mean to the sender."""

from __future__ import annotations

import os
from time import time
from typing import TYPE_CHECKING, Final

import msgspec

from aright import __version__
from aright.sdk.lanes import ADDRESSES

if TYPE_CHECKING:
    import http.client

    from aright.sdk.lanes import Batch
    from aright.sdk.settings import Settings

ANSWER_BYTES: Final = 1 << 16
"""Bytes of an answer that are read at most."""

LATER: Final = frozenset({408, 425, 429})
"""Statuses under 500 that mean "try again" (RFC 9110, RFC 8470, RFC 6585)."""


class Reply(msgspec.Struct, frozen=True):
    """What the server said.

    Attributes:
        status: HTTP status; 0 when there was no answer at all.
        retry_after: seconds it asked to wait for; 0 when it did not say.
        quarantined: rows that it put aside.
        advice: its first problem and fix, in its own words.
        failure: what kept the answer from coming, by the error's name.
    """

    status: int
    retry_after: float = 0.0
    quarantined: int = 0
    advice: str = ""
    failure: str = ""

    @property
    def taken(self) -> bool:
        """Whether the rows are the server's now."""
        return 200 <= self.status < 300

    @property
    def again(self) -> bool:
        """Whether the same batch may fare better later."""
        return self.status == 0 or self.status in LATER or self.status >= 500


class _Problem(msgspec.Struct):
    field: str = ""
    problem: str = ""
    fix: str = ""


class _Answer(msgspec.Struct):
    quarantined: int = 0
    problems: list[_Problem] = []
    error: _Problem | None = None


class Door:
    """Sends batches one after the other."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection: http.client.HTTPConnection | None = None

    def send(self, batch: Batch) -> Reply:
        """Send a batch and return the answer; a kept-alive connection found closed is opened once more."""
        reused = self._connection is not None and self._connection.sock is not None
        reply = self._attempt(batch)
        if reply.status == 0 and reused and reply.failure not in {"TimeoutError", "timeout"}:
            return self._attempt(batch)
        return reply

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def disown(self) -> None:
        """In a forked child: close its copy of the socket, and nothing else.

        A reader's lock may have been held by a thread that the child does not have, so the objects above the
        socket are let alone.
        """
        connection, self._connection = self._connection, None
        sock = None if connection is None else connection.sock
        if sock is not None and sock.fileno() >= 0:
            os.close(sock.detach())

    def _attempt(self, batch: Batch) -> Reply:
        import http.client  # noqa: PLC0415 - 40 ms that the host's start-up is spared

        try:
            if self._connection is None:
                self._connection = self._open()
            address = ADDRESSES[batch.lane]
            path = self._settings.base + address.path
            self._connection.request("POST", path, batch.body, self._headers(batch, address.content_type))
            response = self._connection.getresponse()
            body = response.read(ANSWER_BYTES)
            if not response.isclosed():  # more than any answer has: drop the rest with the connection
                self.close()
            body = body.replace(self._settings.token.encode(), b"***")  # a server may repeat what it was sent
            return _read(response.status, response.headers.get("Retry-After"), body)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self.close()
            return Reply(0, failure=type(error).__name__)

    def _open(self) -> http.client.HTTPConnection:
        import http.client  # noqa: PLC0415 - as above

        kind = http.client.HTTPSConnection if self._settings.secure else http.client.HTTPConnection
        return kind(self._settings.address, self._settings.port, timeout=self._settings.request_seconds)

    def _headers(self, batch: Batch, content_type: str) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self._settings.token}",
            "Content-Type": content_type,
            "User-Agent": f"aright-sdk/{__version__}",
        }
        if batch.encoding:
            headers["Content-Encoding"] = batch.encoding
        return headers


def _read(status: int, retry_after: str | None, body: bytes) -> Reply:
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except (msgspec.DecodeError, ValueError):
        answer = _Answer()
    first = answer.error or (answer.problems[0] if answer.problems else _Problem())
    told = ": ".join(part for part in (first.field, first.problem, first.fix) if part).replace(".: ", ". ")
    return Reply(status, seconds(retry_after), max(0, answer.quarantined), _one_line(told))


def _one_line(said: str) -> str:
    """Return a server's words fit for a log: one line, bounded, nothing that steers a terminal."""
    return "".join(character if character.isprintable() else " " for character in said[:300])


def seconds(retry_after: str | None) -> float:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110 §10.2.3), an hour at most.

    >>> seconds("120"), seconds("soon"), seconds(None), seconds("-5")
    (120.0, 0.0, 0.0, 0.0)
    """
    if not retry_after:
        return 0.0
    try:
        asked = float(retry_after)
    except ValueError:
        from email.utils import parsedate_to_datetime  # noqa: PLC0415 - http.client has loaded it by now

        try:
            asked = parsedate_to_datetime(retry_after).timestamp() - time()
        except (ValueError, TypeError):
            return 0.0
    return min(max(asked, 0.0), 3600.0) if asked == asked else 0.0  # noqa: PLR0124 - NaN is not itself
