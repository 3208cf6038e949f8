"""Mitigating: plan, check, write down, do, write down again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident import MitigationRecorded
from aright.core.incident.standing import mended_in
from aright.core.mitigate import by_alias, offered, plan
from aright.core.model.incident import Incident, Mitigation
from aright.core.model.service import Service
from aright.engine.happening import happen
from aright.engine.operations import RefusedError, UnknownError
from aright.ports.actuator import ActuatorError
from aright.ports.registry import RegistryError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.mitigate import Plan
    from aright.core.model.service import Action
    from aright.core.model.times import Micros
    from aright.engine.world import World


_MAY_HAVE_BEEN_DONE: Final = frozenset({"sent", "verified", "not_verified", "failed"})
"""What can be taken back; of one that failed it may be unknown whether the service carried it out."""


def mitigate(world: World, key: str, *, by: str, action: str, dry_run: bool, confirm: str) -> Mitigation:
    """Carry out an action, or try it out; raises ``RefusedError`` where it may not be.

    The plan is committed before the service is asked and the answer after it, so a crash in between shows
    what was under way; the key given to the service is stable, so that asking again does it once.
    """
    incident, service = _read(world, key)
    made = plan(incident, service, action or None)
    chosen = made.action
    if chosen is None or (made.blocked and not dry_run):
        raise RefusedError(made.blocked)
    if not dry_run:
        _confirmed(service, confirm)
    attempt = _planned(chosen, made, by=by, dry_run=dry_run, now=world.clock.now())
    attempt = _record(world, attempt, key)
    try:
        if by_alias(chosen):
            answer = _by_alias(world, service, made.parameters, why=key, by=by, dry_run=dry_run)
        else:
            answer = world.actuator.carry_out(
                chosen, made.parameters, dry_run=dry_run, key=f"{key}-{incident.opened_at}-{attempt.id}"
            )
    except ActuatorError as broken:
        return _record(world, _now(attempt, "failed", str(broken)), key)
    return _record(world, _now(attempt, "sent", answer), key)


def undo(world: World, key: str, *, by: str, mitigation: str, confirm: str) -> Mitigation:
    """Take a mitigation back; raises ``RefusedError`` where it was not carried out or cannot be."""
    incident, service = _read(world, key)
    attempt = next((found for found in incident.mitigations if found.id == mitigation), None)
    if attempt is None:
        raise UnknownError(
            f"{key} has no mitigation {mitigation!r}", f"`aright incident show {key}` lists them."
        )
    if attempt.dry_run or attempt.status not in _MAY_HAVE_BEEN_DONE:
        raise RefusedError(f"{mitigation} is {attempt.status}: there is nothing to take back")
    _confirmed(service, confirm)
    known = next((found for found in offered(service) if found.id == attempt.action), None)
    if known is None:
        raise RefusedError(f"{service.key} no longer offers {attempt.action!r}", "Offer it again.")
    try:
        if by_alias(known):
            again = {"version": attempt.parameters.get("from_version", "")}
            _still_there(world, service, attempt)
            answer = _by_alias(world, service, again, why=key, by=by, dry_run=False)
        else:
            answer = world.actuator.undo(
                known, attempt.parameters, key=f"{key}-{incident.opened_at}-{attempt.id}-undo"
            )
    except ActuatorError as broken:
        raise RefusedError(str(broken)) from broken
    return _record(world, msgspec.structs.replace(_now(attempt, "undone", answer), by=by), key)


def _by_alias(
    world: World, service: Service, parameters: Mapping[str, str], *, why: str, by: str, dry_run: bool
) -> str:
    """Move the alias of the version that serves all; raises ``ActuatorError``."""
    registry = service.rollout.registry if service.rollout is not None else None
    if registry is None or world.aliases is None:
        raise ActuatorError(f"{service.key} names no registry any more: act in the registry itself")
    version = parameters.get("version", "")
    try:
        standing = world.aliases.standing(service.key, registry.alias)
        if dry_run:
            return (
                f"{registry.alias} of {registry.model} would move from {standing or 'nothing'} to {version}"
            )
        return world.aliases.point(service.key, registry.alias, version, by=by, why=why, force=True)
    except RegistryError as broken:
        raise ActuatorError(str(broken)) from broken


def _still_there(world: World, service: Service, attempt: Mitigation) -> None:
    """Raise ``ActuatorError`` where the alias was moved on since: what came later is not undone with it."""
    registry = service.rollout.registry if service.rollout is not None else None
    if registry is None or world.aliases is None:
        return
    moved_to, before = attempt.parameters.get("version", ""), attempt.parameters.get("from_version", "")
    try:
        standing = world.aliases.standing(service.key, registry.alias)
    except RegistryError as broken:
        raise ActuatorError(str(broken)) from broken
    if standing not in {moved_to, before}:
        raise ActuatorError(
            f"{registry.alias} was moved on since and stands for {standing or 'nothing'}: it stays there"
        )


def _read(world: World, key: str) -> tuple[Incident, Service]:
    with world.state.transaction() as tx:
        incident = tx.get(Incident, key)
        if incident is None:
            raise UnknownError(
                f"there is no incident {key!r}", "`aright incident list` shows those there are."
            )
        name = mended_in(incident)
        return incident, tx.get(Service, name) or Service(key=name)


def _confirmed(service: Service, confirm: str) -> None:
    if confirm != service.key:
        raise RefusedError(f"to change a running service, type its name: {service.key}")


def _planned(action: Action, made: Plan, *, by: str, dry_run: bool, now: Micros) -> Mitigation:
    return Mitigation(
        id="",  # given as it is committed
        action=action.id,
        title=action.title,
        dry_run=dry_run,
        by=by,
        at=now,
        status="planned",
        checks=made.checks,
        parameters=dict(made.parameters),
    )


def _now(attempt: Mitigation, status: str, answer: str) -> Mitigation:
    return msgspec.structs.replace(attempt, status=status, answer=answer)


def _record(world: World, attempt: Mitigation, key: str) -> Mitigation:
    """Commit an attempt's status; one that is new gets its id here, so that no two at once get the same."""
    now = world.clock.now()
    settings = world.settings
    verify_at = now + 2 * settings.width + settings.lateness
    with world.state.transaction() as tx:
        incident = tx.get(Incident, key)
        if not attempt.id and incident is not None:
            attempt = msgspec.structs.replace(attempt, id=f"M{len(incident.mitigations) + 1}")
        happen(world, tx, incident, MitigationRecorded(at=now, mitigation=attempt, verify_at=verify_at))
    return attempt
