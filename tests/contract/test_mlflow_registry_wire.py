"""What MLflow's registry may answer that it should not, and what is never told."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, ClassVar

import pytest

from aright.adapters.mlflow_registry import MlflowRegistry
from aright.core.model.rollout import MlflowAlias
from aright.ports.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "a-token-that-nobody-sees"


class Answers(BaseHTTPRequestHandler):
    """Answers what the test says."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b""
    headers_sent: ClassVar[dict[str, str]] = {}
    seen: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.seen.append(str(self.headers.get("Authorization", "")))
        self.send_response(self.status)
        for key, value in self.headers_sent.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    Answers.status, Answers.body, Answers.headers_sent, Answers.seen = 200, b"", {}, []
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.daemon_threads = True
    thread = threading.Thread(target=made.serve_forever, args=(0.05,))
    thread.start()
    yield f"http://127.0.0.1:{made.server_address[1]}"
    made.shutdown()
    thread.join()
    made.server_close()


@pytest.fixture
def registry() -> Iterator[MlflowRegistry]:
    made = MlflowRegistry(2.0)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("status", "body", "match", "permanent"),
    [
        (200, b"<html>", "something else than MLflow", False),
        (200, b'{"model_version": 3}', "something else than MLflow", False),
        (200, b"[" * 2_000_000, "more than 1 MiB", False),
        (302, b"", "answered 302", False),
        (401, b"no", "lets nobody in", True),
        (403, b"no", "lets nobody in", True),
        (429, b'{"error_code": "TOO_MANY", "message": "slow down"}', "TOO_MANY slow down", False),
        (500, b"\xff\xfe", "answered 500", False),
        (400, b'{"error_code": "BAD_REQUEST", "message": "no"}', "BAD_REQUEST no", True),
    ],
)
def test_odd_answers_are_said_in_words(server, registry, tmp_path: Path, status, body, match, permanent):
    (tmp_path / "token").write_text(SECRET)
    at = MlflowAlias(mlflow=server, model="cards", bearer_token_file=str(tmp_path / "token"))
    Answers.status, Answers.body = status, body
    Answers.headers_sent = {"Location": "http://127.0.0.1:9/"} if status == 302 else {}
    with pytest.raises(RegistryError, match=match) as told:
        registry.alias(at, "champion")
    assert told.value.permanent is permanent
    assert SECRET not in str(told.value)
    assert Answers.seen[0] == f"Bearer {SECRET}"


def test_a_password_is_sent_and_a_file_that_is_gone_is_named(server, registry, tmp_path: Path):
    (tmp_path / "pair").write_text("ada:love\n")
    Answers.body = b'{"model_version": {"version": 3}}'
    at = MlflowAlias(mlflow=server, model="cards", basic_auth_file=str(tmp_path / "pair"))
    assert registry.alias(at, "champion") == "3"
    assert Answers.seen == ["Basic YWRhOmxvdmU="]
    gone = MlflowAlias(mlflow=server, model="cards", bearer_token_file=str(tmp_path / "gone"))
    with pytest.raises(RegistryError, match="gone cannot be read"):
        registry.alias(gone, "champion")


def test_a_server_that_is_down_is_said_to_be_down(registry):
    at = MlflowAlias(mlflow="http://127.0.0.1:9", model="cards")
    with pytest.raises(RegistryError, match=r"does not answer \(ConnectError\): is it up\?"):
        registry.alias(at, "champion")


def test_processes_say_what_they_have_loaded(server, registry):
    at = MlflowAlias(mlflow=server, model="cards", ready=(f"{server}/ready", f"{server}/ready"))
    Answers.body = b'{"versions": ["8", "9"], "serving": "8"}'
    assert registry.warm(at) == {"8", "9"}
    assert Answers.seen == ["", ""]
    Answers.status = 503
    with pytest.raises(RegistryError, match="answered 503"):
        registry.warm(at)
