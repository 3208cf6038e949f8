"""What the incident page shows, worked out before any template runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aright.core.incident import is_mended, is_open
from aright.core.incident.chain import verify_chain
from aright.core.incident.standing import mended_in
from aright.core.incident.words import is_guard, leading
from aright.core.model.evidence import Cause, Diagnosis, Evidence, Reach
from aright.core.model.incident import Incident, State
from aright.core.model.probability import odds
from aright.core.model.signal import ALL
from aright.core.model.times import clock_text
from aright.web.acting import Acting, acting
from aright.web.alerts import Alerts, alerts_of
from aright.web.diagnosis import DiagnosisPart, diagnosis_part, judged
from aright.web.inputs import Inputs, inputs_of
from aright.web.naming import signal_title
from aright.web.promises import Promise, in_danger
from aright.web.samples import SamplesView, samples_view
from aright.web.scope import ScopeView, scope_view
from aright.web.strips import Strips, gather
from aright.web.words import percent, span

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.guard import Guard
    from aright.core.model.incident import TimelineEvent
    from aright.core.model.message import Message
    from aright.core.model.service import Service
    from aright.core.model.times import Micros
    from aright.engine.operations import Operations

_EVENTS: Final = 500
_ALERTS: Final = 12
_CAUSES: Final = 12
_UNLIKELY: Final = 0.01
_LIFE: Final = (
    State.DECLARED,
    State.TRIAGED,
    State.MITIGATING,
    State.MONITORING,
    State.RESOLVED,
    State.REVIEWED,
    State.CLOSED,
)
_AFTER: Final = {
    State.MERGED: (State.DECLARED, State.MERGED),
    State.REOPENED: (State.RESOLVED, State.REOPENED, *_LIFE[2:]),
}
"""The lives of incidents that did not go straight."""

_TOLD: Final = {"trigger": "paged", "acknowledge": "acknowledged", "resolve": "ended"}
"""What a message told, by the action that its id ends with."""


@dataclass(frozen=True)
class Stage:
    """One state of an incident's life.

    Attributes:
        name: the state.
        place: ``done`` | ``current`` | ``ahead``.
    """

    name: str
    place: str


@dataclass(frozen=True)
class Fact:
    """One answer of the header.

    Attributes:
        question: what is asked, in a word or two.
        answer: as short as can be.
        more: a second, quieter line.
        target: where on the page the rest is.
        role: ``hit`` for what is bad now, otherwise empty.
    """

    question: str
    answer: str
    more: str
    target: str
    role: str = ""


@dataclass(frozen=True)
class CauseView:
    """One hypothesis with its ledger.

    Attributes:
        cause: the hypothesis.
        speaks_for: evidence for it.
        speaks_against: evidence against it.
        named: ids of evidence that is first mentioned here, where links to it lead.
    """

    cause: Cause
    speaks_for: tuple[Evidence, ...]
    speaks_against: tuple[Evidence, ...]
    named: frozenset[str]


@dataclass(frozen=True)
class Sent:
    """One message to the people on call.

    Attributes:
        message: as it stands in the outbox.
        told: what it told them.
        at: when it was accepted, or is to be sent (µs, UTC).
    """

    message: Message
    told: str
    at: Micros


@dataclass(frozen=True)
class IncidentView:
    """The incident page.

    Attributes:
        incident: the incident.
        service: its service, where the catalog has it.
        now: aright's time (µs, UTC).
        stages: its life.
        facts: the header.
        strips: the charts.
        causes: ranked, with their ledgers.
        unlikely: those behind the first that are less than 1 % probable.
        diagnosis: how far it is, where the harm began, what a replay says.
        inputs: what the features of the likeliest cause held before and now.
        samples: a few of the inputs themselves, before beside now; ``None`` where none are kept.
        context: evidence that speaks for and against nothing.
        scope: who is hit; ``None`` before a diagnosis.
        alerts: what moved.
        acting: what can be done and what speaks against it.
        moments: key lines of the timeline.
        events: all its lines, at most 500.
        sealed: whether its hash chain is whole.
        messages: pages sent.
        guards: guards that came of it.
        promises: the service's SLOs that are in danger, while it is open.
        recurrence: whether this has happened before.
    """

    incident: Incident
    service: Service | None
    now: Micros
    stages: tuple[Stage, ...]
    facts: tuple[Fact, ...]
    strips: Strips
    causes: tuple[CauseView, ...]
    unlikely: tuple[CauseView, ...]
    diagnosis: DiagnosisPart
    inputs: Inputs
    samples: SamplesView | None
    context: tuple[Evidence, ...]
    scope: ScopeView | None
    alerts: Alerts
    acting: Acting
    moments: tuple[TimelineEvent, ...]
    events: tuple[TimelineEvent, ...]
    sealed: bool
    messages: tuple[Sent, ...]
    guards: tuple[Guard, ...]
    promises: tuple[Promise, ...]

    @property
    def over(self) -> bool:
        """Whether it has been resolved."""
        return not is_open(self.incident)

    @property
    def mended(self) -> bool:
        """Whether a mitigation was verified and stands."""
        return is_mended(self.incident)


def incident_view(operations: Operations, key: str) -> IncidentView:
    """Return the page's view; raises ``UnknownError``."""
    incident = operations.incident(key)
    now = operations.status().now
    service = _service(operations, incident.service)
    events = tuple(operations.timeline(key))
    causes, context = ledger(incident)
    return IncidentView(
        incident=incident,
        service=service,
        now=now,
        stages=stages(incident.state),
        facts=facts(incident, now),
        strips=gather(operations, incident, service, now),
        causes=tuple(each for each in causes if _weighs(each, causes)),
        unlikely=tuple(each for each in causes if not _weighs(each, causes)),
        diagnosis=diagnosis_part(incident),
        inputs=inputs_of(operations, incident, now),
        samples=samples_view(operations, key),
        context=context,
        scope=scope_view(incident.diagnosis.scope) if incident.diagnosis else None,
        alerts=alerts_of(operations, incident, now, _ALERTS),
        acting=acting(incident, _service(operations, mended_in(incident))),
        moments=tuple(event for event in events if event.key)[-_EVENTS:],
        events=events[-_EVENTS:],
        sealed=verify_chain(events),
        messages=sent(operations.messages(key), events),
        guards=_guards(operations, incident),
        promises=in_danger(operations, incident.service) if is_open(incident) else (),
    )


