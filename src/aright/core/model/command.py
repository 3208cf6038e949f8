"""Leading an incident: roles, investigation tracks, runbooks under way, and whom updates are for."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from aright.core.model.times import DAY, HOUR, MINUTE, Micros

Role = Literal["commander", "deputy", "communications", "scribe", "expert", "liaison"]
"""As in PagerDuty's public incident guide (response.pagerduty.com, Apache-2.0)."""

ROLES: Final[tuple[Role, ...]] = ("commander", "deputy", "communications", "scribe", "expert", "liaison")

SEVERAL: Final = frozenset({"expert", "liaison"})
"""Roles that several people may have at once; any other passes on."""

Audience = Literal["internal", "stakeholders", "public"]
"""Whom a status update is for: those who work on it, those who answer for it, and those whom it hits."""

AUDIENCES: Final[tuple[Audience, ...]] = ("internal", "stakeholders", "public")

TrackStatus = Literal["open", "confirmed", "refuted", "dropped"]


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A role that somebody has.

    Attributes:
        role: one of ``ROLES``.
        person: who.
        since: µs, UTC.
        of: for an expert or liaison of what or whom, in words.
    """

    role: Role
    person: str
    since: Micros
    of: str = ""


class Track(msgspec.Struct, frozen=True, kw_only=True):
    """One line of investigation beside others.

    Attributes:
        id: ``T1``, ``T2`` … within the incident.
        owner: who follows it; empty while nobody does.
        hypothesis: what it is to show or to refute.
        next_check: what is looked at next.
        due_at: when that is to be told (µs, UTC); 0 for no time.
        status: open | confirmed | refuted | dropped.
        finding: what came out, once it is not open.
        opened_at: µs, UTC.
        reminded_at: when its owner was last reminded (µs, UTC); 0 for never.
        reminders: how often somebody was since it fell due: first its owner, then the commander.
    """

    id: str
    hypothesis: str
    opened_at: Micros
    owner: str = ""
    next_check: str = ""
    due_at: Micros = 0
    status: TrackStatus = "open"
    finding: str = ""
    reminded_at: Micros = 0
    reminders: int = 0


class StepRun(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a runbook's step.

    Attributes:
        step: its id within the runbook.
        status: done | skipped | failed.
        by: who.
        at: µs, UTC.
        text: what was seen, or why it was skipped; the output of what was executed, cut.
    """

    step: str
    status: str
    by: str
    at: Micros
    text: str = ""


class RunbookRun(msgspec.Struct, frozen=True, kw_only=True):
    """A runbook that an incident's people go through.

    Attributes:
        key: ``INC-1/sev1``: the incident's id and the runbook's.
        incident: the incident's id.
        runbook: the runbook's id.
        digest: SHA-256 of its text when it was begun (hex): a change of the file under one's hands is told.
        started_at: µs, UTC.
        steps: what became of its steps, each the last word.
    """

    key: str
    incident: str
    runbook: str
    digest: str
    started_at: Micros
    steps: tuple[StepRun, ...] = ()

    @property
    def tag(self) -> str:
        """Return the incident: all of its runs are found."""
        return self.incident


class Cadence(msgspec.Struct, frozen=True, kw_only=True):
    """How often one audience hears, at one severity.

    Attributes:
        early: in the first hours (µs); 0 for never.
        later: after them (µs); 0 for never.
        early_for: how long the first hours are (µs).
    """

    early: Micros
    later: Micros
    early_for: Micros = 2 * HOUR


class Updating(msgspec.Struct, frozen=True, kw_only=True):
    """How status updates are made, for all services; one document.

    Attributes:
        key: ``updating``.
        cadences: by audience, then by severity 1 to 4; what is left out is never due.
        automatic: audiences that are told as drafted, without a person; others are reminded of the draft.
        channels: where each audience is told, by channel names.
        grace: how long after its due time an update that nobody published counts as missed (µs).
        names: what the public calls services, by their names; others are told by what they do.
    """

    key: str = "updating"
    cadences: dict[str, dict[int, Cadence]] = msgspec.field(default_factory=lambda: CADENCES)
    automatic: tuple[str, ...] = ("internal",)
    channels: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    grace: Micros = 5 * MINUTE
    names: dict[str, str] = msgspec.field(default_factory=dict)


def _every(early: Micros, later: Micros) -> Cadence:
    return Cadence(early=early, later=later)


CADENCES: Final[dict[str, dict[int, Cadence]]] = {
    "internal": {
        1: _every(30 * MINUTE, HOUR),
        2: _every(30 * MINUTE, HOUR),
        3: _every(4 * HOUR, 4 * HOUR),
        4: _every(DAY, DAY),
    },
    "stakeholders": {1: _every(HOUR, HOUR), 2: _every(2 * HOUR, 2 * HOUR)},
    "public": {1: _every(20 * MINUTE, HOUR), 2: _every(30 * MINUTE, HOUR)},
}
"""SEV1: internal every 30 minutes, stakeholders hourly, public every 20 minutes in the first two hours."""
