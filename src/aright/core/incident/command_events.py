"""What can happen while people lead an incident. All times are µs, UTC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from aright.core.model.command import Role  # noqa: TC001  facts are read by these types
from aright.core.model.times import Micros  # noqa: TC001  the same


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleTaken:
    """Somebody has a role from now on; where only one may have it, whoever had it has it no more.

    Attributes:
        role: which.
        person: who has it now.
        by: who said so.
        of: for an expert or liaison of what or whom, in words.
    """

    at: Micros
    role: Role
    person: str
    by: str
    of: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleLeft:
    """Somebody has a role no more.

    Attributes:
        role: which.
        person: who had it.
        by: who said so.
    """

    at: Micros
    role: Role
    person: str
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackOpened:
    """A line of investigation began.

    Attributes:
        hypothesis: what it is to show or to refute.
        by: who opened it.
        owner: who follows it; empty while nobody does.
        next_check: what is looked at first.
        due_at: when that is to be told (µs, UTC); 0 for no time.
    """

    at: Micros
    hypothesis: str
    by: str
    owner: str = ""
    next_check: str = ""
    due_at: Micros = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackMoved:
    """A track got another owner, next check or time; what is ``None`` stays.

    Attributes:
        track: its id.
        by: who moved it.
        owner: who follows it now.
        next_check: what is looked at next.
        due_at: when that is to be told (µs, UTC); 0 for no time.
    """

    at: Micros
    track: str
    by: str
    owner: str | None = None
    next_check: str | None = None
    due_at: Micros | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackEnded:
    """A track came to its end.

    Attributes:
        track: its id.
        by: who ended it.
        status: confirmed | refuted | dropped.
        finding: what came out.
    """

    at: Micros
    track: str
    by: str
    status: str
    finding: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackReminded:
    """A track's check was due and nothing was told.

    Attributes:
        track: its id.
        whom: who was reminded: its owner, then the commander; empty where there is nobody.
        again_at: when the commander is told unless it moves before (µs, UTC); 0 for never.
    """

    at: Micros
    track: str
    whom: str
    again_at: Micros = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunbookTicked:
    """Somebody told what became of a runbook's step.

    Attributes:
        runbook: its id.
        step: the step's id.
        title: what the step says.
        status: done | skipped | failed.
        by: who.
        text: what was seen, or why it was skipped.
    """

    at: Micros
    runbook: str
    step: str
    title: str
    status: str
    by: str
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdatePublished:
    """A drafted status update was told to its audience.

    Attributes:
        update: its id.
        by: who published it.
        text: other words than the draft's; empty for those of the draft.
        next_due: when the next one is due (µs, UTC); 0 for none.
    """

    at: Micros
    update: str
    by: str
    text: str = ""
    next_due: Micros = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateReminded:
    """Somebody was reminded that a status update is to be published.

    Attributes:
        update: its id.
        whom: who; empty where nobody can be told.
        because: why they: they have communications, they lead, it is their shift …
    """

    at: Micros
    update: str
    whom: tuple[str, ...] = ()
    because: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class UpdateMissed:
    """A status update was due, and nobody published it.

    Attributes:
        update: its id.
        told: who was told of it: the commander; empty where there is none.
        next_due: when the next one is due (µs, UTC); 0 for none.
    """

    at: Micros
    update: str
    told: tuple[str, ...] = ()
    next_due: Micros = 0


CommandEvent: TypeAlias = (
    RoleTaken
    | RoleLeft
    | TrackOpened
    | TrackMoved
    | TrackEnded
    | TrackReminded
    | RunbookTicked
    | UpdatePublished
    | UpdateReminded
    | UpdateMissed
)
