"""The hooks in real httpx and requests, against a local server: what they copy, unseen by the host."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import httpx
import pytest
import requests

from aright.core.model.frame import Encoding, Format, Frame, Kind
from aright.core.observe.intake import read
from aright.sdk import Client
from tests.unit.sdk.fake_door import TOKEN, FakeDoor, open_door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    import pyarrow as pa

RATES = {"base": "EUR", "rates": [{"to": "USD", "price": 1.0832}], "token": "s3cret"}
TAKEN = {"base": "EUR", "rates": [{"to": "USD", "price": 1.0832}], "token": "***"}


class Rates(BaseHTTPRequestHandler):
    """A third party."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps(RATES).encode()
        if self.path.startswith("/page"):
            self.answer(b"<p>no JSON</p>", {"Content-Type": "text/html"})
        elif self.path.startswith("/zipped"):
            zipped = gzip.compress(body)
            self.answer(zipped, {"Content-Type": "application/json", "Content-Encoding": "gzip"})
        elif self.path.startswith("/moved"):
            self.answer(b"", {"Location": "/v1/rates/99"}, 302)
        elif self.path.startswith("/torn"):
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(body)
            self.close_connection = True
        else:
            self.answer(body, {"Content-Type": "application/json", "Set-Cookie": "session=c00kie"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer(body or b"null", {"Content-Type": "application/problem+json"}, 422)

    def answer(self, body: bytes, headers: dict[str, str], status: int = 200) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass


@pytest.fixture(scope="module")
def third_party() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Rates)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def door() -> Iterator[FakeDoor]:
    with open_door() as opened:
        yield opened


@pytest.fixture
def client(door: FakeDoor) -> Iterator[Client]:
    made = Client(door.url, TOKEN, service="shop", spool_dir="", process_metrics=False, flush_seconds=3600.0)
    yield made
    made.close(1.0)


def taken(client: Client, door: FakeDoor) -> list[dict[str, Any]]:
    assert client.flush(10)
    assert client.stats().errors == 0
    return door.rows("/v1/payloads")


def read_by_the_server(door: FakeDoor) -> pa.Table:
    """Return what aright's intake makes of the body that the SDK sent."""
    (request,) = [request for request in door.requests if request.path == "/v1/payloads"]
    encoding = request.headers.get("Content-Encoding", "")
    frame = Frame(
        kind=Kind.PAYLOADS,
        format=Format.MSGPACK,
        encoding=Encoding.ZSTD if encoding == "zstd" else Encoding.IDENTITY,
        received_at=time.time_ns() // 1000,
        body=request.body,
    )
    found = read(frame, limit_bytes=1 << 20)
    assert (found.bad, found.notes) == ((), ())
    return found.rows


def told(row: dict[str, Any]) -> tuple[str, str, object]:
    return row.get("direction", "response"), row["endpoint"], json.loads(row["body"])


def test_httpx_responses_and_requests_are_copied(third_party: str, client: Client, door: FakeDoor) -> None:
    with httpx.Client(base_url=third_party) as http:
        client.watch_httpx(http, dependency="rates")
        assert http.get("/v1/rates/12345?api_key=s3cret", headers={"X-Key": "s3cret"}).json() == RATES
        assert http.get("/zipped").json() == RATES
        assert http.get("/page").text == "<p>no JSON</p>"
        assert http.post("/v1/orders", json={"n": 1, "password": "s3cret"}).status_code == 422
        assert http.get("/moved", follow_redirects=True).json() == RATES
    rows = taken(client, door)
    assert [told(row) for row in rows] == [
        ("response", "GET /v1/rates/{}", TAKEN),
        ("response", "GET /zipped", TAKEN),
        ("request", "POST /v1/orders", {"n": 1, "password": "***"}),
        ("response", "POST /v1/orders", {"n": 1, "password": "***"}),
        ("response", "GET /v1/rates/{}", TAKEN),
    ]
    assert {row["dependency"] for row in rows} == {"rates"}
    table = read_by_the_server(door)
    assert [json.loads(body) for body in table["body"].to_pylist()] == [told(row)[2] for row in rows]
    assert table["direction"].to_pylist() == [told(row)[0] for row in rows]
    assert table["service"].to_pylist() == ["shop"] * len(rows)
    assert [row["status"] for row in rows] == [200, 200, 422, 422, 200]
    assert all(0 < row["latency_ms"] < 10_000 for row in rows)
    sent = b"".join(request.body for request in door.requests)
    assert b"s3cret" not in sent
    assert b"c00kie" not in sent


def test_a_stream_of_httpx_stays_a_stream(third_party: str, client: Client, door: FakeDoor) -> None:
    with httpx.Client(base_url=third_party) as http:
        client.watch_httpx(http)
        with http.stream("GET", "/v1/rates") as response:
            assert not response.is_stream_consumed
            assert json.loads(b"".join(response.iter_bytes(3))) == RATES
        with http.stream("GET", "/v1/rates") as response:
            next(response.iter_raw(5))
        with http.stream("GET", "/v1/rates") as response:
            pass
        upload = http.post(
            "/v1/orders", content=iter([b'{"a":1}']), headers={"Content-Type": "application/json"}
        )
        assert upload.status_code == 422
    rows = taken(client, door)
    assert [told(row) for row in rows] == [
        ("response", "GET /v1/rates", TAKEN),  # the one that was read to its end
        ("response", "POST /v1/orders", None),
    ]
    assert {row["dependency"] for row in rows} == {"127.0.0.1"}


def test_an_error_of_the_wire_reaches_the_host_and_nothing_is_taken(
    third_party: str, client: Client, door: FakeDoor
) -> None:
    with httpx.Client(base_url=third_party) as http, requests.Session() as session:
        client.watch_httpx(http)
        client.watch_requests(session)
        with pytest.raises(httpx.RemoteProtocolError):
            http.get("/torn")
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            session.get(f"{third_party}/torn")
        with pytest.raises(httpx.ConnectError):
            http.get("http://127.0.0.1:9/")
    assert not taken(client, door)


def test_an_async_client_is_watched(third_party: str, client: Client, door: FakeDoor) -> None:
    async def ask() -> None:
        async with httpx.AsyncClient(base_url=third_party) as http:
            client.watch_httpx(http, dependency="rates")
            answers = await asyncio.gather(*(http.get(f"/v1/rates/{number}") for number in range(5)))
            assert all(answer.json() == RATES for answer in answers)
            async with http.stream("GET", "/zipped") as response:
                assert json.loads(b"".join([part async for part in response.aiter_bytes()])) == RATES

    asyncio.run(ask())
    assert [told(row)[1] for row in taken(client, door)] == ["GET /v1/rates/{}"] * 5 + ["GET /zipped"]


def test_a_transport_that_answers_from_memory_is_watched(client: Client, door: FakeDoor) -> None:
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"asked": str(request.url)}))
    with httpx.Client(transport=transport) as http:
        client.watch_httpx(http)
        assert http.get("http://rates/1").json() == {"asked": "http://rates/1"}
    assert [told(row) for row in taken(client, door)] == [
        ("response", "GET /{}", {"asked": "http://rates/1"})
    ]


