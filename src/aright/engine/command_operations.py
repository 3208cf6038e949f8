"""What may be asked of leading an incident: roles, tracks, runbooks, status updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from aright.core.model.times import Micros

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.communicate.status_page import StatusPage
    from aright.core.incident.suggesting import Suggestion
    from aright.core.model.command import RunbookRun
    from aright.core.model.incident import Incident, Mitigation, StatusUpdate
    from aright.core.model.runbook import Runbook


class StepCheck(msgspec.Struct, frozen=True, kw_only=True):
    """What the guards of a runbook's step say.

    Attributes:
        step: its id.
        holds: whether all hold.
        said: those that keep it back, with the facts they were judged by; where none does, all of them.
    """

    step: str
    holds: bool
    said: tuple[str, ...] = ()


class NextUpdate(msgspec.Struct, frozen=True, kw_only=True):
    """When an audience hears next.

    Attributes:
        audience: internal | stakeholders | public.
        due_at: when (µs, UTC); 0 for never, as things stand.
        automatic: whether it is told as drafted, without a person.
        channels: where it is told, besides the pages.
    """

    audience: str
    due_at: Micros
    automatic: bool
    channels: tuple[str, ...] = ()


class CommandOperations(Protocol):
    """Everything here blocks until it is committed; all raise ``UnknownError`` and ``RefusedError``."""

    def take_role(self, key: str, *, role: str, person: str, by: str, of: str = "") -> Incident:
        """Give a role of an incident to somebody."""
        ...

    def leave_role(self, key: str, *, role: str, person: str, by: str) -> Incident:
        """Let somebody leave a role."""
        ...

    def open_track(
        self, key: str, *, hypothesis: str, by: str, owner: str = "", next_check: str = "", due_at: Micros = 0
    ) -> Incident:
        """Begin a line of investigation."""
        ...

    def move_track(
        self,
        key: str,
        *,
        track: str,
        by: str,
        owner: str | None = None,
        next_check: str | None = None,
        due_at: Micros | None = None,
    ) -> Incident:
        """Give a track another owner, next check or time; what is ``None`` stays."""
        ...

    def end_track(self, key: str, *, track: str, by: str, status: str, finding: str) -> Incident:
        """End a track: confirmed | refuted | dropped, and what came out."""
        ...

    def suggestions(self, key: str) -> Sequence[Suggestion]:
        """Return tracks that the diagnosis suggests; nothing opens them but people."""
        ...

    def library(self) -> Sequence[Runbook]:
        """Return all runbooks, by id."""
        ...

    def runbooks(self, key: str) -> Sequence[tuple[Runbook, RunbookRun | None]]:
        """Return the runbooks that fit an incident, and how far each has come."""
        ...

    def checks(self, key: str, *, runbook: str) -> Sequence[StepCheck]:
        """Return what the guards of a runbook's steps say now, step by step."""
        ...

    def tick(
        self, key: str, *, runbook: str, step: str, by: str, status: str = "done", text: str = ""
    ) -> RunbookRun:
        """Write down what became of a step: done | skipped | failed."""
        ...

    def carry_out(
        self, key: str, *, runbook: str, step: str, by: str, dry_run: bool, confirm: str = "", force: str = ""
    ) -> Mitigation:
        """Carry out the action of a step as ``Operations.mitigate`` does, and tick it.

        Unless ``dry_run``, its guards must hold, or ``force`` must say why it is done all the same.
        """
        ...

    def publish(self, key: str, *, update: str, by: str, text: str = "") -> StatusUpdate:
        """Publish a drafted update, as it is or in other words."""
        ...

    def draft(self, key: str, *, audience: str, by: str) -> StatusUpdate:
        """Draft an update for an audience now, from the facts."""
        ...

    def next_updates(self, key: str) -> Sequence[NextUpdate]:
        """Return when each audience hears next."""
        ...

    def status_page(self) -> StatusPage:
        """Return what the public may know."""
        ...

    def overrule(self, key: str, *, level: int, by: str, reason: str) -> Incident:
        """Set the severity over the arithmetic; a level of 0 lets the arithmetic count again."""
        ...

    def restrict(self, key: str, *, to: Sequence[str], by: str) -> Incident:
        """Let these people alone see an incident; nobody lifts the restriction."""
        ...

    def verify(self, key: str) -> Sequence[str]:
        """Return what is wrong with an incident's record: chains that break, a replay that differs."""
        ...
