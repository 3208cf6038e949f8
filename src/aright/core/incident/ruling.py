"""What people rule: a severity over the arithmetic, with a reason, and who alone may see an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from aright.core.incident.effects import Effect, Record, SendPage, Step
from aright.core.incident.events import IllegalEventError
from aright.core.incident.standing import demand, name_of
from aright.core.incident.words import cut
from aright.core.model.incident import OPEN, Incident, Overruled, Severity, State

if TYPE_CHECKING:
    from aright.core.incident.ruling_events import Restricted, SeverityOverruled

LONGEST_REASON: Final = 1_000
MOST_PEOPLE: Final = 100
_LEVELS: Final = (1, 2, 3, 4)
_UNTIL_CLOSED: Final = OPEN | {State.RESOLVED, State.REVIEWED}


def overruled(incident: Incident, event: SeverityOverruled) -> Step:
    """Set the severity, keeping what the arithmetic says beside it; at level 0 that counts again.

    Whoever is on call is told anew where it becomes worse and nobody has taken it on.
    """
    by = name_of(event.by)
    demand(incident, _UNTIL_CLOSED, "set the severity of", "It is filed away.")
    if event.level == 0:
        return _arithmetic_again(incident, event, by)
    if event.level not in _LEVELS:
        raise IllegalEventError(
            f"there is no SEV{event.level}: give 1 (worst) to 4, or 0 for the arithmetic's"
        )
    reason = event.reason.strip()
    if not reason:
        raise IllegalEventError("say why the arithmetic is wrong here: give a reason")
    reason = cut(reason, LONGEST_REASON)
    judged = judged_of(incident)
    ruled = Overruled(level=event.level, by=by, at=event.at, reason=reason, judged=judged)
    if incident.overruled and _same(incident.overruled, ruled):
        return Step(incident)
    after = msgspec.structs.replace(incident, overruled=ruled, severity=_said(ruled))
    text = f"SEV{event.level}{_was(incident)}, set by {by}: {reason}"
    return Step(after, _told(incident, event, by, text))


def restricted(incident: Incident, event: Restricted) -> Step:
    """Say who alone may see it; again the same changes nothing."""
    by = name_of(event.by)
    demand(incident, _UNTIL_CLOSED, "restrict", "It is filed away.")
    to = tuple(dict.fromkeys(name_of(each) for each in event.to))
    if len(to) > MOST_PEOPLE:
        raise IllegalEventError(f"{len(to)} people are too many: an incident is restricted to {MOST_PEOPLE}")
    if to == incident.restricted_to:
        return Step(incident)
    text = f"restricted to {', '.join(to)}" if to else "open to everybody again"
    line = Record(at=event.at, kind="restricted", text=cut(text, LONGEST_REASON), by=by, key=True)
    return Step(msgspec.structs.replace(incident, restricted_to=to), (line,))


def with_judged(incident: Incident, severity: Severity) -> Incident:
    """Return the incident with what the arithmetic says now; a person's word goes on to count over it."""
    if incident.overruled is None:
        return msgspec.structs.replace(incident, severity=severity)
    ruled = msgspec.structs.replace(incident.overruled, judged=severity)
    return msgspec.structs.replace(incident, overruled=ruled, severity=_said(ruled))


def judged_of(incident: Incident) -> Severity | None:
    """Return what the arithmetic says, whatever people have ruled."""
    return incident.overruled.judged if incident.overruled else incident.severity


def _arithmetic_again(incident: Incident, event: SeverityOverruled, by: str) -> Step:
    if incident.overruled is None:
        return Step(incident)
    judged = incident.overruled.judged
    after = msgspec.structs.replace(incident, overruled=None, severity=judged)
    level = f"SEV{judged.level}" if judged else "not judged yet"
    text = f"{level}{_was(incident)}: the arithmetic counts again, says {by}"
    return Step(after, _told(incident, event, by, text, after=judged.level if judged else 0))


def _told(
    incident: Incident, event: SeverityOverruled, by: str, text: str, *, after: int | None = None
) -> tuple[Effect, ...]:
    now = event.level if after is None else after
    before = incident.severity.level if incident.severity else 5
    line = Record(at=event.at, kind="severity", text=cut(text, LONGEST_REASON + 200), by=by, key=True)
    worse = 0 < now < before and incident.state in OPEN and not incident.acknowledged_by
    return (line, SendPage(at=event.at, action="trigger", again=f"sev{now}")) if worse else (line,)


def _was(incident: Incident) -> str:
    return f" (was SEV{incident.severity.level})" if incident.severity else ""


def _said(ruled: Overruled) -> Severity:
    arithmetic = f"set to SEV{ruled.level} by {ruled.by}: {ruled.reason}"
    if ruled.judged is not None:
        arithmetic += f" – the arithmetic says SEV{ruled.judged.level}: {ruled.judged.arithmetic}"
    score = ruled.judged.score if ruled.judged else 0.0
    return Severity(level=ruled.level, score=score, arithmetic=arithmetic)


def _same(one: Overruled, other: Overruled) -> bool:
    return (one.level, one.by, one.reason) == (other.level, other.by, other.reason)
