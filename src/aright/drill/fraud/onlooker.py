"""Who is on call in this drill: takes a page on, and lets aright put the release back by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from aright.drill.failure import AnswerError
from aright.drill.fraud import names
from aright.drill.oncall import NAME, Person, Stage

if TYPE_CHECKING:
    from aright.drill.views import IncidentView, ReleaseView

DRAWN: Final = ("canary", "verifying", "shadow")
"""Stages whose looks are worth a picture, the best first."""


class Watcher(Person):
    """Acknowledges, reads, and does nothing else."""

    shows: ClassVar = ("a release's page", "release show")

    async def leave(self) -> None:
        """Show a link to the release that most was seen of."""
        try:
            releases = await self._doors.releases(names.SERVICE)
        except AnswerError as refused:
            self.notes.trouble.append(str(refused))
            return
        if releases:
            best = max(releases, key=_seen)
            self.notes.link = await self._doors.entry(f"/releases/{best.key}")

    async def _read(self, now: int, incident: IncidentView) -> None:
        if not incident.acknowledged_by:
            await self._doors.acknowledge(incident.key, NAME)
            self._narrator.tell(now, f"{incident.key} is taken on; aright is putting the release back")
        await super()._read(now, incident)

    async def _mitigate(self, now: int, incident: IncidentView) -> None:
        """Do nothing: the release is put back by itself."""

    @property
    def done(self) -> bool:
        """Never: the drill ends with its releases; but where there is trouble nothing can be seen."""
        return self.notes.stage is Stage.STUCK


def _seen(release: ReleaseView) -> tuple[int, ...]:
    return tuple(sum(look.stage == stage for look in release.looks) for stage in DRAWN)
