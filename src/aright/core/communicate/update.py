"""Status updates, drafted from the facts of the incident and from nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.incident.standing import is_open, services_of
from aright.core.incident.words import cut, leading, moved, signal_in_words
from aright.core.model.evidence import Reach, Verdict
from aright.core.model.incident import StatusUpdate
from aright.core.model.probability import NARROW, percent
from aright.core.model.signal import ALL
from aright.core.model.times import DAY, HOUR, MINUTE, SECOND, Micros, clock_text

if TYPE_CHECKING:
    from aright.core.model.alert import Alert
    from aright.core.model.incident import Incident, Mitigation

_EARLY: Final = {1: 20 * MINUTE, 2: 30 * MINUTE, 3: 4 * HOUR, 4: DAY}
_LATER: Final = {1: HOUR, 2: HOUR, 3: 4 * HOUR, 4: DAY}
_EARLY_FOR: Final = 2 * HOUR
_UNJUDGED: Final = 2
_LONGEST: Final = 2_000


def cadence(level: int, open_for: Micros) -> Micros:
    """Return how long after an update the next one is due (µs).

    About every 20 minutes for the worst in the first two hours and about every 30 for the next, as
    PagerDuty's public incident guide has it (response.pagerduty.com, Apache-2.0), hourly after that.

    Args:
        level: the severity, 1 to 4; another number counts as 2.
        open_for: how long the incident has been open (µs).

    >>> cadence(1, 0) // MINUTE, cadence(1, 3 * HOUR) // MINUTE, cadence(3, 0) // MINUTE
    (20, 60, 240)
    """
    spans = _EARLY if open_for < _EARLY_FOR else _LATER
    return spans.get(level, spans[_UNJUDGED])


def draft_update(incident: Incident, now: Micros) -> StatusUpdate:
    """Return an update that says what is known and what is not: impact, cause, what is done, what is next.

    Args:
        incident: as it is.
        now: when it is drafted (µs, UTC).
    """
    sentences = [_headline(incident), _impact(incident), _cause(incident), _work(incident)]
    next_due = 0
    if is_open(incident):
        level = incident.severity.level if incident.severity else _UNJUDGED
        next_due = now + cadence(level, now - incident.opened_at)
        sentences.append(f"Next update by {clock_text(next_due)} UTC.")
    else:
        sentences.append("This is the last update; a post-mortem follows.")
    text = " ".join(sentence for sentence in sentences if sentence)
    return StatusUpdate(at=now, text=cut(text, _LONGEST), next_due=next_due)


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
