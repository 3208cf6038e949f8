"""A drill by hand: the page arrives, and whoever runs the drill is the person on call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aright.drill.failure import AnswerError
from aright.drill.oncall import Person, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from aright.drill.doors import Doors
    from aright.drill.narrator import Narrator
    from aright.drill.pager import Pager
    from aright.drill.views import IncidentView, MitigationView

OVER: Final = frozenset({"resolved", "reviewed", "closed"})

_TOLD: Final = {
    "sent": "was carried out",
    "undone": "was taken back",
    "verified": "worked",
    "not_verified": "did not help",
}

_STEPS: Final = """It is yours: nothing more happens by itself, and users go on being served. On the page:
  1. Take it on
  2. Mitigation: Dry run
  3. type {service} and Carry out
  4. watch the charts until it is verified (half a minute)
  5. Resolve, then read the Post-mortem
The same from another terminal:
  export ARIGHT_URL={url} ARIGHT_TOKEN={token}
  {aright} incident acknowledge {key}
  {aright} mitigate {key} --dry-run
  {aright} mitigate {key} --yes --confirm {service}
  {aright} incident show {key}
  {aright} incident resolve {key}
  {aright} learn {key}"""


class Onlooker(Person):
    """Takes the page, says what can be done, and from then on tells what somebody else does.

    Args:
        doors: aright's.
        pager: where pages arrive.
        narrator: is told.
        service: whose incident it is.
        explained: is called when a cause has been named.
        token: for whoever wants to use the command line.
        aright: how the command line is called.
    """

    def __init__(
        self,
        doors: Doors,
        pager: Pager,
        narrator: Narrator,
        service: str,
        explained: Callable[[], None],
        *,
        token: str,
        aright: str,
    ) -> None:
        super().__init__(doors, pager, narrator, service, explained)
        self._token = token
        self._aright = aright
        self._taken_by = ""
        self._told: set[tuple[str, str]] = set()

    async def _read(self, now: int, incident: IncidentView) -> None:
        await super()._read(now, incident)
        if self.notes.explained_at:
            steps = _STEPS.format(
                service=self._service,
                key=incident.key,
                url=self._doors.url,
                token=self._token,
                aright=self._aright,
            )
            self._narrator.say(steps)
            self.notes.stage = Stage.EXPLAINED

    async def _mitigate(self, now: int, incident: IncidentView) -> None:
        self._tell_news(now, incident)
        done = [one for one in incident.mitigations if not one.dry_run and one.status in _TOLD]
        if done and done[-1].status != "undone":
            self.notes.tried = any(one.dry_run and one.status == "sent" for one in incident.mitigations)
            self.notes.action = done[-1].action
            self.notes.mitigated_at = now
            self.notes.stage = Stage.MITIGATED
        elif incident.state in OVER:
            await self._end(now, incident)

    async def _verify(self, now: int, incident: IncidentView) -> None:
        self._tell_news(now, incident)
        last = next((one for one in reversed(incident.mitigations) if not one.dry_run), None)
        if last is not None and last.status == "verified" and not self.notes.verified_at:
            self.notes.verified_at = now
        if incident.state in OVER:
            await self._end(now, incident)

    async def _end(self, now: int, incident: IncidentView) -> None:
        try:
            self.notes.post_mortem = await self._doors.post_mortem(incident.key)
        except AnswerError:
            return  # resolved a moment ago and still being written: it is there at the next look
        self.notes.guards = [each for each in await self._doors.guards() if each.incident == incident.key]
        guards = ", ".join(each.title for each in self.notes.guards) or "none"
        self._narrator.tell(now, f"{incident.state}; the post-mortem is written; guard: {guards}")
        self.notes.stage = Stage.DONE

    def _tell_news(self, now: int, incident: IncidentView) -> None:
        if incident.acknowledged_by != self._taken_by:
            self._taken_by = incident.acknowledged_by
            self._narrator.tell(now, f"taken on by {self._taken_by}")
        for one in incident.mitigations:
            if (one.id, one.status) not in self._told:
                self._told.add((one.id, one.status))
                self._narrator.tell(now, _news(one))


def _news(one: MitigationView) -> str:
    if one.dry_run:
        told = "was accepted" if one.status == "sent" else one.status
        return f"dry run {one.id} of {one.action} {told}: {one.answer}".rstrip(": ")
    told = _TOLD.get(one.status, f"is {one.status}")
    more = one.verdict or one.answer
    return f"{one.id} ({one.action}) {told}: {more}".rstrip(": ")
