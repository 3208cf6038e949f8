"""Where ports meet adapters: the only place that knows both."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aright.adapters.catalog import YamlCatalog
from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.clocks.wall import WallClock
from aright.adapters.files import FileTables
from aright.adapters.pagerduty.channel import PagerDuty
from aright.adapters.pagerduty.config import ENQUEUE, PagerDutyConfig
from aright.adapters.parquet import ParquetSegments, ParquetSettings
from aright.adapters.sqlite.state import SqliteState
from aright.adapters.webhook.actuator import WebhookActuator, WebhookConfig
from aright.adapters.writeahead import WriteAheadLog, WriteAheadSettings
from aright.core.model.bookkeeping import Checkpoint
from aright.engine import slo
from aright.engine.desk import Desk
from aright.engine.happenings import Happenings
from aright.engine.intake import Intake
from aright.engine.rows import Rows
from aright.engine.runtime import Runtime
from aright.engine.settings import Settings
from aright.engine.tokens import Tokens
from aright.engine.world import World
from aright.server.app import build_app
from aright.server.doors import Doors

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from aright.core.model.catalog import Catalog
    from aright.core.model.times import Micros
    from aright.ports.catalog import CatalogFiles
    from aright.ports.channel import Channel
    from aright.ports.clock import Clock
    from aright.ports.state import State
    from aright.ports.tables import Tables


@dataclass(frozen=True, kw_only=True)
class Options:
    """What ``aright serve`` was told.

    Attributes:
        store: folder of the embedded store; made where it is missing.
        clock: ``wall`` or ``driven``.
        clock_start: where a driven clock starts (µs, UTC).
        pagerduty_url: an Events v2 endpoint; empty is PagerDuty's own.
        pagerduty_key: its routing key; never shown. Empty sends no pages.
        public_url: how people reach the pages.
        token: a preset token; empty makes one at the first start.
        settings: how to watch.
        catalog: services and SLOs to register; ``None`` leaves those of the store as they are.
    """

    store: Path
    clock: str = "wall"
    clock_start: Micros = 0
    pagerduty_url: str = ""
    pagerduty_key: str = field(default="", repr=False)
    public_url: str = ""
    token: str = field(default="", repr=False)
    settings: Settings = field(default_factory=Settings)
    catalog: Catalog | None = None


class Aright:
    """A whole aright, ready to be served.

    Attributes:
        app: the ASGI application.
        new_token: the token made at this first start, to be shown once; empty otherwise.
    """

    def __init__(self, app: ASGIApp, runtime: Runtime, log: WriteAheadLog, new_token: str) -> None:
        self.app = app
        self.new_token = new_token
        self._runtime = runtime
        self._log = log

    @property
    def failure(self) -> str:
        """Return why the engine stopped; empty while it runs."""
        return self._runtime.failure

    def start(self) -> None:
        """Begin to watch."""
        self._runtime.start()

    def stop(self) -> None:
        """Write down how far it came, and let go of the files."""
        self._runtime.stop()
        self._log.close()
        self._runtime.world.state.close()


def build(options: Options) -> Aright:
    """Open the store, recover what it holds and wire all of it; raises ``OSError`` and ``ValueError``."""
    options.store.mkdir(parents=True, exist_ok=True, mode=0o700)
    state = SqliteState(options.store / "state.db")
    clock = _clock(options, state)
    log = WriteAheadLog(WriteAheadSettings(folder=options.store / "log"))
    settings = options.settings
    world = World(
        state=state,
        rows=Rows(ParquetSegments(ParquetSettings(folder=options.store / "segments"))),
        clock=clock,
        actuator=WebhookActuator(WebhookConfig()),
        channels=_channels(options),
        happenings=Happenings(),
        settings=settings,
        public_url=options.public_url,
    )
    intake = Intake(log, settings.max_body)
    tokens = Tokens(state, clock)
    # `aright token` makes and revokes tokens beside a running server
    runtime = Runtime(world, intake, _end_process, tokens.refresh)
    if options.catalog is not None:
        _register(state, options.catalog)
    runtime.recover()
    app = build_app(
        Desk(runtime, intake),
        tokens,
        lambda inner: Doors(intake.accept, tokens.authorised, clock.now, settings.max_body, inner),
    )
    return Aright(app, runtime, log, _first_token(tokens, options.token))


def _end_process() -> None:
    """A server whose engine has stopped must not go on answering "ok": let the supervisor start anew."""
    os.kill(os.getpid(), signal.SIGTERM)


def open_tokens(store: Path) -> Tokens:
    """Return the tokens of a store, beside a server that may be running on it."""
    return Tokens(SqliteState(store / "state.db"), WallClock())


def _clock(options: Options, state: State) -> Clock:
    with state.transaction() as tx:
        known = tx.get(Checkpoint, "engine")
    if known is not None and known.clock != options.clock:
        raise ValueError(
            f"the store was written by a {known.clock} clock and cannot go on by a {options.clock} one: "
            f"start with --clock {known.clock}, or name another --store"
        )
    if options.clock == "wall":
        return WallClock()
    return DrivenClock(max(options.clock_start, known.now if known else 0))


def _channels(options: Options) -> dict[str, Channel]:
    if not options.pagerduty_url and not options.pagerduty_key:
        return {}
    config = PagerDutyConfig(routing_key=options.pagerduty_key, url=options.pagerduty_url or ENQUEUE)
    return {PagerDuty.name: PagerDuty(config)}


def _register(state: State, catalog: Catalog) -> None:
    """Put the catalog into the store; services that it does not name stay, SLOs do not."""
    with state.transaction() as tx:
        for service in catalog.services:
            tx.put(service)
        slo.put(tx, catalog.slos)


def _first_token(tokens: Tokens, preset: str) -> str:
    if preset:
        if not tokens.authorised(preset):
            tokens.admit(preset, "ARIGHT_TOKEN")
        return ""
    return "" if tokens.all() else tokens.make("first start")


def catalog_files() -> CatalogFiles:
    """Return what reads catalog files."""
    return YamlCatalog()


def file_tables() -> Tables:
    """Return what reads files of rows."""
    return FileTables()
