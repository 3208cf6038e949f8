"""What splits cards between the scoring services: HAProxy, or the drill's own router where there is none."""

from __future__ import annotations

import asyncio
import secrets
import shutil
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from aright.drill.fraud import names
from aright.drill.stage import Child, start

if TYPE_CHECKING:
    from collections.abc import Mapping


SHARE: Final = "/share"
"""Where the own router is told what share the canary is to have."""

START_SECONDS: Final = 10.0

_IDS: Final = (13, 14)
"""Ids of the servers, from which HAProxy places their points on its ring: with these, shares of 1, 5, 25 and
50 % come to 1.1, 4.9, 25.0 and 50.0 % of the cards; others were up to 12 % off."""

_CONFIGURATION: Final = """global
    stats socket {admin} mode 600 level admin
    nbthread 1

defaults
    mode http
    timeout connect 5s
    timeout client 120s
    timeout server 120s

frontend payments
    bind 127.0.0.1:{port}
    default_backend {backend}

backend {backend}
    balance hdr({card})
    hash-type consistent wt6 avalanche
    http-reuse always
    server {stable} 127.0.0.1:{stable_port} id {stable_id} weight 256
    server {canary} 127.0.0.1:{canary_port} id {canary_id} weight 0
"""


def haproxy() -> str | None:
    """Return where HAProxy is, ``None`` where it is not."""
    return shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin:/usr/local/sbin")


class Balancer:
    """Splits cards between the two services; where it is told what share is known before it is started.

    Args:
        own: take the drill's own router, also where there is a HAProxy.

    Attributes:
        what: it is, in words.
        port: where payments are sent to.
        secret: that orders to the own router are signed with.
    """

    def __init__(self, *, own: bool = False) -> None:
        self._program = None if own else haproxy()
        self.what = "HAProxy" if self._program else "the drill's own router"
        self.port = free_port()
        self.secret = secrets.token_urlsafe(24)
        # A socket's path may have 107 bytes and no more, which a drill's folder may take up alone.
        self._place = Path(tempfile.gettempdir()) / f"aright-haproxy-{secrets.token_hex(6)}"
        self._child: Child | None = None

    def traffic(self, secret: str) -> dict[str, dict[str, str]]:
        """Return its entry in the catalog; ``secret`` is how that names the secret."""
        if not self._program:
            return {"webhook": {"url": f"http://127.0.0.1:{self.port}{SHARE}", "secret": secret}}
        return {
            "haproxy": {
                "socket": str(self._place / "admin"),
                "backend": names.BACKEND,
                "stable": names.STABLE,
                "canary": names.CANARY,
            }
        }

    async def open(self, folder: Path, ports: Mapping[str, int]) -> None:
        """Start it before services that listen on ``ports``; raises ``StageError``."""
        if self._program:
            await self._open_haproxy(self._program, folder, ports)
        else:
            await self._open_router(folder, ports)

    async def close(self) -> None:
        """Stop it; never raises."""
        if self._child is not None:
            await self._child.stop()
        shutil.rmtree(self._place, ignore_errors=True)

    async def _open_haproxy(self, program: str, folder: Path, ports: Mapping[str, int]) -> None:
        self._place.mkdir(mode=0o700)
        told = folder / "haproxy.cfg"
        told.write_text(
            _CONFIGURATION.format(
                admin=self._place / "admin",
                port=self.port,
                backend=names.BACKEND,
                card=names.CARD,
                stable=names.STABLE,
                canary=names.CANARY,
                stable_port=ports[names.STABLE],
                canary_port=ports[names.CANARY],
                stable_id=_IDS[0],
                canary_id=_IDS[1],
            )
        )
        log = folder / "haproxy.log"
        with log.open("ab") as kept:
            process = await asyncio.create_subprocess_exec(
                *(program, "-db", "-f", str(told)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=kept,
                stderr=kept,
                start_new_session=True,
            )
        self._child = Child("HAProxy", process, log)
        await self._listens()

    async def _listens(self) -> None:
        assert self._child is not None  # noqa: S101  it was just started
        try:
            async with asyncio.timeout(START_SECONDS):
                while True:
                    try:
                        _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    except OSError:
                        await asyncio.sleep(0.02)
                    else:
                        writer.close()
                        return
        except TimeoutError:
            raise self._child.failure(f"did not listen within {START_SECONDS:.0f} s") from None

    async def _open_router(self, folder: Path, ports: Mapping[str, int]) -> None:
        listening = (str(self.port), str(ports[names.STABLE]), str(ports[names.CANARY]))
        self._child = await start(
            "router",
            ("-m", "aright.drill.fraud.router", *listening),
            folder=folder,
            environment={},
            talks=True,
        )
        self._child.write(self.secret.encode())
        await self._child.line()


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