def strips_of(operations: Operations, key: str) -> Strips:
    """Return what the page's charts show; raises ``UnknownError``."""
    incident = operations.incident(key)
    return gather(operations, incident, _service(operations, incident.service), operations.status().now)


def _service(operations: Operations, name: str) -> Service | None:
    return next((each for each in operations.services() if each.key == name), None)


def _weighs(view: CauseView, causes: tuple[CauseView, ...]) -> bool:
    return view is causes[0] or view.cause.probability >= _UNLIKELY


def _guards(operations: Operations, incident: Incident) -> tuple[Guard, ...]:
    guards = operations.guards(service=incident.service)
    return tuple(guard for guard in guards if guard.incident == incident.key)


def stages(state: State) -> tuple[Stage, ...]:
    """Return the states of an incident's life, with where it stands.

    >>> [stage.place for stage in stages(State.TRIAGED)][:3]
    ['done', 'current', 'ahead']
    >>> [stage.name for stage in stages(State.MERGED)][-1]
    'merged'
    """
    order = list(_AFTER.get(state, _LIFE))
    here = order.index(state)
    places = ("done" if i < here else "current" if i == here else "ahead" for i in range(len(order)))
    return tuple(Stage(each.value, place) for each, place in zip(order, places, strict=True))


def ledger(incident: Incident) -> tuple[tuple[CauseView, ...], tuple[Evidence, ...]]:
    """Return the causes with their evidence, and the evidence that none of them cites."""
    if incident.diagnosis is None:
        return (), ()
    known = {each.id: each for each in incident.diagnosis.evidence}

    def cited(ids: Sequence[str]) -> tuple[Evidence, ...]:
        return tuple(known[each] for each in ids if each in known)

    causes = []
    used: set[str] = set()
    for cause in incident.diagnosis.causes[:_CAUSES]:
        speaks_for, speaks_against = cited(cause.evidence_for), cited(cause.evidence_against)
        here = {each.id for each in speaks_for + speaks_against}
        causes.append(CauseView(cause, speaks_for, speaks_against, frozenset(here - used)))
        used |= here
    return tuple(causes), tuple(each for each in incident.diagnosis.evidence if each.id not in used)


