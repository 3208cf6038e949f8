"""The server as a process: it starts, answers, survives kill −9, and ends when its engine does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import httpx
import pytest

from aright.bootstrap import open_tokens
from aright.engine.tokens import digest

TOKEN = "token-of-the-story"


class Server:
    def __init__(self, store, before: str = "", *more: str) -> None:
        serve = f"main({['serve', '--port', '0', '--store', str(store), *more]!r})"
        code = f"{before}\nfrom aright.cli.main import main\n{serve}"
        self.process = subprocess.Popen(
            [sys.executable, "-c", code],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "ARIGHT_TOKEN": TOKEN},
        )
        said = ""
        assert self.process.stderr is not None
        self.errors = self.process.stderr
        for line in self.errors:
            said += line
            found = re.search(r"ready at (http\S+)", line)
            if found:
                self.url = found[1]
                return
        self.url = ""
        self.said = said

    def ask(self, path, body=None, *, token=TOKEN, status=200):
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"}
        method = "GET" if body is None else "POST"
        answer = httpx.request(method, self.url + path, content=body, headers=headers, timeout=10)
        assert answer.status_code == status, answer.text
        return answer.json()

    def end(self, with_signal):
        self.process.send_signal(with_signal)
        code = self.process.wait(20)
        self.errors.close()
        return code


def rows(first, count):
    now = time.time_ns() // 1_000
    made = (
        {"id": f"p-{number}", "time": now, "service": "translate", "unit": f"u-{number}", "status": 200}
        for number in range(first, first + count)
    )
    return "\n".join(json.dumps(row) for row in made).encode()


def test_what_was_acknowledged_is_there_after_kill_nine(tmp_path):
    sent = 0
    for _ in range(3):
        server = Server(tmp_path / "store")
        for _ in range(4):
            answer = server.ask("/v1/predictions", rows(sent, 50))
            assert answer["accepted"] == 50
            sent += 50
        server.end(signal.SIGKILL)

    server = Server(tmp_path / "store")
    try:
        assert server.ask("/v1/status")["services"] == ["translate"] or server.ask("/v1/status")["behind"]
    finally:
        assert server.end(signal.SIGINT) == 0
    from aright.adapters.parquet import ParquetSegments, ParquetSettings  # noqa: PLC0415
    from aright.core.model.frame import Kind  # noqa: PLC0415

    kept = ParquetSegments(ParquetSettings(folder=tmp_path / "store" / "segments"))
    ids = kept.scan(Kind.PREDICTIONS, "translate", 0, 2**62)["id"].to_pylist()
    assert sorted(ids) == sorted(f"p-{number}" for number in range(sent))


def test_a_server_whose_engine_stopped_ends_and_says_why(tmp_path):
    server = Server(
        tmp_path / "store", "import aright.engine.runtime as r; r.Runtime.step = lambda self: 1 / 0"
    )
    said = getattr(server, "said", "") + server.errors.read()
    assert server.process.wait(20) == 1
    server.errors.close()
    assert "the engine stopped (ZeroDivisionError" in said


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_it_is_told_to(tmp_path, with_signal):
    server = Server(tmp_path / "store")

    assert server.end(with_signal) == 0


def test_tokens_made_and_revoked_beside_it_count_soon(tmp_path):
    store = tmp_path / "store"
    server = Server(store, "", "--clock", "driven")
    try:
        tokens = open_tokens(store)
        token = tokens.make("the shop")
        server.ask("/v1/clock", b'{"to": 1000}')
        server.ask("/v1/status", token=token)
        assert tokens.revoke(digest(token)[:12])
        server.ask("/v1/clock", b'{"to": 2000}')
        server.ask("/v1/status", token=token, status=401)
    finally:
        assert server.end(signal.SIGINT) == 0
