"""Following an alias: a serving process keeps the version loaded that MLflow's registry says."""

from __future__ import annotations

import os
import threading
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from aright.sdk.follow_kept import Kept
from aright.sdk.follow_registry import Registry, Secrets, Told
from aright.sdk.lifetime import Watched, unwatch, watch
from aright.sdk.lifetime import load as load_modules
from aright.sdk.settings import read_url
from aright.sdk.tally import LOG

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from aright.sdk.settings import Place

M = TypeVar("M")

LONGEST_PAUSE: Final = 2.0
"""Seconds between two looks at most while the registry does not answer."""

ANNOUNCED_SECONDS: Final = 1.0
"""Seconds between two looks at what is announced: it is not urgent."""

EXIT_SECONDS: Final = 1.0
"""How long the end of the process may be held up."""


class Asks(Protocol):
    """What a follower needs of a registry."""

    name: str

    def ask(self, alias: str) -> Told:
        """Return what an alias stands for; never raises."""
        ...

    def close(self) -> None:
        """Close the connection."""
        ...

    def disown(self) -> None:
        """In a forked child: let go of the parent's connection."""
        ...


class Follower(Generic[M]):
    """Keeps the version loaded that an alias stands for; made by ``follow_alias``.

    ``current``, ``version`` and ``model`` are one look at one attribute: as cheap as a variable, from any
    thread, and version and model of one ``current`` belong together. Nothing here raises.
    """

    def __init__(
        self,
        registry: Asks,
        aliases: tuple[str, str],
        load: Callable[[str], M],
        *,
        poll: float,
        keep: int,
        on_change: Callable[[str, str], object] | None,
    ) -> None:
        self._registry = registry
        self._alias, self._announce = aliases
        self._load = load
        self._poll = poll
        self._on_change = on_change
        self._kept: Kept[M] = Kept(keep=keep)
        self._away = ""
        self._told: set[str] = set()
        self._moves: deque[tuple[str, str]] = deque()
        self._closed = False
        self._begin()
        watch(id(self), Watched(EXIT_SECONDS, self.close, self._renew))

    def __repr__(self) -> str:
        return f"Follower({self._alias!r} in {self._registry.name}, serving {self.version or 'nothing yet'})"

    @property
    def current(self) -> tuple[str, M | None]:
        """The version that serves and its model; ``("", None)`` until a first one is loaded."""
        return self._kept.current

    @property
    def version(self) -> str:
        """The version that serves; empty until a first one is loaded."""
        return self._kept.current[0]

    @property
    def model(self) -> M | None:
        """The model that serves; ``None`` until a first one is loaded."""
        return self._kept.current[1]

    @property
    def problem(self) -> str:
        """What keeps the follower from doing its work, with what to do; empty when all is well."""
        return "; ".join(each for each in (self._away, self._kept.problem()) if each)

    def ready(self) -> dict[str, list[str] | str]:
        """Return what a readiness address answers: ``versions`` that are loaded, and the one ``serving``."""
        kept = self._kept
        return {"versions": list(kept.versions), "serving": kept.current[0]}

    def wait(self, seconds: float) -> bool:
        """Wait until a first version is loaded; ``False`` where none is in time (s)."""
        return self._serves.wait(max(0.0, min(seconds, threading.TIMEOUT_MAX)))

    def close(self, timeout: float = EXIT_SECONDS) -> None:
        """Follow no more; what serves stays. Waits for a look that is under way, ``timeout`` (s) at most."""
        self._closed = True
        self._over.set()
        unwatch(id(self))
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _begin(self) -> None:
        """Start to follow, in this process."""
        self._lock = threading.Lock()
        self._telling = threading.Lock()
        self._over = threading.Event()
        self._serves = threading.Event()
        if self._kept.current[0]:
            self._serves.set()
        self._failures = 0
        self._announced_at = 0.0
        self._thread: threading.Thread | None = threading.Thread(
            target=self._run, name="aright-follow", daemon=True
        )
        try:
            self._thread.start()
        except RuntimeError:
            self._thread = None
            self._hear(Told(failure="no thread can be started: raise the limit of this process's threads"))

    def _renew(self) -> None:
        """In a forked child: keep the models, and follow with a thread and a connection of its own."""
        self._registry.disown()
        self._kept = self._kept.inherited()
        self._begin()

    def _run(self) -> None:
        load_modules()
        pause = 0.0
        while not self._over.wait(pause):
            try:
                pause = self._round()
            except Exception as error:  # noqa: BLE001 - it follows on, whatever happens in a round
                pause = LONGEST_PAUSE
                self._warn("round", f"a look at {self._registry.name} failed ({type(error).__name__})")
        self._registry.close()

    def _round(self) -> float:
        """Look at the registry once, load what is due, and return the seconds until the next look."""
        began = monotonic()
        told = self._registry.ask(self._alias)
        self._hear(told)
        self._change(lambda kept: kept if told.failure else kept.wants(told.version))
        if told.failure:
            self._failures += 1
            return self._back_off()
        self._failures = 0
        if self._announce and monotonic() >= self._announced_at:
            self._announced_at = monotonic() + ANNOUNCED_SECONDS
            ahead = self._registry.ask(self._announce)
            self._change(lambda kept: kept if ahead.failure else kept.announces(ahead.version))
        return max(0.0, self._poll - (monotonic() - began))

    def _back_off(self) -> float:
        """Return twice as long a pause each time, up to half of it by chance so that followers spread."""
        pause = min(LONGEST_PAUSE, self._poll * 2.0 ** min(self._failures, 16))
        return max(self._poll, pause * (0.5 + os.urandom(1)[0] / 512))

    def _hear(self, told: Told) -> None:
        """Say once that the registry is away, or that the alias is, and once that it is back."""
        away = told.failure
        if not away and not told.version:
            away = f"{self._registry.name} has no alias {self._alias!r} of this model: set it"
        if away and self.version:
            away = f"{away}; version {self.version} goes on serving"
        before, self._away = self._away, away
        if away and not before:
            LOG.warning("%s. This is said once; follower.problem keeps saying it.", away.rstrip(". "))
        elif before and not away:
            LOG.info("%s answers again.", self._registry.name)

    def _change(self, step: Callable[[Kept[M]], Kept[M]]) -> None:
        """Take one step, begin the load that is due after it, and tell of a switch."""
        with self._lock:
            if self._closed:
                return
            before = self._kept
            after = step(before)
            if version := after.due(monotonic()):
                after = after.begins(version)
            self._kept = after
            if after.current[0] != before.current[0]:
                self._moves.append((before.current[0], after.current[0]))
        if after.current[0]:
            self._serves.set()
        if version:
            self._start_load(version)
        self._tell()

    def _start_load(self, version: str) -> None:
        try:
            threading.Thread(
                target=self._load_one, args=(version,), name="aright-follow-load", daemon=True
            ).start()
        except RuntimeError:
            self._fail(version, "no thread can be started")

    def _load_one(self, version: str) -> None:
        try:
            model = self._load(version)
        except BaseException as error:  # noqa: BLE001 - SystemExit too: what serves goes on
            self._fail(version, _where(error))
        else:
            self._change(lambda kept: kept.loads(version, model))

    def _fail(self, version: str, why: str) -> None:
        with self._lock:
            self._kept = self._kept.fails(version, why, monotonic())
        self._warn(f"load:{version}", f"version {version} cannot be loaded ({why}); it is tried again")

    def _tell(self) -> None:
        """Tell the host of switches, in their order; whoever is at it tells those of others too."""
        while self._moves and self._telling.acquire(blocking=False):
            try:
                while self._moves:
                    self._told_host(*self._moves.popleft())
            finally:
                self._telling.release()

    def _told_host(self, before: str, after: str) -> None:
        LOG.info("version %s serves, after %s.", after, before or "none")
        if self._on_change is not None:
            try:
                self._on_change(before, after)
            except Exception as error:  # noqa: BLE001 - the host's own
                self._warn("on_change", f"on_change failed ({_where(error)}); following goes on")

    def _warn(self, key: str, text: str) -> None:
        if key not in self._told:
            self._told.add(key)
            LOG.warning("%s. This is said once; follower.problem says how it stands.", text)