def sent(messages: Sequence[Message], events: Sequence[TimelineEvent]) -> tuple[Sent, ...]:
    """Return what was sent, with what it told and when, as the timeline has it."""
    accepted = {ref: event.at for event in events if event.kind == "paged" for ref in event.refs}
    return tuple(
        Sent(each, _TOLD.get(each.id.rpartition("-")[2], "page"), accepted.get(each.id, each.due_at))
        for each in messages
    )


def facts(incident: Incident, now: Micros) -> tuple[Fact, ...]:
    """Return the header's answers: who, since when, how bad, why."""
    return (_who(incident), _since(incident, now), _how_bad(incident), _why(incident))


def _unknown(incident: Incident) -> tuple[str, str]:
    return ("not found out", "") if incident.resolved_at else ("not known yet", "being looked into")


def _who(incident: Incident) -> Fact:
    if incident.diagnosis is None:
        return Fact("Who is hit", *_unknown(incident), "#who")
    scope = incident.diagnosis.scope
    so_far = "" if incident.resolved_at else " so far"
    users = f"{scope.units_hit:,} {scope.units}{so_far}" if scope.units_hit else ""
    if scope.reach is Reach.SEGMENT:
        more = " · ".join(filter(None, (f"{percent(scope.share_of_traffic)} of traffic", users)))
        return Fact("Who is hit", str(scope.segment), more, "#who")
    if scope.reach is Reach.MIX:
        return Fact(
            "Who is hit", "nobody more than before", "the traffic moved to where losses are usual", "#who"
        )
    answer = "everyone" if scope.reach is Reach.GLOBAL else "not clear"
    more = users if scope.reach is Reach.GLOBAL else "too little data to name a segment"
    return Fact("Who is hit", answer, more, "#who")


def _since(incident: Incident, now: Micros) -> Fact:
    until = incident.resolved_at or now
    noticed = f"noticed after {span(incident.opened_at - incident.began_at)}"
    length = span(until - incident.began_at)
    if incident.resolved_at:
        harm = span((incident.mitigated_at or incident.resolved_at) - incident.began_at)
        opened = span(incident.resolved_at - incident.opened_at)
        return Fact("Harm lasted", harm, f"{noticed} · incident open for {opened}", "#clock")
    return Fact("Since", f"{length} ago", noticed, "#clock")


def _how_bad(incident: Incident) -> Fact:
    if incident.diagnosis is not None and incident.diagnosis.scope.loss:
        return _loss(incident.diagnosis)
    own = [alert for alert in incident.alerts if alert.service == incident.service]
    alert = leading(own) or leading(incident.alerts)
    if alert is not None and is_guard(alert):
        return Fact("A guard fired", signal_title(alert.signal), alert.rule, "#who", "hit")
    if alert is not None and alert.text:
        where = "" if alert.segment == ALL else str(alert.segment)
        return Fact(signal_title(alert.signal), alert.text, where, "#who", "hit")
    if alert is not None:
        change = f"{percent(alert.before)} → {percent(alert.now)}"
        return Fact(signal_title(alert.signal), change, alert.text or str(alert.segment), "#clock", "hit")
    return Fact("How bad", "not known yet", "", "#clock")


def _loss(diagnosis: Diagnosis) -> Fact:
    view, (start, end) = scope_view(diagnosis.scope), judged(diagnosis)
    inside, *outside = view.rows
    change = f"{percent(inside.before)} → {percent(inside.now)}"
    rest = [f"elsewhere {percent(outside[-1].before)} → {percent(outside[-1].now)}"] if outside else []
    span = f"now: {clock_text(start)}–{clock_text(end)}"
    return Fact(view.title, change, " · ".join([*rest, span]), "#clock", "hit")


def _why(incident: Incident) -> Fact:
    diagnosis = incident.diagnosis
    if diagnosis is None or not diagnosis.causes:
        return Fact("Likeliest cause", *_unknown(incident), "#causes")
    cause = diagnosis.causes[0]
    answer = f"{cause.subject} {cause.mode}".strip() or cause.title
    more = f"{odds(cause.probability)} probable · {diagnosis.verdict.value}"
    return Fact("Likeliest cause", answer, more, "#causes")
