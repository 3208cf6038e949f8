from __future__ import annotations

import asyncio

import pytest

from aright.drill.failure import UnreachableError
from aright.drill.wire.client import Connections, render
from aright.drill.wire.server import BODY_LIMIT, Request, Response, listen


def echo(request: Request) -> Response:
    return Response(request.body or request.path.encode())


def test_replies_come_in_the_order_of_the_requests_over_all_connections():
    async def play():
        listener = await listen(echo)
        connections = Connections("echo", listener.port, lanes=3)
        sent = [render("POST", "/x", f"{k}".encode(), {}) for k in range(200)]
        replies = await connections.exchange(sent)
        again = await connections.exchange(sent[:2])
        connections.close()
        await listener.close()
        return replies, again

    replies, again = asyncio.run(play())
    assert [reply.body for reply in replies] == [str(k).encode() for k in range(200)]
    assert [reply.body for reply in again] == [b"0", b"1"]
    assert {reply.status for reply in replies} == {200}


def test_headers_of_the_drill_come_through_and_requests_take_turns():
    def told(request: Request) -> Response:
        return Response(b"{}", headers=(("drill-took", request.headers["drill-time"]), ("x-other", "1")))

    async def play():
        listener = await listen(told)
        connections = Connections("echo", listener.port, lanes=2)
        replies = [await connections.send("GET", "/", headers={"drill-time": str(k)}) for k in range(3)]
        connections.close()
        await listener.close()
        return replies

    assert [dict(reply.told) for reply in asyncio.run(play())] == [{"drill-took": str(k)} for k in range(3)]


def test_slow_answer_does_not_overtake_the_ones_before():
    order: list[bytes] = []

    async def slow(request: Request) -> Response:
        await asyncio.sleep(0)
        order.append(request.body)
        return Response(request.body)

    def handle(request: Request):
        return slow(request) if request.path == "/slow" else echo(request)

    async def play():
        listener = await listen(handle)
        connections = Connections("echo", listener.port, lanes=1)
        sent = [render("POST", "/slow" if k % 2 else "/quick", f"{k}".encode(), {}) for k in range(20)]
        replies = await connections.exchange(sent)
        connections.close()
        await listener.close()
        return replies

    assert [reply.body for reply in asyncio.run(play())] == [str(k).encode() for k in range(20)]
    assert order == [str(k).encode() for k in range(1, 20, 2)]


def test_handler_that_fails_answers_500_and_is_seen():
    seen: list[BaseException] = []

    async def broken(_request: Request) -> Response:
        raise RuntimeError("a drill's own fault")

    async def play():
        asyncio.get_running_loop().set_exception_handler(lambda _, told: seen.append(told["exception"]))
        listener = await listen(broken)
        connections = Connections("broken", listener.port)
        reply = await connections.send("GET", "/")
        connections.close()
        await listener.close()
        return reply

    assert asyncio.run(play()).status == 500
    assert [str(error) for error in seen] == ["a drill's own fault"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (render("POST", "/", b"x" * (BODY_LIMIT + 1), {}), b"413"),
        (b"this is not HTTP\r\n\r\n", b"400"),
    ],
)
def test_bodies_too_large_and_nonsense_are_refused(sent, status):
    async def play():
        listener = await listen(echo)
        reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        writer.write(sent)
        head = await reader.readline()
        writer.close()
        await listener.close()
        return head

    assert status in asyncio.run(play())


def test_nobody_listening_is_said_with_the_name():
    async def play():
        listener = await listen(echo)
        await listener.close()
        await Connections("the shop", listener.port).send("GET", "/")

    with pytest.raises(UnreachableError, match="the shop does not listen"):
        asyncio.run(play())


def test_connection_closed_before_the_answer_is_said():
    async def hang_up(_reader, writer):
        writer.close()

    async def play():
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        try:
            await Connections("the shop", server.sockets[0].getsockname()[1]).send("GET", "/")
        finally:
            server.close()

    with pytest.raises(UnreachableError, match="the shop"):
        asyncio.run(play())


def test_no_answer_in_time_is_said():
    async def play():
        never: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        listener = await listen(lambda _: never)
        connections = Connections("the shop", listener.port, seconds=0.02)
        try:
            await connections.send("GET", "/")
        finally:
            connections.close()
            never.cancel()
            await listener.close()

    with pytest.raises(UnreachableError, match="did not answer within"):
        asyncio.run(play())
