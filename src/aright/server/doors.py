"""The hot doors: plain ASGI, because they take nearly all requests there are.

Authenticate, read within bounds, decode and give to the log, answer once it is on disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from aright.core.model.frame import Encoding, Format, Frame
from aright.core.observe.intake import UnreadableError
from aright.engine.role import ElsewhereError
from aright.ports.log import LogBrokenError, LogFullError
from aright.ports.state import UnreachableError
from aright.server.auth import token_in
from aright.server.bodies import HungUpError, Load, Passage, announced, busy, read_body
from aright.server.content import DOORS, encoding_of
from aright.server.doors_memory import keep_freed_memory, search_less_often
from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from aright.core.model.times import Micros
    from aright.engine.intake import Acceptance
    from aright.server.door import Door, Reply

_log = logging.getLogger(__name__)

_UNDER_WAY: Final = 64 << 20  # bytes: at 200 MB/s a third of a second's work
_REQUESTS: Final = 512
_ON_LOOP: Final = {Format.ARROW: 1 << 20, Format.NDJSON: 1 << 15, Format.MSGPACK: 1 << 15}
"""Bodies up to so many bytes are decoded on the event loop, within a millisecond or two."""

_HOPS: Final = 3
"""Turns of the event loop from a body's being on disk to its answer: they go before the next body's decoding,
or else whoever is done waits for all who came later."""

_SWITCH_SECONDS: Final = 5e-4
"""How long the log's thread may wait for the interpreter after each sync; ten times that is Python's own."""


class Doors:
    """An ASGI application that takes POSTs to the hot doors and hands all else on.

    Args:
        accept: decodes a frame and gives it to the log.
        authorised: whether a token may send.
        now: the clock (µs, UTC).
        max_body: largest body as sent (bytes).
        app: what answers all other requests.
        seconds: for a body to arrive.
    """

    def __init__(
        self,
        accept: Callable[[Frame], Acceptance],
        authorised: Callable[[str], bool],
        now: Callable[[], Micros],
        max_body: int,
        app: ASGIApp,
        *,
        seconds: float = 30.0,
    ) -> None:
        self._accept = accept
        self._authorised = authorised
        self._now = now
        self._max_body = max_body
        self._app = app
        self._seconds = seconds
        self._load = Load(_UNDER_WAY, _REQUESTS)
        self._turn = asyncio.Lock()
        keep_freed_memory()
        search_less_often()
        sys.setswitchinterval(_SWITCH_SECONDS)
        self._decoders = ThreadPoolExecutor(2, "aright-decode")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        door = DOORS.get(scope["path"]) if scope["type"] == "http" and scope["method"] == "POST" else None
        if door is None:
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        content_type = headers.get(b"content-type", b"").decode("latin-1")
        try:
            with Passage(self._load) as passage:
                frame_of = self._check(door, content_type, headers)
                most = min(door.largest or self._max_body, self._max_body)
                length = announced(headers.get(b"content-length", b""), most)
                passage.reach(length)
                body = await read_body(receive, passage, most, self._seconds)
                if door.token_in is not None:
                    self._hold_token(door.token_in(body))
                await self._take(door, frame_of(body), send)
        except ProblemError as error:
            await _send(send, door.refuse(error, content_type))
        except HungUpError:
            return

    def _check(
        self, door: Door, content_type: str, headers: Mapping[bytes, bytes]
    ) -> Callable[[bytes], Frame]:
        """Raise ``ProblemError`` (401, 415) before anything is read, or return how to frame the body.

        Where the token is in the body, no more of that is read than one such body may have.
        """
        if door.token_in is None:
            self._hold_token(token_in(headers.get(b"authorization", b"").decode("latin-1")))
        form = door.format_of(content_type)
        encoding = encoding_of(headers.get(b"content-encoding", b""))
        return lambda body: Frame(
            kind=door.kind,
            format=form,
            encoding=encoding,
            received_at=self._now(),
            body=door.compose(headers, body),
        )

    def _hold_token(self, token: str) -> None:
        if not token or not self._authorised(token):
            raise ProblemError(
                401,
                "There is no valid token.",
                "Send the header Authorization: Bearer TOKEN; the server printed one at its first start.",
                headers={"www-authenticate": "Bearer"},
            )

    async def _take(self, door: Door, frame: Frame, send: Send) -> None:
        try:
            acceptance = await self._decode(frame)
            position = await asyncio.wrap_future(acceptance.durable)
        except UnreadableError as error:
            raise ProblemError(400, error.problem, error.fix) from error
        except LogFullError as error:
            raise busy(str(error)) from error
        except ElsewhereError as error:
            fix = "Send it to the replica that watches: /v1/status names it."
            raise ProblemError(503, f"{error}.".capitalize(), fix) from error
        except UnreachableError as error:
            raise busy(
                "The state cannot be reached just now; nothing of this body was acknowledged."
            ) from error
        except LogBrokenError as error:
            raise ProblemError(
                500, str(error), "Tell who runs aright; nothing of this body was kept."
            ) from error
        except Exception as error:
            _log.exception("a body was refused by a defect")
            raise ProblemError(
                500, "The body met a defect of aright.", "Tell who runs aright; nothing of it was kept."
            ) from error
        with contextlib.suppress(RuntimeError):  # uvloop's word for a sender that hung up meanwhile
            await _send(send, door.answer(acceptance, frame, position))

    async def _decode(self, frame: Frame) -> Acceptance:
        most = _ON_LOOP.get(frame.format, 1 << 15) if frame.encoding is Encoding.IDENTITY else 1 << 12
        if len(frame.body) <= most:
            async with self._turn:
                acceptance = self._accept(frame)
                for _ in range(_HOPS):
                    await asyncio.sleep(0)
            return acceptance
        return await asyncio.get_running_loop().run_in_executor(self._decoders, self._accept, frame)


async def _send(send: Send, reply: Reply) -> None:
    lines = [
        (b"content-type", reply.content_type.encode("latin-1")),
        (b"content-length", str(len(reply.body)).encode()),
        *((name.lower().encode(), value.encode("latin-1")) for name, value in reply.headers.items()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": lines})
    await send({"type": "http.response.body", "body": reply.body})
