"""The state machine's face: one pure function from (incident, event) to (incident, effects)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, assert_never

from aright.core.incident import (
    closing,
    joining,
    leading,
    mitigations,
    paging,
    ruling,
    streams,
    telling_updates,
    tracks,
    triage,
)
from aright.core.incident.command_events import (
    CommandEvent,
    RoleLeft,
    RoleTaken,
    RunbookTicked,
    TrackEnded,
    TrackMoved,
    TrackOpened,
    TrackReminded,
    UpdateMissed,
    UpdatePublished,
    UpdateReminded,
)
from aright.core.incident.events import (
    Acknowledged,
    AlertsSilenced,
    Closed,
    Diagnosed,
    Event,
    GuardAccepted,
    HarmAlerted,
    IllegalEventError,
    Merged,
    MitigationRecorded,
    Noted,
    NoticeJoined,
    NotVerified,
    PageFailed,
    PageSent,
    Recurred,
    Reopened,
    Resolved,
    Reviewed,
    ServicesJoined,
    SeverityJudged,
    TookIn,
    UpdateDrafted,
    VerificationWaits,
    Verified,
)
from aright.core.incident.facts import fact_of
from aright.core.incident.ruling_events import Restricted, RulingEvent, SeverityOverruled

if TYPE_CHECKING:
    from aright.core.incident.effects import Step
    from aright.core.model.incident import Incident


def apply(incident: Incident | None, event: Event) -> Step:
    """Return the incident after the event, and what else must be done in the same transaction.

    Args:
        incident: ``None`` before it is declared.
        event: what happened; only ``HarmAlerted`` can declare an incident.

    Raises:
        IllegalEventError: the event does not fit the incident's state. Events that naturally come again (a
            second acknowledgement by the same person, an alert of a stream that is known, a diagnosis that
            ends after the incident was resolved) change nothing and raise nothing.
    """
    step = _applied(incident, event)
    if step.incident is incident and not step.effects:
        return step
    return replace(step, fact=fact_of(step.incident.key, event))


def _applied(incident: Incident | None, event: Event) -> Step:
    if incident is None:
        if isinstance(event, HarmAlerted):
            return streams.declare(event)
        raise IllegalEventError(f"{type(event).__name__} has no incident: only harm alerts declare one")
    if isinstance(event, _OfGroup):
        return _of_group(incident, event)
    if isinstance(event, CommandEvent):
        return _of_command(incident, event)
    if isinstance(event, RulingEvent):
        return _ruled(incident, event)
    return _of_machine(incident, event) if isinstance(event, _ByMachine) else _of_people(incident, event)


_OfGroup = ServicesJoined | TookIn | Merged | Reopened | AlertsSilenced
_ByMachine = (
    HarmAlerted
    | NoticeJoined
    | Diagnosed
    | SeverityJudged
    | UpdateDrafted
    | Recurred
    | PageSent
    | PageFailed
    | GuardAccepted
)
_ByPeople = (
    Acknowledged
    | Noted
    | MitigationRecorded
    | VerificationWaits
    | Verified
    | NotVerified
    | Resolved
    | Reviewed
    | Closed
)


def _of_group(incident: Incident, event: _OfGroup) -> Step:
    match event:
        case ServicesJoined():
            return joining.joined(incident, event)
        case TookIn():
            return joining.took_in(incident, event)
        case Merged():
            return joining.merged(incident, event)
        case Reopened():
            return joining.reopened(incident, event)
        case AlertsSilenced():
            return streams.silenced(incident, event)
        case _:
            assert_never(event)


def _of_machine(incident: Incident, event: _ByMachine) -> Step:  # noqa: PLR0911 - one line per event
    match event:
        case HarmAlerted():
            return streams.join_harm(incident, event)
        case NoticeJoined():
            return streams.join_notice(incident, event)
        case Diagnosed():
            return triage.diagnosed(incident, event)
        case SeverityJudged():
            return triage.judged(incident, event)
        case UpdateDrafted():
            return telling_updates.drafted(incident, event)
        case Recurred():
            return triage.recurred(incident, event)
        case PageSent():
            return paging.sent(incident, event)
        case PageFailed():
            return paging.failed(incident, event)
        case GuardAccepted():
            return closing.guarded(incident, event)
        case _:
            assert_never(event)


def _of_people(incident: Incident, event: _ByPeople) -> Step:  # noqa: PLR0911 - one line per event
    match event:
        case Acknowledged():
            return paging.acknowledged(incident, event)
        case Noted():
            return triage.noted(incident, event)
        case MitigationRecorded():
            return mitigations.recorded(incident, event)
        case VerificationWaits():
            return mitigations.waits(incident, event)
        case Verified():
            return mitigations.verified(incident, event)
        case NotVerified():
            return mitigations.not_verified(incident, event)
        case Resolved():
            return closing.resolved(incident, event)
        case Reviewed():
            return closing.reviewed(incident, event)
        case Closed():
            return closing.closed(incident, event)
        case _:
            assert_never(event)


def _ruled(incident: Incident, event: RulingEvent) -> Step:
    match event:
        case SeverityOverruled():
            return ruling.overruled(incident, event)
        case Restricted():
            return ruling.restricted(incident, event)
        case _:
            assert_never(event)


def _of_command(incident: Incident, event: CommandEvent) -> Step:  # noqa: C901, PLR0911 - one line per event
    match event:
        case RoleTaken():
            return leading.taken(incident, event)
        case RoleLeft():
            return leading.left(incident, event)
        case TrackOpened():
            return tracks.opened(incident, event)
        case TrackMoved():
            return tracks.moved(incident, event)
        case TrackEnded():
            return tracks.ended(incident, event)
        case TrackReminded():
            return tracks.reminded(incident, event)
        case RunbookTicked():
            return leading.ticked(incident, event)
        case UpdatePublished():
            return telling_updates.published(incident, event)
        case UpdateReminded():
            return telling_updates.reminded(incident, event)
        case UpdateMissed():
            return telling_updates.missed(incident, event)
        case _:
            assert_never(event)
