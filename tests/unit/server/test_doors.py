"""The hot doors: who may send, what, and how much at a time."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pytest

from aright.adapters.memory_log import MemoryLog
from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.model.times import iso
from aright.engine.intake import Acceptance, Intake
from aright.ports.log import LogBrokenError, LogFullError
from aright.server.doors import Doors
from tests.unit.server.knocking import NOW, TOKEN, Client, doors, lines, row

if TYPE_CHECKING:
    from starlette.types import Message


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
