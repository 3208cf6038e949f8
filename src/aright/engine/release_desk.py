"""The desk's part for releases; see ``ReleaseOperations`` for what each method promises."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aright.core.mitigate.release import Line
from aright.core.mitigate.release.ordering import MOVING
from aright.core.model.alias import AliasKept
from aright.core.model.release import Release, ReleaseState
from aright.core.model.rollout import Rollout
from aright.core.model.service import Service
from aright.core.model.times import HOUR
from aright.engine.operations import RefusedError, UnknownError
from aright.engine.release_operations import Started
from aright.engine.release_plan import steps_of
from aright.engine.release_reach import reaches
from aright.engine.release_rows import stable_of
from aright.engine.releasing import keep_new, nothing_under_way, order_release, read_release
from aright.ports.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.incident import TimelineEvent
    from aright.engine.release_operations import GateReport, Order, Start
    from aright.engine.runtime import Runtime


class ReleaseDesk:
    """Releases: begun, looked at, ordered about."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._world = runtime.world

    def start(self, wanted: Start) -> Started:
        """Begin a release."""
        rollout = self._rollout(wanted.service)
        _allowed(wanted, rollout)
        with self._world.state.transaction() as tx:
            nothing_under_way(tx, wanted.service)
        stable = self._stable(wanted, rollout)
        release = self._planned(wanted, rollout, stable)
        warnings = (*_warnings(wanted), *reaches(self._world, rollout, release))
        if wanted.dry_run:
            return Started(release=release, steps=steps_of(release, rollout), warnings=warnings)
        begun = keep_new(self._world, release, _first_lines(wanted, release, warnings))
        self._settle()
        return Started(release=begun, steps=steps_of(begun, rollout), warnings=warnings)

    def releases(
        self, *, service: str | None = None, under_way: bool = False, limit: int = 100
    ) -> Sequence[Release]:
        """Return releases, the newest first."""
        with self._world.state.transaction() as tx:
            found = tx.list(
                Release, service=service, tag="open" if under_way else None, limit=max(limit, 1_000)
            )
        return sorted(found, key=lambda each: (each.started_at, each.key), reverse=True)[:limit]

    def release(self, key: str) -> Release:
        """Return a release."""
        return read_release(self._world, key)

    def ledger(self, key: str) -> Sequence[TimelineEvent]:
        """Return what was done and why, oldest first."""
        self.release(key)
        with self._world.state.transaction() as tx:
            return tx.events(key)

    def order(self, key: str, order: Order) -> Started:
        """Carry out an order."""
        release = self.release(key)
        rollout = self._rollout(release.service)
        moving = order.what in MOVING and not order.dry_run
        if moving and order.confirm != release.service:
            raise RefusedError(f"to change what users are served, type the service's name: {release.service}")
        by = order.by.strip()[:200] or "somebody"
        made = order_release(
            self._world, key, order.what, by=by, text=order.text.strip()[:1_000], dry_run=order.dry_run
        )
        if not order.dry_run:
            self._settle()
        return Started(release=made, steps=steps_of(made, rollout))

    def aliases(self, *, service: str | None = None) -> Sequence[AliasKept]:
        """Return the aliases that are kept, by key."""
        with self._world.state.transaction() as tx:
            return sorted(tx.list(AliasKept, service=service), key=lambda kept: kept.key)

    def _rollout(self, name: str) -> Rollout:
        with self._world.state.transaction() as tx:
            service = tx.get(Service, name)
        if service is None:
            raise UnknownError(
                f"there is no service {name[:80]!r}", "GET /v1/services lists those there are."
            )
        return service.rollout or Rollout()

    def _stable(self, wanted: Start, rollout: Rollout) -> str:
        """Return the version that serves now: as told, as the registry says, or as was answered."""
        registry, aliases = rollout.registry, self._world.aliases
        said = ""
        if registry is not None and aliases is not None:
            try:
                said = aliases.standing(wanted.service, registry.alias)
            except RegistryError as gone:
                raise RefusedError(f"it is not known which version serves now: {gone}") from gone
        if said and wanted.stable and said != wanted.stable:
            raise RefusedError(
                f"{registry.alias if registry else ''} stands for {said}, and not for {wanted.stable}",
                "Leave out stable, or put the alias right first.",
            )
        stable = said or wanted.stable or stable_of(self._world, wanted.service, since=HOUR)
        if not stable:
            raise RefusedError(
                f"it is not known which version of {wanted.service} serves now", "Name it as stable."
            )
        if stable == wanted.version:
            raise RefusedError(f"{wanted.version} serves all users already")
        return stable

    def _planned(self, wanted: Start, rollout: Rollout, stable: str) -> Release:
        now = self._world.clock.now()
        return Release(
            key="",
            service=wanted.service,
            model=wanted.model or (rollout.registry.model if rollout.registry else ""),
            version=wanted.version,
            stable=stable,
            state=ReleaseState.PLANNED,
            policy=rollout.policy,
            started_at=now,
            stepped_at=now,
            by=wanted.by.strip()[:200] or "somebody",
            gate=_gate_lines(wanted.gate),
            forced=(wanted.by.strip()[:200] or "somebody") if wanted.force else "",
        )

    def _settle(self) -> None:
        if self._world.clock.driven:
            self._runtime.settle()


def _allowed(wanted: Start, rollout: Rollout) -> None:
    """Raise ``RefusedError`` where a person must say more."""
    if not wanted.version.strip():
        raise RefusedError("which version is to be released is not said")
    if wanted.gate is not None and wanted.gate.version not in {"", wanted.version}:
        raise RefusedError(f"the gate looked at {wanted.gate.version}, and not at {wanted.version}")
    if wanted.force and not wanted.dry_run and wanted.confirm != wanted.service:
        raise RefusedError(f"to force a release past all looks, type the service's name: {wanted.service}")
    if wanted.gate is not None and wanted.gate.closed and not wanted.force:
        failed = "; ".join(
            check.text or check.name for check in wanted.gate.checks if check.state == "failed"
        )
        raise RefusedError(
            f"the gate is closed for {wanted.version}: {failed}"[:1_000], "Mend it, or force it."
        )
    if wanted.force and rollout.registry is None and rollout.traffic is None:
        raise RefusedError(
            f"{wanted.service} has neither registry nor traffic to be told: nothing can be forced"
        )


def _gate_lines(gate: GateReport | None) -> tuple[str, ...]:
    signs = {"passed": "✓", "failed": "✗"}
    checks = gate.checks if gate is not None else ()
    return tuple(f"{signs.get(each.state, '–')} {each.name}: {each.text}"[:500] for each in checks[:100])


def _warnings(wanted: Start) -> list[str]:
    said = []
    if wanted.gate is None:
        said.append("✗ no gate has looked at it")
    if wanted.force:
        said.append("✗ it is forced: no look can stop it before it serves all")
    return said


def _first_lines(wanted: Start, release: Release, warnings: tuple[str, ...]) -> tuple[Line, ...]:
    text = f"{release.by} begins the release of {release.version} in place of {release.stable}."
    lines = [Line(kind="begun", text=text, by=release.by, key=True)]
    if wanted.gate is not None:
        word = "closed, and passed by force" if wanted.gate.closed else "open"
        lines.append(
            Line(kind="gate", text=f"The gate is {word}: {'; '.join(release.gate)}"[:2_000], key=True)
        )
    return (*lines, *(Line(kind="begun", text=each) for each in warnings))
