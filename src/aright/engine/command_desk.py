"""The desk's part for leading an incident; see ``CommandOperations`` for what each method promises."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from aright.core.communicate import due_of, next_after
from aright.core.communicate.going_through import changed, facts_of, fitting, judged, ticked
from aright.core.communicate.status_page import StatusPage, status_page
from aright.core.incident import (
    IllegalEventError,
    Noted,
    RoleLeft,
    RoleTaken,
    RunbookTicked,
    TrackEnded,
    TrackMoved,
    TrackOpened,
    UpdatePublished,
)
from aright.core.incident.leading import STEP_ENDS
from aright.core.incident.standing import mended_in
from aright.core.incident.suggesting import Suggestion, suggest
from aright.core.incident.telling_updates import find
from aright.core.mitigate import offered
from aright.core.model.command import AUDIENCES, Audience, Role, RunbookRun, StepRun
from aright.core.model.incident import Incident, Mitigation, StatusUpdate
from aright.core.model.service import Service
from aright.engine import mitigating, telling
from aright.engine.command_operations import NextUpdate, StepCheck
from aright.engine.happening import happen
from aright.engine.operations import Happening, RefusedError, UnknownError
from aright.engine.ruling_desk import RulingDesk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from aright.core.incident import Event
    from aright.core.model.runbook import Runbook, RunbookStep
    from aright.core.model.times import Micros
    from aright.engine.runtime import Runtime
    from aright.ports.state import Transaction


class CommandDesk(RulingDesk):
    """Roles, tracks, runbooks and status updates of incidents.

    Args:
        runtime: whose world it is.
        incident: returns an incident, or raises ``UnknownError``.
    """

    def __init__(self, runtime: Runtime, incident: Callable[[str], Incident]) -> None:
        super().__init__(runtime, incident, self._take)
        self._runtime = runtime

    def take_role(self, key: str, *, role: str, person: str, by: str, of: str = "") -> Incident:
        """Give a role of an incident to somebody."""
        return self._take(
            key, RoleTaken(at=self._now(), role=cast("Role", role), person=person, by=by, of=of)
        )

    def leave_role(self, key: str, *, role: str, person: str, by: str) -> Incident:
        """Let somebody leave a role."""
        return self._take(key, RoleLeft(at=self._now(), role=cast("Role", role), person=person, by=by))

    def open_track(
        self, key: str, *, hypothesis: str, by: str, owner: str = "", next_check: str = "", due_at: Micros = 0
    ) -> Incident:
        """Begin a line of investigation."""
        return self._take(
            key,
            TrackOpened(
                at=self._now(),
                hypothesis=hypothesis,
                by=by,
                owner=owner,
                next_check=next_check,
                due_at=due_at,
            ),
        )

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
        return self._take(
            key,
            TrackMoved(at=self._now(), track=track, by=by, owner=owner, next_check=next_check, due_at=due_at),
        )

    def end_track(self, key: str, *, track: str, by: str, status: str, finding: str) -> Incident:
        """End a track: confirmed | refuted | dropped, and what came out."""
        return self._take(key, TrackEnded(at=self._now(), track=track, by=by, status=status, finding=finding))

    def suggestions(self, key: str) -> Sequence[Suggestion]:
        """Return tracks that the diagnosis suggests."""
        return suggest(self._incident(key))

    def library(self) -> Sequence[Runbook]:
        """Return all runbooks, by id."""
        return sorted(self._world.runbooks, key=lambda book: book.id)

    def runbooks(self, key: str) -> Sequence[tuple[Runbook, RunbookRun | None]]:
        """Return the runbooks that fit an incident or were begun for it, and how far each has come."""
        incident = self._incident(key)
        with self._world.state.transaction() as tx:
            service = tx.get(Service, incident.service)
            runs = {run.runbook: run for run in tx.list(RunbookRun, tag=key)}
        fit = fitting(self._world.runbooks, incident, service)
        begun = [book for book in self.library() if book.id in runs and book not in fit]
        return [(book, runs.get(book.id)) for book in (*fit, *begun)]

    def checks(self, key: str, *, runbook: str) -> Sequence[StepCheck]:
        """Return what the guards of a runbook's steps say now."""
        incident, book = self._incident(key), self._book(runbook)
        with self._world.state.transaction() as tx:
            return [self._check(tx, incident, book, step) for step in book.steps]

    def tick(
        self, key: str, *, runbook: str, step: str, by: str, status: str = "done", text: str = ""
    ) -> RunbookRun:
        """Write down what became of a step: done | skipped | failed."""
        self._incident(key)
        book = self._book(runbook)
        found = _step(book, step)
        if status not in STEP_ENDS:
            raise RefusedError(f"a step cannot be {status[:40]!r}", f"Say one of {', '.join(STEP_ENDS)}.")
        now = self._now()
        with _refusing(), self._world.state.transaction() as tx:
            incident = tx.get(Incident, key)
            run = tx.get(RunbookRun, f"{key}/{book.id}")
            if changed(run, book):
                said = f"the runbook {book.id} was changed since it was begun: look through its steps again"
                incident = happen(self._world, tx, incident, Noted(at=now, by="aright", text=said))
            event = RunbookTicked(
                at=now, runbook=book.id, step=step, title=found.title, status=status, by=by, text=text
            )
            happen(self._world, tx, incident, event)
            done = StepRun(step=step, status=status, by=by, at=now, text=text)
            after = ticked(run, key, book, done, now)
            tx.put(after)
        self._tell(key)
        return after

    def carry_out(
        self, key: str, *, runbook: str, step: str, by: str, dry_run: bool, confirm: str = "", force: str = ""
    ) -> Mitigation:
        """Carry a step's action out by the incident's own way of mitigating, where its guards hold."""
        incident, book = self._incident(key), self._book(runbook)
        found = _step(book, step)
        if not found.action:
            raise RefusedError(
                f"step {step} of {runbook} names no action",
                f"Do it, then: aright runbook tick {key} {runbook} {step}"
                if not found.command
                else f"Its command runs on your machine: aright runbook run {key} {runbook} {step}",
            )
        with self._world.state.transaction() as tx:
            check = self._check(tx, incident, book, found)
            name = mended_in(incident)
            service = tx.get(Service, name) or Service(key=name)
        if not check.holds and not force.strip() and not dry_run:
            raise RefusedError(
                f"a guard keeps step {step} back: {'; '.join(check.said)}", "Give a reason as force."
            )
        actions = [each.id for each in offered(service) if found.action in {each.id, each.remedy}]
        with _refusing():
            done = mitigating.mitigate(
                self._world,
                key,
                by=by,
                action=actions[0] if actions else found.action,
                dry_run=dry_run,
                confirm=confirm,
            )
        if not dry_run:
            over = f" (though {'; '.join(check.said)}: {force.strip()})" if not check.holds else ""
            status = "done" if done.status in {"planned", "sent", "verified"} else "failed"
            self.tick(key, runbook=runbook, step=step, by=by, status=status, text=f"{done.id}{over}")
        self._tell(key)
        return done

    def publish(self, key: str, *, update: str, by: str, text: str = "") -> StatusUpdate:
        """Publish a drafted update, as it is or in other words."""
        self._incident(key)
        now = self._now()
        with _refusing(), self._world.state.transaction() as tx:
            incident = _there(tx, key)
            known = find(incident, update)
            audience: Audience = known.audience if known is not None else "internal"
            promised = known.next_due if known is not None and known.next_due > now else 0
            updating = telling.updating_of(tx)
            following = next_after(incident, audience, updating, now)
            event = UpdatePublished(
                at=now,
                update=update,
                by=by,
                text=text,
                next_due=min(following, promised) if promised and following else following,
            )
            incident = happen(self._world, tx, incident, event)
            told = cast("StatusUpdate", find(incident, update))
            telling.send(self._world, tx, incident, told)
            telling.schedule(tx, incident, audience, updating, now)
        self._tell(key)
        return told

    def draft(self, key: str, *, audience: str, by: str) -> StatusUpdate:
        """Draft an update for an audience now, from the facts."""
        self._incident(key)
        if audience not in AUDIENCES:
            raise RefusedError(
                f"there is no audience {audience[:40]!r}", f"Say one of {', '.join(AUDIENCES)}."
            )
        now = self._now()
        with _refusing(), self._world.state.transaction() as tx:
            incident = _there(tx, key)
            updating = telling.updating_of(tx)
            due_at = due_of(incident, audience, updating)
            incident, made = telling.draft(
                self._world, tx, incident, audience, due_at=max(due_at, now) if due_at else 0
            )
            happen(
                self._world, tx, incident, Noted(at=now, by=by, text=f"asked for {made.id}, a draft to read")
            )
            telling.schedule(tx, incident, audience, updating, now)
        self._tell(key)
        return made

    def next_updates(self, key: str) -> Sequence[NextUpdate]:
        """Return when each audience hears next; 0 for never, as things stand."""
        incident = self._incident(key)
        with self._world.state.transaction() as tx:
            updating = telling.updating_of(tx)
        return [
            NextUpdate(
                audience=audience,
                due_at=due_of(incident, audience, updating),
                automatic=audience in updating.automatic,
                channels=updating.channels.get(audience, ()),
            )
            for audience in AUDIENCES
        ]

    def status_page(self) -> StatusPage:
        """Return what the public may know."""
        with self._world.state.transaction() as tx:
            return status_page(tx.list(Incident), tx.list(Service), telling.updating_of(tx), self._now())

    def _check(self, tx: Transaction, incident: Incident, book: Runbook, step: RunbookStep) -> StepCheck:
        run = tx.get(RunbookRun, f"{incident.key}/{book.id}")
        facts = facts_of(incident, tx.get(Service, incident.service), run, self._now())
        said = judged(step, facts)
        return StepCheck(
            step=step.id,
            holds=all(each.holds for each in said),
            said=tuple(each.text for each in said if not each.holds) or tuple(each.text for each in said),
        )

    def _book(self, name: str) -> Runbook:
        for book in self._world.runbooks:
            if book.id == name:
                return book
        raise UnknownError(
            f"there is no runbook {name[:60]!r}", "`aright runbook list` shows those there are."
        )

    def _take(self, key: str, event: Event) -> Incident:
        self._incident(key)
        with _refusing(), self._world.state.transaction() as tx:
            moved = happen(self._world, tx, tx.get(Incident, key), event)
        self._tell(key)
        return moved

    def _tell(self, key: str) -> None:
        if self._world.clock.driven:
            self._runtime.send()  # no thread of its own sends there, and no time passes
        self._world.happenings.tell(Happening(kind="incident", key=key))

    def _now(self) -> Micros:
        return self._world.clock.now()


def _step(book: Runbook, name: str) -> RunbookStep:
    for step in book.steps:
        if step.id == name:
            return step
    known = ", ".join(step.id for step in book.steps)[:300]
    raise UnknownError(f"{book.id} has no step {name[:60]!r}", f"Its steps are {known}.")


def _there(tx: Transaction, key: str) -> Incident:
    incident = tx.get(Incident, key)
    if incident is None:
        raise UnknownError(f"there is no incident {key!r}", "`aright incident list` shows those there are.")
    return incident


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except IllegalEventError as illegal:
        raise RefusedError(str(illegal)) from illegal
