"""Each way to split traffic, with a router that is there and some that are not."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from aright.adapters.memory_traffic import MemoryTraffic
from aright.adapters.traffic_envoy import EnvoyRuntime
from aright.adapters.traffic_flagd import FlagdFile
from aright.adapters.traffic_haproxy import HaproxyWeights
from aright.adapters.traffic_kubernetes import ArgoRollouts, KserveCanary
from aright.adapters.traffic_nginx import NginxSplit
from aright.adapters.traffic_webhook import WebhookSplit
from aright.core.model.rollout import (
    ArgoTraffic,
    EnvoyTraffic,
    FlagdTraffic,
    HaproxyTraffic,
    KserveTraffic,
    NginxTraffic,
    WebhookTraffic,
)
from tests.contract.fake_kubernetes import TOKEN, cluster
from tests.contract.running_routers import envoy, haproxy, needs_envoy, needs_haproxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from aright.core.model.rollout import TrafficConfig
    from aright.ports.traffic import Traffic

SECRET = "hidden – ü"
NGINX = """
import ctypes, os, signal, sys, time
ctypes.CDLL(None).prctl(15, b"nginx", 0, 0, 0)
workers = []
def start(*_):
    for each in workers:
        os.kill(each, 9)
        os.waitpid(each, 0)
    workers.clear()
    if "broken" in open(sys.argv[1]).read():
        return
    child = os.fork()
    if not child:
        time.sleep(300)
    workers.append(child)
def end(*_):
    for each in workers:
        os.kill(each, 9)
    os._exit(0)
signal.signal(signal.SIGHUP, start)
signal.signal(signal.SIGTERM, end)
start()
open(sys.argv[2], "w").write(str(os.getpid()))
while True:
    signal.pause()
"""
FLAGS = """{
  "$schema": "https://flagd.dev/schema/v0/flags.json",
  "flags": {
    "other": {"state": "ENABLED", "variants": {"a": 1.10, "b": 1e400}, "defaultVariant": "a"},
    "model": {
      "state": "ENABLED",
      "variants": {"stable": "v1", "canary": "v2"},
      "defaultVariant": "stable",
      "targeting": {}
    }
  }
}
"""


@dataclass
class Way:
    """A router: how it is asked, where it is, and where it is not; ``shares`` are those it can do in turn."""

    traffic: Traffic
    at: TrafficConfig
    wrong: tuple[TrafficConfig, ...]
    shares: tuple[float, ...] = (0.05, 0.5, 1.0, 0.01, 0.0)


@contextmanager
def by_memory(_folder: Path) -> Iterator[Way]:
    at = FlagdTraffic(file="f", flag="g")
    yield Way(MemoryTraffic({at: 0.0}), at, (FlagdTraffic(file="f", flag="none"),))


@contextmanager
def by_haproxy(folder: Path) -> Iterator[Way]:
    with haproxy(folder) as router:
        at = router.at
        assert isinstance(at, HaproxyTraffic)
        wrong = (
            replace(at, socket=str(folder / "none.sock")),
            replace(at, socket="127.0.0.1:1"),
            replace(at, backend="none"),
            replace(at, canary="none"),
            replace(at, canary="canary; shutdown sessions"),
            replace(at, backend="crowded"),
        )
        yield Way(HaproxyWeights(), at, wrong)


@contextmanager
def by_envoy(folder: Path) -> Iterator[Way]:
    with envoy(folder) as router:
        at = router.at
        assert isinstance(at, EnvoyTraffic)
        wrong = (
            replace(at, admin="http://127.0.0.1:1"),
            replace(at, admin=router.url),
            replace(at, key="canary.none"),
            replace(at, key="canary.name"),
            replace(at, denominator=7),
        )
        yield Way(EnvoyRuntime(), at, wrong)


@contextmanager
def by_flagd(folder: Path) -> Iterator[Way]:
    file = folder / "flags.json"
    file.write_text(FLAGS)
    (folder / "none.json").write_text("no json")
    at = FlagdTraffic(file=str(file), flag="model")
    wrong = (
        replace(at, file=str(folder / "missing.json")),
        replace(at, file=str(folder / "none.json")),
        replace(at, flag="none"),
        replace(at, flag="other"),
        replace(at, canary="third"),
    )
    yield Way(FlagdFile(), at, wrong)


class Splitter:
    """A team's own webhook."""

    def __init__(self) -> None:
        self.share = 0.0
        self.keys: list[str] = []
        splitter = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_GET(self) -> None:
                self.answer(b"")

            def do_POST(self) -> None:
                self.answer(self.rfile.read(int(self.headers["Content-Length"])))

            def answer(self, body: bytes) -> None:
                told = self.headers["X-Aright-Timestamp"].encode() + b"." + body
                expected = "v1=" + hmac.new(SECRET.encode(), told, hashlib.sha256).hexdigest()
                status, said = 401, b'{"who": "are you?"}'
                if self.path != "/split":
                    status, said = 404, b"not here"
                elif hmac.compare_digest(expected, self.headers["X-Aright-Signature"]):
                    status, said = 200, splitter.take(body, self.headers.get("Idempotency-Key", ""))
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/split"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def take(self, body: bytes, key: str) -> bytes:
        order: dict[str, Any] = json.loads(body) if body else {}
        if order:
            assert (order["action"], order["key"]) == ("split", key)
        if order and not order["dry_run"] and key not in self.keys:
            self.keys.append(key)
            self.share = order["share"]
        return json.dumps({"share": self.share}).encode()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def by_webhook(_folder: Path) -> Iterator[Way]:
    splitter = Splitter()
    at = WebhookTraffic(url=splitter.url, secret=SECRET)
    wrong = (
        replace(at, url="http://127.0.0.1:1/split"),
        replace(at, url=splitter.url + "/none"),
        replace(at, secret="another-hidden"),
        replace(at, url="nowhere"),
    )
    try:
        yield Way(WebhookSplit(settling=0.5), at, wrong)
    finally:
        splitter.close()


