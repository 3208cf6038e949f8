"""aright's public doors, as a program uses them that has a token and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from aright.drill.failure import AnswerError
from aright.drill.views import (
    EntryView,
    GuardView,
    IncidentView,
    LineView,
    MitigationView,
    PostMortemView,
    ReleaseView,
    ServiceView,
    StartedView,
    StatusView,
)
from aright.drill.wire.client import Connections

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


class Doors:
    """A running aright.

    Attributes:
        url: where it is.
    """

    def __init__(self, port: int, token: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._connections = Connections("aright", port, lanes=1)
        self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}

    async def register(self, name: str, service: Mapping[str, object]) -> None:
        """Put a service into the catalog."""
        await self._ask("PUT", f"/v1/services/{name}", service, object)

    async def offered(self, name: str) -> dict[str, str]:
        """Return what a service's team offers: an action's id by the remedy that it serves."""
        service = await self._ask("GET", f"/v1/services/{name}", None, ServiceView)
        return {action.remedy: action.id for action in reversed(service.actions)}

    async def advance(self, to: int) -> StatusView:
        """Drive the clock to ``to`` (µs, UTC); answers when all that fell due is done."""
        return await self._ask("POST", "/v1/clock", {"to": to}, StatusView)

    async def incidents(self) -> list[IncidentView]:
        """Return incidents, the newest first."""
        return await self._ask("GET", "/v1/incidents", None, list[IncidentView])

    async def acknowledge(self, key: str, by: str) -> None:
        """Take an incident on."""
        await self._act(key, "acknowledge", {"by": by}, object)

    async def mitigate(
        self, key: str, by: str, *, action: str, dry_run: bool, confirm: str = ""
    ) -> MitigationView:
        """Carry out an offered action, or try it out."""
        told = {"by": by, "action": action, "dry_run": dry_run, "confirm": confirm}
        return await self._act(key, "mitigate", told, MitigationView)

    async def resolve(self, key: str, by: str, text: str) -> None:
        """Say that it is over."""
        await self._act(key, "resolve", {"by": by, "text": text}, object)

    async def review(self, key: str, by: str) -> None:
        """Say that the post-mortem has been read and agreed."""
        await self._act(key, "review", {"by": by}, object)

    async def close_incident(self, key: str, by: str) -> None:
        """File it away."""
        await self._act(key, "close", {"by": by}, object)

    async def post_mortem(self, key: str) -> PostMortemView:
        """Return an incident's post-mortem."""
        return await self._ask("GET", f"/v1/incidents/{key}/post-mortem", None, PostMortemView)

    async def guards(self) -> list[GuardView]:
        """Return all guards."""
        return await self._ask("GET", "/v1/guards", None, list[GuardView])

    async def begin_release(self, service: str, body: Mapping[str, object]) -> ReleaseView:
        """Begin the release of a version."""
        return (await self._ask("POST", f"/v1/services/{service}/releases", body, StartedView)).release

    async def release(self, key: str) -> ReleaseView:
        """Return a release."""
        return await self._ask("GET", f"/v1/releases/{key}", None, ReleaseView)

    async def releases(self, service: str) -> list[ReleaseView]:
        """Return a service's releases, the newest first."""
        return await self._ask("GET", f"/v1/releases?service={service}", None, list[ReleaseView])

    async def ledger(self, key: str) -> list[LineView]:
        """Return what was done with a release, oldest first."""
        return await self._ask("GET", f"/v1/releases/{key}/ledger", None, list[LineView])

    async def entry(self, page: str) -> str:
        """Return a link that lets a browser in once and shows ``page``."""
        return self.url + (await self._ask("POST", "/v1/entry", {"next": page}, EntryView)).path

    def close(self) -> None:
        """Hang up."""
        self._connections.close()

    async def _act(self, key: str, verb: str, body: Mapping[str, object], answer: type[T]) -> T:
        return await self._ask("POST", f"/v1/incidents/{key}/{verb}", body, answer)

    async def _ask(self, method: str, path: str, body: Mapping[str, object] | None, answer: type[T]) -> T:
        sent = b"" if body is None else msgspec.json.encode(body)
        reply = await self._connections.send(method, path, sent, self._headers)
        if not 200 <= reply.status < 300:
            raise AnswerError(
                f"{method} {path} was answered {reply.status}: {reply.body[:600].decode(errors='replace')}"
            )
        try:
            return msgspec.json.decode(reply.body, type=answer)
        except msgspec.DecodeError as bad:
            raise AnswerError(f"{method} {path} was answered otherwise than documented: {bad}") from bad
