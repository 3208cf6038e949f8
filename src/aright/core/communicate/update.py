"""Status updates, drafted from the facts of the incident and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.communicate.cadence import LEAD, next_after
from aright.core.communicate.outward import public_text, stakeholder_text
from aright.core.incident.standing import is_open, services_of
from aright.core.incident.words import cut, leading, moved, signal_in_words
from aright.core.model.command import Updating
from aright.core.model.evidence import Reach, Verdict
from aright.core.model.incident import StatusUpdate
from aright.core.model.probability import NARROW, percent
from aright.core.model.signal import ALL
from aright.core.model.times import MINUTE, SECOND, Micros, clock_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.alert import Alert
    from aright.core.model.command import Audience
    from aright.core.model.incident import Incident, Mitigation

_LONGEST: Final = 2_000
_MOST_TRACKS: Final = 5


def draft_update(
    incident: Incident,
    now: Micros,
    audience: Audience = "internal",
    *,
    due_at: Micros = 0,
    updating: Updating | None = None,
    names: Mapping[str, str] | None = None,
) -> StatusUpdate:
    """Return a draft for an audience that says what is known and what is not, from the facts alone.

    Args:
        incident: as it is.
        now: when it is drafted (µs, UTC).
        audience: for whom. Internal: impact, cause, work, roles and tracks; stakeholders: what it costs
            users, without jargon; the public: what users notice, and nothing of the inside.
        due_at: when it is to be published (µs, UTC); 0 for at once. The next one is due a cadence later.
        updating: the cadences; those that ship where left out.
        names: what people outside call services, by their names; an unknown one is "one of our services".
    """
    told_at = max(min(due_at, now + LEAD), now)  # one that is asked for early is published early
    next_due = next_after(incident, audience, updating or Updating(), told_at)
    if audience == "public":
        text = public_text(incident, names or {}, next_due)
    elif audience == "stakeholders":
        text = stakeholder_text(incident, names or {}, next_due, told_at)
    else:
        text = _internal(incident, next_due)
    return StatusUpdate(
        at=now, text=cut(text, _LONGEST), next_due=next_due, audience=audience, status="draft", due_at=due_at
    )


def restricted_text(incident: Incident) -> str:
    """Return all that is said of a restricted incident where those may read who may not see it.

    >>> from aright.core.model.incident import Incident, State
    >>> restricted_text(Incident(key="INC-7", service="s", state=State.TRIAGED, title="secret", opened_at=0,
    ...     began_at=0, restricted_to=("ann",)))
    'INC-7 is a restricted incident (severity not judged yet, triaged). Those who may see it are on it.'
    """
    level = f"SEV{incident.severity.level}" if incident.severity else "severity not judged yet"
    on_it = " Those who may see it are on it." if is_open(incident) else ""
    return f"{incident.key} is a restricted incident ({level}, {incident.state.value}).{on_it}"


def _internal(incident: Incident, next_due: Micros) -> str:
    if incident.restricted_to:
        return restricted_text(incident)
    sentences = [
        _headline(incident),
        _impact(incident),
        _cause(incident),
        _work(incident),
        _roles(incident),
        _tracks(incident),
    ]
    if next_due:
        sentences.append(f"Next update by {clock_text(next_due)} UTC.")
    elif not is_open(incident):
        sentences.append("This is the last update; a post-mortem follows.")
    return " ".join(sentence for sentence in sentences if sentence)


def _roles(incident: Incident) -> str:
    if not incident.roles or not is_open(incident):
        return ""
    told = [f"{held.role} {held.person}{f' ({held.of})' if held.of else ''}" for held in incident.roles]
    return cut(f"Roles: {', '.join(told)}.", 400)


def _tracks(incident: Incident) -> str:
    under_way = [track for track in incident.tracks if track.status == "open"]
    if not under_way or not is_open(incident):
        return ""
    told = [
        f"{track.id} {_unended(cut(track.hypothesis, 120))} ({track.owner or 'nobody'}"
        f"{f', due {clock_text(track.due_at)} UTC' if track.due_at else ''})"
        for track in under_way[:_MOST_TRACKS]
    ]
    more = f" and {len(under_way) - _MOST_TRACKS} more" if len(under_way) > _MOST_TRACKS else ""
    return f"Tracks: {'; '.join(told)}{more}."


def _unended(text: str) -> str:
    return text.rstrip(".!?")


def _headline(incident: Incident) -> str:
    if not is_open(incident):
        harm = _span((incident.mitigated_at or incident.resolved_at) - incident.began_at)
        opened = _span(incident.resolved_at - incident.opened_at)
        return f"Resolved: {incident.title}. The harm lasted {harm}; the incident was open for {opened}."
    level = f"SEV{incident.severity.level}" if incident.severity else "Severity not judged yet"
    on_it = f"{incident.acknowledged_by} is on it" if incident.acknowledged_by else "nobody has taken it on"
    return (
        f"{level}, {incident.state.value}, {on_it}: {incident.title}. "
        f"It began at {clock_text(incident.began_at)} UTC."
    )


def _impact(incident: Incident) -> str:
    parts = []
    harms = [alert for alert in incident.alerts if alert.harm]
    harm = leading(alert for alert in harms if alert.service == incident.service) or leading(harms)
    if harm is not None and not _measured_anew(incident, harm):
        interval = f" ({percent(0.95)} interval {percent(harm.low)} to {percent(harm.high)})"
        parts.append(f"{moved(harm)}{'' if harm.text else interval}.")
    others = [name for name in services_of(incident) if name != incident.service]
    if others:
        named = ", ".join(others[:5])
        parts.append(f"Also hit: {named}{f' and {len(others) - 5} more' if len(others) > 5 else ''}.")
    if incident.diagnosis is not None:
        parts.append(_sentence(incident.diagnosis.scope.sentence))
    elif is_open(incident):
        parts.append("Who is hit is not known yet.")
    said = " ".join(parts)
    return said[:1].upper() + said[1:]


def _measured_anew(incident: Incident, harm: Alert) -> bool:
    """Return whether the diagnosis tells the same share, by all that has come since the alert."""
    scope = incident.diagnosis.scope if incident.diagnosis is not None else None
    if scope is None or not scope.loss or harm.text or harm.service != incident.service:
        return False
    same = signal_in_words(scope.loss) == signal_in_words(harm.signal)
    return same and scope.reach is Reach.GLOBAL and harm.segment == ALL


def _cause(incident: Incident) -> str:
    diagnosis = incident.diagnosis
    if diagnosis is None or not diagnosis.causes or diagnosis.verdict is Verdict.INCONCLUSIVE:
        return "The cause is not known yet." if is_open(incident) else "The cause was not found."
    cause = diagnosis.causes[0]
    sure = "Confirmed cause" if diagnosis.verdict is Verdict.CONFIRMED else "Likely cause"
    return f"{sure}: {_sentence(cause.title)}"


def _work(incident: Incident) -> str:
    attempts = [attempt for attempt in incident.mitigations if not attempt.dry_run]
    if not attempts:
        return "Nothing has been put right yet." if is_open(incident) else ""
    return _attempt(attempts[-1])


def _attempt(attempt: Mitigation) -> str:
    what = f"“{attempt.title}”"
    if attempt.status == "verified":
        return (
            f"{what} was carried out at {clock_text(attempt.at)} UTC and quality came back: {attempt.verdict}"
        )
    if attempt.status == "not_verified":
        return f"{what} was carried out at {clock_text(attempt.at)} UTC, but {_sentence(attempt.verdict)}"
    if attempt.status == "sent":
        return (
            f"{what} was carried out at {clock_text(attempt.at)} UTC; "
            "whether quality comes back is being measured."
        )
    said = {"planned": "is being carried out", "undone": "was taken back", "refused": "was refused"}
    return f"{what} {said.get(attempt.status, 'failed')}."


def _sentence(text: str) -> str:
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _span(span: Micros) -> str:
    minutes = max(span, 0) // MINUTE
    if minutes >= 60:
        return f"{minutes // 60}{NARROW}h {minutes % 60}{NARROW}min"
    return f"{minutes}{NARROW}min" if minutes else f"{max(span, 0) // SECOND}{NARROW}s"
