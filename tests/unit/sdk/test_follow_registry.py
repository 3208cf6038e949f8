from __future__ import annotations

import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from aright.sdk import follow_registry
from aright.sdk.follow_registry import ANSWER_BYTES, Registry, Secrets, Told
from aright.sdk.settings import read_url
from tests.unit.sdk.fake_mlflow import FakeMlflow, open_mlflow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def mlflow() -> Iterator[FakeMlflow]:
    with open_mlflow() as fake:
        fake.point("champion", "7")
        yield fake


@pytest.fixture
def registry(mlflow: FakeMlflow) -> Iterator[Registry]:
    asking = Registry(read_url(mlflow.url), "fraud & more", Secrets())
    yield asking
    asking.close()


def test_one_connection_serves_all_looks(mlflow: FakeMlflow, registry: Registry) -> None:
    assert [registry.ask("champion") for _ in range(5)] == [Told("7")] * 5
    assert len(mlflow.peers) == 1


def test_no_such_alias_is_an_answer(registry: Registry) -> None:
    assert registry.ask("candidate") == Told()


def test_no_such_model_is_an_answer(mlflow: FakeMlflow, registry: Registry) -> None:
    mlflow.broken = (404, b'{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "none"}', {})
    assert registry.ask("champion") == Told()


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"<html>", "answers without a version"),
        (200, b"[]", "answers without a version"),
        (200, b'{"model_version": {"version": ""}}', "answers without a version"),
        (200, b'{"model_version": {"version": "../7"}}', "answers without a version"),
        (200, b'{"model_version": {"version": ".."}}', "answers without a version"),
        (200, b'{"model_version": {"version": "7\\u001b[2J"}}', "answers without a version"),
        (200, b'{"model_version": {"version": "' + b"7" * 101 + b'"}}', "answers without a version"),
        (200, b'{"model_version": {"version": "\xff"}}', "answers without a version"),
        (301, b"", "answers 301: is it MLflow's address?"),
        (400, b'{"error_code": "BAD_REQUEST"}', "answers 400: is it MLflow's address?"),
        (401, b"", "answers 401: give a token_file or a basic_auth_file"),
        (403, b"", "answers 403: give a token_file or a basic_auth_file"),
        (404, b"no such page", "answers 404: is it MLflow's address?"),
        (500, b"", "answers 500"),
        (503, b'{"error_code": "TEMPORARILY_UNAVAILABLE"}', "answers 503"),
    ],
)
def test_what_is_no_answer(
    mlflow: FakeMlflow, registry: Registry, status: int, body: bytes, said: str
) -> None:
    mlflow.broken = (status, body, {})
    told = registry.ask("champion")
    assert told.version == ""
    assert told.failure.startswith(f"MLflow at 127.0.0.1:{mlflow.port} {said}")
    mlflow.broken = None
    assert registry.ask("champion") == Told("7")


def test_a_number_is_a_version_too(mlflow: FakeMlflow, registry: Registry) -> None:
    mlflow.broken = (200, b'{"model_version": {"version": 8}}', {})
    assert registry.ask("champion") == Told("8")


def test_chunked_answers_keep_the_connection(mlflow: FakeMlflow, registry: Registry) -> None:
    body = b'{"model_version": {"version": "9"}}'
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    mlflow.broken = (200, chunked, {"Transfer-Encoding": "chunked"})
    assert [registry.ask("champion"), registry.ask("champion")] == [Told("9")] * 2
    assert len(mlflow.peers) == 1


def test_a_huge_answer_is_not_read_whole(mlflow: FakeMlflow, registry: Registry) -> None:
    mlflow.broken = (200, b" " * (2 * ANSWER_BYTES), {})
    assert registry.ask("champion").failure
    mlflow.broken = None
    assert registry.ask("champion") == Told("7")
    assert len(mlflow.peers) == 2


