"""How much the doors take at a time, message by message and through a real server."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future
from threading import Event
from typing import TYPE_CHECKING

import pytest
import uvicorn
from starlette.types import Message

from aright.adapters.memory_log import MemoryLog
from aright.engine.intake import Acceptance, Intake
from aright.server.bodies import HungUpError, Load, Passage, read_body
from aright.server.problems import ProblemError
from tests.unit.server.knocking import NDJSON, TOKEN, doors, lines, row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aright.core.model.frame import Frame
    from aright.server.doors import Doors


# --- bounds, message by message ----------------------------------------------------------------------


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


class Wire:
    """One request, message by message."""

    def __init__(self, app: Doors, *, length: int | None = None) -> None:
        headers = [(b"authorization", f"Bearer {TOKEN}".encode()), (b"content-type", NDJSON.encode())]
        if length is not None:
            headers.append((b"content-length", str(length).encode()))
        self._app = app
        self._scope = {"type": "http", "method": "POST", "path": "/v1/predictions", "headers": headers}
        self.read = 0
        self.sent: list[Message] = []

    async def run(self, messages: Iterator[Message]) -> None:
        async def receive() -> Message:
            self.read += 1
            for message in messages:
                return message
            await asyncio.Event().wait()
            raise AssertionError

        async def send(message: Message) -> None:
            self.sent.append(message)

        await self._app(self._scope, receive, send)

    @property
    def status(self) -> int:
        status: int = self.sent[0]["status"]
        return status


def parts(count: int, size: int = 1_000) -> Iterator[Message]:
    return iter(
        {"type": "http.request", "body": b" " * size, "more_body": n < count - 1} for n in range(count)
    )


def test_a_gigabyte_announced_is_refused_unread(log: MemoryLog) -> None:
    wire = Wire(doors(Intake(log).accept), length=1 << 30)
    asyncio.run(wire.run(parts(1_000_000)))
    assert (wire.status, wire.read) == (413, 0)
    assert (b"connection", b"close") in wire.sent[0]["headers"]


def test_a_gigabyte_unannounced_is_refused_at_the_bound(log: MemoryLog) -> None:
    wire = Wire(doors(Intake(log).accept, max_body=50_000))
    asyncio.run(wire.run(parts(1_000_000)))
    assert (wire.status, wire.read) == (413, 51)


def test_a_sender_that_hangs_up_is_let_go(log: MemoryLog) -> None:
    app = doors(Intake(log).accept)
    wire = Wire(app, length=2_000)
    asyncio.run(wire.run(iter([*list(parts(2))[:1], {"type": "http.disconnect"}])))
    assert wire.sent == []
    assert (log.end(), app._load.bytes, app._load.requests) == (0, 0, 0)


def test_a_sender_that_hangs_up_before_its_answer_leaves_its_rows(log: MemoryLog) -> None:
    class Gone(list[Message]):
        def append(self, _: Message) -> None:
            raise RuntimeError("unable to perform operation; the handler is closed")  # as uvloop says it

    wire = Wire(doors(Intake(log).accept))
    wire.sent = Gone()
    body = {"type": "http.request", "body": lines(row()), "more_body": False}
    asyncio.run(wire.run(iter([body])))
    assert log.end() > 0


def test_who_is_done_is_answered_before_later_bodies_are_decoded() -> None:
    events: list[str] = []

    def accept(_: Frame) -> Acceptance:
        events.append("decoded")
        durable: Future[int] = Future()
        durable.set_result(1)
        return Acceptance(accepted=1, bad_count=0, bad=(), durable=durable)

    class Answers(list[Message]):
        def append(self, message: Message) -> None:
            if message["type"] == "http.response.body":
                events.append("answered")

    async def all_at_once() -> None:
        app = doors(accept)
        wires = [Wire(app) for _ in range(10)]
        body = {"type": "http.request", "body": lines(row()), "more_body": False}
        for wire in wires:
            wire.sent = Answers()
        await asyncio.gather(*(wire.run(iter([body])) for wire in wires))

    asyncio.run(all_at_once())
    ahead = [events[:at].count("decoded") - events[:at].count("answered") for at in range(len(events))]
    assert events.count("answered") == 10
    assert max(ahead) <= 2


def test_a_sender_that_dawdles_is_told(log: MemoryLog) -> None:
    wire = Wire(doors(Intake(log).accept, seconds=0.01), length=2_000)
    asyncio.run(wire.run(iter(list(parts(2))[:1])))
    assert wire.status == 408


def test_too_many_at_a_time_are_told_to_come_back() -> None:
    release = Event()

    def slow(_: Frame) -> Acceptance:
        release.wait(5)
        durable: Future[int] = Future()
        durable.set_result(1)
        return Acceptance(accepted=1, bad_count=0, bad=(), durable=durable)

    app = doors(slow)
    app._load = Load(130_000, 3)

    async def crowd() -> list[int]:
        wires = [Wire(app) for _ in range(6)]
        first = [asyncio.create_task(wire.run(parts(40))) for wire in wires[:2]]  # together 80,000 bytes
        while app._load.bytes < 80_000:  # noqa: ASYNC110 - the doors know no test's event
            await asyncio.sleep(0)
        await wires[2].run(parts(60))  # no room for its bytes
        third = asyncio.create_task(wires[3].run(parts(40)))
        while app._load.requests < 3:  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
        await wires[4].run(parts(1))  # a fourth request
        release.set()
        await asyncio.gather(*first, third)
        await wires[5].run(parts(1))
        return [wire.status for wire in wires]

    assert asyncio.run(crowd()) == [200, 200, 503, 200, 503, 200]
    assert (app._load.bytes, app._load.requests) == (0, 0)


def test_one_body_alone_may_be_larger_than_all_together() -> None:
    load = Load(10, 5)
    with Passage(load) as passage:
        passage.reach(1_000)
        with Passage(load) as other, pytest.raises(ProblemError):
            other.reach(1)
    assert load.bytes == 0


def test_reading_says_when_there_is_nobody() -> None:
    async def receive() -> Message:
        return {"type": "http.disconnect"}

    with Passage(Load(10, 5)) as passage, pytest.raises(HungUpError):
        asyncio.run(read_body(receive, passage, 100))


# --- through a real server ---------------------------------------------------------------------------


def test_a_gigabyte_through_a_real_server_is_answered_413(log: MemoryLog) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    app = doors(Intake(log).accept)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))

    def ask() -> tuple[int, bytes]:
        with socket.create_connection(listener.getsockname(), timeout=10) as sender:
            head = (
                f"POST /v1/predictions HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
                f"Content-Type: {NDJSON}\r\nContent-Length: {1 << 30}\r\n\r\n"
            )
            sender.sendall(head.encode() + b" " * 10_000)
            answer = b""
            while part := sender.recv(65_536):
                answer += part
        return int(answer.split()[1]), answer

    async def run() -> tuple[int, bytes]:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        answer = await asyncio.get_running_loop().run_in_executor(None, ask)
        server.should_exit = True
        await serving
        return answer

    status, answer = asyncio.run(run())
    assert status == 413
    assert b"Split it into several requests." in answer
