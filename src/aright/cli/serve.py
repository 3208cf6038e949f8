"""`aright serve`: the server."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import cyclopts

from aright.cli.check import usable_catalog
from aright.cli.failure import FailedError
from aright.cli.state import state_address

if TYPE_CHECKING:
    from types import FrameType

    from aright.bootstrap import Aright
    from aright.core.model.runbook import Runbook

DEFAULT_STORE = Path(".aright/store")
HIGHEST_PORT = 65_535


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 8321,
    store: Path = DEFAULT_STORE,
    clock: Literal["wall", "driven"] = "wall",
    clock_start: Annotated[int, cyclopts.Parameter(help="Where a driven clock starts (µs, UTC).")] = 0,
    pagerduty_url: str = "",
    pagerduty_key_file: Path | None = None,
    public_url: str = "",
    catalog: Annotated[tuple[Path, ...], cyclopts.Parameter(negative="")] = (),
    runbooks: Path | None = None,
    otlp_grpc: int | None = None,
    state: str = "",
    state_file: Path | None = None,
    respond: Annotated[bool, cyclopts.Parameter(negative="")] = False,
    name: str = "",
) -> int:
    """Start the server: doors for what your services emit, the engine, and the pages.

    The first start on a store makes a token and prints it once; ARIGHT_TOKEN presets one instead.

    Args:
        host: address to listen on.
        port: port to listen on; where it is taken, a free one is chosen and said. 0 chooses one at once.
        store: folder of the embedded store; made where it is missing.
        clock: "driven" moves only through POST /v1/clock, for drills and stories.
        clock_start: where a driven clock starts (µs, UTC).
        pagerduty_url: an Events v2 endpoint; empty is PagerDuty's own.
        pagerduty_key_file: a file with its routing key; PAGERDUTY_ROUTING_KEY serves too. Without one nobody
            is paged, and each incident says so.
        public_url: how people reach the pages, for links in pages; the listening address if left out.
        catalog: a file of services, SLOs, people and channels (aright.yaml, OpenSLO v1); repeat it for
            several. What it says holds until another start says otherwise.
        runbooks: a folder of your own runbooks, Markdown files; those that ship are there without it.
        otlp_grpc: port for OTLP over gRPC, usually 4317 (extra grpc); left out, it is taken over HTTP alone.
        state: address of a PostgreSQL that several replicas share (extra postgres):
            postgresql://USER@HOST/DATABASE. With a password it goes into ARIGHT_STATE, or into --state-file.
        state_file: a file with that address.
        respond: respond beside the replica that watches: alerts, incidents, pages, escalations, updates. Rows
            are refused here.
        name: by which other replicas tell of this one; the host and port if left out.
    """
    from aright.bootstrap import Options, build  # noqa: PLC0415  pulls in pyarrow and the rest
    from aright.ports.log import LogBrokenError  # noqa: PLC0415  the same
    from aright.ports.state import UnreachableError, UnreadableStoreError  # noqa: PLC0415  the same

    for asked in (port, otlp_grpc or 0):
        if not 0 <= asked <= HIGHEST_PORT:
            raise FailedError(f"there is no port {asked}: choose one from 0 to {HIGHEST_PORT}", code=2)
    listening = _listen(host, port)
    address = f"http://{host}:{listening.getsockname()[1]}"
    options = Options(
        store=store,
        clock=clock,
        clock_start=clock_start,
        pagerduty_url=pagerduty_url,
        pagerduty_key=_routing_key(pagerduty_key_file),
        public_url=public_url or address,
        token=os.environ.get("ARIGHT_TOKEN", ""),
        catalog=usable_catalog(catalog, os.environ) if catalog else None,
        state=state_address(state, state_file),
        respond=respond,
        name=name or f"{socket.gethostname()}:{listening.getsockname()[1]}",
        runbooks=_usable_runbooks(runbooks) if runbooks is not None else (),
        otlp_grpc="" if otlp_grpc is None else f"{f'[{host}]' if ':' in host else host}:{otlp_grpc}",
    )
    if store.exists():
        print(f"reading the log of {store}", file=sys.stderr, flush=True)
    try:
        aright = build(options)
    except (LogBrokenError, UnreachableError, UnreadableStoreError, OSError, ValueError) as broken:
        listening.close()
        code = 2 if isinstance(broken, LogBrokenError) else 1
        raise FailedError(f"cannot start on {store}: {broken}", code=code) from broken
    if aright.new_token:
        print(f"token (shown once, keep it): {aright.new_token}", flush=True)
    if not options.pagerduty_key and not (options.catalog and options.catalog.outlets):
        print("nobody will be paged: no pager is set up (see --pagerduty-key-file)", file=sys.stderr)
    if aright.otlp is not None:
        print(f"OTLP over gRPC is taken at {host}:{aright.otlp.port}", file=sys.stderr)
    _run(aright, listening, address)
    if aright.failure:
        raise FailedError(f"the engine stopped ({aright.failure}): start again, nothing acknowledged is lost")
    return 0


def _usable_runbooks(folder: Path) -> tuple[Runbook, ...]:
    """Return a folder's runbooks; a file that is wrong is told of and left out, and the others serve."""
    from aright.bootstrap import runbooks_in  # noqa: PLC0415  pulls in the rest

    try:
        books, findings = runbooks_in(folder)
    except OSError as missing:
        raise FailedError(f"the runbooks cannot be read: {missing}", code=2) from missing
    for finding in findings:
        print(finding, file=sys.stderr)
    return books


def _routing_key(file: Path | None) -> str:
    if file is None:
        return os.environ.get("PAGERDUTY_ROUTING_KEY", "")
    try:
        return file.read_text().strip()
    except OSError as missing:
        raise FailedError(f"the routing key cannot be read: {missing}", code=2) from missing


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as taken:
        if port == 0:
            raise FailedError(f"cannot listen on {host}: {taken}", code=2) from taken
        print(f"port {port} is taken or forbidden ({taken.strerror}): choosing a free one", file=sys.stderr)
        listening.close()
        return _listen(host, 0)
    return listening


def _run(aright: Aright, listening: socket.socket, address: str) -> None:
    import uvicorn  # noqa: PLC0415

    class Announcing(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets=sockets)
            print(f"aright is ready at {address}", file=sys.stderr, flush=True)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)  # uvicorn shuts down gracefully, then hands the signal on to this
    config = uvicorn.Config(
        aright.app,
        loop="uvloop",
        http="httptools",
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=2,
        server_header=False,
    )
    try:
        with contextlib.suppress(KeyboardInterrupt):
            aright.start()
            Announcing(config).run(sockets=[listening])
    finally:
        aright.stop()
