"""Where ports meet adapters: the only place that knows both."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from msgspec import structs

from aright.adapters.catalog import YamlCatalog
from aright.adapters.clocks.driven import DrivenClock
from aright.adapters.clocks.wall import WallClock
from aright.adapters.duckdb_query import DuckDbQuery
from aright.adapters.files import FileTables
from aright.adapters.great_expectations_suite import ExpectationChecks
from aright.adapters.great_expectations_suite.checks import read_suite
from aright.adapters.memory_process import ProcessWorkbench, WorkbenchConfig
from aright.adapters.mlflow_registry import MlflowRegistry
from aright.adapters.mlflow_runs import MlflowTrainings
from aright.adapters.pandera_suite import PanderaChecks
from aright.adapters.replay_http import HttpReplayer
from aright.adapters.replay_process import ProcessReplayer
from aright.adapters.runbook_files import read_folder, with_own
from aright.adapters.scrape import HttpScraper
from aright.adapters.suite_code import load
from aright.adapters.suite_process import ProcessChecks
from aright.adapters.traffic_envoy import EnvoyRuntime
from aright.adapters.traffic_flagd import FlagdFile
from aright.adapters.traffic_haproxy import HaproxyWeights
from aright.adapters.traffic_kubernetes import ArgoRollouts, KserveCanary
from aright.adapters.traffic_nginx import NginxSplit
from aright.adapters.traffic_webhook import WebhookSplit
from aright.adapters.wandb_graphql import WandbTrainings
from aright.adapters.wandb_offline import WandbOffline
from aright.adapters.webhook.actuator import WebhookActuator, WebhookConfig
from aright.core.model.bookkeeping import Checkpoint
from aright.core.model.outlet import Outlet
from aright.core.model.replay import FUNCTION, MODEL, URL
from aright.core.model.suite import SUITE_KINDS
from aright.engine import slo
from aright.engine.alert_desk import put_maintenance
from aright.engine.alert_inlet import AlertInlet, by_kind
from aright.engine.aliases import AliasKeeper
from aright.engine.commit import PAGER
from aright.engine.desk import Desk
from aright.engine.gating import Gate
from aright.engine.happenings import Happenings
from aright.engine.intake import Intake
from aright.engine.on_call_catalog import put_on_call
from aright.engine.replica import Replica
from aright.engine.role import ElsewhereError
from aright.engine.runtime import Runtime
from aright.engine.scraping import Scraping
from aright.engine.settings import Settings
from aright.engine.suites import SuiteWatch
from aright.engine.tokens import Tokens
from aright.engine.training import Registries
from aright.engine.world import World
from aright.outlets import channels_of, close_all
from aright.ports.suite import SuiteError
from aright.server.app import build_app
from aright.server.doors import Doors
from aright.stores import open_log, open_rows, open_state, role_of

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import ASGIApp

    from aright.core.model.catalog import Catalog, Finding
    from aright.core.model.frame import Frame
    from aright.core.model.run import Run
    from aright.core.model.runbook import Runbook
    from aright.core.model.suite import Suite
    from aright.core.model.times import Micros
    from aright.engine.intake import Acceptance
    from aright.ports.catalog import CatalogFiles
    from aright.ports.channel import Channel
    from aright.ports.clock import Clock
    from aright.ports.log import Log
    from aright.ports.replayer import Replayer
    from aright.ports.state import State
    from aright.ports.suite import Checks
    from aright.ports.tables import Tables
    from aright.ports.traffic import Traffic
    from aright.server.grpc_otlp import OtlpGrpc


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
        runbooks: the team's own; those that ship are there without them.
        otlp_grpc: where to take OTLP over gRPC, ``host:port``; empty takes none.
        state: address of a state that several replicas share; never shown. Empty is a file of the store.
        respond: whether to leave rows and windows to another replica.
        name: by which other replicas tell of this one.
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
    runbooks: tuple[Runbook, ...] = ()
    otlp_grpc: str = ""
    state: str = field(default="", repr=False)
    respond: bool = False
    name: str = ""


class Aright:
    """A whole aright, ready to be served.

    Attributes:
        app: the ASGI application.
        new_token: the token made at this first start, to be shown once; empty otherwise.
        otlp: what takes OTLP over gRPC, if anything does.
    """

    def __init__(
        self,
        app: ASGIApp,
        runtime: Runtime,
        log: Log,
        scraping: Scraping,
        new_token: str,
        aliases: AliasKeeper,
        inlet: AlertInlet,
        otlp: OtlpGrpc | None = None,
        *,
        replica: Replica | None = None,
    ) -> None:
        self.app = app
        self.new_token = new_token
        self.otlp = otlp
        self._runtime = runtime
        self._log = log
        self._scraping = scraping
        self._aliases = aliases
        self._inlet = inlet
        self._replica = replica

    @property
    def failure(self) -> str:
        """Return why the engine stopped; empty while it runs."""
        return self._runtime.failure

    def start(self) -> None:
        """Begin to watch, or to respond."""
        self._runtime.start()
        self._inlet.start()
        if self._replica is not None:
            self._replica.start()
        if self._runtime.world.role.watches:
            self._scraping.start()
            self._aliases.start()
        if self.otlp is not None:
            self.otlp.start()

    def stop(self) -> None:
        """Write down how far it came, and let go of the files."""
        if self.otlp is not None:
            self.otlp.stop()
        self._inlet.stop()
        self._scraping.stop()
        self._aliases.stop()
        self._runtime.stop()
        if self._replica is not None:
            self._replica.stop()
        self._log.close()
        close_all(self._runtime.world.channels.values())
        self._runtime.world.state.close()


def build(options: Options) -> Aright:
    """Open the store, recover what it holds and wire all of it; raises ``OSError`` and ``ValueError``."""
    channels = _channels(options)  # what is wrong with one is told before anything is begun
    options.store.mkdir(parents=True, exist_ok=True, mode=0o700)
    if options.respond and not options.state:
        raise ValueError("to respond beside another replica, share its state: --state postgresql://…")
    if options.respond and options.clock != "wall":
        raise ValueError("a replica that responds lives by the wall clock: leave --clock out")
    state = open_state(options.store, options.state)
    clock = _clock(options, state)
    watches, shared = not options.respond, bool(options.state)
    log = open_log(options.store, watches=watches)
    role = role_of(options.store, state, clock, shared=shared, watches=watches, name=options.name)
    settings = options.settings
    if options.catalog is not None:
        settings = structs.replace(settings, **options.catalog.engine)
    registry = MlflowRegistry()
    aliases = AliasKeeper(state, registry, clock)
    world = World(
        state=state,
        rows=open_rows(options.store, watches=watches),
        clock=clock,
        actuator=WebhookActuator(WebhookConfig()),
        channels=channels,
        happenings=Happenings(),
        settings=settings,
        public_url=options.public_url,
        role=role,
        runbooks=with_own(options.runbooks),
        replayers=_replayers(),
        traffic=_traffic(),
        registry=registry,
        aliases=aliases,
        trainings=registries(),
        suites=SuiteWatch([(each, ProcessChecks(each)) for each in _suites(options)]),
    )
    intake = Intake(log, settings.max_body)
    inlet = AlertInlet(world, settings.max_body, intake.count)
    accept = by_kind(intake.accept if watches else _elsewhere, inlet.accept)
    tokens = Tokens(state, clock)

    def chore() -> None:
        tokens.refresh()  # `aright token` makes and revokes tokens beside a running server
        if clock.driven:
            aliases.read_all()  # on the wall clock a thread of its own does

    runtime = Runtime(world, intake, _end_process, chore)
    if options.catalog is not None:
        _register(state, options.catalog, clock.now())
    if watches:
        runtime.recover()
    app = build_app(
        Desk(runtime, intake, DuckDbQuery()),
        tokens,
        lambda inner: Doors(accept, tokens.authorised, clock.now, settings.max_body, inner),
    )
    scraping = Scraping(state, HttpScraper(), intake.accept, clock)
    otlp = _otlp(options.otlp_grpc, intake, tokens, clock) if options.otlp_grpc and watches else None
    replica = Replica(world, runtime.fail) if shared else None
    return Aright(
        app,
        runtime,
        log,
        scraping,
        _first_token(tokens, options.token),
        aliases,
        inlet,
        otlp,
        replica=replica,
    )


def _otlp(address: str, intake: Intake, tokens: Tokens, clock: Clock) -> OtlpGrpc:
    try:
        from aright.server.grpc_otlp import OtlpGrpc  # noqa: PLC0415  grpcio is an extra
    except ImportError as missing:
        raise ValueError("OTLP over gRPC needs grpcio: pip install 'aright[grpc]'") from missing
    return OtlpGrpc(intake.accept, tokens.authorised, clock.now, address)


def _suites(options: Options) -> tuple[Suite, ...]:
    """Return the suites of the catalog file: they are code, so neither store nor API has a say in them."""
    return options.catalog.suites if options.catalog is not None else ()


def _elsewhere(frame: Frame) -> Acceptance:
    raise ElsewhereError(f"this replica takes alerts alone, and no {frame.kind.name.lower()}")


def _end_process() -> None:
    """A server whose engine has stopped must not go on answering "ok": let the supervisor start anew."""
    os.kill(os.getpid(), signal.SIGTERM)


def open_tokens(store: Path, state: str = "") -> Tokens:
    """Return the tokens of a store or of a shared state, beside servers that may be running on it."""
    return Tokens(open_state(store, state), WallClock())


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
    """Return the ways out: those of the catalog, and the pager that flags or environment name."""
    outlets = options.catalog.outlets if options.catalog is not None else ()
    if options.pagerduty_url or options.pagerduty_key:
        flags = {"routing_key": options.pagerduty_key, "url": options.pagerduty_url}
        settings = {name: value for name, value in flags.items() if value or name == "routing_key"}
        outlets = (*outlets, Outlet(key=PAGER, type="pagerduty", settings=settings))
    return channels_of(outlets, own=options.public_url)


def registries() -> Registries:
    """Return what reads how versions were made, wherever that is."""
    return Registries(mlflow=MlflowTrainings(), wandb=WandbTrainings(), wandb_dir=WandbOffline())


def offline_run(place: Path, *, seconds: float) -> Run:
    """Return a run that was recorded offline in a file or a folder; raises ``TrainingError``."""
    return WandbOffline().read(place, seconds=seconds)


def _replayers() -> dict[str, Replayer]:
    process = ProcessReplayer()
    return {URL: HttpReplayer(), MODEL: process, FUNCTION: process}


def _traffic() -> dict[str, Traffic]:
    """Return the ways to split traffic, by ``TRAFFIC_WAYS``."""
    return {
        "haproxy": HaproxyWeights(),
        "envoy": EnvoyRuntime(),
        "flagd": FlagdFile(),
        "webhook": WebhookSplit(),
        "nginx": NginxSplit(),
        "kserve": KserveCanary(),
        "argo": ArgoRollouts(),
    }


def _register(state: State, catalog: Catalog, now: Micros) -> None:
    """Put the catalog into the store; services that it does not name stay, all else does not."""
    with state.transaction() as tx:
        for service in catalog.services:
            tx.put(service)
        slo.put(tx, catalog.slos)
        put_maintenance(tx, catalog.maintenance)
        put_on_call(tx, catalog, now=now)


def _first_token(tokens: Tokens, preset: str) -> str:
    if preset:
        if not tokens.authorised(preset):
            tokens.admit(preset, "ARIGHT_TOKEN")
        return ""
    return "" if tokens.all() else tokens.make("first start")


def runbooks_in(folder: Path) -> tuple[tuple[Runbook, ...], tuple[Finding, ...]]:
    """Return a folder's runbooks, and what is wrong with its files; raises ``OSError``."""
    return read_folder(folder)


