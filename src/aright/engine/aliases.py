"""Keeping aliases: their only writer, and a look at each of them twice a second."""

from __future__ import annotations

import contextlib
import logging
import secrets
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.mitigate.aliases import ELSEWHERE, WRITER, held_by, lease, moved, seen, wanting
from aright.core.model.alias import AliasKept, AliasMove
from aright.core.model.change import Change
from aright.core.model.message import Due
from aright.core.model.release import Release
from aright.core.model.service import Service
from aright.core.model.times import MINUTE, SECOND, iso
from aright.ports.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from aright.core.model.rollout import MlflowAlias
    from aright.core.model.times import Micros
    from aright.ports.clock import Clock
    from aright.ports.registry import Registry
    from aright.ports.state import State, Transaction

_log = logging.getLogger(__name__)

EVERY: Final = 0.5
"""Wall seconds between two looks: a move that somebody else made is known within one."""

LEASE: Final = 10 * SECOND
"""How long the right to move aliases is taken for, where it is not given back before."""

_AT_ONCE: Final = 8
"""Services whose registries are read at the same time, so that a slow one delays none of the others."""

_WRITTEN_AT_LEAST: Final = MINUTE


def _wall() -> Micros:
    return time.time_ns() // 1_000


class AliasKeeper:
    """Moves aliases and keeps what was seen of them; thread-safe.

    Registries have no compare-and-set, so that a writer must be the only one: within a store by a lock,
    between stores by a lease that stands as a tag on the model. What is moved is read back, and goes on being
    read: a move that somebody else made is recorded, told to diagnoses as a change, and has releases look.

    Args:
        state: keeps what was seen.
        registry: reads and moves.
        clock: times of what is recorded.
        wall: wall time (µs, UTC), that leases between machines are counted in.
    """

    def __init__(
        self, state: State, registry: Registry, clock: Clock, *, wall: Callable[[], Micros] = _wall
    ) -> None:
        self._state = state
        self._registry = registry
        self._clock = clock
        self._wall = wall
        self._holder = secrets.token_hex(8)
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="aright-registry", daemon=True)

    def start(self) -> None:
        """Begin to look, on the wall clock; on a driven one ``read_all`` is called at each move of it."""
        if not self._clock.driven:
            self._thread.start()

    def stop(self) -> None:
        """Stop looking, and let go of connections."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=30)
        self._registry.close()

    def standing(self, service: str, alias: str) -> str:
        """Return the version that an alias stands for, read now; raises ``RegistryError``."""
        with self._locks[service]:
            return self._read(service, self._place(service), alias)[0].version

    def read_all(self) -> None:
        """Read the aliases of all services; one that cannot be read says so, and keeps none of the others."""
        for service, at in self._places():
            self._read_both(service, at)

    def point(self, service: str, alias: str, version: str, *, by: str, why: str, force: bool) -> str:
        """Move an alias, and return what was done.

        Args:
            service: whose registry is asked.
            alias: its name.
            version: the target; it must be there, and ready to be served.
            by: who orders it.
            why: what for, such as a release's key.
            force: go back at once: over a move that somebody else made, beside another writer's lease, and
                without waiting for processes to have loaded the target.

        Raises:
            RegistryError: it was not moved, or it is not known whether it was; the text says which.
        """
        with self._locks[service]:
            at = self._place(service)
            kept, foreign = self._read(service, at, alias)
            if kept.version == version:
                return f"{alias} of {at.model} stands for {version} already"
            if foreign is not None and not force:
                raise RegistryError(_foreign(at, kept, foreign))
            if not force:
                self._take_lease(at)
                self._check(at, version)
                if alias == at.alias:
                    self._warm(at, version)
                self._still_ours(at)
            said = self._move(at, kept, version, by=by, why=why, force=force)
            return said + self._written(at, alias, version, by=by, why=why)

    def _move(self, at: MlflowAlias, kept: AliasKept, version: str, *, by: str, why: str, force: bool) -> str:
        """Write down, do, read back, write down again.

        Going back does first and takes the lease then: each answer that is awaited before lets more users
        have the bad version, and another writer sees by the lease that it is not alone any longer.
        """
        self._put(wanting(kept, version, by=by, why=why))
        self._registry.point(at, kept.alias, version)
        if force:
            with contextlib.suppress(RegistryError):  # the alias is moved, whatever becomes of the lease
                self._hold_lease(at)
        stands = self._registry.alias(at, kept.alias)
        if stands != version:
            raise RegistryError(
                f"{kept.alias} of {at.model} was moved to {version} and stands for {stands or 'nothing'}: "
                "somebody else moves it, too. Find out who, then try again"
            )
        made = AliasMove(at=self._clock.now(), before=kept.version, after=version, by=by, why=why)
        self._put(moved(kept, made))
        before = kept.version or "nothing"
        return f"{kept.alias} of {at.model} was moved from {before} to {version} and read back"

    def _written(self, at: MlflowAlias, alias: str, version: str, *, by: str, why: str) -> str:
        """Write the evidence on the version and give the lease back; a move stands without either."""
        tags = {"aright.alias": alias, "aright.moved_by": by, "aright.why": why}
        tags["aright.moved_at"] = iso(self._clock.now())
        try:
            self._registry.tag(at, version, {key: value for key, value in tags.items() if value})
            self._registry.tag(at, "", {WRITER: lease(self._holder, 0)})
        except RegistryError as broken:
            return f"; its tags could not be written ({broken})"
        return ""

    def _check(self, at: MlflowAlias, version: str) -> None:
        found = self._registry.version(at, version)
        if found is None:
            raise RegistryError(f"{at.model} has no version {version}: nothing was moved", permanent=True)
        if not found.ready:
            raise RegistryError(f"version {version} of {at.model} is not ready yet: nothing was moved")

    def _warm(self, at: MlflowAlias, version: str) -> None:
        """Say when serving processes have not loaded the target yet: whoever asked comes again."""
        loaded = self._registry.warm(at)
        if loaded is not None and version not in loaded:
            raise RegistryError(
                f"not every serving process of {at.model} has loaded version {version} yet: nothing was moved"
            )

    def _take_lease(self, at: MlflowAlias) -> None:
        now = self._wall()
        other = held_by(self._registry.model_tags(at).get(WRITER, ""), now=now)
        if other not in {"", self._holder}:
            raise RegistryError(
                f"another aright ({other}) is moving aliases of {at.model}: try again in a minute"
            )
        self._hold_lease(at)

    def _hold_lease(self, at: MlflowAlias) -> None:
        self._registry.tag(at, "", {WRITER: lease(self._holder, self._wall() + LEASE)})

    def _still_ours(self, at: MlflowAlias) -> None:
        """Make sure of the lease once what was asked in between has given another writer time to show."""
        if held_by(self._registry.model_tags(at).get(WRITER, ""), now=self._wall()) != self._holder:
            raise RegistryError(f"another aright began to move aliases of {at.model} just now: try again")

    def _read(self, service: str, at: MlflowAlias, alias: str) -> tuple[AliasKept, AliasMove | None]:
        """Read an alias, record what shows, and return a move that somebody else made since the last look."""
        version = self._registry.alias(at, alias)
        now = self._clock.now()
        with self._state.transaction() as tx:
            key = f"{service}/{alias}"
            kept = tx.get(AliasKept, key)
            if kept is None:
                fresh = AliasKept(key=key, service=service, alias=alias, version=version, read_at=now)
                tx.put(fresh)
                return fresh, None
            after, made = seen(kept, version, at=now)
            calm = after.wanted == kept.wanted and not kept.problem and made is None
            if calm and now - kept.read_at < _WRITTEN_AT_LEAST:
                return after, None  # each look on disk would be two writes a second for nothing
            tx.put(after)
            foreign = made if made is not None and made.by == ELSEWHERE else None
            if foreign is not None and alias == at.alias:
                _tell(tx, at, after, foreign)
        return after, foreign

    def _read_both(self, service: str, at: MlflowAlias) -> None:
        for alias in filter(None, (at.alias, at.candidate)):
            with self._locks[service]:
                self._try(service, at, alias)

    def _try(self, service: str, at: MlflowAlias, alias: str) -> None:
        try:
            self._read(service, at, alias)
        except RegistryError as broken:
            with self._state.transaction() as tx:
                kept = tx.get(AliasKept, f"{service}/{alias}")
                if kept is not None and kept.problem != str(broken):
                    tx.put(msgspec.structs.replace(kept, problem=str(broken)))

    def _live(self) -> None:
        reading: dict[str, Future[None]] = {}
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="aright-registry") as pool:
            while not self._stopping.wait(EVERY):
                self._look(pool, reading)

    def _look(self, pool: ThreadPoolExecutor, reading: dict[str, Future[None]]) -> None:
        """Have each service's aliases read, but those that are still being read since the last time."""
        try:
            for service, at in self._places():
                last = reading.pop(service, None)
                if last is not None and not last.done():
                    reading[service] = last
                    continue
                reading[service] = pool.submit(self._read_both, service, at)
                if last is not None:
                    last.result()  # raises what went wrong beyond the registry
        except Exception:  # noqa: BLE001  what cannot be read once must not end the looking
            _log.exception("aliases could not be looked at; trying again")

    def _put(self, kept: AliasKept) -> None:
        with self._state.transaction() as tx:
            tx.put(kept)

    def _places(self) -> list[tuple[str, MlflowAlias]]:
        with self._state.transaction() as tx:
            services = tx.list(Service)
        return [
            (service.key, service.rollout.registry)
            for service in services
            if service.rollout is not None and service.rollout.registry is not None
        ]

    def _place(self, name: str) -> MlflowAlias:
        with self._state.transaction() as tx:
            service = tx.get(Service, name)
        if service is None or service.rollout is None or service.rollout.registry is None:
            raise RegistryError(
                f"{name} names no registry: add `rollout` to it in the catalog", permanent=True
            )
        return service.rollout.registry


def _foreign(at: MlflowAlias, kept: AliasKept, made: AliasMove) -> str:
    return (
        f"{kept.alias} of {at.model} was just moved elsewhere, from {made.before or 'nothing'} to "
        f"{made.after or 'nothing'}: it is not overwritten"
    )


def _tell(tx: Transaction, at: MlflowAlias, kept: AliasKept, made: AliasMove) -> None:
    """Let diagnoses know of a move that somebody else made, and have releases look now."""
    tx.put(
        Change(
            key=f"{kept.key}:{made.at}",
            at=made.at,
            service=kept.service,
            kind="model_version",
            what=at.model,
            before=made.before,
            after=made.after,
            source="registry",
            title=f"{kept.alias} of {at.model} was moved elsewhere: {made.before or 'nothing'} → "
            f"{made.after or 'nothing'}",
        )
    )
    for release in tx.list(Release, service=kept.service, tag="open"):
        tx.schedule(Due(key=f"release:{release.key}", task="release", subject=release.key, due_at=made.at))