def test_requests_are_copied(third_party: str, client: Client, door: FakeDoor) -> None:
    with requests.Session() as session:
        client.watch_requests(session, dependency="rates")
        assert session.get(f"{third_party}/v1/rates/1?q=s3cret", auth=("ada", "s3cret")).json() == RATES
        assert session.get(f"{third_party}/zipped").json() == RATES
        assert session.get(f"{third_party}/page").text == "<p>no JSON</p>"
        assert session.post(f"{third_party}/v1/orders", json={"token": "s3cret"}).status_code == 422
        assert session.get(f"{third_party}/moved").json() == RATES
        with session.get(f"{third_party}/v1/rates", stream=True) as response:
            assert json.loads(b"".join(response.iter_content(4))) == RATES
            assert response.json() if response._content else True
        with session.get(f"{third_party}/v1/rates", stream=True) as response:
            assert json.loads(response.raw.read()) == RATES
    rows = taken(client, door)
    assert [told(row) for row in rows] == [
        ("response", "GET /v1/rates/{}", TAKEN),
        ("response", "GET /zipped", TAKEN),
        ("request", "POST /v1/orders", {"token": "***"}),
        ("response", "POST /v1/orders", {"token": "***"}),
        ("response", "GET /v1/rates/{}", TAKEN),
        ("response", "GET /v1/rates", TAKEN),
    ]
    assert all(0 < row["latency_ms"] < 10_000 for row in rows)
    assert b"s3cret" not in b"".join(request.body for request in door.requests)


def test_the_hooks_of_the_host_stay(third_party: str, client: Client) -> None:
    seen: list[int] = []
    with httpx.Client(event_hooks={"response": [lambda response: seen.append(response.status_code)]}) as http:
        client.watch_httpx(http)
        http.get(third_party)
    with requests.Session() as session:
        session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
        client.watch_requests(session)
        session.get(third_party)
    assert seen == [200, 200]


def test_a_client_that_is_off_changes_nothing(third_party: str) -> None:
    client = Client("", "", spool_dir="")
    with httpx.Client(base_url=third_party) as http:
        client.watch_httpx(http)
        assert http.get("/v1/rates").json() == RATES
    assert client.stats().dropped == {"off": 1}
