"""When each audience hears: on the cadence of the severity, once for every time that was due.

``look`` is a pure function of the incident and the clock, so that whoever comes back after an hour away finds
what a neighbour that never slept would have found, and does each thing once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from aright.core.incident.standing import is_open
from aright.core.incident.telling_updates import open_draft
from aright.core.model.command import CADENCES, Cadence, Updating
from aright.core.model.incident import State
from aright.core.model.times import MINUTE, Micros

if TYPE_CHECKING:
    from aright.core.model.incident import Incident, StatusUpdate

UNJUDGED: Final = 2
"""The level that an incident counts as until it has been judged."""

LEAD: Final = 10 * MINUTE
"""How long before its due time an update is drafted for a person to publish (µs), at most half a cadence."""

SHORTEST: Final = MINUTE
"""No audience hears more often (µs)."""

Do = Literal["", "publish", "draft", "miss"]


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done for an audience now.

    Attributes:
        do: publish what the facts say | draft it for a person | count the draft as missed | nothing.
        due_at: when the update is, or was, due (µs, UTC); 0 for never.
        next_due: when the one after it is due (µs, UTC); 0 for none.
        again_at: where there is nothing to do, when to look again (µs, UTC); 0 for never.
    """

    do: Do = ""
    due_at: Micros = 0
    next_due: Micros = 0
    again_at: Micros = 0


def span(updating: Updating, audience: str, level: int, open_for: Micros) -> Micros:
    """Return how long after an update the next one is due (µs); 0 for never.

    Internal updates about every 30 minutes and public ones about every 20 for the worst in the first two
    hours, hourly after that, as in PagerDuty's public incident guide (response.pagerduty.com, Apache-2.0).

    Args:
        updating: the cadences.
        audience: whose.
        level: the severity, 1 to 4; another number counts as 2.
        open_for: how long the incident has been open (µs).

    >>> [span(Updating(), audience, 1, 0) // MINUTE for audience in ("internal", "stakeholders", "public")]
    [30, 60, 20]
    >>> span(Updating(), "public", 1, 120 * MINUTE) // MINUTE, span(Updating(), "public", 4, 0)
    (60, 0)
    """
    known = updating.cadences.get(audience, {})
    found = known.get(level if level in {1, 2, 3, 4} else UNJUDGED, Cadence(early=0, later=0))
    every = found.early if open_for < found.early_for else found.later
    return max(every, SHORTEST) if every else 0


def next_after(incident: Incident, audience: str, updating: Updating, at: Micros) -> Micros:
    """Return when the update after one that was told at that time is due (µs, UTC); 0 for none."""
    if not is_open(incident) or _kept_from(incident, audience):
        return 0
    every = _span(incident, audience, updating, at)
    return at + every if every else 0


def due_of(incident: Incident, audience: str, updating: Updating, *, not_before: Micros = 0) -> Micros:
    """Return when an audience's next update is due (µs, UTC); 0 for never.

    Args:
        incident: as it is.
        audience: whose.
        updating: the cadences.
        not_before: of what only now falls due, as when the severity rose; a draft's own time stands.
    """
    if _kept_from(incident, audience):
        return 0
    if not is_open(incident):
        return _last_due(incident, audience, updating)
    due_at = _running_due(incident, audience, updating, not_before)
    draft = open_draft(incident, audience)
    if draft is None or not draft.due_at or not due_at:
        return due_at
    return min(draft.due_at, due_at) if not_before else draft.due_at