@contextmanager
def by_nginx(folder: Path) -> Iterator[Way]:
    """Run what the kernel takes for nginx: it starts new workers when told to."""
    file, pid = folder / "split.conf", folder / "nginx.pid"
    file.write_text('split_clients "$remote_addr" $to {\n * old;\n}\n')
    (folder / "own.pid").write_text(str(os.getpid()))
    (folder / "other.conf").write_text("server { listen 80; }")
    process = subprocess.Popen([sys.executable, "-c", NGINX, str(file), str(pid)])
    until = time.monotonic() + 20
    while not pid.exists() or not pid.read_text():
        assert time.monotonic() < until
        time.sleep(0.01)
    at = NginxTraffic(file=str(file), variable="$to", stable="old", canary="new", pid_file=str(pid))
    wrong = (
        replace(at, file=str(folder / "none.conf")),
        replace(at, file=str(folder / "other.conf")),
        replace(at, canary="new; } http {"),
    )
    try:
        yield Way(NginxSplit(settling=5), at, wrong)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


@contextmanager
def by_kserve(folder: Path) -> Iterator[Way]:
    with cluster() as api:
        at = KserveTraffic(
            api=api.url, namespace="shop", name="model", bearer_token_file=token(folder, TOKEN)
        )
        wrong = (
            replace(at, api="http://127.0.0.1:1"),
            replace(at, name="none"),
            replace(at, name="../secrets"),
            replace(at, bearer_token_file=""),
            replace(at, bearer_token_file=str(folder / "none")),
        )
        yield Way(KserveCanary(settling=1), at, wrong)


@contextmanager
def by_argo(folder: Path) -> Iterator[Way]:
    with cluster() as api:
        at = ArgoTraffic(api=api.url, namespace="shop", name="model", bearer_token_file=token(folder, TOKEN))
        wrong = (
            replace(at, api="http://127.0.0.1:1"),
            replace(at, namespace="none"),
            replace(at, bearer_token_file=token(folder, "another-hidden")),
        )
        yield Way(ArgoRollouts(settling=1), at, wrong, shares=(0.0, 0.05, 0.0))


def token(folder: Path, said: str) -> str:
    file = folder / f"{said}.token"
    file.write_text(said + "\n")
    return str(file)


WAYS = [
    by_memory,
    pytest.param(by_haproxy, marks=needs_haproxy),
    pytest.param(by_envoy, marks=needs_envoy),
    by_flagd,
    by_webhook,
    by_nginx,
    by_kserve,
    by_argo,
]
