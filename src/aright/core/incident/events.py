"""What can happen to an incident. All times are µs, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

# Events are kept as JSON and read again by the types of their fields, which must be there when that is done.
from aright.core.incident.command_events import CommandEvent
from aright.core.incident.effects import PageAction  # noqa: TC001  as above
from aright.core.incident.ruling_events import RulingEvent
from aright.core.model.alert import Alert  # noqa: TC001  as above
from aright.core.model.evidence import Diagnosis  # noqa: TC001  as above
from aright.core.model.incident import Incident, Mitigation, Severity, StatusUpdate  # noqa: TC001  as above
from aright.core.model.times import Micros  # noqa: TC001  as above


class IllegalEventError(ValueError):
    """The event does not fit the incident's state. Its text says why and what to do first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class HarmAlerted:
    """Streams that hurt users moved: opens the service's incident, or joins the open one.

    Attributes:
        incident: the incident's id: a new one to open, else the open one's.
        service: whose.
        alerts: at least one, each with harm.
        severity: a first judgement for the page, before anybody has looked; ``None`` for none.
    """

    at: Micros
    incident: str
    service: str
    alerts: tuple[Alert, ...]
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Join:
    """A service whose harm has the same cause.

    Attributes:
        service: its name.
        alerts: at least one, each with harm.
        because: why it belongs here, as in "it calls translation".
    """

    service: str
    alerts: tuple[Alert, ...]
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ServicesJoined:
    """Harm of other services turned out to have the open incident's cause.

    Attributes:
        joins: at least one.
        root: of all its services the one nearest to the cause, as far as is known now.
        severity: of those that are new to it the worst at first sight; ``None`` for none.
        explained: pairs of a service and the callee whose harm explains it.
    """

    at: Micros
    joins: tuple[Join, ...]
    root: str
    severity: Severity | None = None
    explained: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TookIn:
    """A younger incident turned out to be a part of this one.

    Attributes:
        younger: as it was before.
        because: what shows it.
        root: of all services the one nearest to the cause.
        explained: pairs of a service and the callee whose harm explains it.
    """

    at: Micros
    younger: Incident
    because: str
    root: str
    explained: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Merged:
    """The incident turned out to be a part of an older one.

    Attributes:
        into: the older one's id.
        because: what shows it.
    """

    at: Micros
    into: str
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Reopened:
    """Harm came back soon after the incident was held to be over.

    Attributes:
        service: whose harm.
        alerts: at least one, each with harm.
        severity: at first sight; ``None`` for none.
    """

    at: Micros
    service: str
    alerts: tuple[Alert, ...]
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class AlertsSilenced:
    """Harm of one of its services was kept from paging.

    Attributes:
        alerts: at least one.
        text: by what, and until when.
    """

    at: Micros
    alerts: tuple[Alert, ...]
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeJoined:
    """Streams moved that hurt nobody by themselves, while the incident is open."""

    at: Micros
    alerts: tuple[Alert, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Diagnosed:
    """An investigation came to an end.

    Attributes:
        diagnosis: what it found.
        again_at: when to look again with more data; 0 for not by itself.
    """

    at: Micros
    diagnosis: Diagnosis
    again_at: Micros = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class SeverityJudged:
    """The impact was worked out."""

    at: Micros
    severity: Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Acknowledged:
    """Somebody took it on.

    Attributes:
        by: who.
        origin: the channel where they did, which need not be told; empty for aright itself.
    """

    at: Micros
    by: str
    origin: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Noted:
    """Somebody wrote a line into the timeline.

    Attributes:
        by: who.
        text: the line.
        origin: the channel where they wrote it, which need not be told; empty for aright itself.
    """

    at: Micros
    by: str
    text: str
    origin: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class MitigationRecorded:
    """A mitigation got a new status: planned, refused, sent, failed or undone.

    Attributes:
        mitigation: as it now is; one of the same id is replaced.
        verify_at: when its effect is first looked for, once it is sent; 0 for never.
    """

    at: Micros
    mitigation: Mitigation
    verify_at: Micros = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationWaits:
    """There is not enough data yet to say whether quality came back.

    Attributes:
        mitigation: its id.
        text: what is known so far.
        again_at: when to look again.
    """

    at: Micros
    mitigation: str
    text: str
    again_at: Micros


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """Quality came back after the mitigation of that id."""

    at: Micros
    mitigation: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NotVerified:
    """Quality did not come back, or could not be shown to, after the mitigation of that id."""

    at: Micros
    mitigation: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """Somebody says that it is over.

    Attributes:
        by: who.
        text: in their words.
        origin: the channel where they said so, which need not be told; empty for aright itself.
    """

    at: Micros
    by: str
    text: str = ""
    origin: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reviewed:
    """The post-mortem has been read and agreed."""

    at: Micros
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Closed:
    """It is filed away."""

    at: Micros
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class GuardAccepted:
    """A guard compiled from its cause was proven by a replay.

    Attributes:
        guard: its key.
        text: the proof in words.
    """

    at: Micros
    guard: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Recurred:
    """A guard of an earlier incident fired: this one is that one again.

    Attributes:
        guard: the guard's key.
        earlier: the earlier incident's id.
        text: what the guard saw.
    """

    at: Micros
    guard: str
    earlier: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateDrafted:
    """A status update is ready to be told."""

    at: Micros
    update: StatusUpdate


@dataclass(frozen=True, kw_only=True, slots=True)
class PageSent:
    """The channel accepted a message.

    Attributes:
        action: what it told.
        message: its id.
        channel: which way it went.
        attempts: how often it was tried.
        to: whose it is, by name; empty for whoever listens to the channel.
    """

    at: Micros
    action: PageAction
    message: str
    channel: str
    attempts: int
    to: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PageFailed:
    """The channel did not accept a message.

    Attributes:
        action: what it was to tell.
        message: its id.
        channel: which way it was to go.
        attempts: how often it was tried.
        error: what the channel said.
        permanent: it will not be tried again.
        to: whose it was to be, by name; empty for whoever listens to the channel.
    """

    at: Micros
    action: PageAction
    message: str
    channel: str
    attempts: int
    error: str
    permanent: bool
    to: str = ""


Event: TypeAlias = (
    HarmAlerted
    | ServicesJoined
    | TookIn
    | Merged
    | Reopened
    | AlertsSilenced
    | NoticeJoined
    | Diagnosed
    | SeverityJudged
    | Acknowledged
    | Noted
    | MitigationRecorded
    | VerificationWaits
    | Verified
    | NotVerified
    | Resolved
    | Reviewed
    | Closed
    | GuardAccepted
    | Recurred
    | UpdateDrafted
    | PageSent
    | PageFailed
    | CommandEvent
    | RulingEvent
)
