"""The plan: an offered action, its parameters from the proven cause, and what speaks for and against it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aright.core.incident.standing import is_open
from aright.core.incident.telling import NOT_REHEARSED
from aright.core.mitigate.offering import offered
from aright.core.model.columns import source_of
from aright.core.model.evidence import CauseKind, Reach, Verdict
from aright.core.model.probability import odds, percent
from aright.core.model.service import ADVICE

if TYPE_CHECKING:
    from aright.core.model.evidence import Cause, Diagnosis
    from aright.core.model.incident import Incident
    from aright.core.model.service import Action, Service


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would be done.

    Attributes:
        action: the action; ``None`` where none can be planned.
        parameters: what the webhook is told.
        checks: one sentence each; what speaks against acting begins with "✗", what speaks for it with "✓".
        blocked: why it must not be done, and what to do next; empty when it may.
    """

    action: Action | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    checks: tuple[str, ...] = ()
    blocked: str = ""


def plan(incident: Incident, service: Service, action_id: str | None = None) -> Plan:
    """Return the plan for an action.

    Args:
        incident: gives the causes, the segment and what was tried before.
        service: offers the actions.
        action_id: the action wanted; ``None`` or empty chooses the one that serves the likeliest cause, which
            an inconclusive diagnosis does not allow. A person may name an action all the same.
    """
    action, cause, blocked = _choose(incident, service, action_id or "")
    if action is None or cause is None:
        return Plan(blocked=blocked)
    parameters, missing = _parameters(action, cause, incident.diagnosis)
    return Plan(
        action=action,
        parameters=parameters,
        checks=_checks(incident, action, cause),
        blocked=blocked or missing,
    )


def _choose(incident: Incident, service: Service, action_id: str) -> tuple[Action | None, Cause | None, str]:
    if not offered(service):
        return None, None, f"{service.key} offers no actions: add them to it in the catalog"
    causes = incident.diagnosis.causes if incident.diagnosis else ()
    if action_id:
        action, cause, blocked = _named(causes, service, action_id)
    else:
        action, cause, blocked = _fitting(incident.diagnosis, service)
    if not is_open(incident):
        blocked = f"{incident.key} is {incident.state.value}: there is nothing to put right"
    return action, cause, blocked


def _named(
    causes: tuple[Cause, ...], service: Service, action_id: str
) -> tuple[Action | None, Cause | None, str]:
    known = {action.id: action for action in offered(service)}
    action = known.get(action_id)
    if action is None:
        return None, None, f"{service.key} does not offer {action_id!r}: choose one of {', '.join(known)}"
    cause = next((cause for cause in causes if cause.remedy == action.remedy), None)
    if cause is None:
        why = f"it is not known what to tell {action.id}: no cause found so far calls for {action.remedy}"
        return None, None, f"{why}. Wait for the diagnosis, or act in the service itself"
    return action, cause, ""


def _fitting(diagnosis: Diagnosis | None, service: Service) -> tuple[Action | None, Cause | None, str]:
    if diagnosis is None:
        return None, None, "there is no diagnosis yet: wait for it, or act in the service itself"
    likeliest = diagnosis.causes[0] if diagnosis.causes else None
    if likeliest is not None and likeliest.remedy in ADVICE:
        advice = f"if it is what seems likeliest ({likeliest.title}), {ADVICE[likeliest.remedy]}"
        return None, None, f"{advice}: no action does that. Or name the action that you want"
    if diagnosis.verdict is Verdict.INCONCLUSIVE or likeliest is None:
        return None, None, "the diagnosis is inconclusive: name the action that you want"
    action = next((action for action in offered(service) if action.remedy == likeliest.remedy), None)
    if action is None or not likeliest.remedy:
        why = f"{service.key} offers no action for the likeliest cause ({likeliest.title})"
        names = ", ".join(action.id for action in offered(service))
        return None, None, f"{why}: name one of {names}, or act in the service itself"
    return action, likeliest, ""


