"""What may be asked of leading an incident: roles, tracks, runbooks, status updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aright.core.model.command import RunbookRun
    from aright.core.model.incident import Incident, StatusUpdate
    from aright.core.model.runbook import Runbook
    from aright.core.model.times import Micros


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

    def runbooks(self, key: str) -> Sequence[tuple[Runbook, RunbookRun | None]]:
        """Return the runbooks that fit an incident, and how far each has come."""
        ...

    def tick(
        self, key: str, *, runbook: str, step: str, by: str, status: str = "done", text: str = ""
    ) -> RunbookRun:
        """Write down what became of a step: done | skipped | failed."""
        ...

    def publish(self, key: str, *, update: str, by: str, text: str = "") -> StatusUpdate:
        """Publish a drafted update, as it is or in other words."""
        ...

    def draft(self, key: str, *, audience: str, by: str) -> StatusUpdate:
        """Draft an update for an audience now, from the facts."""
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
