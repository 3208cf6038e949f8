"""Who leads: roles are taken, passed on and left; steps of runbooks are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.effects import Record, Step
from aright.core.incident.events import IllegalEventError
from aright.core.incident.standing import demand, name_of
from aright.core.incident.words import cut
from aright.core.model.command import ROLES, SEVERAL, Held
from aright.core.model.incident import OPEN, State

if TYPE_CHECKING:
    from aright.core.incident.command_events import RoleLeft, RoleTaken, RunbookTicked
    from aright.core.model.incident import Incident
    from aright.core.model.times import Micros

LED: Final = OPEN | {State.RESOLVED, State.REVIEWED}
"""States in which somebody may still have a role: the review needs one who leads it, too."""

MOST_ROLES: Final = 50
LONGEST_OF: Final = 200
LONGEST_SAID: Final = 1_000
STEP_ENDS: Final = ("done", "skipped", "failed")

_ENDED: Final = "Its record is kept as it is."


def taken(incident: Incident, event: RoleTaken) -> Step:
    """Give a role to somebody; whoever had one that only one may have passes it on. Again: nothing."""
    by, person = name_of(event.by), name_of(event.person)
    demand(incident, LED, "give a role in", _ENDED)
    if event.role not in ROLES:
        raise IllegalEventError(f"there is no role {event.role!r}: take one of {', '.join(ROLES)}")
    held = Held(role=event.role, person=person, since=event.at, of=cut(event.of.strip(), LONGEST_OF))
    before = holders(incident, event.role)
    if any(known.person == person and known.of == held.of for known in before):
        return Step(incident)
    kept = tuple(known for known in incident.roles if not _gives_way(known, held))
    if len(kept) >= MOST_ROLES:
        raise IllegalEventError(f"{incident.key} has {MOST_ROLES} roles given: let somebody leave one first")
    text = _taken_text(held, by, "" if event.role in SEVERAL or not before else before[0].person)
    line = Record(at=event.at, kind="role", text=text, by=by, key=event.role == "commander")
    return Step(msgspec.structs.replace(incident, roles=(*kept, held)), (line,))


def left(incident: Incident, event: RoleLeft) -> Step:
    """Let somebody leave a role; raises where they do not have it."""
    by, person = name_of(event.by), name_of(event.person)
    demand(incident, LED, "leave a role in", _ENDED)
    kept = tuple(
        known for known in incident.roles if not (known.role == event.role and known.person == person)
    )
    if len(kept) == len(incident.roles):
        having = ", ".join(known.person for known in holders(incident, event.role)) or "nobody"
        raise IllegalEventError(
            f"{person} is not {event.role} of {incident.key}: {having} is. Name whoever leaves the role."
        )
    text = f"leaves the role of {event.role}" if by == person else f"takes {person} off as {event.role}"
    line = Record(at=event.at, kind="role", text=text, by=by, key=event.role == "commander")
    return Step(msgspec.structs.replace(incident, roles=kept), (line,))


def led_by_first(incident: Incident, person: str, at: Micros) -> tuple[Incident, tuple[Record, ...]]:
    """Return the incident led by whoever took it on first, with the line that says so.

    Where somebody leads already, nothing changes.
    """
    if holders(incident, "commander"):
        return incident, ()
    held = Held(role="commander", person=person, since=at)
    text = "leads as commander, being the first to take it on, until somebody else does"
    line = Record(at=at, kind="role", text=text, by=person)
    return msgspec.structs.replace(incident, roles=(*incident.roles, held)), (line,)


def with_roles_of(incident: Incident, younger: Incident) -> Incident:
    """Return the incident with the roles of one that it took in, but for those that somebody here has."""
    kept = list(incident.roles)
    for held in younger.roles:
        having = [known for known in kept if known.role == held.role]
        there = any(known.person == held.person for known in having)
        if len(kept) < MOST_ROLES and not there and (held.role in SEVERAL or not having):
            kept.append(held)
    return msgspec.structs.replace(incident, roles=tuple(kept))


def ticked(incident: Incident, event: RunbookTicked) -> Step:
    """Tell what became of a runbook's step."""
    by = name_of(event.by)
    demand(incident, LED, "go through a runbook for", _ENDED)
    if event.status not in STEP_ENDS:
        raise IllegalEventError(f"a step cannot be {event.status!r}: say one of {', '.join(STEP_ENDS)}")
    seen = " ".join(event.text.split())
    said = f": {seen}" if seen else ""
    text = cut(f"{event.runbook}: {event.status} “{event.title}”{said}", LONGEST_SAID)
    line = Record(at=event.at, kind="runbook", text=text, by=by, refs=(f"{event.runbook}/{event.step}",))
    return Step(incident, (line,))


def holders(incident: Incident, role: str) -> tuple[Held, ...]:
    """Return who has a role, whoever had it first first.

    >>> from aright.core.model.incident import Incident, State
    >>> made = Incident(key="INC-1", service="s", state=State.TRIAGED, title="", opened_at=0, began_at=0,
    ...     roles=(Held(role="scribe", person="ann", since=5),))
    >>> [held.person for held in holders(made, "scribe")], holders(made, "commander")
    (['ann'], ())
    """
    return tuple(held for held in incident.roles if held.role == role)


def _gives_way(known: Held, held: Held) -> bool:
    return known.role == held.role and (known.role not in SEVERAL or known.person == held.person)


def _taken_text(held: Held, by: str, before: str) -> str:
    of = f" of {held.of}" if held.of else ""
    handed = f", after {before}" if before else ""
    if by == held.person:
        return f"takes the role of {held.role}{of}{handed}"
    return f"gives {held.person} the role of {held.role}{of}{handed}"
