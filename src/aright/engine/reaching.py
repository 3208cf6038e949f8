"""Whose page an incident is, and who can be reached: asked of the store when it is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.model.on_call import ARIGHT, Override, Person, Policy, Schedule, Shift
from aright.core.model.service import Service
from aright.core.page.escalating import Reach, reach_of
from aright.core.page.schedule import ScheduleError, on_shift

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros
    from aright.engine.outlets import Outlets
    from aright.ports.state import Transaction

DEFAULT_POLICY: Final = "default"
PAGER_ALONE: Final = "the pager alone"
"""The policy where the catalog has none: whoever the pager's own rules say."""

_UNJUDGED: Final = 2
_EVERY: Final = 100_000


def policy_of(tx: Transaction, incident: Incident, outlets: Outlets) -> Policy | None:
    """Return whom to tell of an incident; ``None`` where nobody ever could be.

    That is its service's policy, the one of the service's own steps, the default one, else the pager alone.
    """
    service = tx.get(Service, incident.service)
    named = service.policy if service is not None else ""
    for name in (named, f"service:{incident.service}", DEFAULT_POLICY):
        found = tx.get(Policy, name) if name else None
        if found is not None:
            return found
    if outlets.pagers or tickets_for(incident, outlets):
        return Policy(key=PAGER_ALONE, steps=(), owner=next(iter(outlets.pagers), ARIGHT))
    return None


def reach_now(tx: Transaction, incident: Incident, policy: Policy, outlets: Outlets, at: Micros) -> Reach:
    """Return who can be reached at this moment, by the policy's steps."""
    targets = [target for step in policy.steps for target in step.notify]
    shifts = _shifts(tx, {target.name for target in targets if target.kind == "schedule"}, at)
    names = {target.name for target in targets if target.kind == "person"}
    names |= {shift.person for shift in shifts.values()}
    people = tx.get_all(Person, sorted(names - {""})) if names else {}
    return Reach(
        steps=reach_of(policy, people, shifts, outlets.paging),
        pagers=outlets.pagers,
        tickets=tickets_for(incident, outlets),
        remind_every=outlets.remind_every,
    )


def tickets_for(incident: Incident, outlets: Outlets) -> tuple[str, ...]:
    """Return the channels that keep a record of an incident so severe."""
    level = incident.severity.level if incident.severity else _UNJUDGED
    return outlets.tickets if level <= outlets.ticket_level else ()


def one_name(tx: Transaction, called: str) -> str:
    """Return the key of whoever is called so, here or in another system; a stranger's name as it is."""
    if tx.get(Person, called) is not None:
        return called
    told = called.casefold()
    for person in tx.list(Person, limit=_EVERY):
        if told in {name.casefold() for name in (person.key, person.name, *person.aliases) if name}:
            return person.key
    return called


def _shifts(tx: Transaction, names: Iterable[str], at: Micros) -> dict[str, Shift]:
    found: dict[str, Shift] = {}
    schedules = tx.get_all(Schedule, sorted(names))
    overrides = tx.list(Override, tag="open", limit=_EVERY) if schedules else ()
    for name, schedule in schedules.items():
        own = [override for override in overrides if override.schedule == name]
        try:
            found[name] = on_shift(schedule, own, at)
        except ScheduleError as wrong:  # the lint says so by day; at night the next step is told
            found[name] = Shift(schedule=name, person="", start=at, end=at, because=str(wrong))
    return found
