"""The hot doors: who may send, what, and how much at a time."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import socket
from concurrent.futures import Future
from threading import Event
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pyarrow as pa
import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Message

from aright.adapters.memory_log import MemoryLog
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.times import iso
from aright.engine.intake import Acceptance, Intake
from aright.ports.log import LogBrokenError, LogFullError
from aright.server.bodies import HungUpError, Load, Passage, read_body
from aright.server.doors import Doors
from aright.server.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = 1_767_225_600_000_000
TOKEN = "ar_secret"
NDJSON = "application/x-ndjson"


def row(name: str = "a", **fields: object) -> dict[str, Any]:
    return {"id": name, "time": NOW, "service": "shop", **fields}


def lines(*rows: object) -> bytes:
    return b"\n".join(json.dumps(each).encode() for each in rows)


def doors(accept: Callable[[Frame], Acceptance], *, max_body: int = 1 << 20, **options: float) -> Doors:
    elsewhere = PlainTextResponse("elsewhere")
    return Doors(accept, lambda token: token == TOKEN, lambda: NOW, max_body, elsewhere, **options)


class Client:
    """Sends to doors in this process."""

    def __init__(self, app: Doors) -> None:
        self.app = app

    def post(self, path: str, body: bytes, **headers: str) -> httpx.Response:
        return self.request("POST", path, body, **headers)

    def request(self, method: str, path: str, body: bytes = b"", **headers: str) -> httpx.Response:
        given = {"authorization": f"Bearer {TOKEN}", "content-type": NDJSON}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}

        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://aright") as client:
                return await client.request(method, path, content=body, headers=given)

        return asyncio.run(ask())


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def client(log: MemoryLog) -> Client:
    return Client(doors(Intake(log).accept))


def test_good_rows_are_answered_with_their_position(client: Client, log: MemoryLog) -> None:
    answer = client.post("/v1/predictions", lines(row("a"), row("b")))
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"accepted": 2, "quarantined": 0, "problems": [], "position": log.end()}
    ((_, frame),) = log.read(0)
    assert (frame.kind, frame.format, frame.received_at) == (Kind.PREDICTIONS, Format.NDJSON, NOW)


def test_bad_rows_are_told_beside_the_good(client: Client) -> None:
    answer = client.post("/v1/predictions", lines(row("a"), row("b", latency_ms=-1), row("c", color=1)))
    assert answer.status_code == 200
    assert (answer.json()["accepted"], answer.json()["quarantined"]) == (2, 1)
    assert answer.json()["problems"] == [
        {
            "row": 1,
            "field": "latency_ms",
            "problem": "negative or not finite",
            "fix": "write milliseconds, or leave it out",
        },
        {
            "row": 0,
            "field": "color",
            "problem": "unknown field, ignored",
            "fix": "leave it out, or send it as an attribute or a feature",
        },
    ]


def test_when_every_row_is_bad_the_answer_is_422_and_they_are_kept(client: Client, log: MemoryLog) -> None:
    answer = client.post("/v1/predictions", lines(*({"id": n} for n in range(40))))
    assert answer.status_code == 422
    assert (answer.json()["accepted"], answer.json()["quarantined"]) == (0, 40)
    assert len(answer.json()["problems"]) == 20
    assert answer.json()["position"] == log.end() > 0


@pytest.mark.parametrize(
    ("path", "kind", "body"),
    [
        ("/v1/predictions", Kind.PREDICTIONS, row()),
        ("/v1/outcomes", Kind.OUTCOMES, {"time": NOW, "service": "s", "kind": "click", "unit": "u"}),
        ("/v1/process", Kind.PROCESS, {"time": NOW, "service": "s", "metrics": {"cpu_percent": 1}}),
        (
            "/v1/payloads",
            Kind.PAYLOADS,
            {"time": NOW, "service": "s", "dependency": "d", "endpoint": "GET /", "body": {"a": 1}},
        ),
        (
            "/v1/changes",
            Kind.CHANGES,
            {
                "specversion": "1.0",
                "id": "1",
                "source": "/ci",
                "type": "dev.aright.change.deploy",
                "data": {"service": "s"},
            },
        ),
    ],
)
def test_every_door(client: Client, log: MemoryLog, path: str, kind: Kind, body: object) -> None:
    answer = client.post(path, json.dumps(body).encode(), content_type="application/json")
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    assert [frame.kind for _, frame in log.read(0)] == [kind]


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/x-ndjson; charset=utf-8", lines(row())),
        ("application/jsonl", lines(row())),
        ("application/json", json.dumps([row()]).encode()),
        ("application/msgpack", msgspec.msgpack.encode([row()])),
        ("application/x-msgpack", msgspec.msgpack.encode([row()])),
        ("APPLICATION/VND.MSGPACK", msgspec.msgpack.encode([row()])),
    ],
)
def test_content_types(client: Client, content_type: str, body: bytes) -> None:
    assert client.post("/v1/predictions", body, content_type=content_type).json()["accepted"] == 1


def test_arrow(client: Client) -> None:
    sink = pa.BufferOutputStream()
    table = pa.table({"id": ["a"], "time": [NOW], "service": ["shop"]})
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    body = sink.getvalue().to_pybytes()
    answer = client.post("/v1/predictions", body, content_type="application/vnd.apache.arrow.stream")
    assert answer.json()["accepted"] == 1


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
def test_content_encodings(client: Client, log: MemoryLog, encoding: str) -> None:
    answer = client.post("/v1/predictions", gzip.compress(lines(row())), content_encoding=encoding)
    assert answer.json()["accepted"] == 1
    assert [frame.encoding for _, frame in log.read(0)] == [Encoding.GZIP]


def test_a_large_body_is_decoded_in_a_thread(client: Client) -> None:
    answer = client.post("/v1/predictions", lines(*(row(f"{n}") for n in range(2_000))))
    assert answer.json()["accepted"] == 2_000


def test_a_webhook_may_carry_the_token_in_its_url(client: Client) -> None:
    event = {
        "entity": "model_version_alias",
        "action": "created",
        "timestamp": iso(NOW),
        "data": {"name": "fraud", "alias": "champion", "version": "7"},
    }
    basic = base64.b64encode(f"aright:{TOKEN}".encode()).decode()
    answer = client.post(
        "/v1/changes",
        json.dumps(event).encode(),
        authorization=f"Basic {basic}",
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)


def test_a_ping_is_answered_with_200(client: Client) -> None:
    ping = b'{"zen": "Design for failure.", "hook_id": 1}'
    answer = client.post("/v1/changes", ping, content_type="application/json")
    assert (answer.status_code, answer.json()["quarantined"]) == (200, 0)
    assert answer.json()["problems"][0]["problem"] == "a ping: the webhook works"


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Basic YTpi", f"Bearer{TOKEN}"])
def test_without_a_token_nothing_is_read(client: Client, log: MemoryLog, authorization: str) -> None:
    answer = client.post("/v1/predictions", lines(row()), authorization=authorization)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "Authorization" in answer.json()["error"]["fix"]
    assert log.end() == 0


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"content_type": "text/csv"}, "text/csv"),
        ({"content_type": "application/cloudevents+json"}, "cloudevents"),
        ({"content_encoding": "br"}, "br"),
        ({"content_encoding": "gzip, gzip"}, "gzip, gzip"),
    ],
)
def test_what_is_not_read_is_told_with_what_is(client: Client, headers: dict[str, str], said: str) -> None:
    answer = client.post("/v1/predictions", lines(row()), **headers)
    assert answer.status_code == 415
    assert said in answer.json()["error"]["problem"]
    assert "gzip or zstd" in answer.json()["error"]["fix"] or "ndjson" in answer.json()["error"]["fix"]


@pytest.mark.parametrize(
    "body", [b"", b"[", gzip.compress(lines(row()), mtime=0)[:-3]], ids=["nothing", "torn", "torn gzip"]
)
def test_what_cannot_be_decoded_is_400(client: Client, body: bytes) -> None:
    headers = {"content_encoding": "gzip"} if body.startswith(b"\x1f") else {}
    answer = client.post("/v1/predictions", body, **headers)
    assert answer.status_code == 400
    assert answer.json()["error"]["fix"]


def test_no_rows_are_answered_with_a_note(client: Client, log: MemoryLog) -> None:
    answer = client.post("/v1/predictions", b"[]")
    assert (answer.status_code, answer.json()["accepted"], log.end()) == (200, 0, 0)
    assert answer.json()["problems"][0]["problem"] == "the body has no rows"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/changes"),
        ("POST", "/v1/clock"),
        ("POST", "/v1/predictions/"),
        ("OPTIONS", "/v1/outcomes"),
    ],
)
def test_all_else_is_handed_on(client: Client, method: str, path: str) -> None:
    assert client.request(method, path).text == "elsewhere"


def test_other_protocols_are_handed_on() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: object) -> Message:
        raise AssertionError

    entry = Doors(lambda _: _never(), lambda _: True, lambda: NOW, 1, app)
    asyncio.run(entry({"type": "lifespan", "path": "/v1/predictions"}, nothing, nothing))  # type: ignore[arg-type]  # never called
    assert seen == ["lifespan"]


def _never() -> Acceptance:
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (LogFullError("9 bytes wait"), 503, "9 bytes wait"),
        (LogBrokenError("no space"), 500, "no space"),
        (RuntimeError("secret detail"), 500, "defect"),
    ],
)
def test_what_the_log_says_is_told(error: Exception, status: int, said: str) -> None:
    def refuse(_: Frame) -> Acceptance:
        raise error

    answer = Client(doors(refuse)).post("/v1/predictions", lines(row()))
    assert answer.status_code == status
    assert said in answer.json()["error"]["problem"]
    assert "secret" not in answer.text
    assert (answer.headers.get("retry-after") == "1") == (status == 503)


def test_a_body_that_could_not_be_written_is_never_acknowledged() -> None:
    def fail_later(_: Frame) -> Acceptance:
        durable: Future[int] = Future()
        durable.set_exception(LogBrokenError("no space"))
        return Acceptance(accepted=1, bad_count=0, bad=(), durable=durable)

    assert Client(doors(fail_later)).post("/v1/predictions", lines(row())).status_code == 500


# --- bounds, message by message ----------------------------------------------------------------------


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
