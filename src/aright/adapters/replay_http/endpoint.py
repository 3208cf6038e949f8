"""Replaying over HTTP: signed POSTs with a few inputs each, bounded in time and bytes."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx
import msgspec

from aright.core.model.replay_wire import (
    LARGEST_ANSWER,
    Answer,
    Asked,
    BadAnswerError,
    asked,
    batches,
    outputs,
)
from aright.core.model.signature import sign
from aright.ports.replayer import ReplayError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.model.replay import Output, Replay, Stored
    from aright.ports.replayer import Running

LONGEST: Final = 30.0
"""Seconds for one request."""

_SHOWN: Final = 300


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the POST."""

    service: str
    version: str
    inputs: list[Asked]


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the answer."""

    version: str
    outputs: list[Answer]


class HttpReplayer:
    """Asks endpoints; redirects are not followed, so that none sends stored inputs elsewhere.

    Args:
        longest: how long one request may take (seconds).
        now: Unix seconds for the signature's timestamp: the wall's time, whatever clock the engine lives by,
            since the receiver holds it against its own.
    """

    def __init__(self, longest: float = LONGEST, *, now: Callable[[], float] = time.time) -> None:
        self._longest = longest
        self._now = now

    def open(self, replay: Replay, *, service: str, version: str, seconds: float) -> Running:  # noqa: ARG002 - the port's
        """Return a version; whether it is there is seen when it is asked."""
        return _Endpoint(replay, service, version, longest=self._longest, now=self._now)


class _Endpoint:
    def __init__(
        self, replay: Replay, service: str, version: str, *, longest: float, now: Callable[[], float]
    ) -> None:
        self._replay, self._service, self._version = replay, service, version
        self._longest, self._now = longest, now
        self._client = httpx.Client(follow_redirects=False, trust_env=False)

    def run(self, inputs: Sequence[Stored], *, seconds: float) -> tuple[Output, ...]:
        """Return what the version makes of each input; raises ``ReplayError``."""
        until = time.monotonic() + seconds
        found: list[Output] = []
        for batch in batches(inputs):
            body = msgspec.json.encode(
                Request(service=self._service, version=self._version, inputs=asked(batch))
            )
            found += self._outputs(batch, self._ask(body, until))
        return tuple(found)

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()

    def _ask(self, body: bytes, until: float) -> bytes:
        """Return the body of the answer to one request."""
        until = min(until, time.monotonic() + self._longest)
        left = until - time.monotonic()
        if left <= 0:
            raise ReplayError(f"{self._host()} did not answer in time")
        try:
            with self._client.stream(
                "POST", self._replay.target, content=body, headers=self._headers(body), timeout=left
            ) as answer:
                read = self._read(answer, until)
                if answer.status_code != 200:
                    raise ReplayError(self._refused(answer.status_code, read))
                return read
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ReplayError(
                f"{self._host()} cannot be asked for version {self._version}: {type(error).__name__} {error}"
            ) from error

    def _read(self, answer: httpx.Response, until: float) -> bytes:
        """Return the body; time and size are looked at with each piece that arrives, however small."""
        read = bytearray()
        for piece in answer.iter_raw():
            read += piece
            if len(read) > LARGEST_ANSWER:
                raise ReplayError(f"{self._host()} answers with more than {LARGEST_ANSWER:,} bytes")
            if time.monotonic() > until:
                raise ReplayError(f"{self._host()} did not answer in time")
        return bytes(read)

    def _headers(self, body: bytes) -> dict[str, str]:
        timestamp = str(int(self._now()))
        headers = {
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "X-Aright-Timestamp": timestamp,
        }
        if self._replay.secret:
            headers["X-Aright-Signature"] = sign(self._replay.secret, timestamp, body)
        if self._replay.bearer_token_file:
            headers["Authorization"] = f"Bearer {self._token()}"
        return headers

    def _token(self) -> str:
        """Return the token; the file is read each time, for tokens are renewed."""
        try:
            token = Path(self._replay.bearer_token_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ReplayError(
                f"the token of {self._host()} cannot be read: {type(error).__name__}"
            ) from error
        if not token.isascii() or not token.isprintable():
            raise ReplayError(f"the token of {self._host()} is no token")
        return token

    def _outputs(self, batch: Sequence[Stored], body: bytes) -> tuple[Output, ...]:
        try:
            reply = msgspec.json.decode(body, type=Reply)
            if reply.version != self._version:
                raise ReplayError(
                    f"{self._host()} answered for version {reply.version[:80]!r} instead of "
                    f"{self._version!r}: its answers prove nothing of that"
                )
            return outputs(batch, reply.outputs)
        except (msgspec.DecodeError, BadAnswerError) as error:
            raise ReplayError(f"what {self._host()} answers is no replay: {error}") from error

    def _refused(self, status: int, body: bytes) -> str:
        said = "".join(
            each if each.isprintable() else " " for each in body[:_SHOWN].decode("utf-8", "replace")
        )
        known = {
            401: "Is the secret the one that it checks signatures with?",
            403: "Is the secret the one that it checks signatures with?",
            404: f"Has it still version {self._version}, and is the url right?",
        }
        advice = known.get(status, "Read its answer.")
        return f"{self._host()} answered {status}: {said.strip() or 'nothing more'}. {advice}"

    def _host(self) -> str:
        """Return the URL's host and port: its path and query may hold what is not to be shown."""
        try:
            return httpx.URL(self._replay.target).netloc.decode("ascii", "replace") or "the endpoint"
        except httpx.InvalidURL:
            return "the endpoint"