def look(incident: Incident, audience: str, updating: Updating, now: Micros, *, news_at: Micros = 0) -> Look:
    """Return what is to be done for an audience now; ask again after it was done.

    Args:
        incident: as it is.
        audience: whose.
        updating: how updates are made.
        now: µs, UTC.
        news_at: when facts changed that may move the cadence (µs, UTC): what falls due by them alone is due
            the usual time after it, so that nobody misses what they could not know of. 0 for no news.
    """
    every = _span(incident, audience, updating, now)
    lead = min(LEAD, every // 2) if every else LEAD
    automatic = audience in updating.automatic
    not_before = news_at + lead if news_at and not automatic else 0
    due_at = due_of(incident, audience, updating, not_before=not_before)
    if not due_at:
        return Look()
    if automatic:
        if now < due_at:
            return Look(due_at=due_at, again_at=due_at)
        return Look(do="publish", due_at=due_at, next_due=next_after(incident, audience, updating, now))
    draft = open_draft(incident, audience)
    if draft is None or draft.at < due_at - lead:
        ripe = now >= due_at - lead
        return Look(do="draft", due_at=due_at) if ripe else Look(due_at=due_at, again_at=due_at - lead)
    if now < due_at + updating.grace:
        return Look(due_at=due_at, again_at=due_at + updating.grace)
    return Look(do="miss", due_at=due_at, next_due=_on_grid(incident, audience, updating, due_at, now))


def _kept_from(incident: Incident, audience: str) -> bool:
    return bool(incident.restricted_to) and audience != "internal"


def _level(incident: Incident) -> int:
    return incident.severity.level if incident.severity is not None else UNJUDGED


def _began(incident: Incident) -> Micros:
    return incident.lulls[-1].end if incident.lulls else incident.opened_at


def _span(incident: Incident, audience: str, updating: Updating, at: Micros) -> Micros:
    return span(updating, audience, _level(incident), at - _began(incident))


def _running_due(incident: Incident, audience: str, updating: Updating, not_before: Micros) -> Micros:
    told, began = _told(incident, audience), _began(incident)
    base = max(_time(told), began) if told is not None else began
    every = _span(incident, audience, updating, base)
    if not every:
        return 0
    if told is not None and told.status == "missed" and base == told.due_at:
        following = base + every * (max(told.missed_at - base, 0) // every + 1)
        return following if following >= told.next_due else max(following, not_before)
    due_at = max(base + every, not_before)
    # What was promised with the last update is kept, also where the severity fell since.
    return min(due_at, told.next_due) if told is not None and told.next_due > base == _time(told) else due_at


def _told(incident: Incident, audience: str) -> StatusUpdate | None:
    ended = [
        update
        for update in incident.updates
        if update.audience == audience and update.status in {"published", "missed"}
    ]
    return max(ended, key=_time, default=None)


def _time(update: StatusUpdate) -> Micros:
    return update.due_at if update.status == "missed" else update.published_at or update.at


def _on_grid(incident: Incident, audience: str, updating: Updating, due_at: Micros, now: Micros) -> Micros:
    """Return the first time after now on the cadence of an update that was missed: never ten at once."""
    every = _span(incident, audience, updating, due_at) if is_open(incident) else 0
    return due_at + every * ((now - due_at) // every + 1) if every else 0


def _last_due(incident: Incident, audience: str, updating: Updating) -> Micros:
    """Return when the update that says it is over is due; 0 where it was told or nobody ever heard."""
    if incident.state not in {State.RESOLVED, State.REVIEWED}:
        return 0
    ended = incident.resolved_at
    last = [update for update in incident.updates if update.audience == audience and update.at >= ended]
    drafts = [update for update in last if update.status == "draft"]
    if drafts:
        return drafts[-1].due_at
    if any(update.next_due == 0 and update.status != "replaced" for update in last):
        return 0
    if not _heard(incident, audience, updating):
        return 0
    return ended if audience in updating.automatic else ended + LEAD


def _heard(incident: Incident, audience: str, updating: Updating) -> bool:
    """Return whether an audience heard of the incident, or should have."""
    if audience == "internal" and audience in updating.automatic:
        return True
    own = [update for update in incident.updates if update.audience == audience]
    if any(update.status == "published" or 0 < update.due_at <= incident.resolved_at for update in own):
        return True
    return 0 < _running_due(incident, audience, updating, 0) <= incident.resolved_at


__all__ = ["CADENCES", "LEAD", "Look", "due_of", "look", "next_after", "span"]