def test_a_slow_answer_is_given_up(
    mlflow: FakeMlflow, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow_registry, "REQUEST_SECONDS", 0.05)
    mlflow.gate.clear()
    assert registry.ask("champion").failure.endswith("cannot be reached (TimeoutError)")


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow_registry, "REQUEST_SECONDS", 0.05)
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            with listening.accept()[0] as peer:
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
                while not over.wait(0.01):
                    peer.send(b" ")

        dripping = threading.Thread(target=drip)
        dripping.start()
        asking = Registry(read_url(f"http://127.0.0.1:{listening.getsockname()[1]}"), "fraud", Secrets())
        assert asking.ask("champion").failure.endswith("cannot be reached (TimeoutError)")
        over.set()
        dripping.join()


def test_nobody_there(mlflow: FakeMlflow, registry: Registry) -> None:
    registry.ask("champion")
    mlflow.close()
    registry.close()
    assert registry.ask("champion").failure.endswith("cannot be reached (ConnectionRefusedError)")
    with open_mlflow(mlflow.port) as again:
        again.point("champion", "8")
        assert registry.ask("champion") == Told("8")


def test_a_server_that_began_anew_is_reached_at_once(mlflow: FakeMlflow) -> None:
    """A kept-alive connection that the server has closed is no outage."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        asking = Registry(read_url(f"http://127.0.0.1:{listening.getsockname()[1]}"), "fraud", Secrets())
        answer = b'{"model_version": {"version": "7"}}'

        def serve() -> None:
            for _ in range(2):  # one answer each, and the connection ends without a word
                with listening.accept()[0] as peer:
                    peer.recv(4096)
                    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer))

        serving = threading.Thread(target=serve)
        serving.start()
        with closing(asking):
            assert [asking.ask("champion"), asking.ask("champion")] == [Told("7")] * 2
        serving.join()


def test_https_is_not_spoken_to_one_who_cannot(mlflow: FakeMlflow) -> None:
    place = read_url(mlflow.url.replace("http:", "https:"))
    with closing(Registry(place, "fraud", Secrets())) as asking:
        assert "cannot be reached (SSL" in asking.ask("champion").failure
    assert mlflow.looks == []


def test_a_token_is_read_for_each_look(mlflow: FakeMlflow, tmp_path: Path) -> None:
    file = tmp_path / "token"
    with closing(Registry(read_url(mlflow.url), "fraud", Secrets(token=str(file)))) as asking:
        assert asking.ask("champion").failure == (
            f"the file that opens MLflow at 127.0.0.1:{mlflow.port} cannot be used (FileNotFoundError)"
        )
        file.write_text("first\n")
        assert asking.ask("champion") == Told("7")
        file.write_text("second\n")
        assert asking.ask("champion") == Told("7")
        for unfit in ("", "two\nlines", "köder"):
            file.write_text(unfit)
            assert asking.ask("champion").failure.endswith("cannot be used (ValueError)")
        assert mlflow.opened == ["Bearer first", "Bearer second"]


def test_name_and_password(mlflow: FakeMlflow, tmp_path: Path) -> None:
    file = tmp_path / "basic"
    file.write_text("serving:secret\n")
    with closing(Registry(read_url(mlflow.url), "fraud", Secrets(basic=str(file)))) as asking:
        asking.ask("champion")
    assert mlflow.opened == ["Basic c2VydmluZzpzZWNyZXQ="]


def test_a_disowned_socket_leaves_the_parents_open(mlflow: FakeMlflow, registry: Registry) -> None:
    registry.ask("champion")
    connection = registry._connection
    assert connection is not None
    copy = Registry(read_url(mlflow.url), "fraud", Secrets())
    copy.disown()
    copy._connection = type(connection)("127.0.0.1", mlflow.port)
    copy._connection.sock = socket.socket(fileno=socket.dup(connection.sock.fileno()))
    copy.disown()
    copy.close()
    assert registry.ask("champion") == Told("7")
    assert len(mlflow.peers) == 1
