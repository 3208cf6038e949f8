"""The person on call: is paged, reads, takes it on, mitigates, and sees it through."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, ClassVar, Final

from aright.drill.failure import AnswerError

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.drill.doors import Doors
    from aright.drill.narrator import Narrator
    from aright.drill.pager import Pager
    from aright.drill.views import GuardView, IncidentView, PostMortemView

NAME: Final = "Robin (on call)"
_LEVEL: Final = re.compile(r"SEV(\d)")
PATIENCE: Final = 60_000_000
"""How long a merely likely cause is left to be confirmed before it is acted upon (µs)."""


class Stage(Enum):
    """How far the person has come."""

    CALM = "calm"
    PAGED = "paged"
    EXPLAINED = "explained"
    MITIGATED = "mitigated"
    DONE = "done"
    STUCK = "stuck"


@dataclass(slots=True)
class Notes:
    """What the person wrote down; moments are µs of drill time, 0 for never.

    Attributes:
        stage: how far it went.
        paged_at: the first page arrived.
        explained_at: a cause was named.
        mitigated_at: the mitigation was ordered.
        verified_at: aright found that quality had come back.
        incident: as last read.
        incidents: how many there are.
        action: that was carried out, the first if there were several.
        done: remedies that were.
        page_link: that the page brought; empty where there was none.
        link: into the pages of aright.
        post_mortem: as read after resolving.
        guards: compiled from the incident.
        trouble: what went wrong for the person.
        tried: whether the dry run went well.
        severity: as paged, then as last judged; 0 while it is not known.
    """

    stage: Stage = Stage.CALM
    paged_at: int = 0
    explained_at: int = 0
    mitigated_at: int = 0
    verified_at: int = 0
    incident: IncidentView | None = None
    incidents: int = 0
    action: str = ""
    done: set[str] = field(default_factory=set)
    page_link: str = ""
    link: str = ""
    post_mortem: PostMortemView | None = None
    guards: list[GuardView] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    tried: bool = False
    severity: int = 0


class Person:
    """Acts once in every step of the drill.

    Args:
        doors: aright's.
        pager: where pages arrive.
        narrator: is told.
        service: that the person answers for.
        explained: is called when a cause has been named.

    Attributes:
        notes: what is written down.
        shows: what page a link leads to in the end, and the command that makes another.
    """

    shows: ClassVar[tuple[str, str]] = ("the incident's page", "incident link")

    def __init__(
        self, doors: Doors, pager: Pager, narrator: Narrator, service: str, explained: Callable[[], None]
    ) -> None:
        self.notes = Notes()
        self._doors = doors
        self._pager = pager
        self._narrator = narrator
        self._service = service
        self._explained = explained
        self._failed: set[str] = set()

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do, or nothing that can be done."""
        return self.notes.stage in {Stage.DONE, Stage.STUCK}

    async def look(self, now: int, open_incidents: int) -> None:
        """Look at the pager and, where there is reason to, at aright; act."""
        notes = self.notes
        if notes.stage is Stage.CALM and not open_incidents and not self._pager.triggers:
            return
        try:
            incidents = await self._doors.incidents()
            notes.incidents = len(incidents)
            notes.incident = incidents[-1] if incidents else None
            if notes.incident is not None:
                await self._act(now, notes.incident)
        except AnswerError as refused:
            notes.trouble.append(str(refused))
            notes.stage = Stage.STUCK
            self._narrator.tell(now, f"stuck: {refused}")

    async def leave(self) -> None:
        """Show a fresh link for whoever wants to read on: each lets in once."""
        incident = self.notes.incident
        if incident is not None:
            self.notes.link = await self._doors.entry(f"/incidents/{incident.key}")

    async def _act(self, now: int, incident: IncidentView) -> None:
        if self.notes.stage is Stage.CALM:
            self._take_page(now, incident)
        self._follow_severity(now, incident)
        if self.notes.stage is Stage.PAGED:
            await self._read(now, incident)
        if self.notes.stage is Stage.EXPLAINED:
            await self._mitigate(now, incident)
        elif self.notes.stage is Stage.MITIGATED:
            await self._verify(now, incident)

    def _take_page(self, now: int, incident: IncidentView) -> None:
        pages = self._pager.triggers
        if not pages:
            return
        notes = self.notes
        notes.paged_at = now
        notes.page_link = next(
            (link.href for link in pages[0].links if f"/incidents/{incident.key}" in link.href), ""
        )
        notes.stage = Stage.PAGED
        summary = pages[0].payload.summary if pages[0].payload else ""
        self._narrator.tell(now, f"paged: {summary}")
        paged_as = _LEVEL.search(summary)
        notes.severity = int(paged_as[1]) if paged_as else 0

    def _follow_severity(self, now: int, incident: IncidentView) -> None:
        judged, before = incident.severity, self.notes.severity
        if judged is None or judged.level == before or self.notes.stage is Stage.CALM:
            return
        if before:
            how = "rose" if judged.level < before else "fell"
            self._narrator.tell(now, f"severity {how} from {before} to {judged.level}: {judged.arithmetic}")
        self.notes.severity = judged.level

    async def _read(self, now: int, incident: IncidentView) -> None:
        notes, found = self.notes, incident.diagnosis
        if found is None or found.verdict == "inconclusive" or not found.causes:
            return
        if not notes.explained_at:
            notes.explained_at = now
            self._explained()
            notes.link = await self._doors.entry(f"/incidents/{incident.key}")
            self._narrator.tell(now, f"explained ({found.verdict}): {found.causes[0].title}")
            self._narrator.tell(now, f"who is hit: {found.scope.sentence}")
            self._narrator.point(f"{incident.key} is open in the browser at", notes.link)
        if found.verdict == "confirmed" or now - notes.explained_at >= PATIENCE:
            notes.stage = Stage.EXPLAINED

    async def _mitigate(self, now: int, incident: IncidentView) -> None:
        await self._doors.acknowledge(incident.key, NAME)
        found = incident.diagnosis
        await self._carry_out(now, incident.key, "")
        self.notes.mitigated_at = now
        if found is not None and found.causes:
            self.notes.done.add(found.causes[0].remedy)
        if found is not None and found.replayed is not None and found.replayed.verdict == "both":
            await self._try_next(now, incident)
        self.notes.stage = Stage.MITIGATED

    async def _try_next(self, now: int, incident: IncidentView) -> None:
        """Do what the next cause calls for, where it calls for something else than was done and offered."""
        causes = incident.diagnosis.causes if incident.diagnosis else ()
        wanted = next((one.remedy for one in causes if one.remedy not in {"", *self.notes.done}), "")
        if not wanted:
            return
        action = (await self._doors.offered(self._service)).get(wanted, "")
        self.notes.done.add(wanted)
        if action:
            await self._carry_out(now, incident.key, action)

    async def _carry_out(self, now: int, key: str, action: str) -> None:
        """Try an action out and then do it; the one for the likeliest cause where it is not named."""
        notes = self.notes
        tried = await self._doors.mitigate(key, NAME, action=action, dry_run=True)
        notes.tried = tried.dry_run and tried.status not in {"refused", "failed"}
        self._narrator.tell(now, f"dry run of {tried.action}: {tried.answer or tried.status}")
        if not notes.tried:
            raise AnswerError(f"the dry run of {tried.action} was {tried.status}: {'; '.join(tried.checks)}")
        done = await self._doors.mitigate(
            key, NAME, action=tried.action, dry_run=False, confirm=self._service
        )
        notes.action = notes.action or done.action
        self._narrator.tell(now, f"mitigated by {done.action}: {done.answer or done.status}")
        if done.status in {"refused", "failed"}:
            raise AnswerError(f"{done.action} was {done.status}: {'; '.join(done.checks)} {done.answer}")

    async def _verify(self, now: int, incident: IncidentView) -> None:
        last = next((one for one in reversed(incident.mitigations) if not one.dry_run), None)
        if last is not None and last.status == "not_verified" and last.id not in self._failed:
            self._failed.add(last.id)
            self._narrator.tell(now, f"{last.action} was not enough: {last.verdict}")
            await self._try_next(now, incident)
        if last is None or last.status != "verified":
            return
        notes, key = self.notes, incident.key
        notes.verified_at = now
        self._narrator.tell(now, f"verified: {last.verdict}")
        await self._doors.resolve(key, NAME, "quality is back where it was")
        notes.post_mortem = await self._doors.post_mortem(key)
        notes.guards = [guard for guard in await self._doors.guards() if guard.incident == key]
        await self._doors.review(key, NAME)
        await self._doors.close_incident(key, NAME)
        incidents = await self._doors.incidents()
        notes.incidents = len(incidents)
        notes.incident = next((one for one in incidents if one.key == key), incident)
        notes.stage = Stage.DONE
        self._narrator.tell(
            now, f"resolved, reviewed and closed; guard: {', '.join(g.title for g in notes.guards)}"
        )
