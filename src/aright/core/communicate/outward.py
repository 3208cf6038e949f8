"""Updates for those who do not work on it: what users notice, since when, what is done, when more is said.

Nothing of the inside is in them: every word is chosen here from the kind of a fact, none is taken over from
a fact's own text. What an incident's titles, alerts, causes, segments or people are called cannot leak.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.core.communicate.naming import NOUNS
from aright.core.incident.standing import is_open, services_of
from aright.core.incident.words import leading
from aright.core.model.evidence import CauseKind, Reach, Verdict
from aright.core.model.probability import NARROW, percent
from aright.core.model.times import HOUR, MINUTE, Micros, to_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aright.core.model.incident import Incident, Mitigation

_NOTICED: Final = (
    (("fallback_share",), "get simpler and less personal results than usual"),
    (("error_share", "calls"), "get errors, or no answer at all"),
    (("empty_share",), "get empty answers"),
    (("slow_share", "slower", "latency"), "wait longer for answers than usual"),
    (
        ("truncated_share", "capped_share", "length_spike", "unclosed_share", "unended_share", "short_share"),
        "get answers that may be cut off",
    ),
    (
        ("short_translations", "long_translations", "off_target_share", "copied_share"),
        "get translations that may be wrong or incomplete",
    ),
    (("refusal_share",), "are refused answers that they should get"),
    (("events",), "have more trouble with it than usual"),
    (("quality",), "get results that are less good than usual"),
)
"""What users notice, by the families of signals that prove it."""

_OTHERWISE: Final = "get results that may be wrong or incomplete"

_PAST: Final = {"get": "got", "wait": "waited", "are": "were", "have": "had"}

_CAUSES: Final = {
    CauseKind.FEATURE_SOURCE: "data that it needs stopped coming as it should",
    CauseKind.INPUTS: "what it is given to work on changed",
    CauseKind.PIPELINE: "a job that prepares its data failed",
    CauseKind.MODEL_VERSION: "a new version of its model is worse than the one before",
    CauseKind.TRAFFIC_MIX: "who uses it changed, not how well it works for them",
    CauseKind.CONTRACT: "a system that it depends on changed what it sends",
    CauseKind.DEPENDENCY: "a system that it depends on broke",
    CauseKind.OTHER_CHANGE: "a change of ours",
    CauseKind.OUTSIDE: "something outside of our systems",
}
_MOST_NAMES: Final = 3


def public_title(incident: Incident, names: Mapping[str, str]) -> str:
    """Return what an incident is called outside.

    Args:
        incident: any.
        names: what the public calls services, by their names inside.

    >>> from aright.core.model.incident import Incident, State
    >>> made = Incident(key="INC-1", service="recsys", state=State.TRIAGED, title="recsys: lost its profiles",
    ...     opened_at=0, began_at=0)
    >>> public_title(made, {"recsys": "For you"})
    'Trouble with For you'
    """
    named = _named(incident, names)
    return f"Trouble with {named.replace(NOUNS['other'], NOUNS['other'].lower())}"


def public_text(incident: Incident, names: Mapping[str, str], next_due: Micros) -> str:
    """Return an update for the public.

    Args:
        incident: as it is.
        names: what the public calls services, by their names inside.
        next_due: when the next update is due (µs, UTC); 0 for none.
    """
    what = _named(incident, names)
    if not is_open(incident):
        began, ended = _instant(incident.began_at), _instant(_ended(incident))
        return (
            f"Resolved: {what} works as usual again. {_who(incident)} {_past(_problem(incident))} "
            f"from {began} to {ended} UTC. We are sorry for the trouble. This is the last update on it."
        )
    sentences = [
        f"{what}: {_who(incident).lower()} {_problem(incident)}.",
        f"This began at {_instant(incident.began_at)} UTC.",
        _doing(incident),
        _next(next_due),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def stakeholder_text(incident: Incident, names: Mapping[str, str], next_due: Micros, now: Micros) -> str:
    """Return an update for those who answer for the service: what it costs its users, without jargon.

    Args:
        incident: as it is.
        names: what the public calls services, by their names inside.
        next_due: when the next update is due (µs, UTC); 0 for none.
        now: when it is said (µs, UTC).
    """
    level = f"SEV{incident.severity.level}" if incident.severity else "Not judged yet"
    what = _named(incident, names)
    ended = _ended(incident)
    if not is_open(incident):
        lasted = _span(ended - incident.began_at)
        head = f"Resolved ({incident.key}): {what} works as usual again, after {lasted}."
        after = "A post-mortem follows. This is the last update on it."
        return " ".join(part for part in (head, _impact(incident), _because(incident), after) if part)
    sentences = [
        f"{level} ({incident.key}): {what}: {_who(incident).lower()} {_problem(incident)}.",
        f"It began at {_instant(incident.began_at)} UTC, {_span(now - incident.began_at)} ago.",
        _impact(incident),
        _because(incident),
        _doing(incident),
        f"{_leader(incident)} leads the response." if _leader(incident) else "",
        _next(next_due),
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _named(incident: Incident, names: Mapping[str, str]) -> str:
    own = dict.fromkeys(names.get(name, NOUNS["other"]) for name in _own_first(incident))
    shown = list(own)
    if len(shown) == 1:
        return shown[0]
    kept = shown[:_MOST_NAMES]
    more = " and more" if len(shown) > _MOST_NAMES else ""
    return f"{', '.join(kept[:-1])} and {kept[-1]}" if not more else f"{', '.join(kept)}{more}"


def _own_first(incident: Incident) -> list[str]:
    return [incident.service, *(name for name in services_of(incident) if name != incident.service)]


def _who(incident: Incident) -> str:
    found = incident.diagnosis
    return "Users" if found is not None and found.scope.reach is Reach.GLOBAL else "Some users"


def _problem(incident: Incident) -> str:
    harms = [alert for alert in incident.alerts if alert.harm]
    harm = leading(alert for alert in harms if alert.service == incident.service) or leading(harms)
    family = harm.signal.partition(":")[0] if harm is not None else ""
    return next((words for families, words in _NOTICED if family in families), _OTHERWISE)


def _past(problem: str) -> str:
    verb, _, rest = problem.partition(" ")
    return f"{_PAST[verb]} {rest}"


def _doing(incident: Incident) -> str:
    last = _last_attempt(incident)
    if last is not None and last.status == "verified":
        return "A fix is in place and results are back to what is usual; we keep watching."
    if last is not None and last.status == "sent":
        return "We have made a change to put it right and are checking whether it helps."
    if last is not None and last.status == "not_verified":
        return "A first change did not help enough; we go on."
    if _known(incident):
        return "We know the cause and are putting it right."
    return "We are finding out why."


def _because(incident: Incident) -> str:
    found = incident.diagnosis
    if found is None or not _known(incident):
        return "The cause is not known yet." if is_open(incident) else ""
    sure = "The cause" if found.verdict is Verdict.CONFIRMED else "The likely cause"
    return f"{sure}: {_CAUSES[found.causes[0].kind]}."


def _known(incident: Incident) -> bool:
    found = incident.diagnosis
    return found is not None and bool(found.causes) and found.verdict is not Verdict.INCONCLUSIVE


def _impact(incident: Incident) -> str:
    scope = incident.diagnosis.scope if incident.diagnosis is not None else None
    if scope is None or not scope.units_hit or scope.units not in {"users", "answers"}:
        return "How many are hit is not known yet." if is_open(incident) else ""
    return (
        f"About {scope.units_hit:,} {scope.units} were hit so far, {percent(scope.share_of_traffic)} of all."
    )


def _last_attempt(incident: Incident) -> Mitigation | None:
    done = [
        attempt
        for attempt in incident.mitigations
        if not attempt.dry_run and attempt.status in {"sent", "verified", "not_verified"}
    ]
    return done[-1] if done else None


def _leader(incident: Incident) -> str:
    leads = [held.person for held in incident.roles if held.role == "commander"]
    return leads[0] if leads else ""


def _ended(incident: Incident) -> Micros:
    return incident.mitigated_at or incident.resolved_at


def _instant(at: Micros) -> str:
    return to_datetime(at).strftime("%Y-%m-%d %H:%M")


def _next(next_due: Micros) -> str:
    return f"Next update by {to_datetime(next_due).strftime('%H:%M')} UTC." if next_due else ""


def _span(length: Micros) -> str:
    minutes = max(length, 0) // MINUTE
    hours = minutes * MINUTE // HOUR
    return f"{hours}{NARROW}h {minutes % 60}{NARROW}min" if hours else f"{minutes}{NARROW}min"
