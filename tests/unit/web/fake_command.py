"""Leading an incident in memory: the state machine, without an engine around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import msgspec

from aright.core.communicate import draft_update
from aright.core.communicate.going_through import facts_of, fitting, judged, ticked
from aright.core.communicate.status_page import StatusPage, status_page
from aright.core.incident import (
    Event,
    IllegalEventError,
    RoleLeft,
    RoleTaken,
    TrackEnded,
    TrackMoved,
    TrackOpened,
    UpdateDrafted,
    UpdatePublished,
    apply,
)
from aright.core.incident.ruling_events import Restricted, SeverityOverruled
from aright.core.incident.suggesting import Suggestion, suggest
from aright.core.incident.telling_updates import find, next_id
from aright.core.model.command import Audience, Role, RunbookRun, StepRun, Updating
from aright.engine.command_operations import NextUpdate, StepCheck
from aright.engine.operations import RefusedError, UnknownError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aright.core.model.incident import Incident, Mitigation, StatusUpdate
    from aright.core.model.runbook import Runbook
    from aright.core.model.times import Micros


class FakeCommand:
    """Roles, tracks, runbooks and updates of the incidents that a fake knows."""

    def __init__(
        self,
        known: dict[str, Incident],
        incident: Callable[[str], Incident],
        mitigate: Callable[..., Mitigation],
        at: Callable[[], Micros],
    ) -> None:
        self._known = known
        self._incident = incident
        self._mitigate = mitigate
        self._at = at
        self.books: list[Runbook] = []
        self.runs: dict[str, RunbookRun] = {}
        self.due: list[NextUpdate] = []
        self.wrong: list[str] = []

    def take_role(self, key: str, *, role: str, person: str, by: str, of: str = "") -> Incident:
        return self._take(key, RoleTaken(at=self._at(), role=cast("Role", role), person=person, by=by, of=of))

    def leave_role(self, key: str, *, role: str, person: str, by: str) -> Incident:
        return self._take(key, RoleLeft(at=self._at(), role=cast("Role", role), person=person, by=by))

    def open_track(
        self, key: str, *, hypothesis: str, by: str, owner: str = "", next_check: str = "", due_at: Micros = 0
    ) -> Incident:
        event = TrackOpened(
            at=self._at(), hypothesis=hypothesis, by=by, owner=owner, next_check=next_check, due_at=due_at
        )
        return self._take(key, event)

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
        event = TrackMoved(
            at=self._at(), track=track, by=by, owner=owner, next_check=next_check, due_at=due_at
        )
        return self._take(key, event)

    def end_track(self, key: str, *, track: str, by: str, status: str, finding: str) -> Incident:
        return self._take(key, TrackEnded(at=self._at(), track=track, by=by, status=status, finding=finding))

    def suggestions(self, key: str) -> Sequence[Suggestion]:
        return suggest(self._incident(key))

    def library(self) -> Sequence[Runbook]:
        return self.books

    def runbooks(self, key: str) -> Sequence[tuple[Runbook, RunbookRun | None]]:
        fit = fitting(self.books, self._incident(key), None)
        return [(book, self.runs.get(f"{key}/{book.id}")) for book in fit]

    def checks(self, key: str, *, runbook: str) -> Sequence[StepCheck]:
        facts = facts_of(self._incident(key), None, self.runs.get(f"{key}/{runbook}"), self._at())
        found = [(step, judged(step, facts)) for step in self._book(runbook).steps]
        return [
            StepCheck(
                step=step.id, holds=all(each.holds for each in said), said=tuple(each.text for each in said)
            )
            for step, said in found
        ]

    def tick(
        self, key: str, *, runbook: str, step: str, by: str, status: str = "done", text: str = ""
    ) -> RunbookRun:
        self._incident(key)
        done = StepRun(step=step, status=status, by=by, at=self._at(), text=text)
        made = ticked(self.runs.get(f"{key}/{runbook}"), key, self._book(runbook), done, self._at())
        self.runs[made.key] = made
        return made

    def carry_out(
        self, key: str, *, runbook: str, step: str, by: str, dry_run: bool, confirm: str = "", force: str = ""
    ) -> Mitigation:
        del force
        found = next(known for known in self._book(runbook).steps if known.id == step)
        return self._mitigate(key, by=by, action=found.action, dry_run=dry_run, confirm=confirm)

    def publish(self, key: str, *, update: str, by: str, text: str = "") -> StatusUpdate:
        after = self._take(key, UpdatePublished(at=self._at(), update=update, by=by, text=text))
        return cast("StatusUpdate", find(after, update))

    def draft(self, key: str, *, audience: str, by: str) -> StatusUpdate:
        del by
        incident = self._incident(key)
        made = draft_update(incident, self._at(), cast("Audience", audience))
        made = msgspec.structs.replace(made, id=next_id(incident))
        self._take(key, UpdateDrafted(at=self._at(), update=made))
        return made

    def next_updates(self, key: str) -> Sequence[NextUpdate]:
        self._incident(key)
        return self.due

    def status_page(self) -> StatusPage:
        return status_page(self._known.values(), (), Updating(), self._at())

    def overrule(self, key: str, *, level: int, by: str, reason: str) -> Incident:
        return self._take(key, SeverityOverruled(at=self._at(), level=level, by=by, reason=reason))

    def restrict(self, key: str, *, to: Sequence[str], by: str) -> Incident:
        return self._take(key, Restricted(at=self._at(), to=tuple(to), by=by))

    def verify(self, key: str) -> Sequence[str]:
        self._incident(key)
        return self.wrong

    def _book(self, name: str) -> Runbook:
        for book in self.books:
            if book.id == name:
                return book
        raise UnknownError(f"there is no runbook {name!r}")

    def _take(self, key: str, event: Event) -> Incident:
        try:
            after = apply(self._incident(key), event).incident
        except IllegalEventError as illegal:
            raise RefusedError(str(illegal)) from illegal
        self._known[key] = after
        return after