def follow_alias(
    registry_url: str,
    model: str,
    alias: str,
    load: Callable[[str], M],
    *,
    poll: float = 0.1,
    keep: int = 2,
    announce: str = "candidate",
    token_file: str = "",
    basic_auth_file: str = "",
    on_change: Callable[[str, str], object] | None = None,
) -> Follower[M]:
    """Follow an alias of MLflow's registry in the background: what it stands for is loaded, then serves.

    The switch is atomic, and instant where the version is still loaded or was announced. While the registry
    is away, while a version cannot be loaded and where the alias was taken away, what serves goes on serving.

    Args:
        registry_url: the registry's address, such as ``http://mlflow:5000``.
        model: the registered model's name.
        alias: the alias to follow, such as ``champion``.
        load: makes a model of a version such as ``"7"``; called in a thread of its own, two at a time at
            most, and again later where it raises.
        poll: seconds between two looks, 0.01 to 60.
        keep: versions that stay loaded, the serving one among them, so that going back needs no load.
        announce: another alias whose version is loaded ahead, on top of ``keep``; ``""`` for none.
        token_file: a file with a bearer token; it is read at each look.
        basic_auth_file: a file with ``NAME:PASSWORD``, likewise.
        on_change: told the version before and the one after each switch; to be short, since looks may wait.

    Raises:
        TypeError: ``load`` or ``on_change`` cannot be called.
        ValueError: another argument is wrong. Nothing is raised later: see ``problem``.

    >>> with follow_alias("http://127.0.0.1:9", "ranker", "champion", load=str) as follower:
    ...     follower.current, follower.ready()
    (('', None), {'versions': [], 'serving': ''})
    """
    if not all(callable(each) for each in (load, on_change or load)):
        raise TypeError("load and on_change are functions: load(version), on_change(before, after)")
    place = _place(registry_url)
    if not model or not alias:
        raise ValueError("model and alias are names: give those that the registry has")
    if token_file and basic_auth_file:
        raise ValueError("give token_file or basic_auth_file, not both")
    if not 0.01 <= poll <= 60.0 or keep < 1:
        raise ValueError("poll is from 0.01 to 60 s, and keep at least 1")
    registry = Registry(place, model, Secrets(token=token_file, basic=basic_auth_file))
    aliases = (alias, "" if announce == alias else announce)
    return Follower(registry, aliases, load, poll=poll, keep=keep, on_change=on_change)


def _place(url: str) -> Place:
    place = read_url(url) if url else None
    if place is None or place.problem:
        raise ValueError(
            "registry_url is not usable: give scheme, host, port and path alone, such as http://mlflow:5000"
        )
    return place


def _where(error: BaseException) -> str:
    """Return an error's kind and where it was raised; its text may hold data or secrets."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        code = trace.tb_frame.f_code
        place = f" at {os.path.basename(code.co_filename)}:{trace.tb_lineno}"  # noqa: PTH119 - as above
        trace = trace.tb_next
    return f"{type(error).__name__}{place}"