def _parameters(action: Action, cause: Cause, diagnosis: Diagnosis | None) -> tuple[dict[str, str], str]:
    if action.remedy == "roll_back_model":
        missing = "" if cause.previous else f"it is not known which version served before {cause.subject}"
        told = {"version": cause.previous, "from_version": cause.subject}
        return told, missing and f"{missing}: roll back in the service itself"
    if action.remedy == "pin_dependency":
        dependency, _, endpoint = cause.subject.partition(" ")
        return {"dependency": dependency, "endpoint": endpoint}, ""
    if action.remedy == "roll_back_change":
        return {"change": cause.subject, "before": cause.previous}, ""
    if action.remedy == "restore_inputs":
        attribute, _, value = cause.subject.partition(" = ")
        return {"attribute": attribute, "value": value}, ""
    segment = diagnosis.scope.segment if diagnosis and diagnosis.scope.reach is Reach.SEGMENT else None
    return {
        "source": made_by(cause),
        "segment_attribute": segment.attribute if segment else "",
        "segment_value": segment.value if segment else "",
    }, ""


def made_by(cause: Cause) -> str:
    """Return the feature source to be put right: what a job makes, where the job is the cause."""
    if cause.kind is CauseKind.PIPELINE and cause.features:
        return source_of(cause.features[0])
    return cause.subject


def _checks(incident: Incident, action: Action, cause: Cause) -> tuple[str, ...]:
    diagnosis = incident.diagnosis
    checks = [_likeliest(diagnosis, cause), _sure(diagnosis), _explained(cause)]
    checks += _against(diagnosis, cause)
    if diagnosis is not None:
        known = diagnosis.scope.reach is not Reach.UNCLEAR
        checks.append(_check(known, diagnosis.scope.sentence))
    checks.append(
        _check(True, "it can be taken back")
        if action.undo_url
        else _check(False, "it cannot be taken back from here: the action has no undo_url")
    )
    checks += _tried(incident, action)
    return tuple(checks)


def _likeliest(diagnosis: Diagnosis | None, cause: Cause) -> str:
    first = bool(diagnosis and diagnosis.causes[0].id == cause.id)
    place = "the likeliest cause" if first else "not the likeliest cause"
    return _check(first, f"it serves {place}: {cause.title} ({odds(cause.probability)})")


def _sure(diagnosis: Diagnosis | None) -> str:
    verdict = diagnosis.verdict if diagnosis else Verdict.INCONCLUSIVE
    return _check(verdict is not Verdict.INCONCLUSIVE, f"the diagnosis is {verdict.value}")


def _explained(cause: Cause) -> str:
    return _check(cause.explained >= 0.5, f"the cause explains {percent(cause.explained)} of the loss")


def _against(diagnosis: Diagnosis | None, cause: Cause) -> list[str]:
    found = {evidence.id: evidence for evidence in diagnosis.evidence} if diagnosis else {}
    against = [found[key] for key in cause.evidence_against if key in found]
    if not against:
        return [_check(True, "no evidence speaks against the cause")]
    return [_check(False, f"{evidence.id} speaks against it: {evidence.text}") for evidence in against]


def _tried(incident: Incident, action: Action) -> list[str]:
    said = {
        "planned": "is still under way, or its answer was lost: look at the service first",
        "sent": "was carried out, and whether it helped is still being measured",
        "not_verified": "was carried out before and did not help",
        "failed": "failed before",
    }
    real = [attempt for attempt in incident.mitigations if not attempt.dry_run and attempt.status in said]
    checks = [
        _check(False, f"{attempt.id} “{attempt.title}” {said[attempt.status]}") for attempt in real[-3:]
    ]
    rehearsed = any(
        attempt.dry_run and attempt.status == "sent" and attempt.action == action.id
        for attempt in incident.mitigations
    )
    tried = "a dry run was accepted" if rehearsed else NOT_REHEARSED
    return [*checks, _check(rehearsed, tried)]


def _check(good: bool, text: str) -> str:  # noqa: FBT001 - the sign stands first in the sentence, too
    return f"{'✓' if good else '✗'} {text}"