def catalog_files() -> CatalogFiles:
    """Return what reads catalog files."""
    return YamlCatalog()


def file_tables() -> Tables:
    """Return what reads files of rows."""
    return FileTables()


def gate(folder: Path) -> Gate:
    """Return what checks a version before it is released; workloads start in ``folder``."""
    return Gate(_replayers(), ProcessWorkbench(WorkbenchConfig(folder=str(folder.resolve()))))


def suite_checks(path: str, kind: str, folder: Path) -> Checks:
    """Return a team's own suite, whose code is run; raises ``SuiteError``.

    Args:
        path: ``FILE.py:NAME``, ``MODULE:NAME``, or a file of Great Expectations' JSON.
        kind: ``pandera`` or ``great_expectations``; empty to see from what is found.
        folder: that files and imports are looked for in.
    """
    found = read_suite(folder / path) if path.endswith(".json") else load(path, folder)
    makers = found.__mro__ if isinstance(found, type) else type(found).__mro__
    modules = {each.__module__.partition(".")[0] for each in makers}
    kind = kind or next((name for name in SUITE_KINDS if name in modules), "")
    if not kind:
        raise SuiteError(
            f"{path} is a {type(found).__name__}: name a schema of Pandera, or an ExpectationSuite"
        )
    return PanderaChecks(found) if kind == "pandera" else ExpectationChecks(found)
